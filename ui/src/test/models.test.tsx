import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { SCENES } from "@/test/scenes";
import { faults, openWindow } from "@/test/window";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

async function row(name: string): Promise<HTMLElement> {
  const table = await screen.findByRole("table", { name: "Models" });
  const found = within(table).getByText(name).closest("tr");
  if (!found) throw new Error(`There is no row for ${name}.`);
  return found;
}

describe("Models", () => {
  it("lists provider, model, key, state, use and cost, and never a key", async () => {
    openWindow("/models");
    const reader = await row("reader");
    expect(reader).toHaveTextContent("Anthropic");
    expect(reader).toHaveTextContent("claude-sonnet-4-5");
    expect(reader).toHaveTextContent("kept");
    expect(reader).toHaveTextContent("Ready");
    expect(reader).toHaveTextContent("0.0418");
    expect(reader).toHaveTextContent("3.9127");
    await waitFor(() => expect(reader).toHaveTextContent("Momentum daily GOOG"));
    expect(await row("pro")).toHaveTextContent("No price");
    expect(await row("local-qwen")).toHaveTextContent("Trying again");
  });

  it("says where a model stands and what it may cost", async () => {
    const { user } = openWindow("/models?model=local-qwen");
    expect(await screen.findByText("5 failures in a row at its address.")).toBeVisible();
    expect(screen.getByText(/the connection was refused/)).toBeVisible();
    await user.keyboard("jj");
    expect(await screen.findByRole("heading", { name: "reader" })).toBeVisible();
    expect(await screen.findByText("15.00")).toBeVisible();
    const meter = screen.getByRole("meter", { name: "Today" });
    expect(meter).toHaveAttribute("aria-valuetext", "0.0623 of 1.00 USD");
  });

  it("says when a budget is used up", async () => {
    const { budgets } = RECORDING.models;
    const host = new FakeHost(
      {
        ...RECORDING,
        models: { ...RECORDING.models, budgets: { ...budgets, day: "0.06" } },
      },
      1,
    );
    openWindow("/models", host);
    expect(await screen.findByText("Used up: no call is made.")).toBeVisible();
  });

  it("checks what was typed beside its field, and adds nothing until it holds", async () => {
    const { user, host } = openWindow("/models?add=true");
    const form = within(await screen.findByTestId("model-form"));
    await user.selectOptions(form.getByLabelText("Protocol"), "openai_compatible");
    await user.type(form.getByLabelText(/^Name/), "My Model");
    await user.type(form.getByLabelText(/^Temperature/), "2.5");
    await user.type(form.getByLabelText(/^Longest reply/), "0");
    await user.type(form.getByLabelText(/^A million tokens read/), "cheap");
    await user.click(form.getByRole("button", { name: "Add the model" }));
    for (const [field, fault] of [
      [/^Name/, /1 to 40 lower-case letters/],
      [/^Model/, /How the provider names the model/],
      [/^Address/, /The address of the server/],
      [/^Temperature/, /A number from 0 to 2/],
      [/^Longest reply/, /A whole number from 1 to 65536/],
      [/^A million tokens read/, /USD, such as 2.50/],
      [/^A million tokens written/, /USD, such as 2.50/],
    ] as const)
      expect(form.getByLabelText(field)).toHaveAccessibleDescription(fault);
    expect(requests(host, "model_save")).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  it("adds a model with its price and its key, and keeps no key in the window", async () => {
    const { user, host, router } = openWindow("/models?add=true");
    const form = within(await screen.findByTestId("model-form"));
    await user.type(form.getByLabelText(/^Name/), "second");
    await user.type(form.getByLabelText(/^Model/), "gpt-4o");
    await user.type(form.getByLabelText(/^A million tokens read/), "2.50");
    await user.type(form.getByLabelText(/^A million tokens written/), "10");
    const key = form.getByLabelText(/^Key/);
    expect(key).toHaveAttribute("type", "password");
    await user.type(key, "sk-very-secret");
    await user.click(form.getByRole("button", { name: "Add the model" }));
    await waitFor(() => expect(screen.queryByTestId("model-form")).toBeNull());
    expect(requests(host, "model_save")).toEqual([
      {
        name: "second",
        kind: "openai",
        model: "gpt-4o",
        url: null,
        temperature: null,
        maximum_output_tokens: null,
        deadline_seconds: null,
      },
    ]);
    expect(requests(host, "model_price_set")).toEqual([
      { name: "second", input_per_million: "2.50", output_per_million: "10" },
    ]);
    expect(requests(host, "model_key_set")).toEqual([{ name: "second", key: "sk-very-secret" }]);
    expect(router.state.location.search).toEqual({ model: "second" });
    expect(await row("second")).toHaveTextContent("kept");
    expect(document.body.innerHTML).not.toContain("sk-very-secret");
    expect(JSON.stringify(localStorage)).not.toContain("sk-very-secret");
  });

  it("says which part was not saved, and empties the key all the same", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("model_key_set", {
      code: "storage",
      message: "The keychain is locked.",
      hint: "Unlock it.",
    });
    const { user } = openWindow("/models?add=true", host);
    const form = within(await screen.findByTestId("model-form"));
    await user.type(form.getByLabelText(/^Name/), "second");
    await user.type(form.getByLabelText(/^Model/), "gpt-4o");
    await user.type(form.getByLabelText(/^Key/), "sk-very-secret");
    await user.click(form.getByRole("button", { name: "Add the model" }));
    expect(await form.findByText("second is saved, its key is not.")).toBeVisible();
    expect(form.getByRole("alert")).toHaveTextContent("The keychain is locked. Unlock it.");
    expect(form.getByLabelText(/^Key/)).toHaveValue("");
    host.failures.clear();
    await user.type(form.getByLabelText(/^Key/), "sk-very-secret");
    await user.click(form.getByRole("button", { name: "Add the model" }));
    await waitFor(() => expect(screen.queryByTestId("model-form")).toBeNull());
  });

  it("replaces and forgets a key", async () => {
    const { user, host } = openWindow("/models?model=reader");
    await user.click(await screen.findByRole("button", { name: "Replace the key" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Key of reader" }));
    await user.type(dialog.getByLabelText(/^Key/), "sk-other");
    await user.click(dialog.getByRole("button", { name: "Keep this key" }));
    expect(await screen.findByText("The key of reader is kept.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Replace the key" }));
    await user.click(await screen.findByRole("button", { name: "Forget the kept key" }));
    await waitFor(() =>
      expect(requests(host, "model_key_set")).toEqual([
        { name: "reader", key: "sk-other" },
        { name: "reader", key: null },
      ]),
    );
    await waitFor(async () => expect(await row("reader")).toHaveTextContent("No key"));
  });

  it("tests with a picture, by its key, and tells latency, tokens, cost and what was said", async () => {
    const { user, host } = openWindow("/models?model=reader");
    await row("reader");
    await user.keyboard("t");
    expect(await screen.findByText("It sees the picture")).toBeVisible();
    expect(screen.getByText(/It keeps to the form of reply/)).toBeVisible();
    expect(screen.getByText("1.24 s")).toBeVisible();
    expect(screen.getByText("0.0019")).toBeVisible();
    expect(screen.getByRole("region", { name: "What the model said" })).toHaveTextContent("red");
    expect(requests(host, "model_test")).toEqual([{ name: "reader" }]);
    expect(await faults()).toEqual([]);
  });

  it("tells a refusal and a failure of the test, and that it is under way", async () => {
    const host = new FakeHost(RECORDING, 1);
    const { user } = openWindow("/models?model=pro", host);
    await user.click(await screen.findByRole("button", { name: /Show it a picture/ }));
    expect(await screen.findByText(/The model declined to answer/)).toBeVisible();
    expect(screen.getByText("Declined")).toBeVisible();
    expect(screen.queryByText("It sees the picture")).toBeNull();

    host.failures.set("model_test", {
      code: "not_now",
      message: "The budget of the day is used up: 1.00 of 1.00 USD.",
      hint: "Raise it under Models.",
    });
    await user.click(screen.getByRole("button", { name: /Show it a picture/ }));
    expect(await screen.findByText(/The budget of the day is used up/)).toBeVisible();
    expect(screen.getByText("Raise it under Models.")).toBeVisible();

    const rpc = host.rpc.bind(host);
    host.rpc = (command, request) =>
      command === "model_test" ? new Promise(() => undefined) : rpc(command, request);
    await user.click(screen.getByRole("button", { name: /Show it a picture/ }));
    expect(await screen.findByText("pro looks at a small picture…")).toBeVisible();
    expect(screen.getByRole("button", { name: /Looking/ })).toBeDisabled();
  });

  it("sets budgets, where an empty field is no limit", async () => {
    const { user, host } = openWindow("/models");
    await row("reader");
    await user.keyboard("b");
    const dialog = within(await screen.findByRole("dialog", { name: "Budgets" }));
    const day = dialog.getByLabelText(/^Everything on one day/);
    await user.clear(day);
    await user.type(day, "much");
    expect(day).toHaveAccessibleDescription(/An amount in USD/);
    await user.clear(day);
    await user.type(day, "2.5");
    await user.clear(dialog.getByLabelText(/^Everything ever/));
    await user.click(dialog.getByRole("button", { name: "Set the budgets" }));
    await waitFor(() =>
      expect(requests(host, "budgets_set")).toEqual([
        { day: "2.5", strategy_day: "0.05", total: null },
      ]),
    );
    expect(await screen.findByText("no limit")).toBeVisible();
  });

  it("removes behind a confirmation that names what uses it", async () => {
    const { user, host } = openWindow("/models?model=reader");
    await user.click(await screen.findByRole("button", { name: "Remove" }));
    const ask = within(await screen.findByRole("alertdialog", { name: "Remove reader?" }));
    expect(ask.getByText(/Momentum daily GOOG uses it/)).toBeVisible();
    expect(requests(host, "model_remove")).toEqual([]);
    await user.click(ask.getByRole("button", { name: "Remove reader" }));
    expect(await screen.findByText("reader is removed, and its key with it.")).toBeVisible();
    await waitFor(() => expect(screen.queryByText("claude-sonnet-4-5")).toBeNull());
  });

  it("lists the calls with what each came to, and shows one whole", async () => {
    const { user } = openWindow("/models?model=reader");
    const table = within(await screen.findByRole("table", { name: "Calls" }));
    expect(table.getByText("Cut off")).toBeVisible();
    expect(table.getByText("From the record")).toBeVisible();
    await user.click(screen.getByRole("radio", { name: "All models" }));
    const failed = await within(screen.getByRole("table", { name: "Calls" })).findByText("Failed");
    await user.click(failed);
    const dialog = within(await screen.findByRole("dialog", { name: "Call 45 of local-qwen" }));
    expect(dialog.getByText(/the connection was refused/)).toBeVisible();
  });

  it("opens the vault where there is no keychain", async () => {
    const scene = SCENES["locked"];
    const host = new FakeHost(scene ? scene(RECORDING) : RECORDING, 1);
    const { user } = openWindow("/models", host);
    const passphrase = await screen.findByLabelText("Passphrase");
    expect(passphrase).toHaveAttribute("type", "password");
    await user.type(passphrase, "correct horse");
    await user.click(screen.getByRole("button", { name: "Open the vault" }));
    await waitFor(() => expect(screen.queryByLabelText("Passphrase")).toBeNull());
    expect(requests(host, "vault_open")).toEqual([{ passphrase: "correct horse" }]);
  });

  it("leads on when there is none, and says what works without", async () => {
    const scene = SCENES["bare"];
    const { user } = openWindow("/models", new FakeHost(scene ? scene(RECORDING) : RECORDING, 1));
    expect(await screen.findByText("No language model yet")).toBeVisible();
    expect(screen.getByText(/the built-in rule analyst/)).toBeVisible();
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Add a model" }));
    expect(await screen.findByTestId("model-form")).toBeVisible();
  });

  it("says what is wrong when it cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("models_list", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/models", host);
    expect(await screen.findByText("The models could not be read.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await row("reader")).toBeVisible();
  });

  it("is reached by g k and by the palette, and has no faults that axe can see", async () => {
    const { user, router } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("gk");
    await waitFor(() => expect(router.state.location.pathname).toBe("/models"));
    await row("reader");
    await screen.findByRole("table", { name: "Calls" });
    expect(await faults()).toEqual([]);
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByPlaceholderText("Run, go to, open…"), "add a model");
    await user.keyboard("{Enter}");
    expect(await screen.findByTestId("model-form")).toBeVisible();
  });

  it("runs a strategy once with a chosen model", async () => {
    const { user, host } = openWindow("/strategies");
    await user.click(
      await screen.findByRole("button", { name: "Choose who analyses a run of Momentum daily" }),
    );
    await user.click(await screen.findByRole("menuitem", { name: /reader/ }));
    await waitFor(() =>
      expect(requests(host, "strategy_run")).toEqual([
        { strategy_id: "sample", symbol: null, model: "reader" },
      ]),
    );
  });
});
