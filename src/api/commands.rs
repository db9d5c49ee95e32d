//! The one table of commands. Each row: name, request, response, class, what it changes.
//!
//! Hosts call [`dispatch`](crate::api::dispatch) by name; the TypeScript types in `ui/src/gen` are
//! generated from the same rows.

mod models;
mod notifications;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use models::*;
pub use notifications::*;

use super::dto::{
    ApprovalDto, BackgroundDto, BackgroundSetRequest, BackupManifestDto, BackupRequest, BackupsDto,
    BlobDto, BudgetsDto, ChartDataDto, ChartDataGetRequest, ChartsListRequest, ChartsPageDto,
    ConnectionDto, EventTopic, ExecutionDto, ExecutionRequest, ExecutionsPageDto,
    ExecutionsSearchRequest, ExternalActivityDto, FaultDto, FlattenDto, FoundExecutionDto,
    HealthDto, IndicatorCheckDto, IndicatorCheckRequest, IndicatorKindDto, IndicatorPreviewDto,
    IndicatorPreviewRequest, IndicatorSetDto, IndicatorSetRequest, IndicatorSetSaveRequest,
    LeaderboardDto, LeaderboardGetRequest, LineageDto, ModelCallDto, ModelDto, ModelPriceDto,
    ModelTestDto, ModelsDto, NotificationSettingsDto, NotificationTestDto, NotificationTestRequest,
    NotificationsDto, NotificationsReadRequest, OrderDto, OrderStoryDto, PerformanceCompareRequest,
    PerformanceComparisonDto, PerformanceDto, PerformanceGetRequest, PlaygroundDto,
    PlaygroundEstimateDto, PlaygroundEstimateRequest, PlaygroundRepliesDto, PlaygroundRowRequest,
    PlaygroundStartRequest, PortfolioDto, PromptCloneRequest, PromptDetailDto, PromptDiffRequest,
    PromptDto, PromptExportDto, PromptExportRequest, PromptGetRequest, PromptImportRequest,
    PromptImportResponse, PromptPreviewDto, PromptPreviewRequest, PromptReferenceDto,
    PromptRequest, PromptSaveRequest, PromptSetActiveRequest, PromptSetDefaultRequest,
    PromptValidateRequest, PromptValidationDto, PromptsListRequest, PromptsResolveRequest,
    ProtectionReleaseRequest, QuestionsDto, ReadinessDto, ResolvedPromptsDto,
    RestorePrepareRequest, RiskDto, RiskLimitsSetRequest, SchedulePreviewDto,
    SchedulePreviewRequest, SchedulesDto, SchedulesSetActiveRequest, SignalDto, SignalRequest,
    SignalsListRequest, SignalsPageDto, StatusDto, StepStatisticsDto, StepStatisticsRequest,
    StrategyDiffRequest, StrategyDto, StrategyDuplicateRequest, StrategyExportDto,
    StrategyFormCheckDto, StrategyFormCheckRequest, StrategyFormDto, StrategyFormGetRequest,
    StrategyFormReadDto, StrategyRequest, StrategySaveRequest, StrategyTextRequest,
    StrategyValidationDto, StrategyVersionDto, SymbolDetailsDto, SymbolDto, SymbolRequest,
    SymbolSaveRequest, SymbolsSearchDto, SymbolsSearchRequest, TextDiffDto, TruthCardDto,
    TruthCardGetRequest, VerifyDto, WatchlistDto, WatchlistQuotesDto, WatchlistQuotesRequest,
    WatchlistRequest, WatchlistSaveRequest,
};
use crate::domain::Environment;
use crate::notify::NotificationSettings;

/// How much a command may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandClass {
    /// Looks.
    Read,
    /// Changes settings or records.
    Edit,
    /// May lead to an order, or stop one.
    Trade,
    /// Touches a secret.
    Secret,
}

/// A request without content.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Asks for the executions of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutionsListRequest {
    /// One strategy, or all.
    pub strategy_id: Option<String>,
    /// At most this many, 1 to 500, newest first.
    pub limit: u32,
}

/// Asks for the lineage of an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineageGetRequest {
    /// Which execution.
    pub execution_id: String,
}

