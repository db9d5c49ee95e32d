import { describe, expect, it } from "vitest";

import type { StepDto } from "@/gen/types";
import { imageAddress, parseBars } from "@/lib/blobs";
import { toCsv } from "@/lib/csv";
import { toApiError } from "@/lib/errors";
import { skippedReason, splitError, tellSteps } from "@/lib/steps";
import { humanise } from "@/lib/words";
import { RECORDING } from "@/test/recorded";

const row = (step_number: number, attempt: number, status: StepDto["status"]): StepDto => ({
  sequence: 1,
  step_number,
  step_name: "x",
  attempt,
  status,
  input: {},
  output: {},
  metadata: {},
  error: null,
  duration_us: 1,
  recorded_at: "2012-06-15T20:00:00Z",
  previous_hash: "",
  hash: "",
});

describe("a copy as CSV", () => {
  it("quotes what a spreadsheet would split and defuses what it would run", () => {
    expect(toCsv([["a,b", 'say "x"', null, "=1+1", "-3.5", "-cmd"]])).toBe(
      '"a,b","say ""x""",,\'=1+1,-3.5,\'-cmd',
    );
  });
});

describe("blobs", () => {
  it("become an image only if they are one", () => {
    expect(imageAddress({ media_type: "image/png", base64: "aGk=" })).toBe(
      "data:image/png;base64,aGk=",
    );
    expect(imageAddress({ media_type: "image/svg+xml", base64: "aGk=" })).toBeNull();
    expect(imageAddress({ media_type: "image/png", base64: '" onerror="x' })).toBeNull();
  });

  it("become bars only in the shape of bars", () => {
    const blob = (value: unknown) => ({
      media_type: "application/json",
      base64: btoa(JSON.stringify(value)),
    });
    const bar = ["2012-06-15", "1", "2", "0.5", "1.5", "100"];
    expect(parseBars(blob([bar]))).toEqual([bar]);
    expect(parseBars(blob([[1, 2]]))).toBeNull();
    expect(parseBars({ media_type: "application/json", base64: "!" })).toBeNull();
  });
});

describe("errors", () => {
  it("of the engine pass, and anything else says that it is not one", () => {
    const error = { code: "not_now", message: "Trading is halted.", hint: null } as const;
    expect(toApiError(error)).toBe(error);
    expect(toApiError("the channel is closed").message).toBe("the channel is closed");
    expect(toApiError({ code: "made_up", message: "x" }).code).toBe("internal");
  });

  it("are split into the sentence and its causes", () => {
    expect(splitError("A failed.\nbecause B\n\nbecause C")).toEqual({
      sentence: "A failed.",
      causes: ["because B", "because C"],
    });
    expect(skippedReason({ reason: "HOLD" })).toBe("HOLD");
    expect(skippedReason("HOLD")).toBeNull();
  });
});

describe("the twelve steps", () => {
  it("are always twelve, in order, whatever was recorded", () => {
    expect(tellSteps({ steps: [] }).map((step) => step.number)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });

  it("show the last attempt of a step, and of steps 9 to 11 the first with the rest as later", () => {
    const steps = tellSteps({
      steps: [
        row(8, 2, "success"),
        row(8, 1, "started"),
        row(9, 2, "success"),
        row(9, 1, "success"),
      ],
    });
    expect(steps[7]?.main?.attempt).toBe(2);
    expect(steps[8]?.main?.attempt).toBe(1);
    expect(steps[8]?.later.map((each) => each.attempt)).toEqual([2]);
  });

  it("are what the recording holds", () => {
    for (const { steps } of RECORDING.lineages) {
      const told = tellSteps({ steps });
      for (const each of steps) expect(told[each.step_number - 1]?.name).toBe(each.step_name);
    }
  });
});

describe("names become words", () => {
  it.each([
    ["price_vs_sma20", "Price vs SMA 20"],
    ["minimum_r", "Minimum R"],
    ["realized_pnl", "Realized P&L"],
    ["llm_analysis", "LLM analysis"],
    ["supertrend", "SuperTrend"],
  ])("%s is %s", (name, words) => {
    expect(humanise(name)).toBe(words);
  });
});
