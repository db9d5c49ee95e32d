import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeHost, type Recording } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow, pressInToast } from "@/test/window";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

describe("Approvals", () => {
  it("shows what is asked, its risk, and what is left of the time", async () => {
    openWindow("/approvals");
    const card = within(await screen.findByRole("article", { name: "BUY 65 GOOG" }));
    expect(card.getByText("791.70")).toBeVisible();
    expect(card.getByText("1:2.50")).toBeVisible();
    expect(
      card.getByRole("img", { name: /^Stop 294.18, entry 306.36, target 336.81/ }),
    ).toBeVisible();
    expect(card.getByRole("timer")).toHaveTextContent("13:00");
  });

  it("approves by its button", async () => {
    const { user, host } = openWindow("/approvals");
    await user.click(await screen.findByRole("button", { name: "Approve BUY 65 GOOG" }));
    await waitFor(() =>
      expect(requests(host, "approval_decide")).toEqual([
        { execution_id: "sample-goog-20120720T200000Z-91c2", approve: true },
      ]),
    );
    await waitFor(() => expect(screen.queryByTestId("approval")).toBeNull());
    const table = screen.getByRole("table", { name: "Earlier decisions" });
    expect(within(table).getByText("GOOG").closest("tr")).toHaveTextContent("Approved");
  });

  it("decides by keys after a confirmation, because a stray key is no decision", async () => {
    const { user, host } = openWindow("/approvals");
    await screen.findByTestId("approval");
    await user.keyboard("jn");
    expect(requests(host, "approval_decide")).toEqual([]);
    await user.click(await screen.findByRole("button", { name: "Decline BUY 65 GOOG" }));
    await waitFor(() =>
      expect(requests(host, "approval_decide")).toEqual([
        { execution_id: "sample-goog-20120720T200000Z-91c2", approve: false },
      ]),
    );
  });

  it("puts the broker's question in its own words, as text, and answers it", async () => {
    const { user, host } = openWindow("/approvals");
    const card = await screen.findByTestId("question");
    expect(card).toHaveTextContent('<img src=x onerror="window.hacked=1">');
    expect(card.querySelector("img, script")).toBeNull();
    expect(within(card).getByRole("timer")).toHaveTextContent("0:42");
    await user.click(within(card).getByRole("button", { name: "No, do not send it" }));
    await waitFor(() =>
      expect(requests(host, "question_answer")).toEqual([{ question_id: "q-1", confirmed: false }]),
    );
    await waitFor(() => expect(screen.queryByTestId("question")).toBeNull());
  });

  it("switches an entry of the allow-list", async () => {
    const { user, host } = openWindow("/approvals");
    await user.click(await screen.findByRole("switch", { name: "Answer o163 with yes" }));
    await waitFor(() =>
      expect(requests(host, "question_allow")).toEqual([{ message_id: "o163", is_on: false }]),
    );
    await waitFor(() =>
      expect(screen.getByRole("switch", { name: "Answer o163 with yes" })).not.toBeChecked(),
    );
  });

  it("counts what waits in the side bar, and says so when something new appears", async () => {
    const [approval] = RECORDING.approvals;
    const [question] = RECORDING.questions.open;
    if (!approval || !question) throw new Error("The recording holds nothing that waits.");
    const earlier = { ...approval, execution_id: "earlier", symbol: "IBM" };
    const answers: Recording["approvals"] = [earlier];
    const host = new FakeHost({ ...RECORDING, questions: { open: [question], allowed: [] } }, 1);
    const rpc = host.rpc.bind(host);
    host.rpc = (command, request) =>
      command === "approvals_list" ? Promise.resolve([...answers] as never) : rpc(command, request);
    const { user, router } = openWindow("/strategies", host);
    // Both lists are there when both are counted; only what comes after that is new.
    await waitFor(() => expect(screen.getByTestId("badge-approvals")).toHaveTextContent("2"));
    expect(screen.queryByText(/proposes:/)).toBeNull();
    answers.push(approval);
    act(() => host.emit("approvals"));
    expect(await screen.findByText("Google swing proposes: BUY 65 GOOG at 306.36")).toBeVisible();
    expect(screen.queryByText(/proposes: BUY 65 IBM/)).toBeNull();
    expect(screen.getByTestId("badge-approvals")).toHaveTextContent("3");
    await pressInToast(user, "Look");
    await waitFor(() => expect(router.state.location.pathname).toBe("/approvals"));
  });

  it("is reached by g a", async () => {
    const { user, router } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("ga");
    await waitFor(() => expect(router.state.location.pathname).toBe("/approvals"));
  });

  it("has no faults that axe can see", async () => {
    openWindow("/approvals");
    await screen.findByTestId("approval");
    expect(await faults()).toEqual([]);
  });

  it("says so when nothing waits and nothing was decided", async () => {
    const host = new FakeHost(
      { ...RECORDING, approvals: [], questions: { open: [], allowed: [] } },
      1,
    );
    openWindow("/approvals", host);
    expect(await screen.findByText("Nothing waits for you")).toBeVisible();
    expect(screen.getByText("Nothing has been decided yet")).toBeVisible();
    expect(screen.getByText(/No question is on the list/)).toBeVisible();
  });

  it("says what is wrong when it cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("approvals_list", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/approvals", host);
    expect(await screen.findByText("What waits for you could not be read.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByTestId("approval")).toBeVisible();
  });
});
