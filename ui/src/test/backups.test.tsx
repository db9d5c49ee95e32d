import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeHost, type Recording } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

async function entry(label: string): Promise<HTMLElement> {
  const heading = await screen.findByRole("heading", { level: 3, name: new RegExp(`^${label}`) });
  const found = heading.closest("li");
  if (!found) throw new Error(`There is no entry ${label}.`);
  return found;
}

const given = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

function hostWith(change: Partial<Recording["backups"]>): FakeHost {
  return new FakeHost({ ...RECORDING, backups: { ...RECORDING.backups, ...change } }, 1);
}

describe("Backups in the settings", () => {
  it("shows the last one, makes one now, and shows how far it has come", async () => {
    const host = new FakeHost(RECORDING, 250);
    const { user } = openWindow("/settings", host);
    const backup = await entry("Backup");
    await waitFor(() => expect(backup).toHaveTextContent("2026-11-20 13:00 ET, 31.0 MB"));
    await user.click(within(backup).getByRole("button", { name: "Back up now" }));
    expect(await within(backup).findByText("Copying the database")).toBeVisible();
    expect(
      await within(backup).findByText("Writing the file", {}, { timeout: 4000 }),
    ).toBeVisible();
    await waitFor(() => expect(backup).toHaveTextContent("2026-11-22 22:00 ET, 33.1 MB"), {
      timeout: 4000,
    });
  });

  it("says why none was made", async () => {
    openWindow("/settings", hostWith({ failure: "the disk that holds /backups is full" }));
    const backup = await entry("Backup");
    expect(await within(backup).findByRole("alert")).toHaveTextContent(
      "No backup was made: the disk that holds /backups is full",
    );
  });

  it("asks for a restore by a typed word only, and takes it back", async () => {
    const host = new FakeHost(RECORDING, 1);
    const { user } = openWindow("/settings", host);
    await user.click(
      await within(await entry("Restore")).findByRole("button", { name: "Restore…" }),
    );
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("radio", { name: /20261113/ }));
    const act = await within(dialog).findByRole("button", { name: "Restore at the next start" });
    expect(act).toBeDisabled();
    const field = within(dialog).getByRole("textbox");
    await user.type(field, "restore");
    expect(act).toBeDisabled();
    await user.clear(field);
    await user.type(field, "RESTORE");
    expect(await faults()).toEqual([]);
    await user.click(act);
    const name = "throughline-sandbox-20261113T180000Z.throughline-backup";
    expect(given(host, "restore_prepare")).toEqual([{ name, typed: "RESTORE" }]);
    const restore = await entry("Restore");
    await waitFor(() => expect(restore).toHaveTextContent("At the next start: the backup of"));
    await user.click(within(restore).getByRole("button", { name: "Restart now" }));
    expect(host.restarts).toBe(1);
    await user.click(within(restore).getByRole("button", { name: "Take it back" }));
    expect(await within(restore).findByRole("button", { name: "Restore…" })).toBeVisible();
  });

  it("tells a backup that cannot be read, and what became of the last restore", async () => {
    const host = hostWith({
      restored: { at: "2026-11-20T18:30:00Z", succeeded: false, sentence: "It was not restored." },
    });
    host.failures.set("backup_inspect", { code: "storage", message: "Damaged.", hint: null });
    const { user } = openWindow("/settings", host);
    const restore = await entry("Restore");
    await waitFor(() => expect(restore).toHaveTextContent("It was not restored."));
    await user.click(within(restore).getByRole("button", { name: "Restore…" }));
    const [first] = await screen.findAllByRole("radio", { name: /throughline-sandbox/ });
    if (!first) throw new Error("No backup is listed.");
    await user.click(first);
    expect(await screen.findByText("Damaged.")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Restore at the next start" })).toBeNull();
  });
});
