import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";

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
