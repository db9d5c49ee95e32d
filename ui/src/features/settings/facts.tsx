import type { ReactNode } from "react";

import { useRead } from "@/api/context";
import { useBackups } from "@/features/settings/data";
import type { Group } from "@/features/settings/entry";
import type { EngineError } from "@/api/api";
import { formatBytes } from "@/lib/bytes";
import { formatMoney } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { ENVIRONMENTS, GATEWAY_STATES } from "@/lib/words";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Missing } from "@/ui/number";
import { Skeleton } from "@/ui/panel";
import { StateWord } from "@/ui/state";

const ALL_PROMPTS = {
  prompt_type: null,
  language: null,
  strategy_id: null,
  include_deleted: false,
};

interface Read<T> {
  data: T | undefined;
  error: EngineError | null;
}

/** A value once it is read; where that failed the reason stands in its place. */
function shown<T>({ data, error }: Read<T>, show: (data: T) => ReactNode): ReactNode {
  if (data !== undefined) return show(data);
  return error ? <Missing why={error.message} /> : <Skeleton className="w-40" />;
}

function Path({ path, label }: { path: string; label: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="min-w-0 text-12 break-all">{plain(path)}</code>
      <CopyButton text={path} label={label} />
    </span>
  );
}

const Open = ({ page, href }: { page: string; href: string }) => (
  <Button asChild size="small">
    <a href={href} aria-label={`Open ${page}`}>
      {page}
    </a>
  </Button>
);

const Line = ({ children }: { children: ReactNode }) => (
  <span className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1">{children}</span>
);

