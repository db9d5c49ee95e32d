//! The one table of commands. Each row: name, request, response, class, what it changes.
//!
//! Hosts call [`dispatch`](crate::api::dispatch) by name; the TypeScript types in `ui/src/gen` are
//! generated from the same rows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::dto::{
    BlobDto, EventTopic, ExecutionDto, LineageDto, OrderDto, PortfolioDto, StatusDto, StrategyDto,
    VerifyDto,
};

/// How much a command may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Asks for the executions of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExecutionsListRequest {
    /// One strategy, or all.
    pub strategy_id: Option<String>,
    /// At most this many, 1 to 500, newest first.
    pub limit: u32,
}

/// Asks for the lineage of an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LineageGetRequest {
    /// Which execution.
    pub execution_id: String,
}

/// Asks for a blob.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BlobGetRequest {
    /// BLAKE3, 64 hexadecimal digits.
    pub blob: String,
}

/// Runs a strategy once, now, on one symbol or on all of its symbols.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StrategyRunRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// One of its symbols, or all.
    pub symbol: Option<String>,
}

/// The executions that a run began.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StrategyRunResponse {
    /// In the order of the symbols.
    pub execution_ids: Vec<String>,
}

/// Moves the sandbox clock forward, with everything that happens on the way.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SandboxAdvanceRequest {
    /// RFC 3339; must lie after the sandbox's present time and inside the data.
    pub to: String,
}

/// Sets how the sandbox clock moves.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SandboxClockRequest {
    /// `paused` or `running` (one second a second).
    pub mode: String,
}

/// Activates or pauses the schedule of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StrategySetActiveRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// Whether its schedule runs.
    pub active: bool,
}

/// Halts trading: no entry is sent until it is resumed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HaltRequest {
    /// Why, for whoever reads it later.
    pub reason: String,
}

/// The name of a type in TypeScript, such as `Array<OrderDto>`.
pub type TypeName = fn(&ts_rs::Config) -> String;

/// One row of the table of commands.
#[derive(Debug, Clone, Copy)]
pub struct CommandRow {
    /// What a host calls, such as `lineage_get`.
    pub name: &'static str,
    /// Type of the request.
    pub request: TypeName,
    /// Type of the response.
    pub response: TypeName,
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
    strategies_list: Empty => Vec<StrategyDto>, Read, [];
    strategy_run: StrategyRunRequest => StrategyRunResponse, Trade,
        [Executions, Orders, Portfolio, Status, Strategies];
    strategy_set_active: StrategySetActiveRequest => StrategyDto, Edit, [Strategies, Status];
    executions_list: ExecutionsListRequest => Vec<ExecutionDto>, Read, [];
    lineage_get: LineageGetRequest => LineageDto, Read, [];
    lineage_verify: Empty => VerifyDto, Read, [];
    blob_get: BlobGetRequest => BlobDto, Read, [];
    orders_list: Empty => Vec<OrderDto>, Read, [];
    portfolio_get: Empty => PortfolioDto, Read, [];
    sandbox_advance: SandboxAdvanceRequest => StatusDto, Trade,
        [Executions, Orders, Portfolio, Status, Strategies];
    sandbox_clock_set: SandboxClockRequest => StatusDto, Edit, [Status];
    halt: HaltRequest => StatusDto, Trade, [Status];
    resume: Empty => StatusDto, Trade, [Status];
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
