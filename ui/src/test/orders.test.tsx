import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const GOOG = "sample-goog-20120720T200000Z-91c2-entry";
const rowsOf = async (name: string) =>
  within(await screen.findByRole("table", { name }))
    .getAllByRole("row")
    .slice(1);
const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

describe("Orders", () => {
  it("counts working, filled, cancelled, unknown and external orders", async () => {
    openWindow("/orders");
    await screen.findByRole("table", { name: "Orders" });
    const count = (label: string) =>
      screen.getAllByRole("term").find((term) => term.textContent === label)?.nextSibling
        ?.textContent;
    expect(count("Working")).toBe("4");
    expect(count("Filled today")).toBe("1");
    expect(count("Cancelled today")).toBe("1");
    expect(count("Unknown")).toBe("1");
    await waitFor(() => expect(count("External")).toBe("1"));
  });

  it("filters by status and by what is typed, and shows all again", async () => {
    const { user } = openWindow("/orders");
    expect(await rowsOf("Orders")).toHaveLength(8);
    await user.click(screen.getByRole("button", { name: /^Rejected/ }));
    expect(await rowsOf("Orders")).toHaveLength(1);
    await user.type(screen.getByRole("searchbox", { name: "Search orders" }), "goog");
    expect(await screen.findByText("No order fits")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Show all 8" }));
    expect(await rowsOf("Orders")).toHaveLength(8);
    await user.type(screen.getByRole("searchbox", { name: "Search orders" }), "goog stop");
    expect(await rowsOf("Orders")).toHaveLength(1);
  });

  it("says how much of an order is filled, and its status in words", async () => {
    openWindow("/orders");
    const row = (await rowsOf("Orders")).find((each) => each.textContent.includes("Partly"));
    if (!row) throw new Error("No order is partly filled.");
    expect(within(row).getByRole("meter")).toHaveAttribute("aria-valuetext", "45 of 120");
  });

  it("puts an order of unknown fate on top, with the evidence so far", async () => {
    openWindow("/orders");
    const card = (await screen.findByText(/^Unknown: BUY 310 MSFT/)).closest("section");
    await waitFor(() => expect(card).toHaveTextContent("3 live orders, none with this id."));
    expect(card).toHaveTextContent("never sent again");
  });

  it("tells the whole story of an order, and goes through the table by keys", async () => {
    const { user, router } = openWindow("/orders");
    await screen.findByRole("table", { name: "Orders" });
    await user.keyboard("j");
    const story = within(await screen.findByTestId("order-story"));
    expect(await story.findByText("Order is held until the exchange opens.")).toBeVisible();
    expect(story.getByText("Its group")).toBeVisible();
    expect(story.getByText(/^\+9\.94/)).toBeVisible();
    expect(story.getByText(/Are you sure you want to submit/)).toBeVisible();
    expect(story.getByRole("link", { name: "The decision that placed it" })).toHaveAttribute(
      "href",
      "#/lineage/sample-goog-20120720T200000Z-91c2",
    );
    expect(router.state.location.search).toEqual({ order: GOOG });
    await user.keyboard("j");
    await waitFor(() => expect(router.state.location.search).not.toEqual({ order: GOOG }));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("order-story")).toBeNull());
  });

  it("shows the broker's words as text, whatever they are", async () => {
    openWindow(`/orders?order=${GOOG}`);
    const words = await screen.findByText(/<script>window.hacked=1<\/script>/);
    expect(words.textContent).toContain('<img src=x onerror="window.hacked=1">');
    expect(words.textContent, "no mark turns the writing round").not.toContain("\u202e");
    expect(document.querySelector("img[src=x]")).toBeNull();
    expect("hacked" in window).toBe(false);
  });

  it("cancels only after a confirmation that names the order", async () => {
    const { user, host } = openWindow(`/orders?order=${GOOG}`);
    await user.click(await screen.findByRole("button", { name: "Cancel order for 65 GOOG…" }));
    expect(requests(host, "order_cancel")).toEqual([]);
    const asked = within(await screen.findByRole("alertdialog"));
    expect(asked.getByText(/Its stop and its target go with it/)).toBeVisible();
    await user.click(asked.getByRole("button", { name: "Cancel order for 65 GOOG" }));
    await waitFor(() =>
      expect(requests(host, "order_cancel")).toEqual([{ client_order_id: GOOG }]),
    );
    expect(await screen.findByText(/may still fill until it answers/)).toBeVisible();
  });

  it("changes what was changed and nothing else", async () => {
    const { user, host } = openWindow(`/orders?order=${GOOG}`);
    await screen.findByRole("button", { name: "Change…" });
    await user.keyboard("m");
    const dialog = within(await screen.findByRole("dialog", { name: "Change BUY 65 GOOG" }));
    const act = dialog.getByRole("button", { name: "Change order for GOOG" });
    expect(act).toBeDisabled();
    const price = dialog.getByRole("textbox", { name: "Limit price" });
    await user.clear(price);
    expect(await dialog.findByText("Write a price above zero.")).toBeVisible();
    await user.type(price, "305.90");
    expect(dialog.getByText("306.36 → 305.90")).toBeVisible();
    await user.click(act);
    await waitFor(() =>
      expect(requests(host, "order_modify")).toEqual([
        { client_order_id: GOOG, price: "305.90", quantity: null },
      ]),
    );
  });

  it("keeps what was typed when the broker refuses a change, and says its words", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("order_modify", {
      code: "broker",
      message: "The price is off the tick.",
      hint: "Use a multiple of 0.01.",
    });
    const { user } = openWindow(`/orders?order=${GOOG}`, host);
    await user.click(await screen.findByRole("button", { name: "Change…" }));
    const price = await screen.findByRole("textbox", { name: "Limit price" });
    await user.clear(price);
    await user.type(price, "305.905{Enter}");
    expect(
      await screen.findByText("The price is off the tick. Use a multiple of 0.01."),
    ).toBeVisible();
    expect(price).toHaveValue("305.905");
  });

  it("does not offer to change what is finished", async () => {
    openWindow("/orders?order=sample-aapl-20120718T200000Z-5d01-exit");
    const story = within(await screen.findByTestId("order-story"));
    expect(await story.findByText(/insufficient/)).toBeVisible();
    expect(story.queryByRole("button", { name: /^Cancel order/ })).toBeNull();
    expect(story.queryByRole("button", { name: "Change…" })).toBeNull();
  });

  it("keeps what was placed elsewhere in a tab of its own, labelled", async () => {
    const { user } = openWindow("/orders");
    await user.click(await screen.findByRole("radio", { name: /^External activity/ }));
    const [row] = await rowsOf("External orders");
    expect(row).toHaveTextContent("SPYExternal");
    expect(await rowsOf("External fills")).toHaveLength(1);
  });

  it("has no faults that axe can see, with a story and without", async () => {
    openWindow(`/orders?order=${GOOG}`);
    await screen.findByText("Its group");
    expect(await faults()).toEqual([]);
  });

  it("leads on when there is none", async () => {
    const external = { orders: [], fills: [] };
    const host = new FakeHost({ ...RECORDING, orders: [], external }, 1);
    const { user } = openWindow("/orders", host);
    expect(await screen.findByText("No order has been sent yet")).toBeVisible();
    await user.keyboard("t");
    expect(await screen.findByText("Nothing was placed elsewhere")).toBeVisible();
  });

  it("says what is wrong when the orders cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("orders_list", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/orders", host);
    expect(await screen.findByText("The orders could not be read.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await rowsOf("Orders")).toHaveLength(8);
  });

  it("shows its layout while it loads", async () => {
    const host = new FakeHost(RECORDING, 1);
    const rpc = host.rpc.bind(host);
    host.rpc = (command, request) =>
      command === "orders_list" ? new Promise(() => undefined) : rpc(command, request);
    openWindow("/orders", host);
    expect(await screen.findByLabelText("Loading the orders")).toHaveAttribute("aria-busy", "true");
  });
});
