use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use throughline::api::dto::{
    LeaderboardGetRequest, PerformanceFilter, PerformanceGetRequest, PerformanceGroupDto,
    PerformanceNumbersDto, ProportionDto, SignalDto, SignalsListRequest, TruthCardDto,
    TruthVerdict,
};
use throughline::api::{ApiError, views};
use throughline::app::Reader;
use throughline::domain::SignalAction;
use throughline::performance::PerformanceDimension;

use crate::arguments::{ActionName, DimensionName, Performance, Signals};
use crate::output::{self, ACCENT, BAD, BOLD, GOOD, MUTED, WARN, styled};

/// What stands where there is no number.
const NONE: &str = "–";

pub(crate) async fn signals(data_dir: &Path, arguments: Signals) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    if let Some(strategy) = &arguments.strategy {
        reader.strategy(strategy).await?;
    }
    let request = SignalsListRequest {
        strategy_id: arguments.strategy,
        symbol: arguments.symbol,
        action: arguments.action.map(|action| match action {
            ActionName::Buy => SignalAction::Buy,
            ActionName::Sell => SignalAction::Sell,
            ActionName::Hold => SignalAction::Hold,
        }),
        limit: arguments.limit,
        ..SignalsListRequest::default()
    };
    let page = views::signals(&reader.store, request).await?;
    if arguments.json.json {
        output::json(&page)?;
    } else if page.signals.is_empty() {
        output::line("No signal yet. Run a strategy: throughline run sample");
    } else {
        page.signals.iter().for_each(print_signal);
        let shown = page.signals.len();
        output::line(styled(MUTED, format!("{shown} of {} signals", page.total)));
    }
    Ok(ExitCode::SUCCESS)
}

fn print_signal(listed: &SignalDto) {
    let signal = &listed.signal;
    let style = match signal.action {
        SignalAction::Buy => GOOD,
        SignalAction::Sell => BAD,
        SignalAction::Hold => MUTED,
    };
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let price = |price: Option<rust_decimal::Decimal>| {
        price.map_or_else(|| NONE.to_owned(), |price| price.to_string())
    };
    let result = match (signal.actual_r_multiple, signal.net_profit_loss) {
        (Some(r), Some(net)) => format!("{r:>6} R {net:>10} USD"),
        _ => word(json!(signal.outcome)),
    };
    output::line(format!(
        "{}  {:<5} {} {:>5} %  entry {:>9} stop {:>9} target {:>9}  {:<9} {result:<22} {}",
        listed.exchange_time,
        output::printable(&signal.symbol),
        styled(style, format!("{:<4}", signal.action)),
        (signal.confidence * rust_decimal::Decimal::ONE_HUNDRED).round_dp(1).normalize(),
        price(signal.entry_price),
        price(signal.stop_price),
        price(signal.target_price),
        word(json!(signal.status)),
        styled(ACCENT, &signal.execution_id),
    ));
}

