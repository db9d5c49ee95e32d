import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { isThere, PAGES } from "@/app/pages";
import { useRunStrategy } from "@/app/use-run-strategy";
import type { EngineActs } from "@/app/use-engine-acts";
import { useArchive, useSetActive } from "@/features/strategies/acts";
import type { StatusDto } from "@/gen/types";
import { formatDecimal } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { chooseTheme } from "@/lib/theme";
import { earlier, later, nextClose, shortDateTime } from "@/lib/time";
import { executionWord, humanise, orderState } from "@/lib/words";
import { onEscape } from "@/ui/escape";

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  status: StatusDto | undefined;
  acts: EngineActs;
  onHalt: () => void;
  onFlatten: () => void;
  onResume: () => void;
}

function Row({
  children,
  hint,
  onSelect,
}: {
  children: ReactNode;
  hint?: string;
  onSelect: () => void;
}) {
  return (
    <Command.Item
      onSelect={onSelect}
      className="flex h-8 items-center gap-2 rounded-base px-2.5 data-[selected=true]:bg-raised"
    >
      {children}
      {hint ? <span className="ml-auto text-12 text-muted">{hint}</span> : null}
    </Command.Item>
  );
}

const GROUP =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted";

const ALL_PROMPTS = {
  prompt_type: null,
  language: null,
  strategy_id: null,
  include_deleted: false,
};

