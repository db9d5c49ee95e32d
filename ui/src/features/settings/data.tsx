import { useState } from "react";

import type { EngineError } from "@/api/api";
import { useApi, useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import type { Entry } from "@/features/settings/entry";
import type { BackupFileDto, BackupPhaseDto, BackupsDto } from "@/gen/types";
import { formatBytes } from "@/lib/bytes";
import { toApiError } from "@/lib/errors";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { ENVIRONMENTS } from "@/lib/words";
import { Bar } from "@/ui/bar";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { Field } from "@/ui/field";
import { Missing } from "@/ui/number";
import { Skeleton } from "@/ui/panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { useToast } from "@/ui/toast";

/** How often it is looked at while a backup is made, in milliseconds. */
const GLANCE = 400;

const WORD = "RESTORE";

const PHASES: Record<BackupPhaseDto, string> = {
  copying: "Copying the database",
  checking: "Recomputing the hashes",
  packing: "Writing the file",
  reading: "Reading it back",
};

const when = (at: string | null) =>
  at === null ? "at an unknown time" : `${exchangeDateTime(at)} ET`;

function Progress({ of: { phase, done, total } }: { of: NonNullable<BackupsDto["under_way"]> }) {
  const words = total > 0 ? `${formatBytes(done)} of ${formatBytes(total)}` : "";
  return (
    <div role="status" className="w-64">
      <p className="tabular flex justify-between gap-3 text-12">
        <span>{PHASES[phase]}</span>
        <span className="text-muted">{words}</span>
      </p>
      {total > 0 ? (
        <Bar label={PHASES[phase]} value={done} maximum={total} words={words} className="mt-1" />
      ) : null}
    </div>
  );
}

function Last({ of: { last, failure } }: { of: BackupsDto }) {
  if (failure !== null)
    return (
      <p role="alert" className="max-w-96 text-12 break-words text-error">
        No backup was made: {plain(failure)}
      </p>
    );
  return last === null ? (
    <span className="text-muted">none was made yet</span>
  ) : (
    <span className="flex min-w-0 flex-col items-end gap-0.5">
      <span className="tabular">
        {when(last.made_at)}
        <span className="text-muted">, {formatBytes(last.bytes)}</span>
      </span>
      <span className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 text-12 break-all">{plain(last.file)}</code>
        <CopyButton text={last.file} label="Copy the path of the last backup" />
      </span>
    </span>
  );
}

function BackUp({ of: backups }: { of: BackupsDto }) {
  const create = useToldAct("backup_create");
  if (backups.under_way) return <Progress of={backups.under_way} />;
  return (
    <span className="flex min-w-0 flex-wrap items-center justify-end gap-x-3 gap-y-1">
      <Last of={backups} />
      <Button
        disabled={create.isPending}
        onClick={() => create.run({}, { failed: "No backup was begun." })}
      >
        Back up now
      </Button>
    </span>
  );
}

function Restore({ of: backups }: { of: BackupsDto }) {
  const [open, setOpen] = useState(false);
  const withdraw = useToldAct("restore_withdraw");
  const { host } = useApi();
  const toast = useToast();
  const { restore, restored } = backups;
  const restart = () =>
    void host.restart?.().catch((thrown: unknown) => {
      const { message } = toApiError(thrown);
      toast({ title: "Throughline was not started again.", detail: message, tone: "error" });
    });
  return (
    <span className="flex min-w-0 flex-col items-end gap-1.5">
      {restore ? (
        <>
          <span className="font-medium text-warn">
            At the next start: the backup of {when(restore.made_at)}
          </span>
          <span className="flex flex-wrap justify-end gap-2">
            <Button
              disabled={withdraw.isPending}
              onClick={() =>
                withdraw.run(
                  {},
                  { done: "Nothing is restored.", failed: "The restore could not be taken back." },
                )
              }
            >
              Take it back
            </Button>
            {host.restart ? <Button onClick={restart}>Restart now</Button> : null}
          </span>
        </>
      ) : (
        <span className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1">
          <span className="tabular text-muted">
            {backups.files.length === 1 ? "1 backup" : `${backups.files.length} backups`} in the
            directory
          </span>
          <Button disabled={backups.files.length === 0} onClick={() => setOpen(true)}>
            Restore…
          </Button>
        </span>
      )}
      {restored ? (
        <span
          className={cn(
            "max-w-[52ch] text-12 break-words",
            restored.succeeded ? "text-muted" : "text-error",
          )}
        >
          {when(restored.at)}: {plain(restored.sentence)}
        </span>
      ) : null}
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Restore a backup"
        description={`From ${plain(backups.directory)}`}
        className="w-[min(720px,calc(100vw-32px))]"
      >
        <Choose files={backups.files} onDone={() => setOpen(false)} />
      </Dialog>
    </span>
  );
}

function Choose({ files, onDone }: { files: readonly BackupFileDto[]; onDone: () => void }) {
  const [name, setName] = useState<string | null>(null);
  return (
    <div className="min-h-0 space-y-4 overflow-y-auto px-5 py-4 text-left">
      <Table>
        <thead>
          <tr>
            <Th>Backup</Th>
            <Th>Written</Th>
            <Th className="text-right">Size</Th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => (
            <tr key={file.name}>
              <Td>
                <label className="flex items-start gap-2">
                  <input
                    type="radio"
                    name="backup"
                    className="mt-0.5 accent-accent"
                    checked={name === file.name}
                    onChange={() => setName(file.name)}
                  />
                  <span className="break-all">{plain(file.name)}</span>
                </label>
              </Td>
              <Td className="tabular whitespace-nowrap">{when(file.written_at)}</Td>
              <Td className={NUMERIC}>{formatBytes(file.bytes)}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {name === null ? null : <Chosen key={name} name={name} onDone={onDone} />}
    </div>
  );
}

function Chosen({ name, onDone }: { name: string; onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const { data, error } = useRead("backup_inspect", { name });
  const prepare = useToldAct("restore_prepare");
  if (error)
    return (
      <p role="alert" className="text-error">
        {plain(error.message)}
      </p>
    );
  if (!data) return <Skeleton className="w-64" />;
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== WORD) return;
        prepare.run(
          { name, typed: typed.trim() },
          {
            done: "The backup is restored at the next start.",
            failed: "Nothing is restored.",
            then: onDone,
          },
        );
      }}
    >
      <Facts
        facts={[
          ["Made", `${when(data.made_at)}, by version ${plain(data.program)}`],
          [
            "Account",
            `${plain(data.account_id ?? "not known")} (${ENVIRONMENTS[data.environment].word})`,
          ],
          ["Executions", `${data.executions}`],
          ["Orders and fills", `${data.orders} and ${data.fills}`],
          ["Open positions", `${data.positions}`],
          ["Records", `${data.lineage_rows}, ending with ${data.chain_head?.slice(0, 16) ?? "–"}…`],
          ["Unpacked", formatBytes(data.unpacked_bytes)],
        ]}
      />
      <ul className="list-disc space-y-1 pl-5 text-muted">
        <li>
          At the next start every hash in it is recomputed first. If one does not hold, nothing
          changes.
        </li>
        <li>What is there now is set aside in the data directory, not deleted.</li>
        <li>
          Trading is halted then, and live trading is not armed: the broker has gone on since, and
          the records have not. Resume when they are seen to agree.
        </li>
        <li>Keys of models are in no backup. Those of this computer stay.</li>
      </ul>
      <div className="flex items-end gap-3">
        <Field
          label={`Type ${WORD} to restore it at the next start`}
          value={typed}
          onChange={setTyped}
          className="w-72"
        />
        <Button
          type="submit"
          variant="danger"
          size="large"
          disabled={typed.trim() !== WORD || prepare.isPending}
        >
          Restore at the next start
        </Button>
      </div>
    </form>
  );
}

/** Backups and the way back, as settings. */
export function useBackups(): { entries: readonly Entry[]; error: EngineError | null } {
  const { data, error } = useRead("backups_get", {});
  // The same answer, looked at more often while a backup is made: its progress raises no event.
  useRead("backups_get", {}, { every: data?.under_way ? GLANCE : 15_000 });
  const waits = error ? <Missing why={error.message} /> : <Skeleton className="w-40" />;
  return {
    error,
    entries: [
      {
        id: "backup",
        label: "Backup",
        words:
          "Everything but keys in one file, made while the engine runs, and read back. Copy it to another disk.",
        also: "back up save copy export archive safety",
        control: data ? <BackUp of={data} /> : waits,
      },
      {
        id: "restore",
        label: "Restore",
        words: "Makes a backup the data again, at the next start. Trading is halted then.",
        also: "recover bring back older import",
        control: data ? <Restore of={data} /> : waits,
      },
    ],
  };
}
