import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";

import { planFault, planOf, ruleOf, USUAL_PLAN } from "@/schedule/rule";
import type { FakeHost } from "@/host/fake";
import { faults, openWindow } from "@/test/window";

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

beforeEach(() => localStorage.clear());

describe("A rule", () => {
  it.each([
    ["0 16 * * MON-FRI", "daily"],
    ["45 9 * * *", "daily"],
    ["30 10,15 * * MON,WED,FRI", "daily"],
    ["0 9 * * SAT,SUN", "daily"],
    ["15 minutes before close", "around"],
    ["1 minute after open", "around"],
    ["at close", "around"],
    ["*/15 * * * MON-FRI", "every"],
    ["0 * * * MON-FRI", "every"],
    ["0 9 1 * *", "monthly"],
    ["0 9 L * *", "monthly"],
    ["0 9 * * MON#1", "monthly"],
    ["0 9 * * FRI#L", "monthly"],
    ["30 15 9 * * *", "cron"],
    ["0 9 15W * *", "cron"],
    ["5-10 9 * * *", "cron"],
    ["0 9 * JAN *", "cron"],
    ["", "cron"],
  ])("%s is a plan of the kind %s, and becomes the same rule again", (rule, kind) => {
    const plan = planOf(rule);
    expect(plan.kind).toBe(kind);
    expect(ruleOf(plan)).toBe(rule);
  });

  it("reads days as cron counts them", () => {
    expect(planOf("0 9 * * 1-5").weekdays).toEqual(["MON", "TUE", "WED", "THU", "FRI"]);
    expect(planOf("0 9 * * 0").weekdays).toEqual(["SUN"]);
    expect(planOf("0 9 * * 7").weekdays).toEqual(["SUN"]);
    expect(planOf("0 9 * * FRI-MON").kind, "it runs backwards").toBe("cron");
  });

  it("says what is wrong with a plan", () => {
    const daily = { ...USUAL_PLAN, kind: "daily" as const };
    expect(planFault({ ...daily, times: ["25:00"] })).toMatch(/HH:MM/);
    expect(planFault({ ...daily, times: ["09:45", "15:30"] })).toMatch(/share their minutes/);
    expect(planFault({ ...daily, weekdays: [] })).toMatch(/day of the week/);
    expect(planFault({ ...USUAL_PLAN, kind: "around", minutes: 721 })).toMatch(/720/);
    expect(planFault(daily)).toBeNull();
  });
});

describe("The builder", () => {
  const open = async () => {
    const opened = openWindow("/strategies/sample/edit?section=schedule");
    const section = within(await screen.findByRole("region", { name: "Schedule" }));
    return { ...opened, section };
  };

  it("writes the rule from what is chosen, and shows what it comes to", async () => {
    const { user, host, section } = await open();
    await user.click(section.getByRole("radio", { name: "Around the session" }));
    const minutes = section.getByLabelText("Minutes");
    await user.clear(minutes);
    await user.type(minutes, "30");
    await user.selectOptions(section.getByLabelText("Before or after"), "after");
    await user.selectOptions(section.getByLabelText("Which end"), "open");
    await user.selectOptions(section.getByLabelText("Whose trading days count"), "TSE");
    await waitFor(() =>
      expect(requests(host, "schedule_preview").at(-1)).toEqual({
        rule: "30 minutes after open",
        exchange: "TSE",
        time_zone: null,
        hours: "trading_day",
        from: null,
        count: 20,
      }),
    );
    const runs = within(await section.findByRole("table", { name: "The next planned times" }));
    expect(runs.getAllByRole("row")).toHaveLength(21);
    expect(section.getByText("Clocks change")).toBeVisible();
    await user.click(section.getByRole("radio", { name: "As cron" }));
    const cron = section.getByLabelText(/^Cron expression/);
    await user.clear(cron);
    await user.type(cron, "0 9 * *");
    expect(await section.findByText(/has 4 fields; write five/)).toBeVisible();
  });

  it("names several times of day, and says what they must share", async () => {
    const { user, section } = await open();
    await user.click(section.getByRole("button", { name: "Another time" }));
    const second = section.getByLabelText("and at (2)");
    await user.clear(second);
    await user.type(second, "10:30");
    expect(section.getByText(/share their minutes/)).toBeVisible();
    await user.clear(second);
    await user.type(second, "10:00");
    await waitFor(() => expect(section.queryByText(/share their minutes/)).toBeNull());
    await user.click(screen.getByRole("radio", { name: "As text" }));
    expect(
      (await screen.findByRole<HTMLTextAreaElement>("textbox", { name: /as TOML$/ })).value,
    ).toContain('cron = "0 10,16 * * MON-FRI"');
  });
});

describe("Schedules", () => {
  it("shows what comes next, what became of the last and why it was not run", async () => {
    openWindow("/schedules");
    const table = await screen.findByRole("table", { name: "Schedules" });
    expect(within(table).getAllByRole("timer").length).toBeGreaterThan(0);
    const next = within(screen.getByRole("list", { name: "What comes next" }));
    expect(next.getAllByRole("listitem").length).toBeGreaterThan(3);
    const last = within(screen.getByRole("list", { name: "What became of the last" }));
    expect(last.getByText("Holiday")).toBeVisible();
    expect(last.getByText(/Independence Day/)).toBeVisible();
    expect(last.getAllByRole("link", { name: "Run" })[0]).toHaveAttribute(
      "href",
      expect.stringMatching(/^#\/lineage\//),
    );
    expect(await faults()).toEqual([]);
  });

  it("pauses one and all, and lets them go on", async () => {
    const { user, host } = openWindow("/schedules");
    const one = await screen.findByRole("switch", { name: "Schedule of Momentum daily" });
    await user.click(one);
    await waitFor(() => expect(one).not.toBeChecked());
    await user.click(screen.getByRole("button", { name: "Pause all" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "Pause all" })).toBeDisabled());
    expect(screen.getAllByText(/a person paused it/).length).toBeGreaterThan(1);
    await user.click(screen.getByRole("button", { name: "Let all go on" }));
    await waitFor(() => expect(one).toBeChecked());
    expect(requests(host, "schedules_set_active")).toEqual([{ active: false }, { active: true }]);
  });
});
