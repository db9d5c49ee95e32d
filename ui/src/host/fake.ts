import type { Rpc } from "@/gen/commands";
import type {
  AnalysisCall,
  ApiError,
  BlobDto,
  EngineEvent,
  EventTopic,
  ExecutionDto,
  LineageDto,
  LlmAnalysisOutput,
  SpeechDto,
  StatusDto,
  StepDto,
  StrategyDto,
} from "@/gen/types";
import { type BackupsRecording, backupsAnswers } from "@/host/fake-backups";
import { type BrokerRecording, brokerAnswers } from "@/host/fake-broker";
import { historyAnswers, type HistoryRecording } from "@/host/fake-history";
import { marketAnswers, type MarketRecording } from "@/host/fake-market";
import { type ModelsRecording, modelsAnswers } from "@/host/fake-models";
import { notificationAnswers, type NotificationRecording } from "@/host/fake-notifications";
import { type PlaygroundRecording, playgroundAnswers } from "@/host/fake-playground";
import { proofAnswers } from "@/host/fake-proof";
import { portfolioAnswers, type PortfolioRecording } from "@/host/fake-portfolio";
import { type PromptsRecording, promptsAnswers } from "@/host/fake-prompts";
import { type RiskRecording, riskAnswers } from "@/host/fake-risk";
import { scheduleAnswers } from "@/host/fake-schedules";
import { type SignalRecording, signalAnswers } from "@/host/fake-signals";
import { strategyAnswers } from "@/host/fake-strategies";
import type { Desktop, Host } from "@/host/types";

/** Answers of an engine, kept as files. */
export interface Recording
  extends
    BackupsRecording,
    BrokerRecording,
    HistoryRecording,
    MarketRecording,
    ModelsRecording,
    NotificationRecording,
    PlaygroundRecording,
    PortfolioRecording,
    PromptsRecording,
    RiskRecording,
    SignalRecording {
  status: StatusDto;
  strategies: StrategyDto[];
  /** Newest first. */
  lineages: LineageDto[];
  blobs: Record<string, BlobDto>;
}

const fail = (code: ApiError["code"], message: string, hint: string | null = null): never => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a host rejects with is plain data
  throw { code, message, hint } satisfies ApiError;
};

/** Whether a recorded run was made with a language model. */
const isByModel = ({ steps }: LineageDto): boolean =>
  steps.some(
    ({ step_name: name, output }) =>
      name === "llm_analysis" &&
      (output as unknown as Partial<LlmAnalysisOutput>).analyst?.is_language_model === true,
  );

export type Answers = { [K in keyof Rpc]: (request: Rpc[K][0]) => Rpc[K][1] };

/**
 * Plays a recording back. It is no engine: nothing is decided and nothing is traded here. A run is
 * the newest recorded lineage of the strategy, row after row, `pace` milliseconds apart.
 */
export class FakeHost implements Host {
  readonly kind = "fake";
  /** Every command that was given, for tests to look at. */
  readonly calls: { command: keyof Rpc; request: unknown }[] = [];
  /** How often the application was asked to start anew. */
  restarts = 0;
  /** A desktop around the window, for tests that give it one. */
  desktop?: Desktop;
  /** Commands that are to fail, for tests. */
  readonly failures = new Map<keyof Rpc, ApiError>();
  private readonly recording: Recording;
  private readonly pace: number;
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private sequence = 0;
  private runs = 0;

  constructor(recording: Recording, pace = 350) {
    this.recording = structuredClone(recording);
    this.pace = pace;
  }

  async rpc<K extends keyof Rpc>(command: K, request: Rpc[K][0]): Promise<Rpc[K][1]> {
    this.calls.push({ command, request });
    await Promise.resolve();
    const failure = this.failures.get(command);
    if (failure) fail(failure.code, failure.message, failure.hint);
    return structuredClone(this.answers[command](request));
  }

  subscribe(onEvent: (event: EngineEvent) => void): Promise<() => void> {
    this.listeners.add(onEvent);
    return Promise.resolve(() => void this.listeners.delete(onEvent));
  }

  /** Written down for tests to look at; there is no application to start. */
  restart(): Promise<void> {
    this.restarts += 1;
    return Promise.resolve();
  }

  /** Raises an event, as the engine would. */
  emit(
    topic: EventTopic,
    executionId: string | null = null,
    speech: SpeechDto | null = null,
  ): void {
    this.sequence += 1;
    for (const listener of this.listeners)
      listener({ sequence: this.sequence, topic, execution_id: executionId, speech });
  }

  /** Loses so many events, as an overrun channel would. */
  lose(events: number): void {
    this.sequence += events;
  }

  private get executions(): ExecutionDto[] {
    return this.recording.lineages.map((lineage) => lineage.execution);
  }

  private strategy(id: string): StrategyDto {
    return (
      this.recording.strategies.find((strategy) => strategy.id === id) ??
      fail("not_found", `There is no strategy called "${id}".`)
    );
  }