/** What is set elsewhere or not at all, and stands here because it is looked for here. */
export function useFacts(): { groups: readonly Group[]; faults: readonly EngineError[] } {
  const health = useRead("health_get", {}, { every: 15_000 });
  const connection = useRead("connection_get", {});
  const status = useRead("status_get", {});
  const questions = useRead("questions_list", {});
  const models = useRead("models_list", {});
  const budgets = useRead("budgets_get", {});
  const prompts = useRead("prompts_list", ALL_PROMPTS);
  const backups = useBackups();
  const read = [health, connection, status, questions, models, budgets, prompts, backups];
  const faults = read.flatMap(({ error }) => error ?? []);
  const limit = (value: string | null) => (value === null ? "no limit" : formatMoney(value));
  const armed = connection.data?.arming;
  const groups: Group[] = [
    {
      id: "data",
      title: "Data",
      entries: [
        {
          id: "directory",
          label: "Data directory",
          words: "Everything that outlives the process. --data-dir names another at the start.",
          also: "folder path files where backup location",
          control: shown(health, ({ files }) => (
            <Path path={files.directory} label="Copy the path of the data directory" />
          )),
        },
        {
          id: "database",
          label: "Database",
          words: "One SQLite file; its log is folded into it now and then.",
          also: "sqlite size wal disk",
          control: shown(health, ({ files }) => (
            <span className="flex flex-col items-end gap-0.5">
              <span className="tabular">
                {formatBytes(files.database_bytes)}
                <span className="text-muted"> and a log of {formatBytes(files.log_bytes)}</span>
              </span>
              <Path path={files.database} label="Copy the path of the database" />
            </span>
          )),
        },
        {
          id: "room",
          label: "Room on the disk",
          words: "What cannot be recorded is not sent: without room no order leaves.",
          also: "free space storage",
          control: shown(health, ({ files }) => (
            <span className="tabular">
              {files.disk_free_bytes === null ? (
                <Missing why="The system does not say how much room is left" />
              ) : (
                formatBytes(files.disk_free_bytes)
              )}
              <span className="text-muted"> free of {formatBytes(files.disk_total_bytes)}</span>
            </span>
          )),
        },
        ...backups.entries,
      ],
    },
    {
      id: "safety",
      title: "Environment and safety",
      entries: [
        {
          id: "environment",
          label: "Environment",
          words: "Where orders go. Sandbox, paper and live have data of their own.",
          also: "paper live sandbox account",
          control: shown(connection, ({ environment }) => (
            <Line>
              <span>
                <span className="font-medium">{ENVIRONMENTS[environment].word}</span>
                <span className="text-muted">, {ENVIRONMENTS[environment].what}</span>
              </span>
              <Open page="Connection" href="#/connection" />
            </Line>
          )),
          ...(connection.data ? { isDefault: connection.data.environment === "sandbox" } : {}),
        },
        {
          id: "gateway",
          label: "Gateway",
          words: "The Client Portal Gateway of Interactive Brokers, or the sandbox's own.",
          also: "address url session certificate login",
          control: shown(connection, ({ gateway, state }) => (
            <Line>
              <StateWord state={GATEWAY_STATES[state]} />
              <code className="text-12 break-all">{plain(gateway)}</code>
            </Line>
          )),
        },
        ...(armed
          ? [
              {
                id: "arming",
                label: "Mandate of live trading",
                words: "Real money is traded only while an account is armed, within its limits.",
                also: "arm live limit",
                control: (
                  <Line>
                    <span className="font-medium">
                      {armed.is_armed
                        ? `Armed until ${exchangeDateTime(armed.ends_at)} ET`
                        : "Not armed"}
                    </span>
                    <Open page="Connection" href="#/connection" />
                  </Line>
                ),
                isDefault: !armed.is_armed,
              },
            ]
          : []),
        {
          id: "halt",
          label: "Kill switch",
          words:
            "While this file exists no entry is sent, even with the window dead. Ctrl+Shift+H makes it.",
          also: "halt stop emergency file",
          control: shown(health, ({ files }) => (
            <span className="flex flex-col items-end gap-0.5">
              <span className={status.data?.halt ? "font-medium text-error" : undefined}>
                {status.data?.halt ? "Halted" : "Not halted"}
              </span>
              <Path path={files.halt_file} label="Copy the path of the kill switch" />
            </span>
          )),
        },
        {
          id: "questions",
          label: "Answers without asking",
          words: "The broker's questions that are answered with yes; all others wait for you.",
          also: "allow list approvals precautionary",
          control: shown(questions, ({ allowed }) => (
            <Line>
              <span className="tabular">
                {allowed.filter(({ is_on: isOn }) => isOn).length} of {allowed.length} on
              </span>
              <Open page="Approvals" href="#/approvals" />
            </Line>
          )),
        },
      ],
    },
    {
      id: "models",
      title: "Models and prompts",
      entries: [
        {
          id: "models",
          label: "Models",
          words: "Language models that strategies may ask, with their keys and prices.",
          also: "llm key openai anthropic google ollama provider",
          control: shown(models, ({ models: all }) => (
            <Line>
              <span className="tabular">
                {all.length === 0 ? "none, the rule analyst analyses" : `${all.length} configured`}
              </span>
              <Open page="Models" href="#/models" />
            </Line>
          )),
          ...(models.data ? { isDefault: models.data.models.length === 0 } : {}),
        },
        {
          id: "budgets",
          label: "Budgets",
          words: "What models may cost, in USD; a call over a budget is not made.",
          also: "money cost limit spending",
          control: shown(budgets, ({ day, strategy_day: strategyDay, total }) => (
            <Line>
              <span className="tabular text-right">
                {limit(day)} a day, {limit(strategyDay)} a strategy and day, {limit(total)} in all
              </span>
              <Open page="Models" href="#/models" />
            </Line>
          )),
          ...(budgets.data
            ? {
                isDefault: [budgets.data.day, budgets.data.strategy_day, budgets.data.total].every(
                  (value) => value === null,
                ),
              }
            : {}),
        },
        {
          id: "prompts",
          label: "Prompts",
          words: "What models are told. Shipped ones cannot be changed, only cloned.",
          also: "template language",
          control: shown(prompts, (all) => (
            <Line>
              <span className="tabular">
                {all.filter(({ is_shipped: isShipped }) => !isShipped).length} of your own,{" "}
                {all.filter(({ is_shipped: isShipped }) => isShipped).length} shipped
              </span>
              <Open page="Prompts" href="#/prompts" />
            </Line>
          )),
        },
      ],
    },
    {
      id: "about",
      title: "About",
      entries: [
        {
          id: "version",
          label: "Version",
          words: "Of the engine; it is written into every record of lineage.",
          also: "about release build",
          control: shown(status, ({ version }) => (
            <span className="flex items-center gap-1">
              <span className="tabular">Throughline {plain(version)}</span>
              <CopyButton text={version} label="Copy the version" />
            </span>
          )),
        },
        {
          id: "licence",
          label: "Licence",
          words: "Apache License 2.0, without warranty.",
          also: "license copyright legal",
          control: <span>Apache-2.0</span>,
        },
        {
          id: "keys",
          label: "Keys",
          words: "Every page has keys of its own; ? lists them, Ctrl+K does everything by typing.",
          also: "keyboard shortcuts hotkeys help",
          control: (
            <kbd className="rounded-[4px] border border-line-strong bg-raised px-1.5 font-sans text-12">
              ?
            </kbd>
          ),
        },
      ],
    },
  ];
  return { groups, faults };
}
