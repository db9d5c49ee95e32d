import { Plus } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { Budgets, BudgetsDialog } from "@/features/models/budgets";
import { Calls } from "@/features/models/calls";
import { modelColumns } from "@/features/models/columns";
import { ModelDetails } from "@/features/models/details";
import { ModelForm } from "@/features/models/form";
import { KeyDialog } from "@/features/models/key-dialog";
import { TestPanel, useModelTest } from "@/features/models/test-panel";
import { VaultNotice } from "@/features/models/vault-notice";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { Confirm } from "@/ui/dialog";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";

export interface ModelsPageProps {
  /** The model that is shown. */
  name: string | null;
  /** Whether the form for a new one is open. */
  adding: boolean;
  onName: (name: string) => void;
  onAdding: (adding: boolean) => void;
  lineageLink: (executionId: string) => string;
}

type Open = "edit" | "key" | "remove" | "budgets" | null;

/** Language models, their keys, what they cost, and how much they may cost. */
export function ModelsPage({ name, adding, onName, onAdding, lineageLink }: ModelsPageProps) {
  const { data, error, refetch } = useRead("models_list", {});
  const strategies = useRead("strategies_list", {});
  const [open, setOpen] = useState<Open>(null);
  const test = useModelTest();
  const remove = useToldAct("model_remove");
  const models = data?.models ?? [];
  const model = models.find((each) => each.name === name) ?? models[0] ?? null;
  const nameOf = (id: string) =>
    strategies.data?.find((strategy) => strategy.id === id)?.name ?? id;
  const run = () => {
    if (model && !test.isPending) test.mutate({ name: model.name });
  };
  const move = (by: number) => {
    if (!model) return;
    const next = models[Math.min(models.length - 1, Math.max(0, models.indexOf(model) + by))];
    if (next) onName(next.name);
  };
  useHotkeys([
    { keys: "j", label: "Next model", group: "Models", run: () => move(1) },
    { keys: "k", label: "Model before", group: "Models", run: () => move(-1) },
    { keys: "n", label: "Add a model", group: "Models", run: () => onAdding(true) },
    { keys: "e", label: "Change the model", group: "Models", run: () => model && setOpen("edit") },
    { keys: "t", label: "Show it a picture", group: "Models", run },
    { keys: "b", label: "Budgets", group: "Models", run: () => data && setOpen("budgets") },
  ]);
  const close = () => setOpen(null);

  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-3">
          <h1 className="text-18 font-semibold">Models</h1>
          <span className="ml-auto" />
          {data && model ? (
            <Button
              variant="primary"
              size="large"
              onClick={() => onAdding(true)}
              title="Add a model (n)"
            >
              <Plus /> Add a model
            </Button>
          ) : null}
        </header>
        {data ? <VaultNotice vault={data.vault} /> : null}
        {data && model ? (
          <>
            <DataTable
              name="models"
              caption="Models"
              title={
                <span className="tabular text-muted">
                  {models.length} {models.length === 1 ? "model" : "models"}
                </span>
              }
              columns={modelColumns(nameOf)}
              rows={models}
              rowKey={(each) => each.name}
              empty={null}
              selected={model.name}
              onSelect={onName}
            />
            <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,400px)] items-start gap-4 max-[1080px]:grid-cols-1">
              <div className="space-y-4">
                <Guard key={model.name} what="The model could not be shown.">
                  <ModelDetails
                    model={model}
                    nameOf={nameOf}
                    onEdit={() => setOpen("edit")}
                    onKey={() => setOpen("key")}
                    onRemove={() => setOpen("remove")}
                  />
                </Guard>
                <TestPanel model={model} test={test} onTest={run} />
              </div>
              <div className="space-y-4">
                <Guard what="The budgets could not be shown.">
                  <Budgets
                    budgets={data.budgets}
                    nameOf={nameOf}
                    onChange={() => setOpen("budgets")}
                  />
                </Guard>
              </div>
            </div>
            <Guard what="The calls could not be shown.">
              <Calls name={model.name} nameOf={nameOf} lineageLink={lineageLink} />
            </Guard>
            <p className="text-12 text-muted">{data.vault.sentence}</p>
          </>
        ) : data ? (
          <Empty
            title="No language model yet"
            className="mt-[10vh]"
            action={
              <Button variant="primary" size="large" onClick={() => onAdding(true)}>
                <Plus /> Add a model
              </Button>
            }
          >
            Everything works without one: the built-in rule analyst reads the indicators, decides,
            and costs nothing. With a model, the very charts are read under your prompts, and code
            checks what it says before anything is traded. Add one of OpenAI, Anthropic, Google or
            Ollama, or any server that speaks OpenAI&apos;s protocol.
          </Empty>
        ) : error ? (
          <ErrorPanel
            what="The models could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the models" className="space-y-4">
            <Skeleton className="h-40 rounded-card" />
            <Skeleton className="h-72 rounded-card" />
          </div>
        )}
      </div>
      {adding && data ? (
        <ModelForm
          model={null}
          taken={models.map((each) => each.name)}
          onClose={() => onAdding(false)}
          onSaved={onName}
        />
      ) : null}
      {open === "edit" && model ? (
        <ModelForm model={model} taken={[]} onClose={close} onSaved={close} />
      ) : null}
      {open === "key" && model ? <KeyDialog model={model} onClose={close} /> : null}
      {open === "budgets" && data ? <BudgetsDialog budgets={data.budgets} onClose={close} /> : null}
      {model ? (
        <Confirm
          open={open === "remove"}
          onOpenChange={close}
          title={`Remove ${model.name}?`}
          action={`Remove ${model.name}`}
          danger
          onConfirm={() =>
            remove.run(
              { name: model.name },
              {
                done: `${model.name} is removed, and its key with it.`,
                failed: `${model.name} was not removed.`,
              },
            )
          }
        >
          <p>
            {model.strategies.length === 0
              ? "No strategy uses it."
              : `${model.strategies.map(nameOf).join(", ")} ${model.strategies.length === 1 ? "uses" : "use"} it, and will find no model at the next run.`}{" "}
            Its key is forgotten. Its calls and what they cost stay on record.
          </p>
        </Confirm>
      ) : null}
    </div>
  );
}