/// Asks for a blob.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobGetRequest {
    /// BLAKE3, 64 hexadecimal digits.
    pub blob: String,
}

/// Runs a strategy once, now, on one symbol or on all of its symbols.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyRunRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// One of its symbols, or all.
    pub symbol: Option<String>,
    /// A language model that analyses in the place of the strategy's own analyst.
    #[serde(default)]
    pub model: Option<String>,
}

/// The executions that a run began.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyRunResponse {
    /// In the order of the symbols.
    pub execution_ids: Vec<String>,
}

/// Moves the sandbox clock forward, with everything that happens on the way.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SandboxAdvanceRequest {
    /// RFC 3339; must lie after the sandbox's present time and inside the data.
    pub to: String,
}

/// Sets how the sandbox clock moves.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SandboxClockRequest {
    /// `paused` or `running` (one second a second).
    pub mode: String,
}

/// Activates or pauses the schedule of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategySetActiveRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// Whether its schedule runs.
    pub active: bool,
}

/// Halts trading: no entry is sent until it is resumed.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HaltRequest {
    /// Why, for whoever reads it later.
    pub reason: String,
}

/// Names an order.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// Our id of the order.
    pub client_order_id: String,
}

/// Changes an order that works at the broker.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderModifyRequest {
    /// Our id of the order.
    pub client_order_id: String,
    /// New limit price, or stop price of a stop; unchanged if absent.
    pub price: Option<String>,
    /// New quantity, filled shares included; unchanged if absent.
    pub quantity: Option<String>,
}

/// Decides on an order that waits for a person.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalDecideRequest {
    /// The execution whose order waits.
    pub execution_id: String,
    /// Let it pass, or not.
    pub approve: bool,
}

/// Answers a question of the broker.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionAnswerRequest {
    /// Which question.
    pub question_id: String,
    /// Yes or no.
    pub confirmed: bool,
}

/// Switches an entry of the allow-list of questions on or off.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionAllowRequest {
    /// The broker's id, such as `o163`.
    pub message_id: String,
    /// Whether it is answered with yes without asking.
    pub is_on: bool,
}

/// Chooses the gateway for the next start. Environments have directories of their own.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSetRequest {
    /// Where orders are to go.
    pub environment: Environment,
    /// Such as `https://localhost:5000`; without meaning in the sandbox.
    pub address: Option<String>,
}

/// Accepts the certificate that the gateway shows.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateTrustRequest {
    /// As it was shown; the gateway must still show it.
    pub fingerprint: String,
}

/// Names an account.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRequest {
    /// Such as `DU1000001`.
    pub account_id: String,
}

/// Arms live trading.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveArmRequest {
    /// The account id, typed by the person.
    pub typed_account_id: String,
    /// Most that one entry may cost, in the account's currency.
    pub maximum_order_value: String,
    /// Most entries in one trading day.
    pub maximum_entries_per_day: u32,
    /// Entries stop for the day at this loss, in the account's currency.
    pub maximum_daily_loss: String,
    /// When the mandate ends, RFC 3339; at most 90 days ahead.
    pub ends_at: String,
}

/// Switches a fault of the sandbox's gateway.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSetRequest {
    /// Such as `lose_next_order_answer`.
    pub name: String,
    /// On or off.
    pub is_on: bool,
    /// Engine time from which it is in force, RFC 3339; now if absent.
    pub from: Option<String>,
    /// Engine time at which it ends, RFC 3339; when it is switched off if absent.
    pub until: Option<String>,
}

/// The name of a type in TypeScript, such as `Array<OrderDto>`.
pub type TypeName = fn(&ts_rs::Config) -> String;

/// Puts the JSON schema of a type, and of whatever it mentions, into a generator.
pub type TypeSchema = fn(&mut schemars::SchemaGenerator) -> schemars::Schema;

/// One row of the table of commands.
#[derive(Debug, Clone, Copy)]
pub struct CommandRow {
    /// What a host calls, such as `lineage_get`.
    pub name: &'static str,
    /// Type of the request.
    pub request: TypeName,
    /// Type of the response.
    pub response: TypeName,
    /// Schema of the request.
    pub request_schema: TypeSchema,
    /// Schema of the response.
    pub response_schema: TypeSchema,
    /// How much it may do.
    pub class: CommandClass,
    /// What a success changes; hosts fetch it again.
    pub invalidates: &'static [EventTopic],
}

