import type {
  ApiError,
  LineageDto,
  ReplayDto,
  ReplayedStepDto,
  ReplayVerdict,
  StepDto,
} from "@/gen/types";
import type { Answers } from "@/host/fake";

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;

const PURE = [
  "calculate_indicators",
  "generate_charts",
  "llm_analysis",
  "parse_signal",
  "check_risk",
  "complete",
];

function verdict(step: StepDto): ReplayVerdict {
  if (step.status !== "success") return "not_made";
  return PURE.includes(step.step_name) ? "same" : "as_recorded";
}

/** Nothing is computed here: a recorded execution is said to be the same, and one that came to HOLD to
 * differ in its signal, so that both can be looked at. */
function replayed({ execution, steps }: LineageDto): ReplayDto {
  const planted = execution.outcome === "hold" ? "parse_signal" : null;
  const rows: ReplayedStepDto[] = steps.map((step) => {
    const differs = step.step_name === planted && step.status === "success";
    return {
      sequence: step.sequence,
      step_number: step.step_number,
      step_name: step.step_name,
      attempt: step.attempt,
      status: step.status,
      verdict: differs ? "differs" : verdict(step),
      detail: differs ? "The first difference is in its output at $.confidence." : "",
      differences: differs
        ? [{ part: "output", path: "$.confidence", recorded: '"0.9"', replayed: '"0.62"' }]
        : [],
    };
  });
  const same = rows.filter((row) => row.verdict === "same").length;
  const holds = rows.every((row) => row.verdict !== "differs");
  return {
    execution_id: execution.id,
    recorded_by: "0.1.0",
    replayed_by: "0.1.0",
    holds,
    sentence: holds
      ? `${same} steps gave the same bytes again.`
      : `Not the same any more: ${planted}.`,
    steps: rows,
  };
}

/** Replays and bundles of a recording. No file is written here. */
export function proofAnswers(
  recording: () => { lineages: LineageDto[] },
  fail: Fail,
): Pick<Answers, "replay_get" | "evidence_export"> {
  const find = (id: string) =>
    recording().lineages.find(({ execution }) => execution.id === id) ??
    fail("not_found", `There is no execution "${id}".`, "Choose one from the list.");
  return {
    replay_get: ({ execution_id }) => replayed(find(execution_id)),
    evidence_export: ({ kind, name }) => {
      const rows = kind === "execution" ? find(name).steps.length : 24;
      return {
        file: `/home/you/.local/share/throughline/evidence/evidence-${kind}-${name}.zip`,
        bytes: 412_310,
        fingerprint: "5f2c".repeat(16),
        rows: rows + 31,
        rows_with_content: rows,
      };
    },
  };
}