pub(crate) async fn performance(
    data_dir: &Path,
    arguments: Performance,
) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    if let Some(strategy) = &arguments.strategy {
        reader.strategy(strategy).await?;
    }
    let of = PerformanceFilter { strategy_id: arguments.strategy, ..PerformanceFilter::default() };
    let by: Vec<PerformanceDimension> = arguments
        .by
        .into_iter()
        .map(|name| match name {
            DimensionName::Prompt => PerformanceDimension::Prompt,
            DimensionName::Strategy => PerformanceDimension::Strategy,
            DimensionName::Model => PerformanceDimension::Model,
            DimensionName::Day => PerformanceDimension::Day,
        })
        .collect();
    if let Some(minimum_outcomes) = arguments.ranked {
        let request = LeaderboardGetRequest { by, minimum_outcomes, of };
        let board = views::ranking(&reader.store, request).await?;
        if arguments.json.json {
            output::json(&board)?;
        } else {
            board.ranked.iter().for_each(print_group);
            output::line(styled(
                MUTED,
                format!(
                    "{} groups have fewer than {minimum_outcomes} closed trades and are left out",
                    board.too_few
                ),
            ));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let found = views::performance(&reader.store, PerformanceGetRequest { by, of }).await?;
    if arguments.json.json {
        output::json(&found)?;
    } else {
        found.groups.iter().for_each(print_group);
        print_numbers("all", &found.total);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_group(group: &PerformanceGroupDto) {
    print_numbers(&group.label, &group.numbers);
}

fn print_numbers(label: &str, numbers: &PerformanceNumbersDto) {
    let r = |value: &Option<String>| value.clone().unwrap_or_else(|| NONE.to_owned());
    output::line(format!(
        "{}  {:>5} signals {:>5} executed {:>4} won {:>4} lost  {}  R {} ({} to {})  {} USD net, \
         {} after model cost",
        styled(BOLD, format!("{:<28}", output::printable(label))),
        numbers.signals,
        numbers.executed,
        numbers.wins,
        numbers.losses,
        share(numbers.win_rate),
        r(&numbers.average_r),
        r(&numbers.worst_r),
        r(&numbers.best_r),
        numbers.net_profit_loss,
        numbers.net_of_model_cost,
    ));
}

fn share(share: Option<ProportionDto>) -> String {
    share.map_or_else(
        || NONE.to_owned(),
        |share| {
            format!(
                "{:.1} % (95 % interval {:.1} to {:.1})",
                share.value * 100.0,
                share.low * 100.0,
                share.high * 100.0
            )
        },
    )
}

pub(crate) async fn truth(
    data_dir: &Path,
    strategy: &str,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    reader.strategy(strategy).await?;
    let card = views::truth(&reader.store, strategy).await?;
    if as_json {
        output::json(&card)?;
    } else {
        print_card(&card);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_card(card: &TruthCardDto) {
    let (style, verdict) = match card.verdict {
        TruthVerdict::Edge => (GOOD, "EDGE"),
        TruthVerdict::NoEdge => (BAD, "NO EDGE"),
        TruthVerdict::NotEnough => (WARN, "NOT ENOUGH"),
    };
    let name = output::printable(&card.strategy_name);
    output::line(format!("{}  {}", styled(style, verdict), styled(BOLD, name)));
    output::line(&card.sentence);
    let mean = |r: Option<f64>| r.map_or_else(|| NONE.to_owned(), |r| format!("{r:+.2} R"));
    let number =
        |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.4}"));
    let base = &card.baselines;
    let (bias, calibration) = (&card.long_bias, &card.calibration);
    let mut rows = vec![
        ("Hit rate", share(card.numbers.win_rate)),
        ("Average R", card.numbers.average_r.clone().unwrap_or_else(|| NONE.to_owned())),
        ("Net of model cost", format!("{} USD", card.numbers.net_of_model_cost)),
        (
            "Own entries",
            format!(
                "{} of {} opportunities, {}",
                base.strategy.entries,
                base.opportunities,
                mean(base.strategy.mean_r)
            ),
        ),
    ];
    if let Some(coin) = &base.coin {
        rows.push((
            "By lot",
            format!(
                "{:+.2} R (90 % of {} draws {:+.2} to {:+.2}), p = {:.4}",
                coin.mean_r, coin.draws, coin.low, coin.high, coin.p_value
            ),
        ));
    }
    rows.push((
        "Rule analyst",
        format!("{} entries, {}", base.rules.entries, mean(base.rules.mean_r)),
    ));
    rows.push(("Every opportunity", mean(base.always.mean_r)));
    if let Some(held) = &base.buy_and_hold {
        rows.push((
            "Buy and hold",
            format!(
                "{} USD on {} USD from {} to {}; the strategy {} USD",
                held.profit_loss, held.invested, held.from, held.to, held.strategy_profit_loss
            ),
        ));
    }
    rows.extend([
        ("BUY among signals", share(bias.buy_share)),
        ("Up days", share(bias.up_share)),
        (
            "Brier score",
            format!(
                "{}, {} of the base rate",
                number(calibration.brier_score),
                number(calibration.brier_of_base_rate)
            ),
        ),
        (
            "Cost per signal",
            card.cost
                .per_signal
                .as_ref()
                .map_or_else(|| NONE.to_owned(), |cost| format!("{cost} USD")),
        ),
    ]);
    for (label, value) in rows {
        output::line(format!("{} {value}", styled(MUTED, format!("{label:<20}"))));
    }
    for bin in &calibration.bins {
        output::line(format!(
            "{} {:>4} trades, stated {:.0} %, won {}",
            styled(MUTED, format!("{:<20}", format!("  {:.1} to {:.1}", bin.from, bin.to))),
            bin.count,
            bin.mean_confidence * 100.0,
            share(Some(bin.win_rate))
        ));
    }
}
