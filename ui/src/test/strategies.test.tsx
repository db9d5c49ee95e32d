import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";

import { idFor, idFault } from "@/features/strategies/ids";
import { readDraft } from "@/features/strategies/drafts";
import { sectionOf } from "@/features/strategies/use-form";
import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow, pressInToast } from "@/test/window";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

const next = () => screen.findByTestId("wizard-next");
const step = (name: string) => screen.findByRole("heading", { name, level: 2 });

beforeEach(() => localStorage.clear());

describe("The wizard", () => {
  it("a5_1 leads by keyboard from a name to a strategy that follows its schedule", async () => {
    const { user, host, router } = openWindow("/strategies/new");
    await user.click(await screen.findByLabelText("Name"));
    await user.keyboard("Mine");
    await user.tab();
    expect(screen.getByRole("combobox", { name: /^Symbols/ })).toHaveFocus();
    await user.keyboard("AAPL{Enter}IBM{Enter}");
    expect(
      within(screen.getByRole("list", { name: "Chosen symbols" })).getAllByRole("listitem"),
    ).toHaveLength(2);
    for (const title of [
      "Indicators",
      "Prompts and model",
      "Schedule",
      "Risk",
      "Autonomy",
      "Review",
    ]) {
      await user.keyboard("{Control>}{Enter}{/Control}");
      expect(await step(title)).toHaveFocus();
    }
    const said = within(await screen.findByRole("list", { name: "What it will do" }));
    expect(said.getByText(/Mine looks at AAPL and IBM\./)).toBeVisible();
    expect(screen.getByLabelText("The strategy as TOML")).toHaveTextContent('name = "Mine"');
    await waitFor(async () => expect(await next()).toBeEnabled());
    await user.keyboard("{Control>}{Enter}{/Control}");
    expect(await screen.findByRole("heading", { name: "Mine is saved" })).toHaveFocus();
    expect(requests(host, "strategy_save")).toEqual([
      expect.objectContaining({ strategy_id: "mine", based_on_version: 0 }),
    ]);
    await user.tab();
    await user.keyboard("{Enter}");
    expect(
      await screen.findByRole("heading", { name: "Mine is saved and follows its schedule" }),
    ).toBeVisible();
    expect(requests(host, "strategy_set_active")).toEqual([{ strategy_id: "mine", active: true }]);
    await user.click(screen.getByRole("button", { name: "Show it" }));
    expect(router.state.location.search).toEqual({ strategy: "mine" });
    expect(readDraft(null), "what is saved is no draft any more").toBeNull();
  });

  it("a5_2 says what is wrong beside the field, once somebody wants to go on", async () => {
    const { user } = openWindow("/strategies/new");
    await user.type(await screen.findByLabelText("Name"), "Mine");
    expect(screen.queryByText("Choose at least one symbol.")).toBeNull();
    await user.click(await next());
    expect(await screen.findByText("Choose at least one symbol.")).toBeVisible();
    const symbols = screen.getByRole("combobox", { name: /^Symbols/ });
    await waitFor(() => expect(symbols).toHaveFocus());
    expect(symbols).toHaveAttribute("aria-invalid", "true");
    await user.keyboard("AAPL{Enter}");
    await waitFor(() => expect(screen.queryByText("Choose at least one symbol.")).toBeNull());
    await user.click(await next());
    const period = await screen.findByLabelText("SUPERTREND(10, 3): Period");
    await user.clear(period);
    await user.type(period, "9999");
    await user.click(await next());
    expect(await screen.findByText("Give a whole number from 1 to 500.")).toBeVisible();
  });

  it("goes back and forth without losing anything, and keeps what is not saved", async () => {
    const { user, router } = openWindow("/strategies/new");
    await user.type(await screen.findByLabelText("Name"), "Kept");
    await user.type(screen.getByRole("combobox", { name: /^Symbols/ }), "MSFT{Enter}");
    await user.click(await next());
    await step("Indicators");
    await user.click(screen.getByRole("button", { name: "Back" }));
    expect(await screen.findByLabelText("Name")).toHaveValue("Kept");
    await user.click(screen.getByRole("button", { name: "Schedule" }));
    await step("Schedule");
    await router.navigate({ to: "/strategies" });
    expect(await screen.findByText("Kept is not saved yet")).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Go on with it" }));
    await router.navigate({ to: "/strategies/new" });
    expect(await step("Schedule")).toBeVisible();
    expect(screen.getByText("This is what you began and did not save")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Start anew" }));
    expect(await screen.findByLabelText("Name")).toHaveValue("");
    expect(readDraft(null)).toBeNull();
  });

  it("is accessible at each step", async () => {
    const { user } = openWindow("/strategies/new");
    await user.type(await screen.findByLabelText("Name"), "Mine");
    await user.type(screen.getByRole("combobox", { name: /^Symbols/ }), "AAPL{Enter}");
    for (const title of ["Indicators", "Prompts and model", "Schedule", "Risk", "Autonomy"]) {
      expect(await faults()).toEqual([]);
      await user.click(await next());
      await step(title);
    }
    await user.click(await next());
    await step("Review");
    expect(await faults()).toEqual([]);
  }, 30_000);
});

describe("The form of a strategy", () => {
  it("saves a change as a new version, and says what changed in between", async () => {
    const { user, host, router } = openWindow("/strategies/sample/edit?section=risk");
    const risk = await screen.findByLabelText(/^Risk per trade/);
    const save = screen.getByRole("button", { name: "Save as version 4" });
    expect(save).toBeDisabled();
    await user.clear(risk);
    await user.type(risk, "7");
    expect(await screen.findAllByText("Use a number above 0 and up to 5.")).not.toHaveLength(0);
    await user.click(save);
    expect(requests(host, "strategy_save")).toEqual([]);
    await user.clear(risk);
    await user.type(risk, "0.5");
    await user.keyboard("{Control>}s{/Control}");
    expect(await screen.findByText(/Version 4 of Momentum daily is saved\./)).toBeVisible();
    expect(requests(host, "strategy_save")).toEqual([
      expect.objectContaining({ strategy_id: "sample", based_on_version: 3 }),
    ]);
    expect(router.state.location.pathname).toBe("/strategies");
    await router.navigate({ to: "/strategies", search: { strategy: "sample", tab: "versions" } });
    const versions = within(await screen.findByRole("list", { name: "Versions" }));
    expect(versions.getAllByText(/^Version \d$/)).toHaveLength(4);
    expect(await screen.findByRole("region", { name: "Difference" })).toBeVisible();
  });

  it("shows the same as text and as a form, and keeps what is written in both", async () => {
    const { user, router } = openWindow("/strategies/sample/edit");
    const name = await screen.findByLabelText("Name");
    await user.clear(name);
    await user.type(name, "Renamed");
    await user.click(screen.getByRole("radio", { name: "As text" }));
    const text = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: /as TOML$/ });
    expect(text.value).toContain('name = "Renamed"');
    await router.navigate({ to: "/strategies" });
    await router.navigate({ to: "/strategies/$strategyId/edit", params: { strategyId: "sample" } });
    expect(
      (await screen.findByRole<HTMLTextAreaElement>("textbox", { name: /as TOML$/ })).value,
    ).toContain('name = "Renamed"');
    await user.click(screen.getByRole("radio", { name: "Form" }));
    expect(await screen.findByLabelText("Name")).toHaveValue("Renamed");
    await user.click(screen.getByRole("button", { name: "Discard" }));
    await user.click(await screen.findByRole("button", { name: "Discard it" }));
    expect(await screen.findByLabelText("Name")).toHaveValue("Momentum daily");
  });

  it("stays a form where the text cannot be read", async () => {
    const { user } = openWindow("/strategies/sample/edit");
    await screen.findByLabelText("Name");
    await user.click(screen.getByRole("radio", { name: "As text" }));
    const text = await screen.findByRole("textbox", { name: /as TOML$/ });
    await user.click(text);
    await user.paste("nonsense ");
    await user.click(screen.getByRole("radio", { name: "Form" }));
    expect(await screen.findByText(/cannot be shown as a form/)).toBeVisible();
    expect(screen.getByRole("textbox", { name: /as TOML$/ })).toBeVisible();
  });

  it("tells of a version that was saved in the meantime", async () => {
    const { user, host } = openWindow("/strategies/sample/edit");
    const name = await screen.findByLabelText("Name");
    await user.type(name, "!");
    host.failures.set("strategy_save", {
      code: "not_now",
      message: "version 4 of sample was saved in the meantime",
      hint: "look at what changed",
    });
    await user.keyboard("{Control>}s{/Control}");
    expect(await screen.findByText(/version 4 of sample was saved in the meantime/)).toBeVisible();
    expect(readDraft("sample")?.form.name, "nothing is lost").toBe("Momentum daily!");
  });
});

