import type { Rpc } from "@/gen/commands";
import type { ApiError, BackupManifestDto, BackupsDto, EventTopic } from "@/gen/types";

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type BackupCommand =
  "backups_get" | "backup_create" | "backup_inspect" | "restore_prepare" | "restore_withdraw";

/** Backups of a recording. No file is written or read here: what a backup holds is told as recorded. */
export interface BackupsRecording {
  backups: BackupsDto;
  manifest: BackupManifestDto;
}

/** `pace` milliseconds pass between two looks at a backup under way. */
export function backupsAnswers(
  recording: () => BackupsRecording,
  fail: Fail,
  tell: (topic: EventTopic) => void,
  pace: () => number,
): { [K in BackupCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const known = (name: string) => {
    const { backups } = recording();
    const file = backups.files.find((each) => each.name === name);
    return file ?? fail("not_found", `There is no backup ${name}.`);
  };
  return {
    backups_get: () => recording().backups,
    backup_create: () => {
      const { backups, manifest } = recording();
      const total = manifest.unpacked_bytes;
      const steps: BackupsDto["under_way"][] = [
        { phase: "copying", done: 0, total: 0 },
        { phase: "checking", done: 0, total: 0 },
        { phase: "packing", done: Math.round(total / 3), total },
        { phase: "packing", done: total, total },
        { phase: "reading", done: 0, total },
        null,
      ];
      const next = (at: number) => {
        const step = steps[at];
        if (step === undefined) return;
        backups.under_way = step;
        if (step === null) {
          const name = "throughline-sandbox-20261123T030000Z.throughline-backup";
          const made = { made_at: "2026-11-23T03:00:00Z", bytes: 33_120_400 };
          backups.last = { file: `${backups.directory}/${name}`, ...made };
          backups.files.unshift({ name, bytes: made.bytes, written_at: made.made_at });
          tell("status");
          return;
        }
        setTimeout(next, pace(), at + 1);
      };
      backups.failure = null;
      next(0);
      return backups;
    },
    backup_inspect: ({ name }) => {
      known(name);
      return recording().manifest;
    },
    restore_prepare: ({ name, typed }) => {
      if (typed !== "RESTORE")
        fail("invalid_request", `"${typed}" is not the word RESTORE, so nothing is restored.`);
      const { backups, manifest } = recording();
      backups.restore = {
        file: `${backups.directory}/${known(name).name}`,
        made_at: manifest.made_at,
        asked_at: "2026-11-23T03:00:00Z",
      };
      tell("status");
      return backups;
    },
    restore_withdraw: () => {
      recording().backups.restore = null;
      tell("status");
      return recording().backups;
    },
  };
}