  /** The words of each call, a few at a time, before the step that holds them is told. */
  private speak(id: string, row: StepDto | undefined, then: () => void): void {
    const output = row?.output as { calls?: AnalysisCall[] } | null | undefined;
    const said = (row?.step_name === "llm_analysis" ? (output?.calls ?? []) : [])
      .filter(({ model }) => model !== null)
      .flatMap(({ purpose, attempt, reply }) =>
        [...reply.matchAll(/[^]{1,40}/g)].map(({ index, 0: words }) => ({
          purpose,
          attempt,
          text: reply.slice(0, index + words.length),
        })),
      );
    const next = (at: number) => {
      const speech = said[at];
      if (!speech) {
        then();
        return;
      }
      this.emit("speech", id, speech);
      setTimeout(next, this.pace / 7, at + 1);
    };
    next(0);
  }

  private play(strategyId: string, model: string | null): string {
    const strategy = this.strategy(strategyId);
    const source =
      this.recording.lineages.find(
        (lineage) =>
          lineage.execution.strategy_id === strategyId &&
          lineage.execution.status === "completed" &&
          isByModel(lineage) === (model !== null),
      ) ?? fail("not_now", `No run of ${strategy.name} was recorded, so none can be played back.`);
    this.runs += 1;
    const id = `${strategyId}-played-${this.runs}`;
    const rows = source.steps.filter((row) => row.attempt === 1 || row.step_number === 8);
    const told: LineageDto = {
      ...structuredClone(source),
      execution: {
        ...source.execution,
        id,
        trigger: "manual",
        status: "running",
        outcome: null,
        sentence: null,
        duration_us: 0,
        steps: 0,
      },
      steps: [],
    };
    this.recording.lineages.unshift(told);
    const next = (index: number) => {
      const row = rows[index];
      this.speak(id, row, () => tell(row, index));
    };
    const tell = (row: StepDto | undefined, index: number) => {
      if (row) {
        told.steps.push(structuredClone(row));
        told.execution.steps = told.steps.length;
        told.execution.duration_us += row.duration_us;
        setTimeout(next, this.pace, index + 1);
      } else {
        const { status, outcome, sentence } = source.execution;
        Object.assign(told.execution, { status, outcome, sentence });
      }
      this.emit("executions", id);
    };
    setTimeout(next, this.pace, 0);
    return id;
  }

  private readonly answers: Answers = {
    ...brokerAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...modelsAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...promptsAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...playgroundAnswers(
      () => ({ ...this.recording, executions: this.executions }),
      fail,
      (topic) => this.emit(topic),
      () => this.pace,
    ),
    ...signalAnswers(() => this.recording, fail),
    ...historyAnswers(() => this.recording, fail),
    ...portfolioAnswers(() => this.recording, fail),
    ...scheduleAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...marketAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...notificationAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...strategyAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
    ),
    ...riskAnswers(
      () => this.recording,
      () => this.emit("risk"),
      fail,
    ),
    ...backupsAnswers(
      () => this.recording,
      fail,
      (topic) => this.emit(topic),
      () => this.pace,
    ),
    status_get: () => this.recording.status,
    strategies_list: () => this.recording.strategies,
    strategy_run: ({ strategy_id, model }) => ({
      execution_ids: [this.play(strategy_id, model)],
    }),
    strategy_set_active: ({ strategy_id, active }) => {
      const strategy = this.strategy(strategy_id);
      strategy.active = active;
      return strategy;
    },
    executions_list: ({ strategy_id, limit }) =>
      this.executions
        .filter((each) => strategy_id === null || each.strategy_id === strategy_id)
        .slice(0, limit),
    lineage_get: ({ execution_id }) =>
      this.recording.lineages.find(({ execution }) => execution.id === execution_id) ??
      fail(
        "not_found",
        `There is no execution called "${execution_id}".`,
        "Choose one from the list.",
      ),
    ...proofAnswers(() => this.recording, fail),
    lineage_verify: () => ({
      intact: true,
      rows: this.recording.lineages.reduce((sum, lineage) => sum + lineage.steps.length, 0),
      blobs: Object.keys(this.recording.blobs).length,
      anchors: { count: 0, signed: 0, fingerprints: [], last_day: null },
      first_fault: null,
    }),
    blob_get: ({ blob }) =>
      this.recording.blobs[blob] ?? fail("not_found", `There is no blob ${blob}.`),
    sandbox_advance: ({ to }) => {
      const { status } = this.recording;
      status.now = new Date(to).toISOString();
      status.exchange_time = `${new Date(Date.parse(to) - 4 * 3_600_000).toISOString().slice(0, 16).replace("T", " ")} EDT`;
      return status;
    },
    sandbox_clock_set: ({ mode }) => {
      this.recording.status.clock_mode = mode;
      return this.recording.status;
    },
    halt: ({ reason }) => {
      const { status } = this.recording;
      status.halt = { since: status.now, by: "window", reason };
      return status;
    },
    resume: () => {
      this.recording.status.halt = null;
      return this.recording.status;
    },
  };
}