describe("Strategies", () => {
  it("archives, hides, shows and takes back, with an undo", async () => {
    const { user, host } = openWindow("/strategies?strategy=sample-goog");
    const table = await screen.findByRole("table", { name: "Strategies" });
    await user.click(await screen.findByRole("button", { name: /^More for Momentum daily GOOG/ }));
    await user.click(await screen.findByRole("menuitem", { name: "Archive" }));
    await waitFor(() =>
      expect(within(table).getAllByRole("row")).toHaveLength(RECORDING.strategies.length),
    );
    expect(screen.getByText("Archived")).toBeVisible();
    await user.click(screen.getByRole("switch", { name: "Show the archived ones" }));
    await waitFor(() =>
      expect(within(table).getAllByRole("row")).toHaveLength(RECORDING.strategies.length + 1),
    );
    await pressInToast(user, "Undo");
    await waitFor(() => expect(requests(host, "strategy_unarchive")).toHaveLength(1));
    await waitFor(() => expect(screen.queryByText("Archived")).toBeNull());
  });

  it("duplicates under an id that nobody has", async () => {
    const { user, host, router } = openWindow("/strategies?strategy=sample");
    await user.click(await screen.findByRole("button", { name: /^More for Momentum daily/ }));
    await user.click(await screen.findByRole("menuitem", { name: "Duplicate…" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByLabelText("Name")).toHaveValue("Momentum daily copy");
    await user.clear(dialog.getByLabelText(/^Id/));
    await user.type(dialog.getByLabelText(/^Id/), "sample");
    expect(dialog.getByText("There is a strategy sample already.")).toBeVisible();
    await user.type(dialog.getByLabelText(/^Id/), "-b");
    await user.click(dialog.getByRole("button", { name: "Duplicate" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ strategy: "sample-b" }));
    expect(requests(host, "strategy_duplicate")).toEqual([
      { strategy_id: "sample", new_id: "sample-b", name: "Momentum daily copy" },
    ]);
  });

  it("shows thirteen stages, each a way to where it is mended", async () => {
    openWindow("/strategies?strategy=sample");
    const list = await screen.findByRole("list", { name: "Readiness" });
    const stages = within(list).getAllByRole("link");
    expect(stages).toHaveLength(13);
    expect(stages[0]).toHaveAttribute("href", "#/connection");
    expect(stages[2]).toHaveAttribute("href", "#/strategies/sample/edit?section=indicators");
    expect(stages[12]).toHaveAttribute("href", expect.stringMatching(/^#\/lineage\/.*complete$/));
  });

  it("exports the text, and refuses a file that is none in a sentence", async () => {
    const { user } = openWindow("/strategies?strategy=sample");
    await user.click(await screen.findByRole("button", { name: /^More for Momentum daily/ }));
    await user.click(await screen.findByRole("menuitem", { name: "Export…" }));
    const text = await screen.findByRole<HTMLTextAreaElement>("textbox", {
      name: "The strategy as a file",
    });
    expect(text.value).toContain("Momentum daily");
    await user.keyboard("{Escape}");
    await user.click(await screen.findByRole("button", { name: "Import…" }));
    await user.click(await screen.findByRole("textbox", { name: "What the file holds" }));
    await user.paste("name = 5");
    await user.click(screen.getByRole("button", { name: "Look at it" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(/reads no text/);
  });

  it("leads a newcomer without a strategy to the wizard", async () => {
    const host = new FakeHost({ ...RECORDING, strategies: [] }, 1);
    const { user, router } = openWindow("/strategies", host);
    expect(await screen.findByText("There is no strategy yet")).toBeVisible();
    await user.keyboard("n");
    await waitFor(() => expect(router.state.location.pathname).toBe("/strategies/new"));
  });
});

describe("Ids", () => {
  it("are made of a name, and are never taken", () => {
    expect(idFor("Momentum daily AAPL", [])).toBe("momentum-daily-aapl");
    expect(idFor("Momentum daily AAPL", ["momentum-daily-aapl"])).toBe("momentum-daily-aapl-2");
    expect(idFor("動能", [])).toBe("strategy");
    expect(idFor("x".repeat(80), [])).toHaveLength(28);
    expect(idFault("../x", [])).not.toBeNull();
    expect(idFault("mine", [])).toBeNull();
  });

  it("sends each field of the form to its section", () => {
    expect(sectionOf("indicators.3.period")).toBe("indicators");
    expect(sectionOf("name")).toBe("symbols");
    expect(sectionOf("symbols.1")).toBe("symbols");
    expect(sectionOf("protections.0.kind")).toBe("risk");
    expect(sectionOf("approval_minutes")).toBe("autonomy");
  });
});
