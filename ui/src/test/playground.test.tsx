import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

// The page is fetched when it is opened, which takes a while where nothing is kept yet.
import "@/features/prompts/view";
import { FakeHost } from "@/host/fake";
import { HOSTILE } from "@/test/fixtures/playground";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const ADDRESS = "/prompts?prompt=shipped-daily-en&tab=playground";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

const begin = () => screen.findByRole("button", { name: /^Try it, for at most/ });

describe("Playground", () => {
  it("says what it would take before anything is asked, and begins with what is accepted", async () => {
    const { user, host } = openWindow(ADDRESS);
    const estimate = within(await screen.findByRole("region", { name: "What it would take" }));
    await user.click(await begin());
    expect(estimate.queryByText("not known yet")).toBeNull();
    await waitFor(() => expect(requests(host, "playground_start")).toHaveLength(1));
    expect(requests(host, "playground_start")[0]).toEqual({
      experiment: {
        arms: [
          {
            prompt: { prompt_id: "shipped-daily-en", version: 1, text: null },
            prompt_type: "daily",
            language: "en",
          },
        ],
        model: null,
        execution_ids: [],
        last: 10,
        strategy_id: null,
        symbol: null,
      },
      accepted_cost: "1.2288",
    });
    const table = within(await screen.findByRole("table", { name: "Runs" }));
    await waitFor(() => expect(screen.getByText("Done")).toBeVisible());
    expect(table.getAllByRole("link")[0]).toHaveAttribute(
      "href",
      expect.stringContaining("#/lineage/"),
    );
    expect(table.getByText("No usable answer")).toBeVisible();
  });

  it("stands two sides beside each other, marks where they differ in words, and shows both answers as text", async () => {
    const { user } = openWindow(ADDRESS);
    await user.selectOptions(
      await screen.findByLabelText("Beside it"),
      await screen.findByRole("option", { name: /^Daily reading, levels/ }),
    );
    await user.click(await begin());
    await screen.findByText("Done");
    expect(screen.getAllByText("Sides differ")).not.toHaveLength(0);
    expect(screen.getByText(/Both sides came to the same signal on \d of \d runs/)).toBeVisible();
    const [, , third] = screen.getAllByRole("button", { name: /^Answers on/ });
    if (!third) throw new Error("there is no third run");
    await user.click(third);
    const dialog = within(await screen.findByRole("dialog", { name: /^Answers on/ }));
    await waitFor(() => expect(dialog.getAllByText(HOSTILE)).toHaveLength(2));
    expect(document.querySelector("img[src=x]"), "never as HTML").toBeNull();
    expect(dialog.getByRole("region", { name: "Daily reading, version 1" })).toBeVisible();
    expect(dialog.getByRole("link", { name: "Lineage of the run" })).toBeVisible();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(await faults()).toEqual([]);
  });

  it("is cancelled at any time, also by a key, and keeps what came in", async () => {
    const { user, host } = openWindow(ADDRESS, new FakeHost(RECORDING, 250));
    await user.click(await begin());
    await screen.findByRole("table", { name: "Runs" });
    expect(screen.queryByRole("region", { name: "What is tried" }), "one at a time").toBeNull();
    await user.keyboard("x");
    expect(await screen.findByText("Cancelled")).toBeVisible();
    expect(requests(host, "playground_cancel")).toHaveLength(1);
    expect(screen.getByText(/^[1-4] of 5 runs/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Another experiment" }));
    expect(await screen.findByRole("region", { name: "What is tried" })).toBeVisible();
  });

  it("tries chosen runs, and refuses none and the same prompt twice", async () => {
    const { user, host } = openWindow(ADDRESS);
    await user.click(await screen.findByRole("radio", { name: "Chosen runs" }));
    expect(await screen.findByText("Choose at least one run.")).toBeVisible();
    await user.click(screen.getByRole("checkbox", { name: /MSFT/ }));
    await begin();
    await waitFor(() =>
      expect(requests(host, "playground_estimate").at(-1)).toMatchObject({
        execution_ids: ["sample-msft-20120613T200000Z-11aa"],
        last: null,
      }),
    );
    await user.selectOptions(screen.getByLabelText("Beside it"), "version:1");
    expect(await screen.findByText("Both sides are the same.")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Try it/ })).toBeNull();
  });

  it("tries what is written and not saved", async () => {
    const { user, host } = openWindow("/prompts");
    await user.click(await screen.findByRole("textbox", { name: /^Text of/ }));
    await user.keyboard("{Control>}{Home}{/Control}");
    await user.paste("Be brief.\n");
    await user.click(screen.getByRole("radio", { name: "Playground" }));
    await begin();
    const asked = requests(host, "playground_estimate").at(-1) as {
      arms: { prompt: { text: string | null; version: number | null } }[];
    };
    expect(asked.arms[0]?.prompt.text).toMatch(/^Be brief\.\n/);
    expect(asked.arms[0]?.prompt.version).toBeNull();
  });

  it("says why it is refused, and what to do without a model or a run", async () => {
    const refusal =
      "it may cost 3 USD, and 1 of the 5 USD that all models may cost in a day are left";
    openWindow(ADDRESS, new FakeHost({ ...RECORDING, playgroundRefusal: refusal }, 1));
    expect(await screen.findByText(`It is not begun: ${refusal}`)).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Try it/ })).toBeNull();
  });

  it("leads to the models where there is none", async () => {
    const models = { ...RECORDING.models, models: [] };
    openWindow(ADDRESS, new FakeHost({ ...RECORDING, models }, 1));
    const link = await screen.findByRole("link", { name: "Add a model" });
    expect(link).toHaveAttribute("href", "#/models?add=true");
  });

  it("says what to do where nothing has run", async () => {
    openWindow(ADDRESS, new FakeHost({ ...RECORDING, lineages: [] }, 1));
    expect(await screen.findByText("Nothing has run yet")).toBeVisible();
  });

  it("shows an error with a way to try again, and is reached by a key that the help names", async () => {
    const host = new FakeHost(RECORDING, 1);
    const error = { code: "storage", message: "the disk is full", hint: null } as const;
    host.failures.set("playground_estimate", error);
    const { user } = openWindow("/prompts?prompt=shipped-daily-en", host);
    await screen.findByRole("radio", { name: "Playground" });
    await user.keyboard("4");
    expect(await screen.findByText("the disk is full")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await begin()).toBeVisible();
    await user.keyboard("?");
    expect(await screen.findByText("Playground on recorded runs")).toBeVisible();
  });
});
