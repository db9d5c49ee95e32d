import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  BudgetsDto,
  EventTopic,
  ModelCallDto,
  ModelDto,
  ModelsDto,
  ModelTestDto,
} from "@/gen/types";

/** What the page Models shows, kept as files. */
export interface ModelsRecording {
  models: ModelsDto;
  /** Newest first. */
  calls: ModelCallDto[];
  /** What a test of each model comes to, by its name. */
  tests: Record<string, ModelTestDto>;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type ModelsCommand =
  | "models_list"
  | "model_save"
  | "model_remove"
  | "model_key_set"
  | "model_test"
  | "model_prices"
  | "model_price_set"
  | "model_calls_list"
  | "budgets_get"
  | "budgets_set"
  | "vault_open";

/** Answers from a recording. No model is asked, and no key is kept. */
export function modelsAnswers(
  recording: () => ModelsRecording & { status: { now: string } },
  fail: Fail,
  emit: (topic: EventTopic) => void,
): { [K in ModelsCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const find = (name: string): ModelDto =>
    recording().models.models.find((each) => each.name === name) ??
    fail("not_found", `There is no model called "${name}".`, "Choose one from the list.");
  const change = (name: string, changes: Partial<ModelDto>): ModelDto => {
    const found = Object.assign(find(name), changes);
    emit("models");
    return found;
  };
  return {
    models_list: () => recording().models,
    model_save: ({ name, kind, model, url, temperature, ...limits }) => {
      const { models } = recording().models;
      const told = {
        name,
        kind,
        model,
        url: url ?? `https://${kind}.example/v1`,
        temperature,
        maximum_output_tokens: limits.maximum_output_tokens ?? 4096,
        deadline_seconds: limits.deadline_seconds ?? 120,
      };
      if (models.some((each) => each.name === name)) return change(name, told);
      models.push({
        ...told,
        provider: kind,
        key: "absent",
        needs_key: kind !== "ollama" && kind !== "openai_compatible",
        strategies: [],
        price: null,
        spent_today: "0",
        spent_total: "0",
        calls_today: 0,
        reused_today: 0,
        breaker: { state: "closed", failures: 0, until: null },
        last_error: null,
      });
      models.sort((a, b) => a.name.localeCompare(b.name));
      return change(name, {});
    },
    model_remove: ({ name }) => {
      const { models } = recording();
      models.models.splice(models.models.indexOf(find(name)), 1);
      return models;
    },
    model_key_set: ({ name, key }) => change(name, { key: key === null ? "absent" : "present" }),
    model_test: ({ name }) => {
      const model = find(name);
      return (
        recording().tests[name] ?? {
          succeeded: false,
          sentence: model.last_error?.sentence ?? "No test of it was recorded.",
          reply: null,
          follows_schema: false,
          sees_image: false,
          call: null,
        }
      );
    },
    model_prices: ({ name }) => {
      const { price } = find(name);
      return price === null ? [] : [price];
    },
    model_price_set: ({ name, input_per_million, output_per_million }) => {
      const price = { from: recording().status.now, input_per_million, output_per_million };
      change(name, { price });
      return [price];
    },
    model_calls_list: ({ name, limit }) =>
      recording()
        .calls.filter((call) => name === null || call.name === name)
        .slice(0, limit),
    budgets_get: () => recording().models.budgets,
    budgets_set: (limits): BudgetsDto => {
      emit("models");
      return Object.assign(recording().models.budgets, limits);
    },
    vault_open: () => {
      const { models } = recording();
      models.vault = { state: "passphrase", sentence: "The vault is open until Throughline ends." };
      return models;
    },
  };
}
