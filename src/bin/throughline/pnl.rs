use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use throughline::api::dto::{PnlDto, PnlGetRequest, PnlGroupDto};
use throughline::api::{ApiError, views};
use throughline::app::Reader;
use throughline::portfolio::PnlDimension;

use crate::arguments::Json;
use crate::output::{self, BAD, BOLD, GOOD, MUTED, styled};

#[derive(Debug, Args)]
pub(crate) struct Pnl {
    /// By what closed lots are grouped.
    #[arg(long, value_enum, default_value = "strategy")]
    by: By,
    /// First trading day, such as 2012-01-03; from the opening of the account if absent.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last trading day; until now if absent.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Strategy.
    Strategy,
    /// Ticker symbol.
    Symbol,
    /// Versions of the prompts behind the entry.
    Prompt,
    /// Model behind the entry.
    Model,
    /// RSI of the daily bars at entry.
    Indicator,
    /// Trend that the entry's analysis saw.
    Trend,
    /// Hour of the entry.
    Hour,
    /// Weekday of the entry.
    Weekday,
    /// Holding time.
    Holding,
    /// What closed it.
    Exit,
}

impl From<By> for PnlDimension {
    fn from(by: By) -> Self {
        match by {
            By::Strategy => Self::Strategy,
            By::Symbol => Self::Symbol,
            By::Prompt => Self::Prompt,
            By::Model => Self::Model,
            By::Indicator => Self::Indicator,
            By::Trend => Self::Trend,
            By::Hour => Self::Hour,
            By::Weekday => Self::Weekday,
            By::Holding => Self::Holding,
            By::Exit => Self::ExitCause,
        }
    }
}

pub(crate) async fn pnl(data_dir: &Path, arguments: Pnl) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let request = PnlGetRequest { by: arguments.by.into(), from: arguments.from, to: arguments.to };
    let found = views::pnl(&reader.store, &reader.account, request).await?;
    if arguments.json.json {
        output::json(&found)?;
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(found: &PnlDto) {
    output::line(styled(
        MUTED,
        format!(
            "{:<34} {:>6} {:>12} {:>12} {:>12} {:>12}",
            "", "lots", "gross", "commission", "net", "model cost"
        ),
    ));
    if found.groups.is_empty() {
        output::line("No lot was closed in this time.");
    }
    found.groups.iter().for_each(print_group);
    for part in &found.remainders {
        let amount = part.amount.as_deref().unwrap_or("not known");
        if amount != "0.00" && amount != "0" {
            output::line(format!("{:<34} {}", part.label, colored(amount, 45)));
        }
    }
    output::line(format!(
        "{} {}",
        styled(BOLD, format!("{:<34}", "Change of the account")),
        colored(&found.change, 45)
    ));
    output::line(styled(
        MUTED,
        format!(
            "From {} USD ({}) to {} USD ({}). Analyses that no closed lot bears cost {} USD.",
            found.begin_value,
            found.begin.as_deref().unwrap_or("the opening"),
            found.end_value,
            found.end.as_deref().unwrap_or("now"),
            found.other_model_cost
        ),
    ));
}

fn print_group(group: &PnlGroupDto) {
    output::line(format!(
        "{:<34} {:>6} {:>12} {:>12} {} {:>12}",
        output::printable(&group.label),
        group.lots,
        group.gross,
        group.commission,
        colored(&group.net, 12),
        group.model_cost,
    ));
}

/// An amount to the right, green or red.
fn colored(amount: &str, width: usize) -> String {
    let style = if amount.starts_with('-') { BAD } else { GOOD };
    styled(style, format!("{amount:>width$}"))
}
