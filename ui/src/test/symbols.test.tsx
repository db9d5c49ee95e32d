import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { availability } from "@/features/symbols/rows";
import type { LastPriceDto } from "@/gen/types";
import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);
const table = (name: string) => screen.findByRole("table", { name });

const PRICE: LastPriceDto = {
  last: "1.00",
  change: null,
  change_percent: null,
  as_of: "2012-06-15T19:57:30Z",
  age_seconds: 30,
  availability: "delayed",
  is_previous_close: false,
  is_halted: false,
};

describe("how current a price is", () => {
  it("is said in one word", () => {
    expect(availability(PRICE, false).word).toBe("delayed");
    expect(availability({ ...PRICE, availability: "real_time" }, false).word).toBe("live");
    expect(availability({ ...PRICE, availability: "frozen" }, false).word).toBe("frozen");
    expect(availability(PRICE, true).word).toBe("simulated");
    expect(availability({ ...PRICE, is_halted: true }, true).word).toBe("halted");
  });
});

describe("Symbols", () => {
  it("shows what is saved with price, change, closes, age and where the data are from", async () => {
    openWindow("/symbols");
    const rows = within(await table("Saved"));
    const apple = within(await rows.findByRole("row", { name: /AAPL/ }));
    expect(await apple.findByText("574.13")).toBeVisible();
    expect(apple.getByText("+2.60")).toBeVisible();
    expect(apple.getByText("simulated")).toBeVisible();
    expect(apple.getByRole("img", { name: "Closes of AAPL, 63 days" })).toBeInTheDocument();
    expect(rows.queryByRole("row", { name: /IBM/ })).toBeNull();
  });

  it("a3_1 looks for a symbol by keys alone and shows every listing of an ambiguous one", async () => {
    const { user, host } = openWindow("/symbols");
    await table("Saved");
    await user.keyboard("/");
    await user.keyboard("orch{Enter}");
    const found = within(await table("Listings of ORCH"));
    expect(found.getByRole("row", { name: /ORCHARD INC NASDAQ USD Stock 204511/ })).toBeVisible();
    expect(found.getByRole("row", { name: /ORCHID HOLDINGS LTD NYSE/ })).toBeVisible();
    expect(screen.getByText(/means more than one contract/)).toBeVisible();
    await user.keyboard("{ArrowDown}s");
    await waitFor(() =>
      expect(requests(host, "symbol_save")).toEqual([{ conid: 204513, saved: true }]),
    );
    await user.keyboard("{Enter}");
    const details = within(await screen.findByRole("complementary", { name: "Contract" }));
    expect(await details.findByText("1 (a stock)")).toBeVisible();
    expect(details.getByText("0.01")).toBeVisible();
    expect(details.getByText("trailing stop", { exact: false })).toBeVisible();
    await user.keyboard("{Escape}{Escape}");
    expect(screen.queryByRole("table", { name: "Listings of ORCH" })).toBeNull();
  });

  it("says that there is nothing, and refuses what is no symbol in the engine's words", async () => {
    const { user } = openWindow("/symbols");
    const field = await screen.findByRole("searchbox", { name: "Look for a symbol" });
    await user.type(field, "NOSUCH{Enter}");
    expect(await screen.findByText("No listing")).toBeVisible();
    await user.clear(field);
    await user.type(field, "<img>{Enter}");
    expect(await screen.findByText(/1 to 12 letters, digits and dots/)).toBeVisible();
  });

  it("adds to a watch-list by w, and puts it in order and takes it out by keys", async () => {
    const { user, host } = openWindow("/symbols");
    await table("Saved");
    await user.keyboard("w");
    const dialog = within(await screen.findByRole("dialog", { name: /Add AAPL/ }));
    expect(dialog.getByRole("button", { name: /Large caps/ })).toBeDisabled();
    await user.click(dialog.getByRole("button", { name: /To look into/ }));
    await waitFor(() =>
      expect(requests(host, "watchlist_save")).toEqual([
        { watchlist_id: 2, name: "To look into", conids: [8314, 265598] },
      ]),
    );
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("]");
    const symbols = () =>
      within(screen.getByRole("table", { name: "Large caps" }))
        .getAllByRole("row")
        .slice(1)
        .map((row) => /AAPL|GOOG|IBM/.exec(row.textContent)?.[0]);
    await table("Large caps");
    expect(symbols()).toEqual(["AAPL", "GOOG", "IBM"]);
    await user.keyboard("J");
    await waitFor(() => expect(symbols()).toEqual(["GOOG", "AAPL", "IBM"]));
    await user.keyboard("x");
    await waitFor(() => expect(symbols()).toEqual(["GOOG", "IBM"]));
  });

  it("makes, renames and deletes a list", async () => {
    const { user, host } = openWindow("/symbols");
    await table("Saved");
    await user.keyboard("n");
    const dialog = within(await screen.findByRole("dialog", { name: "A new watch-list" }));
    await user.type(dialog.getByLabelText("Name"), "Mine{Enter}");
    expect(await screen.findByText("Nothing is in Mine yet")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Delete" }));
    await user.click(await screen.findByRole("button", { name: "Delete Mine" }));
    await waitFor(() => expect(requests(host, "watchlist_delete")).toHaveLength(1));
    expect(await table("Saved")).toBeVisible();
  });

  it("keeps the list without prices and says why while the broker is away", async () => {
    const host = new FakeHost({ ...RECORDING, marketFailure: "the line is cut" }, 1);
    const { user } = openWindow("/symbols", host);
    expect(await screen.findByText("No prices now")).toBeVisible();
    expect(screen.getByText("the line is cut")).toBeVisible();
    expect(within(await table("Saved")).getByRole("row", { name: /AAPL/ })).toBeVisible();
    await user.type(screen.getByRole("searchbox", { name: "Look for a symbol" }), "AAPL{Enter}");
    expect(await screen.findByText("stale")).toBeVisible();
    expect(screen.getByText(/this is an earlier answer/)).toBeVisible();
  });

  it("says what to do where nothing is saved, and shows an error that can be tried again", async () => {
    const bare = RECORDING.symbols.map((symbol) => ({ ...symbol, saved: false }));
    const host = new FakeHost({ ...RECORDING, symbols: bare }, 1);
    openWindow("/symbols", host);
    expect(await screen.findByText("No symbol is saved yet")).toBeVisible();
    expect(await faults()).toEqual([]);
  });

  it("shows an error of the engine with a way to try again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("symbols_saved", {
      code: "storage",
      message: "The disk failed.",
      hint: null,
    });
    openWindow("/symbols", host);
    expect(await screen.findByText("The lists could not be read.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Retry" })).toBeVisible();
  });

  it("has no faults that axe can see", async () => {
    const { user } = openWindow("/symbols");
    await table("Saved");
    await user.keyboard("{Enter}");
    await screen.findByText("1 (a stock)");
    expect(await faults()).toEqual([]);
  });
});