/// The row of a command, if there is such a command.
pub fn command(name: &str) -> Option<&'static CommandRow> {
    COMMANDS.iter().find(|row| row.name == name)
}

macro_rules! command_table {
    ($($name:ident: $request:ty => $response:ty, $class:ident, [$($topic:ident),*];)*) => {
        /// Every command.
        pub const COMMANDS: &[CommandRow] = &[$(CommandRow {
            name: stringify!($name),
            request: <$request as TS>::name,
            response: <$response as TS>::name,
            request_schema: schemars::SchemaGenerator::subschema_for::<$request>,
            response_schema: schemars::SchemaGenerator::subschema_for::<$response>,
            class: CommandClass::$class,
            invalidates: &[$(EventTopic::$topic),*],
        }),*];

        /// Shows every type of the table to a visitor, for whoever generates code from it.
        pub fn visit_command_types(visitor: &mut impl ts_rs::TypeVisitor) {
            $(
                visitor.visit::<$request>();
                visitor.visit::<$response>();
            )*
        }
    };
}

command_table! {
    status_get: Empty => StatusDto, Read, [];
    health_get: Empty => HealthDto, Read, [];
    backups_get: Empty => BackupsDto, Read, [];
    backup_create: Empty => BackupsDto, Edit, [Status];
    backup_inspect: BackupRequest => BackupManifestDto, Read, [];
    restore_prepare: RestorePrepareRequest => BackupsDto, Edit, [Status];
    restore_withdraw: Empty => BackupsDto, Edit, [Status];
    strategies_list: Empty => Vec<StrategyDto>, Read, [];
    strategy_run: StrategyRunRequest => StrategyRunResponse, Trade,
        [Executions, Orders, Portfolio, Status, Strategies, Signals];
    strategy_set_active: StrategySetActiveRequest => StrategyDto, Edit, [Strategies, Status];
    strategy_validate: StrategyTextRequest => StrategyValidationDto, Read, [];
    strategy_save: StrategySaveRequest => StrategyDto, Edit, [Strategies, Status];
    strategy_export: StrategyRequest => StrategyExportDto, Read, [];
    strategy_form_get: StrategyFormGetRequest => StrategyFormDto, Read, [];
    strategy_form_check: StrategyFormCheckRequest => StrategyFormCheckDto, Read, [];
    strategy_form_read: StrategyTextRequest => StrategyFormReadDto, Read, [];
    strategy_versions: StrategyRequest => Vec<StrategyVersionDto>, Read, [];
    strategy_diff: StrategyDiffRequest => TextDiffDto, Read, [];
    strategy_duplicate: StrategyDuplicateRequest => StrategyDto, Edit, [Strategies];
    strategy_archive: StrategyRequest => StrategyDto, Edit, [Strategies, Status];
    strategy_unarchive: StrategyRequest => StrategyDto, Edit, [Strategies, Status];
    readiness_get: StrategyRequest => ReadinessDto, Read, [];
    schedule_preview: SchedulePreviewRequest => SchedulePreviewDto, Read, [];
    schedules_list: Empty => SchedulesDto, Read, [];
    schedules_set_active: SchedulesSetActiveRequest => SchedulesDto, Edit, [Strategies, Status];
    executions_list: ExecutionsListRequest => Vec<ExecutionDto>, Read, [];
    executions_search: ExecutionsSearchRequest => ExecutionsPageDto, Read, [];
    execution_get: ExecutionRequest => FoundExecutionDto, Read, [];
    lineage_get: LineageGetRequest => LineageDto, Read, [];
    lineage_verify: Empty => VerifyDto, Read, [];
    step_statistics_get: StepStatisticsRequest => StepStatisticsDto, Read, [];
    blob_get: BlobGetRequest => BlobDto, Read, [];
    orders_list: Empty => Vec<OrderDto>, Read, [];
    portfolio_get: Empty => PortfolioDto, Read, [];
    sandbox_advance: SandboxAdvanceRequest => StatusDto, Trade,
        [Executions, Orders, Portfolio, Status, Strategies, Signals];
    sandbox_clock_set: SandboxClockRequest => StatusDto, Edit, [Status];
    halt: HaltRequest => StatusDto, Trade, [Status];
    resume: Empty => StatusDto, Trade, [Status];
    flatten: AccountRequest => FlattenDto, Trade, [Orders, Portfolio, Status, Connection];
    connection_get: Empty => ConnectionDto, Read, [];
    connection_check: Empty => ConnectionDto, Edit, [Connection, Status];
    connection_set: ConnectionSetRequest => ConnectionDto, Edit, [Connection];
    connection_take_over: Empty => ConnectionDto, Trade, [Connection, Status];
    certificate_trust: CertificateTrustRequest => ConnectionDto, Secret, [Connection];
    account_select: AccountRequest => ConnectionDto, Trade, [Connection, Status];
    reconcile: Empty => ConnectionDto, Edit, [Connection, Orders, Portfolio];
    live_arm: LiveArmRequest => ConnectionDto, Trade, [Connection, Status];
    live_disarm: Empty => ConnectionDto, Trade, [Connection, Status];
    order_get: OrderRequest => OrderStoryDto, Read, [];
    order_cancel: OrderRequest => OrderDto, Trade, [Orders];
    order_modify: OrderModifyRequest => OrderDto, Trade, [Orders];
    external_activity_list: Empty => ExternalActivityDto, Read, [];
    approvals_list: Empty => Vec<ApprovalDto>, Read, [];
    approval_decide: ApprovalDecideRequest => ApprovalDto, Trade,
        [Approvals, Executions, Orders, Portfolio];
    questions_list: Empty => QuestionsDto, Read, [];
    question_answer: QuestionAnswerRequest => QuestionsDto, Trade, [Approvals];
    question_allow: QuestionAllowRequest => QuestionsDto, Edit, [Approvals];
    faults_list: Empty => Vec<FaultDto>, Read, [];
    fault_set: FaultSetRequest => Vec<FaultDto>, Edit, [Faults, Connection];
    signals_list: SignalsListRequest => SignalsPageDto, Read, [];
    signal_get: SignalRequest => SignalDto, Read, [];
    signal_cancel: SignalRequest => SignalDto, Trade, [Signals, Orders];
    performance_get: PerformanceGetRequest => PerformanceDto, Read, [];
    performance_compare: PerformanceCompareRequest => PerformanceComparisonDto, Read, [];
    leaderboard_get: LeaderboardGetRequest => LeaderboardDto, Read, [];
    truth_card_get: TruthCardGetRequest => TruthCardDto, Read, [];
    charts_list: ChartsListRequest => ChartsPageDto, Read, [];
    chart_data_get: ChartDataGetRequest => ChartDataDto, Read, [];
    models_list: Empty => ModelsDto, Read, [];
    model_save: ModelSaveRequest => ModelDto, Edit, [Models];
    model_remove: ModelNameRequest => ModelsDto, Edit, [Models];
    model_key_set: ModelKeySetRequest => ModelDto, Secret, [Models];
    model_test: ModelNameRequest => ModelTestDto, Edit, [Models];
    model_prices: ModelNameRequest => Vec<ModelPriceDto>, Read, [];
    model_price_set: ModelPriceSetRequest => Vec<ModelPriceDto>, Edit, [Models];
    model_calls_list: ModelCallsListRequest => Vec<ModelCallDto>, Read, [];
    budgets_get: Empty => BudgetsDto, Read, [];
    budgets_set: BudgetsSetRequest => BudgetsDto, Edit, [Models];
    vault_open: VaultOpenRequest => ModelsDto, Secret, [Models];
    prompts_list: PromptsListRequest => Vec<PromptDto>, Read, [];
    prompts_resolve: PromptsResolveRequest => ResolvedPromptsDto, Read, [];
    prompt_get: PromptGetRequest => PromptDetailDto, Read, [];
    prompt_save: PromptSaveRequest => PromptDetailDto, Edit, [Prompts];
    prompt_clone: PromptCloneRequest => PromptDetailDto, Edit, [Prompts];
    prompt_set_active: PromptSetActiveRequest => PromptDto, Edit, [Prompts];
    prompt_set_default: PromptSetDefaultRequest => PromptDto, Edit, [Prompts];
    prompt_delete: PromptRequest => PromptDto, Edit, [Prompts];
    prompt_restore: PromptRequest => PromptDto, Edit, [Prompts];
    prompt_import: PromptImportRequest => PromptImportResponse, Edit, [Prompts];
    prompt_export: PromptExportRequest => PromptExportDto, Read, [];
    prompt_validate: PromptValidateRequest => PromptValidationDto, Read, [];
    prompt_preview: PromptPreviewRequest => PromptPreviewDto, Read, [];
    prompt_diff: PromptDiffRequest => TextDiffDto, Read, [];
    prompt_reference: Empty => PromptReferenceDto, Read, [];
    risk_get: Empty => RiskDto, Read, [];
    risk_limits_set: RiskLimitsSetRequest => RiskDto, Trade, [Risk];
    protection_release: ProtectionReleaseRequest => RiskDto, Trade, [Risk];
    playground_estimate: PlaygroundEstimateRequest => PlaygroundEstimateDto, Read, [];
    playground_start: PlaygroundStartRequest => PlaygroundDto, Edit, [Playground, Models];
    playground_cancel: Empty => PlaygroundDto, Edit, [Playground];
    playground_get: Empty => PlaygroundDto, Read, [];
    playground_replies: PlaygroundRowRequest => PlaygroundRepliesDto, Read, [];
    indicator_kinds_list: Empty => Vec<IndicatorKindDto>, Read, [];
    indicator_check: IndicatorCheckRequest => IndicatorCheckDto, Read, [];
    indicator_preview: IndicatorPreviewRequest => IndicatorPreviewDto, Read, [];
    indicator_sets_list: Empty => Vec<IndicatorSetDto>, Read, [];
    indicator_set_save: IndicatorSetSaveRequest => Vec<IndicatorSetDto>, Edit, [Indicators];
    indicator_set_delete: IndicatorSetRequest => Vec<IndicatorSetDto>, Edit, [Indicators];
    symbols_search: SymbolsSearchRequest => SymbolsSearchDto, Read, [];
    symbol_get: SymbolRequest => SymbolDetailsDto, Read, [];
    symbols_saved: Empty => Vec<SymbolDto>, Read, [];
    symbol_save: SymbolSaveRequest => Vec<SymbolDto>, Edit, [Symbols];
    watchlists_list: Empty => Vec<WatchlistDto>, Read, [];
    watchlist_save: WatchlistSaveRequest => Vec<WatchlistDto>, Edit, [Symbols];
    watchlist_delete: WatchlistRequest => Vec<WatchlistDto>, Edit, [Symbols];
    watchlist_quotes: WatchlistQuotesRequest => WatchlistQuotesDto, Read, [];
    notifications_list: Empty => NotificationsDto, Read, [];
    notifications_read: NotificationsReadRequest => NotificationsDto, Edit, [Notifications];
    notification_settings_get: Empty => NotificationSettingsDto, Read, [];
    notification_settings_set: NotificationSettings => NotificationSettingsDto, Edit,
        [Notifications];
    webhook_secret_set: WebhookSecretSetRequest => NotificationSettingsDto, Secret,
        [Notifications];
    notification_test: NotificationTestRequest => NotificationTestDto, Edit, [Notifications];
    background_get: Empty => BackgroundDto, Read, [];
    background_set: BackgroundSetRequest => BackgroundDto, Edit, [Notifications];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_command_changes_nothing_and_names_are_unique() {
        for row in COMMANDS {
            assert_eq!(
                row.class == CommandClass::Read,
                row.invalidates.is_empty(),
                "{}: a command that reads changes nothing, any other changes something",
                row.name
            );
            let same = COMMANDS.iter().filter(|other| other.name == row.name).count();
            assert_eq!(same, 1, "{} stands in the table {same} times", row.name);
        }
        assert!(command("halt").is_some() && command("no_such_command").is_none());
    }
}