/** Every verb of the window, by typing. */
export function Palette(props: PaletteProps) {
  const { open, onOpenChange, status, acts, onHalt, onFlatten, onResume } = props;
  const navigate = useNavigate();
  const strategies = useRead("strategies_list", {}, { enabled: open });
  const executions = useRead(
    "executions_list",
    { strategy_id: null, limit: 100 },
    { enabled: open },
  );
  const orders = useRead("orders_list", {}, { enabled: open });
  const models = useRead("models_list", {}, { enabled: open });
  const prompts = useRead("prompts_list", ALL_PROMPTS, { enabled: open });
  const inUse = strategies.data?.filter((strategy) => !strategy.archived) ?? [];
  const run = useRunStrategy();
  const setActive = useSetActive();
  const setArchived = useArchive();
  const told = {
    check: useToldAct("connection_check"),
    reconcile: useToldAct("reconcile"),
    evidence: useToldAct("evidence_export"),
  };
  const newest = executions.data?.[0];
  const today = status?.exchange_time.slice(0, 10);
  const exportEvidence = (kind: string, name: string) =>
    told.evidence.run(
      { kind, name },
      { done: ({ file }) => `Written: ${file}`, failed: "No evidence was exported." },
    );
  const then = (act: () => void) => () => {
    onOpenChange(false);
    act();
  };
  const move = (to: string | null) => {
    if (to !== null) acts.advanceTo(earlier(to, status?.data_to ?? null));
  };
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="arrive fixed inset-0 z-40 bg-shade" />
        <Radix.Content
          onKeyDown={onEscape(() => onOpenChange(false))}
          aria-describedby={undefined}
          className="arrive fixed inset-x-0 top-[12vh] z-50 mx-auto w-[min(600px,calc(100vw-32px))] overflow-hidden rounded-card border bg-surface shadow-float"
        >
          <Radix.Title className="sr-only">Commands</Radix.Title>
          <Command loop label="Commands">
            <Command.Input
              placeholder="Run, go to, open…"
              className="h-11 w-full border-b bg-transparent px-4 text-15 outline-none placeholder:text-muted"
            />
            <Command.List className="max-h-[52vh] overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-center text-muted">
                Nothing of that name.
              </Command.Empty>
              <Command.Group heading="Do" className={GROUP}>
                {inUse.map((strategy) => (
                  <Row
                    key={strategy.id}
                    onSelect={then(() => run.run(strategy))}
                    hint={strategy.symbols.join(", ")}
                  >
                    Run {strategy.name} now
                  </Row>
                ))}
                <Row onSelect={then(() => void navigate({ to: "/strategies/new" }))} hint="g t n">
                  New strategy
                </Row>
                <Row onSelect={then(() => void navigate({ to: "/models", search: { add: true } }))}>
                  Add a model
                </Row>
                <Row
                  onSelect={then(() => void navigate({ to: "/prompts", search: { add: true } }))}
                >
                  Write a new prompt
                </Row>
                {status?.clock_mode ? (
                  <>
                    <Row onSelect={then(() => move(nextClose(status.now)))} hint="Ctrl+.">
                      Move the sandbox to the next close
                    </Row>
                    <Row onSelect={then(() => move(later(status.now, { days: 1 })))}>
                      Move the sandbox by one day
                    </Row>
                    <Row onSelect={then(() => move(later(status.now, { months: 1 })))}>
                      Move the sandbox by one month
                    </Row>
                  </>
                ) : null}
                {status?.halt ? (
                  <Row onSelect={then(onResume)}>Resume trading</Row>
                ) : (
                  <Row onSelect={then(onHalt)} hint="Ctrl+Shift+H">
                    Halt trading
                  </Row>
                )}
                <Row onSelect={then(onFlatten)}>Flatten the account: cancel and close all…</Row>
                <Row
                  onSelect={then(() =>
                    told.check.run({}, { failed: "The gateway was not asked." }),
                  )}
                >
                  Ask the gateway now
                </Row>
                <Row
                  onSelect={then(() =>
                    told.reconcile.run(
                      {},
                      {
                        done: (answer) => answer.reconciliation.sentence,
                        failed: "Our records could not be compared with the broker's.",
                      },
                    ),
                  )}
                >
                  Compare our records with the broker&apos;s
                </Row>
                {newest ? (
                  <>
                    <Row
                      onSelect={then(
                        () =>
                          void navigate({
                            to: "/lineage/$executionId",
                            params: { executionId: newest.id },
                            search: { replay: true },
                          }),
                      )}
                    >
                      Replay the newest execution
                    </Row>
                    <Row onSelect={then(() => exportEvidence("execution", newest.id))}>
                      Export evidence of the newest execution
                    </Row>
                  </>
                ) : null}
                {today ? (
                  <Row onSelect={then(() => exportEvidence("day", today))}>
                    Export evidence of today
                  </Row>
                ) : null}
                <Row
                  onSelect={then(
                    () => void navigate({ to: "/orders", search: { tab: "external" } }),
                  )}
                >
                  Show external activity
                </Row>
                <Row
                  onSelect={then(
                    () => void navigate({ to: "/signals", search: { tab: "performance" } }),
                  )}
                >
                  Show how the signals did
                </Row>
                <Row
                  onSelect={then(() => void navigate({ to: "/signals", search: { tab: "truth" } }))}
                >
                  Show the truth card of a strategy
                </Row>
                <Row onSelect={then(() => chooseTheme("light"))}>Theme: light</Row>
                <Row onSelect={then(() => chooseTheme("dark"))}>Theme: dark</Row>
                <Row onSelect={then(() => chooseTheme("system"))}>Theme: as the system</Row>
              </Command.Group>
              <Command.Group heading="Go to" className={GROUP}>
                {PAGES.filter((page) => isThere(page, status?.environment)).map((page) => (
                  <Row
                    key={page.id}
                    hint={`g ${page.key}`}
                    onSelect={then(() => void navigate({ to: page.path }))}
                  >
                    {page.title}
                  </Row>
                ))}
              </Command.Group>
              <Command.Group heading="Change a strategy" className={GROUP}>
                {inUse.flatMap((strategy) => [
                  <Row
                    key={`edit ${strategy.id}`}
                    hint={strategy.symbols.join(", ")}
                    onSelect={then(
                      () =>
                        void navigate({
                          to: "/strategies/$strategyId/edit",
                          params: { strategyId: strategy.id },
                        }),
                    )}
                  >
                    Edit {plain(strategy.name)}
                  </Row>,
                  <Row
                    key={`versions ${strategy.id}`}
                    onSelect={then(
                      () =>
                        void navigate({
                          to: "/strategies",
                          search: { strategy: strategy.id, tab: "versions" },
                        }),
                    )}
                  >
                    Versions of {plain(strategy.name)}
                  </Row>,
                  ...(strategy.schedule === null
                    ? []
                    : [
                        <Row
                          key={`switch ${strategy.id}`}
                          onSelect={then(() => setActive(strategy, !strategy.active))}
                        >
                          {strategy.active ? "Pause" : "Switch on"} {plain(strategy.name)}
                        </Row>,
                      ]),
                  <Row
                    key={`archive ${strategy.id}`}
                    onSelect={then(() => setArchived(strategy, true))}
                  >
                    Archive {plain(strategy.name)}
                  </Row>,
                ])}
              </Command.Group>
              <Command.Group heading="Run with a model" className={GROUP}>
                {inUse.flatMap((strategy) =>
                  (models.data?.models ?? []).map((model) => (
                    <Row
                      key={`${strategy.id} ${model.name}`}
                      onSelect={then(() => run.run(strategy, null, model.name))}
                      hint={strategy.symbols.join(", ")}
                    >
                      Run {strategy.name} with {model.name}
                    </Row>
                  )),
                )}
              </Command.Group>
              <Command.Group heading="Open a model" className={GROUP}>
                {models.data?.models.map((model) => (
                  <Row
                    key={model.name}
                    hint={model.provider}
                    onSelect={then(
                      () => void navigate({ to: "/models", search: { model: model.name } }),
                    )}
                  >
                    Model {model.name}
                  </Row>
                ))}
              </Command.Group>
              <Command.Group heading="Open a prompt" className={GROUP}>
                {prompts.data?.map((prompt) => (
                  <Row
                    key={prompt.id}
                    hint={`${humanise(prompt.prompt_type)}, ${prompt.language}`}
                    onSelect={then(
                      () => void navigate({ to: "/prompts", search: { prompt: prompt.id } }),
                    )}
                  >
                    Prompt {prompt.name}
                  </Row>
                ))}
              </Command.Group>
              <Command.Group heading="Open an order" className={GROUP}>
                {orders.data?.slice(0, 100).map((order) => (
                  <Command.Item
                    key={order.client_order_id}
                    value={`order ${order.client_order_id} ${order.symbol} ${order.leg} ${orderState(order.status).word}`}
                    onSelect={then(
                      () =>
                        void navigate({ to: "/orders", search: { order: order.client_order_id } }),
                    )}
                    className="flex h-8 items-center gap-2 rounded-base px-2.5 data-[selected=true]:bg-raised"
                  >
                    <span className="w-14 font-medium">{order.symbol}</span>
                    <span>
                      {order.side} {formatDecimal(order.quantity)}{" "}
                      {humanise(order.leg).toLowerCase()}
                    </span>
                    <span className="truncate text-muted">{orderState(order.status).word}</span>
                    <span className="tabular ml-auto text-12 text-muted">
                      {shortDateTime(order.updated_at)}
                    </span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Open an execution" className={GROUP}>
                {executions.data?.map((execution) => (
                  <Command.Item
                    key={execution.id}
                    value={`${execution.id} ${execution.symbol} ${execution.strategy_name} ${executionWord(execution).word} ${execution.exchange_time}`}
                    onSelect={then(
                      () =>
                        void navigate({
                          to: "/lineage/$executionId",
                          params: { executionId: execution.id },
                        }),
                    )}
                    className="flex h-8 items-center gap-2 rounded-base px-2.5 data-[selected=true]:bg-raised"
                  >
                    <span className="w-14 font-medium">{execution.symbol}</span>
                    <span>{executionWord(execution).word}</span>
                    <span className="truncate text-muted">{execution.strategy_name}</span>
                    <span className="tabular ml-auto text-12 text-muted">
                      {shortDateTime(execution.as_of)}
                    </span>
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
