import { createMemoryHistory } from "@tanstack/react-router";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import axe from "axe-core";
import { expect } from "vitest";

import { App } from "@/app/app";
import { makeRouter } from "@/app/router";
import type { FakeHost } from "@/host/fake";
import { recordedHost } from "@/test/recorded";

/** The whole window at an address, over recorded answers. */
export function openWindow(address: string, host: FakeHost = recordedHost(1)) {
  const router = makeRouter(createMemoryHistory({ initialEntries: [address] }));
  render(<App host={host} router={router} />);
  return { host, router, user: userEvent.setup() };
}

/** Presses a button of a toast, which takes the pointer only once its region has counted it. */
export async function pressInToast(user: UserEvent, name: string): Promise<void> {
  const button = await screen.findByRole("button", { name });
  await waitFor(() =>
    expect(button.closest("[role=region]")).not.toHaveStyle({ pointerEvents: "none" }),
  );
  await user.click(button);
}

/** What axe finds wrong, in short. jsdom draws nothing, so contrast has a test of its own. */
export async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    runOnly: ["wcag2a", "wcag2aa", "best-practice"],
    rules: { "color-contrast": { enabled: false } },
  });
  return violations.map(
    (fault) => `${fault.id}: ${fault.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
  );
}
