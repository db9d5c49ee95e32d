import { FakeHost, type Recording } from "@/host/fake";
import type { SignalRecording } from "@/host/fake-signals";
import blobs from "@/test/fixtures/blobs.json";
import lineages from "@/test/fixtures/lineages.json";
import { BROKER, FURTHER_ORDERS } from "@/test/fixtures/broker";
import { chartData } from "@/test/fixtures/charts";
import orders from "@/test/fixtures/orders.json";
import portfolio from "@/test/fixtures/portfolio.json";
import { signals } from "@/test/fixtures/signals";
import status from "@/test/fixtures/status.json";
import strategies from "@/test/fixtures/strategies.json";
import { truthCards } from "@/test/fixtures/truth";
import { SCENES } from "@/test/scenes";

/** What an engine answered; JSON widens the unions of literals, hence the word of honour. */
const ANSWERED = {
  status,
  strategies,
  lineages,
  orders: [...orders, ...FURTHER_ORDERS],
  portfolio,
  blobs,
  ...BROKER,
} as unknown as Omit<Recording, keyof SignalRecording>;
const SIGNALS = signals(ANSWERED.lineages, ANSWERED.blobs);

export const RECORDING: Recording = {
  ...ANSWERED,
  signals: SIGNALS,
  truth: truthCards(ANSWERED.strategies),
  charts: chartData(ANSWERED.lineages, ANSWERED.blobs, SIGNALS),
};

/** A host that plays the recording back, in a developer's browser as `?scene=paper` changes it. */
export function recordedHost(pace?: number): FakeHost {
  const scene = SCENES[new URLSearchParams(window.location.search).get("scene") ?? ""];
  return new FakeHost(scene ? scene(RECORDING) : RECORDING, pace);
}
