import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { fold, pairs } from "@/ui/diff";
import type { TextDiffLineDto } from "@/gen/types";
import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

const OWN = "Daily reading, levels from the chart";
const editor = (name = OWN) => screen.findByRole("textbox", { name: `Text of ${name}` });

/** Puts a text before the first line, as typing there would. */
async function write(user: ReturnType<typeof openWindow>["user"], text: string) {
  await user.click(await editor());
  await user.keyboard("{Control>}{Home}{/Control}");
  await user.paste(text);
}

describe("Prompts", () => {
  it("lists one's own and the shipped ones, with what a run would use", async () => {
    openWindow("/prompts");
    const own = within(await screen.findByRole("list", { name: "Your own" }));
    expect(own.getByRole("button", { name: new RegExp(OWN) })).toHaveTextContent("default");
    await waitFor(() =>
      expect(own.getByRole("button", { name: new RegExp(OWN) })).toHaveTextContent("In use"),
    );
    expect(own.getByRole("button", { name: /Short daily/ })).toHaveTextContent("off");
    expect(own.queryByRole("button", { name: /First try/ })).toBeNull();
    const shipped = within(screen.getByRole("list", { name: "Shipped with Throughline" }));
    expect(shipped.getByRole("button", { name: /Weekly reading/ })).toBeVisible();
  });

  it("filters by words, type, language, and shows the deleted ones when asked", async () => {
    const { user } = openWindow("/prompts");
    await screen.findByRole("list", { name: "Your own" });
    await user.selectOptions(screen.getByLabelText("Language"), "zh");
    expect(screen.queryByRole("list", { name: "Your own" })).toBeNull();
    await user.selectOptions(screen.getByLabelText("Language"), "");
    await user.selectOptions(screen.getByLabelText("Type"), "consolidation");
    expect(screen.queryByRole("button", { name: new RegExp(OWN) })).toBeNull();
    await user.selectOptions(screen.getByLabelText("Type"), "");
    await user.click(screen.getByRole("switch", { name: "Show the deleted ones" }));
    expect(screen.getByRole("button", { name: /First try/ })).toHaveTextContent("deleted");
    await user.keyboard("{Escape}");
    await user.type(screen.getByRole("searchbox", { name: "Filter prompts" }), "nothing like it");
    expect(screen.getByText("No prompt matches. Clear the filter.")).toBeVisible();
  });

  it("shows the text of a shipped one, which can be cloned and not edited", async () => {
    const { user, host, router } = openWindow("/prompts?prompt=shipped-daily-en");
    expect(await editor("Daily reading")).toHaveAttribute("aria-readonly", "true");
    expect(screen.getByText(/It is part of the program/)).toBeVisible();
    expect(screen.queryByRole("switch", { name: /Runs may use/ })).toBeNull();
    await user.keyboard("c");
    const dialog = within(await screen.findByRole("dialog", { name: "Clone Daily reading" }));
    expect(dialog.getByLabelText("Name")).toHaveValue("My Daily reading");
    await user.selectOptions(dialog.getByLabelText("For"), "sample-goog");
    await user.click(dialog.getByRole("button", { name: "Clone it" }));
    await waitFor(() =>
      expect(requests(host, "prompt_clone")).toEqual([
        {
          prompt_id: "shipped-daily-en",
          version: 1,
          name: "My Daily reading",
          strategy_id: "sample-goog",
        },
      ]),
    );
    await waitFor(() => expect(router.state.location.search).toMatchObject({ prompt: "p-new-9" }));
  });

  it("checks while somebody writes, with line and column, and writes the suggestion", async () => {
    const { user, host } = openWindow("/prompts");
    await write(user, "{{ curent_price }} ");
    const findings = within(await screen.findByRole("list", { name: "Findings" }));
    expect(findings.getByText("curent_price is not defined.")).toBeVisible();
    expect(findings.getByText("1:4")).toBeVisible();
    const save = screen.getByRole("button", { name: "Save as version 4" });
    expect(save).toBeDisabled();
    await waitFor(() =>
      expect(findings.getByRole("button", { name: "Write current_price" })).toBeEnabled(),
    );
    await user.click(findings.getByRole("button", { name: "Write current_price" }));
    await waitFor(() => expect(screen.queryByRole("list", { name: "Findings" })).toBeNull());
    await waitFor(() => expect(save).toBeEnabled());
    const asked = requests(host, "prompt_validate").length;
    expect(asked, "not once for each letter").toBeLessThan(4);
  });

  it("saves a new version with a note, based on the one it began with", async () => {
    const { user, host } = openWindow("/prompts");
    await write(user, "Be brief.\n");
    expect(await screen.findByText("Not saved")).toBeVisible();
    await user.type(screen.getByLabelText("What changed, and why"), "Shorter answers");
    await user.click(screen.getByRole("button", { name: "Save as version 4" }));
    expect(await screen.findByText(`Version 4 of ${OWN} is saved.`)).toBeVisible();
    expect(requests(host, "prompt_save")).toEqual([
      expect.objectContaining({
        prompt_id: "p-7f31",
        based_on_version: 3,
        note: "Shorter answers",
        text: expect.stringMatching(/^Be brief\.\n/) as unknown,
        tags: ["levels", "strict"],
      }),
    ]);
    await waitFor(() => expect(screen.queryByText("Not saved")).toBeNull());
  });

  it("keeps what was written when the page is left, and takes a throw-away back", async () => {
    const { user, router } = openWindow("/prompts");
    await write(user, "Be brief.\n");
    await screen.findByText("Not saved");
    await router.navigate({ to: "/strategies" });
    await screen.findByRole("table", { name: "Strategies" });
    await router.navigate({ to: "/prompts" });
    expect(await screen.findByText("Not saved")).toBeVisible();
    expect(await editor()).toHaveTextContent("Be brief.");
    await user.click(screen.getByRole("button", { name: "Throw away" }));
    await waitFor(() => expect(screen.queryByText("Not saved")).toBeNull());
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByText("Not saved")).toBeVisible();
  });

  it("says so when another version was saved meanwhile, and shows why it is not taken", async () => {
    const host = new FakeHost(RECORDING, 1);
    const { user } = openWindow("/prompts", host);
    await write(user, "Be brief.\n");
    host.failures.set("prompt_save", {
      code: "not_now",
      message: "Version 4 was saved meanwhile.",
      hint: "Compare the two first.",
    });
    await user.click(await screen.findByRole("button", { name: "Save as version 4" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "Version 4 was saved meanwhile. Compare the two first.",
    );
    expect(await editor()).toHaveTextContent("Be brief.");
  });

  it("writes a variable of the reference where the cursor is", async () => {
    const { user } = openWindow("/prompts");
    await write(user, "At ");
    await user.type(screen.getByRole("searchbox", { name: "Search the reference" }), "relative");
    await user.click(await screen.findByTitle("Write {{ rsi | round(1) }}"));
    expect(await editor()).toHaveTextContent("At {{ rsi | round(1) }}You are shown");
  });

  it("renders it on a recorded run, and on a symbol and a day", async () => {
    const { user, host } = openWindow("/prompts?tab=preview");
    const shown = await screen.findByRole("region", { name: "The prompt as it would be sent" });
    expect(shown).toHaveTextContent("You are shown the daily chart of AAPL on NASDAQ");
    expect(within(screen.getByRole("region", { name: "Values" })).getByText("1.62")).toBeVisible();
    await user.click(screen.getByRole("radio", { name: "A symbol and a day" }));
    const day = screen.getByLabelText(/^Day/);
    await user.clear(day);
    await user.type(day, "2012-06-15");
    expect(await screen.findByText("AAPL on 2012-06-15, from the sandbox's prices")).toBeVisible();
    expect(requests(host, "prompt_preview").at(-1)).toMatchObject({
      execution_id: null,
      symbol: "AAPL",
      date: "2012-06-15",
      prompt_type: "daily",
    });
    expect(await faults()).toEqual([]);
  });

  it("compares any two versions, side by side and unified, with the words marked", async () => {
    const { user, host } = openWindow("/prompts?tab=versions");
    const table = await screen.findByRole("table", {
      name: `What changed from ${OWN}, version 2 to ${OWN}, version 3`,
    });
    expect(table.querySelectorAll("mark").length).toBeGreaterThan(0);
    expect(screen.getByRole("button", { name: "Show 13 lines that are the same" })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Show 13 lines that are the same" }));
    expect(within(table).getAllByText("The panels, from top to bottom:")).toHaveLength(2);
    await user.click(screen.getByRole("radio", { name: "Unified" }));
    expect(await screen.findByText("5 lines added, 4 removed")).toBeVisible();
    await user.selectOptions(screen.getByLabelText("The earlier text"), "shipped");
    await waitFor(() =>
      expect(requests(host, "prompt_diff").at(-1)).toMatchObject({
        old: { prompt_id: "shipped-daily-en" },
        new: { prompt_id: "p-7f31", version: 3 },
      }),
    );
    expect(await faults()).toEqual([]);
  });

  it("goes on from an earlier version", async () => {
    const { user } = openWindow("/prompts?tab=versions");
    await user.click(await screen.findByRole("button", { name: "Write on from version 2" }));
    expect(await editor()).toHaveTextContent("Name the levels of support and of resistance.");
    expect(screen.getByLabelText("What changed, and why")).toHaveValue("Goes on from version 2");
  });

  it("switches, makes the default, deletes with a way back, and restores", async () => {
    const { user, host } = openWindow("/prompts");
    await user.click(await screen.findByRole("switch", { name: `Runs may use ${OWN}` }));
    await waitFor(() =>
      expect(requests(host, "prompt_set_active")).toEqual([
        { prompt_id: "p-7f31", is_active: false },
      ]),
    );
    await user.click(screen.getByRole("button", { name: `More for ${OWN}` }));
    await user.click(await screen.findByRole("menuitem", { name: "Take the default back" }));
    await waitFor(() =>
      expect(requests(host, "prompt_set_default")).toEqual([
        { prompt_id: "p-7f31", is_default: false },
      ]),
    );
    await user.click(screen.getByRole("button", { name: `More for ${OWN}` }));
    await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
    expect(await screen.findByText(`${OWN} is deleted; its versions are kept.`)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() =>
      expect(requests(host, "prompt_restore")).toEqual([{ prompt_id: "p-7f31" }]),
    );
  });

  it("makes a new one, which begins with the shipped text of its type", async () => {
    const { user, host } = openWindow("/prompts");
    await screen.findByRole("list", { name: "Your own" });
    await user.keyboard("n");
    const dialog = within(await screen.findByRole("dialog", { name: "A new prompt" }));
    await user.click(dialog.getByRole("button", { name: "Make it" }));
    expect(dialog.getByLabelText("Name")).toHaveAccessibleDescription("A name for people.");
    await user.type(dialog.getByLabelText("Name"), "Careful weekly");
    await user.selectOptions(dialog.getByLabelText("Type"), "weekly");
    await user.click(dialog.getByRole("button", { name: "Make it" }));
    await waitFor(() =>
      expect(requests(host, "prompt_save")).toEqual([
        expect.objectContaining({
          prompt_id: null,
          name: "Careful weekly",
          prompt_type: "weekly",
          language: "en",
          text: expect.stringContaining("You are shown the weekly chart") as unknown,
        }),
      ]),
    );
    expect(await editor("Careful weekly")).toBeVisible();
  });

  it("exports and imports as a file", async () => {
    const { user } = openWindow("/prompts");
    await user.click(await screen.findByRole("button", { name: "Import and export" }));
    await user.click(await screen.findByRole("menuitem", { name: /Export all/ }));
    const file = await screen.findByRole("textbox", { name: "The file" });
    expect((file as HTMLTextAreaElement).value).toContain(`name = "${OWN}"`);
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Import and export" }));
    await user.click(await screen.findByRole("menuitem", { name: "Import…" }));
    const held = await screen.findByRole("textbox", { name: "What the file holds" });
    await user.type(held, "nonsense");
    await user.click(screen.getByRole("button", { name: "Import" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(/holds no \[\[prompt\]\]/);
    await user.clear(held);
    await user.click(held);
    await user.paste('[[prompt]]\nname = "Another"\n');
    await user.click(screen.getByRole("button", { name: "Import" }));
    expect(await screen.findByText("One prompt came in.")).toBeVisible();
  });

  it("shows text from outside as text", async () => {
    const [first, ...others] = RECORDING.prompts;
    if (!first) throw new Error("The recording holds no prompt.");
    const hostile = { ...first, description: '<img src=x onerror="window.hacked=1">' };
    openWindow("/prompts", new FakeHost({ ...RECORDING, prompts: [hostile, ...others] }, 1));
    expect(await screen.findByText(/<img src=x onerror/)).toBeVisible();
    expect(document.querySelector("img[src=x]")).toBeNull();
  });

  it("is reached by g m, and has no faults that axe can see", async () => {
    const { user, router } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("gm");
    await waitFor(() => expect(router.state.location.pathname).toBe("/prompts"));
    await editor();
    expect(await faults()).toEqual([]);
  });

  it("says what is wrong when it cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("prompts_list", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/prompts", host);
    expect(await screen.findByText("The prompts could not be read.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByRole("list", { name: "Your own" })).toBeVisible();
  });
});

describe("differences", () => {
  const line = (kind: TextDiffLineDto["kind"], text: string): TextDiffLineDto => ({
    kind,
    old_line: kind === "added" ? null : 1,
    new_line: kind === "removed" ? null : 1,
    spans: [{ text, is_changed: false }],
  });
  const words = (each: TextDiffLineDto | null) => each?.spans[0]?.text ?? null;

  it("stands removed lines beside those that came in their place", () => {
    const rows = pairs([
      line("same", "a"),
      line("removed", "b"),
      line("removed", "c"),
      line("added", "d"),
      line("same", "e"),
      line("added", "f"),
    ]);
    expect(rows.map((row) => [words(row.old), words(row.new)])).toEqual([
      ["a", "a"],
      ["b", "d"],
      ["c", null],
      ["e", "e"],
      [null, "f"],
    ]);
  });

  it("folds what is far from a change, and loses no line", () => {
    const rows = Array.from("ssssssssXsssssssssX");
    const stretches = fold(rows, (row) => row === "s");
    expect(stretches.map(({ folded, rows: { length } }) => [folded, length])).toEqual([
      [true, 5],
      [false, 7],
      [true, 3],
      [false, 4],
    ]);
    expect(stretches.flatMap((stretch) => stretch.rows)).toEqual(rows);
  });
});
