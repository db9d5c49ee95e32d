import type { LineageDto } from "@/gen/types";
import { FakeHost, type Recording } from "@/host/fake";
import type { SignalRecording } from "@/host/fake-signals";
import { ANALYSED_BLOBS, analysed } from "@/test/fixtures/analysed";
import { BACKUPS, MANIFEST } from "@/test/fixtures/backups";
import blobs from "@/test/fixtures/blobs.json";
import lineages from "@/test/fixtures/lineages.json";
import { BROKER, FURTHER_ORDERS } from "@/test/fixtures/broker";
import { chartData } from "@/test/fixtures/charts";
import { HEALTH } from "@/test/fixtures/health";
import { pastRuns } from "@/test/fixtures/history";
import { MARKET } from "@/test/fixtures/market";
import { MODELS_RECORDING } from "@/test/fixtures/models";
import { NOTIFICATIONS } from "@/test/fixtures/notifications";
import { PLAYGROUND } from "@/test/fixtures/playground";
import orders from "@/test/fixtures/orders.json";
import portfolio from "@/test/fixtures/portfolio.json";
import { PROMPTS_RECORDING } from "@/test/fixtures/prompts";
import { RISK } from "@/test/fixtures/risk";
import { signals } from "@/test/fixtures/signals";
import status from "@/test/fixtures/status.json";
import strategies from "@/test/fixtures/strategies.json";
import { truthCards } from "@/test/fixtures/truth";
import { SCENES } from "@/test/scenes";

/** The recorded runs, newest first, with one by a language model after the run of the same day. */
function runs(): LineageDto[] {
  const recorded = lineages as unknown as LineageDto[];
  const at = recorded.findIndex(({ execution }) => execution.outcome === "bought");
  const held = recorded.find(({ execution }) => execution.outcome === "hold");
  const bought = recorded[at];
  return bought && held ? recorded.toSpliced(at + 1, 0, analysed(bought, held)) : recorded;
}

/** What an engine answered; JSON widens the unions of literals, hence the word of honour. */
const ANSWERED = {
  status,
  strategies,
  lineages: runs(),
  orders: [...orders, ...FURTHER_ORDERS],
  portfolio,
  blobs: { ...blobs, ...ANALYSED_BLOBS },
  health: HEALTH,
  backups: BACKUPS,
  manifest: MANIFEST,
  ...BROKER,
  ...MARKET,
  ...MODELS_RECORDING,
  ...NOTIFICATIONS,
  ...PLAYGROUND,
  ...PROMPTS_RECORDING,
  risk: { ...RISK, locks: [] },
} as unknown as Omit<Recording, keyof SignalRecording | "past">;
const SIGNALS = signals(ANSWERED.lineages, ANSWERED.blobs);

export const RECORDING: Recording = {
  ...ANSWERED,
  signals: SIGNALS,
  past: pastRuns(SIGNALS, ANSWERED.lineages),
  truth: truthCards(ANSWERED.strategies),
  charts: chartData(ANSWERED.lineages, ANSWERED.blobs, SIGNALS),
};

/** A host that plays the recording back, in a developer's browser as `?scene=paper` changes it. */
export function recordedHost(pace?: number): FakeHost {
  const scene = SCENES[new URLSearchParams(window.location.search).get("scene") ?? ""];
  return new FakeHost(scene ? scene(RECORDING) : RECORDING, pace);
}
