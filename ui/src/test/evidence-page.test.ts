// @vitest-environment jsdom
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// The page inside each bundle is no part of the window: it is read from the engine as it is, and run
// in this document. Where Chromium runs it from a file, its own policy holds beside that.
const PAGE = readFileSync("../src/evidence/verify.html", "utf8");
const BUNDLE = readFileSync("../tests/data/evidence/first.zip");
const FINGERPRINT = "Signed by";

async function verdict(bytes: Uint8Array): Promise<{ state: string; text: string }> {
  const place = document.getElementById("verdict");
  const input = document.getElementById("file");
  if (!(place instanceof HTMLElement) || !(input instanceof HTMLInputElement)) {
    throw new Error("The page is another than this test knows.");
  }
  place.dataset["verdict"] = "none";
  const file = {
    name: "evidence.zip",
    arrayBuffer: () => Promise.resolve(Uint8Array.from(bytes).buffer),
  };
  Object.defineProperty(input, "files", { configurable: true, value: [file] });
  input.dispatchEvent(new Event("change"));
  await vi.waitFor(() => expect(["none", "working"]).not.toContain(place.dataset["verdict"]), {
    timeout: 10_000,
    interval: 2,
  });
  return { state: place.dataset["verdict"] ?? "", text: place.textContent };
}

describe("C6.2: the page that verifies a bundle", () => {
  beforeEach(() => {
    vi.stubGlobal("crypto", webcrypto);
    document.body.innerHTML = /<body>([\s\S]*?)<script>/.exec(PAGE)?.[1] ?? "";
    const script = /<script>([\s\S]*?)<\/script>/.exec(PAGE)?.[1] ?? "";
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page's own script is what is tested
    const run = new Function(script) as () => void;
    run();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    document.body.replaceChildren();
  });

  it("says OK of a bundle as it was made, with whose it is and what is left out", async () => {
    const { state, text } = await verdict(BUNDLE);
    expect(text).toMatch(/^OK/);
    expect(state).toBe("ok");
    expect(document.getElementById("facts")).toHaveTextContent(FINGERPRINT);
    expect(document.getElementById("facts")).toHaveTextContent("4 rows, 3 of them");
    expect(document.getElementById("more")).toHaveTextContent("other_executions (1)");
  });

  it("names the row whose image was changed, as the program does", async () => {
    const changed = Uint8Array.from(BUNDLE);
    const image = BUNDLE.indexOf(Uint8Array.from({ length: 64 }, (_, byte) => byte));
    changed[image + 9] = (changed[image + 9] ?? 0) ^ 1;
    const { state, text } = await verdict(changed);
    expect(state).toBe("fault");
    expect(text).toMatch(
      /^Does not hold\. row 4 \(generate_charts of e1\): what its output refers to/,
    );
  });

  it("finds a changed byte wherever it is, and a cut", async () => {
    for (let at = 7; at < BUNDLE.length; at += 397) {
      const changed = Uint8Array.from(BUNDLE);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect((await verdict(changed)).state, `byte ${at}`).toBe("fault");
    }
    expect((await verdict(BUNDLE.subarray(0, -1))).state).toBe("fault");
    expect((await verdict(Uint8Array.of(1, 2, 3))).state).toBe("fault");
  });
});
