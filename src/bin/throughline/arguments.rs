use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use rust_decimal::Decimal;

use crate::backup::{Backup, Restore};
use crate::evidence::EvidenceCommand;
use crate::lineage::LineageCommand;
use crate::pnl::Pnl;
use crate::prompt::PromptCommand;
use crate::replay::Replay;
use crate::schedule::ScheduleCommand;
use crate::serve::Serve as EngineServe;
use crate::token::TokenCommand;

/// Automated trading at Interactive Brokers in which every decision can be followed.
#[derive(Debug, Parser)]
#[command(name = "throughline", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Directory in which everything is kept.
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Seed of the simulated exchange, for a new data directory.
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Where orders go: sandbox, paper or live.
    #[arg(long, global = true, value_name = "ENVIRONMENT", value_enum)]
    pub(crate) environment: Option<EnvironmentName>,
    /// Address of the gateway, such as <https://localhost:5000>; in the sandbox that of a served one.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) gateway: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EnvironmentName {
    /// Simulated, with invented money.
    Sandbox,
    /// IBKR's paper account.
    Paper,
    /// Real money.
    Live,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a strategy once and show its step cards.
    Run {
        /// Id of the strategy, such as sample.
        strategy: String,
        /// Instant of the run, such as 2012-06-15T16:00:00-04:00.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// A language model in the place of the strategy's own analyst.
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// The simulated exchange.
    Sandbox {
        #[command(subcommand)]
        command: SandboxCommand,
    },
    /// Strategies.
    Strategy {
        #[command(subcommand)]
        command: StrategyCommand,
    },
    /// When strategies run.
    Schedule {
        #[command(subcommand)]
        command: ScheduleCommand,
    },
    /// Prompts of the models that read charts.
    Prompt {
        #[command(subcommand)]
        command: PromptCommand,
    },
    /// What was recorded of every step.
    Lineage {
        #[command(subcommand)]
        command: LineageCommand,
    },
    /// Records in a form that somebody else can check.
    Evidence {
        #[command(subcommand)]
        command: EvidenceCommand,
    },
    /// Run executions again on their frozen inputs: every pure step must give the same bytes. The
    /// status is 1 if one does not.
    Replay(Replay),
    /// Orders, newest first.
    Orders {
        #[command(flatten)]
        json: Json,
    },
    /// Open positions.
    Positions {
        #[command(flatten)]
        json: Json,
    },
    /// Cash, value, profit and loss.
    Portfolio {
        #[command(flatten)]
        json: Json,
    },
    /// Where profit and loss came from, to the cent.
    Pnl(Pnl),
    /// Limits of the account, what of them is used, and locks on entries.
    Risk {
        #[command(flatten)]
        json: Json,
    },
    /// Signals, newest first.
    Signals(Signals),
    /// How signals did, from closed trades only.
    Performance(Performance),
    /// Whether a strategy is better than chance.
    Truth {
        /// Id of the strategy, such as sample.
        strategy: String,
        #[command(flatten)]
        json: Json,
    },
    /// Take in data.
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Halt trading: no entry is sent until it is resumed, and working entries are cancelled by
    /// the engine. Works without the engine.
    Halt {
        /// Why, for whoever reads it later.
        #[arg(long, default_value = "halted in the terminal")]
        reason: String,
        /// Also cancel every order and close every position of the account.
        #[arg(long, requires = "account")]
        flatten: bool,
        /// The account that is to be flattened, typed exactly.
        #[arg(long, value_name = "ID", requires = "flatten")]
        account: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Orders that wait for approval, and what became of earlier ones.
    Approvals {
        #[command(flatten)]
        json: Json,
    },
    /// Let an order pass that waits for approval.
    Approve {
        /// Id of the execution whose order it is.
        execution: String,
        #[command(flatten)]
        json: Json,
    },
    /// Decline an order that waits for approval.
    Decline {
        /// Id of the execution whose order it is.
        execution: String,
        #[command(flatten)]
        json: Json,
    },
    /// Pause the schedule of a strategy, or all schedules; they are kept.
    Pause {
        /// Id of the strategy; all if left out.
        strategy: Option<String>,
    },
    /// Resume trading after a halt; with a strategy, let its schedule go on.
    Resume {
        /// Id of a strategy whose schedule is to go on.
        #[arg(conflicts_with = "all")]
        strategy: Option<String>,
        /// Let every schedule go on that a person paused.
        #[arg(long)]
        all: bool,
    },
    /// Look at the gateway: where the way to the broker stands, and what to do.
    Connection {
        #[command(flatten)]
        json: Json,
    },
    /// The gateway's certificate.
    Gateway {
        #[command(subcommand)]
        command: GatewayCommand,
    },
    /// Compare our records with the broker's now.
    Reconcile {
        #[command(flatten)]
        json: Json,
    },
    /// Language models that read the charts.
    Model {
        #[command(subcommand)]
        command: ModelCommand,
    },
    /// Write everything but secrets to one file, also while the engine runs.
    Backup(Backup),
    /// Make a backup the data again; trading is halted then. The engine must not run.
    Restore(Restore),
    /// Run the engine without a window, with its schedule, until it is told to end.
    Serve(EngineServe),
    /// The token of the API that `serve --http` serves.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Check what Throughline needs, and say what is wrong.
    Doctor {
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Signals {
    /// Of this strategy only.
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) strategy: Option<String>,
    /// On this symbol only.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<String>,
    /// With this action only: buy, sell or hold.
    #[arg(long, value_name = "ACTION", value_enum)]
    pub(crate) action: Option<ActionName>,
    /// At most this many, 1 to 500.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ActionName {
    /// Open a long position.
    Buy,
    /// Close it.
    Sell,
    /// Do nothing.
    Hold,
}

#[derive(Debug, Args)]
pub(crate) struct Performance {
    /// By what signals are grouped; several with commas between them.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "strategy")]
    pub(crate) by: Vec<DimensionName>,
    /// Of this strategy only.
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) strategy: Option<String>,
    /// Best average R first, and only groups with at least so many closed trades.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) ranked: Option<u32>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DimensionName {
    /// Version of a prompt.
    Prompt,
    /// Strategy.
    Strategy,
    /// Model.
    Model,
    /// Day of the signal.
    Day,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Accept the certificate that the gateway shows, if it is this one.
    Trust {
        /// SHA-256 as `throughline connection` shows it, pairs of digits with colons.
        fingerprint: String,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print one JSON document: stable keys, decimals as strings.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Move the sandbox clock forward, with everything that happens on the way.
    Advance {
        /// Instant to stop at, such as 2012-12-31T16:00:00-05:00.
        #[arg(long, value_name = "TIME")]
        to: String,
        #[command(flatten)]
        json: Json,
    },
    /// Serve the sandbox's gateway on its own: HTTPS and WebSocket, as IBKR's gateway does.
    Serve(Serve),
    /// Switch a fault of a served sandbox.
    Fault(Fault),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Loopback address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5000")]
    pub(crate) listen: String,
    /// Certificate in PEM form; made and kept in the data directory if left out.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Faults, with commas between them: name, `name@TIME`, `name@TIME..TIME`; or seed:NUMBER.
    #[arg(long, value_name = "SPEC")]
    pub(crate) faults: Option<String>,
    /// Where the clock begins, such as 2012-06-15T10:00:00-04:00.
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// Simulated seconds in a second; 0 lets the clock stand.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) speed: u32,
    /// Keep the orders in memory only.
    #[arg(long)]
    pub(crate) no_journal: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Fault {
    /// Name of the fault, such as `lose_next_order_answer`.
    pub(crate) name: String,
    /// On or off.
    pub(crate) state: OnOff,
    /// Instant on the sandbox's clock at which it goes on; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Instant at which it goes off; when it is switched off if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Address of the served sandbox.
    #[arg(long, value_name = "URL", default_value = "https://127.0.0.1:5000")]
    pub(crate) gateway: String,
    /// Certificate that it is served with, in PEM form; the one in the data directory if left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnOff {
    /// In force.
    On,
    /// Not in force, and nothing planned.
    Off,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StrategyCommand {
    /// List the strategies.
    List {
        #[command(flatten)]
        json: Json,
    },
    /// Save a strategy from a TOML file: a new one, or a new version. A new one is switched off.
    Create {
        /// The file, such as momentum.toml.
        file: PathBuf,
        /// Its id; the name of the file if left out.
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Write a strategy to a TOML file.
    Export {
        /// Id of the strategy.
        strategy: String,
        /// The file; standard output if left out.
        file: Option<PathBuf>,
    },
    /// Say whether a TOML file is a strategy, and what is wrong if it is none.
    Validate {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
    /// Show one strategy.
    Show {
        /// Id of the strategy.
        strategy: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Daily prices from a CSV file, for the simulated exchange.
    Prices {
        /// The file: date, open, high, low, close, volume and perhaps `adj_close`, by name.
        file: PathBuf,
        /// Ticker symbol.
        #[arg(long)]
        symbol: String,
        /// Replace prices that are there already.
        #[arg(long)]
        replace: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Add a model, or change the one of that name.
    Add(Box<ModelAdd>),
    /// List the models, with what they have cost.
    List {
        #[command(flatten)]
        json: Json,
    },
    /// Show a model a small picture, and report what it says, how long it takes and what it costs.
    Test {
        /// Name of the model.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Remove a model and its key. What it has cost stays on record.
    Remove {
        /// Name of the model.
        name: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ModelAdd {
    /// What strategies call it: lower-case letters, digits, dots, hyphens, underscores.
    pub(crate) name: String,
    /// By which protocol it is asked.
    #[arg(long, value_enum)]
    pub(crate) kind: ModelKindName,
    /// The model as the provider names it.
    #[arg(long)]
    pub(crate) model: String,
    /// Address of the provider; the usual one if left out.
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Environment variable that holds the key; it is asked for if left out and needed.
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) key_env: Option<String>,
    /// USD for a million tokens of input.
    #[arg(long, value_name = "USD", requires = "output_price")]
    pub(crate) input_price: Option<Decimal>,
    /// USD for a million tokens of reply.
    #[arg(long, value_name = "USD", requires = "input_price")]
    pub(crate) output_price: Option<Decimal>,
    /// How freely it speaks, 0 to 2; the provider's own if left out.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) temperature: Option<Decimal>,
    /// Longest reply in tokens; 4096 if left out.
    #[arg(long, value_name = "TOKENS")]
    pub(crate) max_output_tokens: Option<u32>,
    /// Seconds that a call may take with all its attempts; 120 if left out.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) deadline: Option<u32>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ModelKindName {
    /// `OpenAI`.
    Openai,
    /// Anthropic.
    Anthropic,
    /// Google's Gemini.
    Google,
    /// Ollama on this computer.
    Ollama,
    /// Any address that speaks `OpenAI`'s chat completions.
    OpenaiCompatible,
}
