use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::bracket::{BracketPrices, bracket_r};
use super::calibration::{Calibration, calibration};
use super::coin::{Coin, Opportunity, coin};
use super::compare::{MINIMUM_OUTCOMES, mean};
use super::numbers::{Numbers, numbers};
use super::proportion::{Proportion, wilson};
use crate::calendar::Calendar;
use crate::domain::{Bar, ClosedTrade, Signal, SignalAction, SignalStatus, round_to_cents};
use crate::indicators::{BarColumns, IndicatorError, IndicatorKind, IndicatorSpec, compute};

/// Chance must do as well in fewer than this share of draws.
pub const SIGNIFICANCE: f64 = 0.05;

/// Everything that a truth card is made from.
#[derive(Debug, Clone, Copy)]
pub struct TruthInput<'a> {
    /// All signals of the strategy.
    pub signals: &'a [Signal],
    /// All closed trades of the strategy.
    pub trades: &'a [ClosedTrade],
    /// Daily bars by symbol, oldest first, as they were recorded.
    pub bars: &'a BTreeMap<String, Vec<(Date, Bar)>>,
    /// Distance of the strategy's stop, in multiples of ATR(14).
    pub stop_atr_multiple: Decimal,
    /// Distance of its target.
    pub target_atr_multiple: Decimal,
    /// Seed of the coin.
    pub seed: u64,
}

/// What the numbers say about a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruthVerdict {
    /// Its entries did better than chance would.
    Edge,
    /// They did not.
    NoEdge,
    /// There are too few closed trades to tell.
    NotEnough,
}

/// Whether a strategy is better than chance, with the statistics behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct TruthCard {
    /// The verdict.
    pub verdict: TruthVerdict,
    /// The verdict with its numbers.
    pub sentence: String,
    /// How its signals did.
    pub numbers: Numbers,
    /// Whether its stated confidence can be believed.
    pub calibration: Calibration,
    /// Whether it says BUY whatever the market does.
    pub long_bias: LongBias,
    /// What its analyses cost.
    pub cost: SignalCost,
    /// Moments at which a BUY would have been a closed trade by now.
    pub opportunities: usize,
    /// What the strategy bought among them.
    pub strategy: Entries,
    /// As many moments drawn by lot.
    pub coin: Option<Coin>,
    /// What the built-in rule analyst proposed to buy.
    pub rules: Entries,
    /// All of them.
    pub always: Entries,
    /// The strategy's money in the same shares all the time.
    pub buy_and_hold: Option<BuyAndHold>,
}

/// Entries and how they did, measured by [`bracket_r`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entries {
    /// How many.
    pub count: usize,
    /// Their mean R.
    pub mean_r: Option<f64>,
}

/// BUY among the signals against up days among the days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LongBias {
    /// BUY signals.
    pub buys: u32,
    /// SELL signals.
    pub sells: u32,
    /// BUY ÷ (BUY + SELL).
    pub buy_share: Option<Proportion>,
    /// Trading days of the symbols from the first signal to the last.
    pub days: u32,
    /// Days that closed above the day before.
    pub up_days: u32,
    /// Their share.
    pub up_share: Option<Proportion>,
}

/// What analyses cost, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalCost {
    /// In all.
    pub total: Decimal,
    /// Per signal.
    pub per_signal: Option<Decimal>,
    /// Per signal that was traded on.
    pub per_executed: Option<Decimal>,
}

/// Buying at the first entry and selling at the last exit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyAndHold {
    /// Date of the first entry.
    pub from: Date,
    /// Date of the last exit.
    pub to: Date,
    /// The mean value of an entry, added up over the symbols.
    pub invested: Decimal,
    /// What it would have gained, before commissions.
    pub profit_loss: Decimal,
    /// What the strategy gained, after commissions.
    pub strategy_profit_loss: Decimal,
}

/// Makes the truth card of a strategy.
///
/// `edge` needs three things: at least [`MINIMUM_OUTCOMES`] closed trades, a positive mean R of
/// these, and a p-value below [`SIGNIFICANCE`] that the moments of its entries were chosen no better
/// than by lot ([`coin`]). The entries of all sides are measured alike: a BUY at the last close
/// before the run, with the strategy's stop and target in multiples of ATR(14) at that close,
/// followed through the recorded bars by [`bracket_r`].
pub fn truth_card(input: TruthInput<'_>) -> Result<TruthCard, IndicatorError> {
    let numbers = numbers(input.signals);
    let opportunities = opportunities(&input)?;
    let entries = |pick: fn(&Opportunity) -> bool| {
        let found: Vec<f64> =
            opportunities.iter().filter(|one| pick(one)).map(|one| one.r).collect();
        Entries { count: found.len(), mean_r: mean(&found) }
    };
    let strategy = entries(|one| one.is_bought);
    let coin = coin(&opportunities, input.seed);
    let (verdict, sentence) = verdict(&numbers, strategy, coin.as_ref());
    let cost = SignalCost {
        total: numbers.model_cost,
        per_signal: numbers.model_cost.checked_div(Decimal::from(numbers.signals)),
        per_executed: numbers.model_cost.checked_div(Decimal::from(numbers.executed)),
    };
    Ok(TruthCard {
        verdict,
        sentence,
        calibration: calibration(input.signals),
        long_bias: long_bias(&input, &numbers),
        cost,
        opportunities: opportunities.len(),
        strategy,
        coin,
        rules: entries(|one| one.rules_buy),
        always: entries(|_| true),
        buy_and_hold: buy_and_hold(&input, &numbers),
        numbers,
    })
}

fn verdict(numbers: &Numbers, strategy: Entries, coin: Option<&Coin>) -> (TruthVerdict, String) {
    let outcomes = numbers.outcomes();
    let enough = outcomes >= MINIMUM_OUTCOMES && strategy.count >= MINIMUM_OUTCOMES as usize;
    let (Some(coin), Some(strategy_r), Some(average_r), true) =
        (coin, strategy.mean_r, numbers.average_r, enough)
    else {
        return (
            TruthVerdict::NotEnough,
            format!(
                "There are not enough outcomes to tell: {outcomes} closed trades, of which {} can \
                 be measured against other entries, and {MINIMUM_OUTCOMES} are needed.",
                strategy.count.min(outcomes as usize)
            ),
        );
    };
    let numbers = format!(
        "its {} entries make {strategy_r:+.2} R on average where as many drawn by lot make \
         {:+.2} R (p = {:.4}), and its {outcomes} closed trades {average_r} R.",
        strategy.count, coin.mean_r, coin.p_value
    );
    if coin.p_value < SIGNIFICANCE && average_r > Decimal::ZERO {
        (TruthVerdict::Edge, format!("It chooses its entries better than chance: {numbers}"))
    } else {
        (TruthVerdict::NoEdge, format!("It shows no edge over chance: {numbers}"))
    }
}

/// What a BUY at each signal would have made.
fn opportunities(input: &TruthInput<'_>) -> Result<Vec<Opportunity>, IndicatorError> {
    let calendar = Calendar::nyse();
    let stop_distance = input.stop_atr_multiple.to_f64().unwrap_or(f64::NAN);
    let target_distance = input.target_atr_multiple.to_f64().unwrap_or(f64::NAN);
    let mut found = Vec::new();
    for (symbol, dated) in input.bars {
        let bars: Vec<Bar> = dated.iter().map(|(_, bar)| bar.clone()).collect();
        let atr = average_true_range(&bars)?;
        for signal in input.signals.iter().filter(|signal| signal.symbol == *symbol) {
            // The last bar that was complete when the signal was made.
            let today = calendar.date_at(signal.generated_at);
            let is_over = calendar
                .session_on(today)
                .is_some_and(|session| session.close <= signal.generated_at);
            let complete =
                dated.partition_point(|(date, _)| *date < today || (*date == today && is_over));
            let Some(index) = complete.checked_sub(1) else { continue };
            let (Some(close), Some(atr)) = (bars[index].close.to_f64(), atr.get(index)) else {
                continue;
            };
            let prices = BracketPrices {
                entry: close,
                stop: close - stop_distance * atr,
                target: close + target_distance * atr,
            };
            if let Some(r) = bracket_r(&bars[complete..], prices) {
                found.push(Opportunity {
                    symbol: symbol.clone(),
                    r,
                    is_bought: signal.action == SignalAction::Buy
                        && signal.status == SignalStatus::Executed,
                    rules_buy: signal.baseline_action == Some(SignalAction::Buy),
                });
            }
        }
    }
    Ok(found)
}

/// ATR(14) at each bar; not a number while it warms up.
fn average_true_range(bars: &[Bar]) -> Result<Vec<f64>, IndicatorError> {
    let mut columns = BarColumns::default();
    let number = |value: Decimal| value.to_f64().unwrap_or(f64::NAN);
    for bar in bars {
        columns.open.push(number(bar.open));
        columns.high.push(number(bar.high));
        columns.low.push(number(bar.low));
        columns.close.push(number(bar.close));
        columns.volume.push(number(bar.volume));
    }
    let spec = IndicatorSpec::new(IndicatorKind::Atr, &BTreeMap::new())?;
    let output = compute(&spec, &columns)?;
    Ok(output.lines.into_iter().next().map(|line| line.values).unwrap_or_default())
}

fn long_bias(input: &TruthInput<'_>, numbers: &Numbers) -> LongBias {
    let calendar = Calendar::nyse();
    let (mut days, mut up_days) = (0, 0);
    for (symbol, bars) in input.bars {
        let dates = || {
            let signals = input.signals.iter().filter(|signal| signal.symbol == *symbol);
            signals.map(|signal| calendar.date_at(signal.generated_at))
        };
        let Some((first, last)) = dates().min().zip(dates().max()) else { continue };
        for pair in bars.windows(2) {
            if (first..=last).contains(&pair[1].0) {
                days += 1;
                up_days += u32::from(pair[1].1.close > pair[0].1.close);
            }
        }
    }
    LongBias {
        buys: numbers.buys,
        sells: numbers.sells,
        buy_share: wilson(numbers.buys, numbers.buys + numbers.sells),
        days,
        up_days,
        up_share: wilson(up_days, days),
    }
}

/// For each symbol the mean value of its entries, bought at the close of the day of the first and
/// sold at the close of the day of the last exit.
fn buy_and_hold(input: &TruthInput<'_>, numbers: &Numbers) -> Option<BuyAndHold> {
    let calendar = Calendar::nyse();
    let (mut invested, mut profit_loss) = (Decimal::ZERO, Decimal::ZERO);
    let (mut from, mut to): (Option<Date>, Option<Date>) = (None, None);
    for (symbol, bars) in input.bars {
        let trades = || input.trades.iter().filter(|trade| trade.symbol == *symbol);
        let (Some(opened), Some(closed)) =
            (trades().map(|t| t.opened_at).min(), trades().map(|t| t.closed_at).max())
        else {
            continue;
        };
        let (opened, closed) = (calendar.date_at(opened), calendar.date_at(closed));
        let close_on = |day: Date| bars.iter().find(|(date, _)| *date == day).map(|(_, b)| b.close);
        let value: Decimal = trades().map(|trade| trade.quantity * trade.entry_price).sum();
        let mean_value = value.checked_div(Decimal::from(trades().count()))?;
        let growth = close_on(closed)?.checked_div(close_on(opened)?)?;
        invested += mean_value;
        profit_loss += mean_value * (growth - Decimal::ONE);
        from = Some(from.map_or(opened, |date| date.min(opened)));
        to = Some(to.map_or(closed, |date| date.max(closed)));
    }
    Some(BuyAndHold {
        from: from?,
        to: to?,
        invested: round_to_cents(invested),
        profit_loss: round_to_cents(profit_loss),
        strategy_profit_loss: numbers.net_profit_loss,
    })
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::super::samples::{closed, signal};
    use super::*;

    /// Thirty quiet sessions, one that closes higher, a quiet one, and one that opens far above.
    fn bars() -> BTreeMap<String, Vec<(Date, Bar)>> {
        let calendar = Calendar::nyse();
        let mut days = Vec::new();
        let mut day = date(2012, 5, 1);
        while days.len() < 33 {
            if calendar.session_on(day).is_some() {
                days.push(day);
            }
            day = day.saturating_add(1.day());
        }
        let prices = |index: usize| match index {
            30 => ["100", "104", "99", "104"],
            31 => ["100", "101", "99.5", "100"],
            32 => ["110", "120", "109", "115"],
            _ => ["100", "101", "99", "100"],
        };
        let number = |text: &str| -> Decimal { text.parse().unwrap() };
        let dated = days.into_iter().enumerate().map(|(index, day)| {
            let [open, high, low, close] = prices(index).map(number);
            let at = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            (day, Bar { at, open, high, low, close, volume: Decimal::ONE })
        });
        BTreeMap::from([("AAPL".to_owned(), dated.collect())])
    }

    fn card(signals: &[Signal], trades: &[ClosedTrade]) -> TruthCard {
        truth_card(TruthInput {
            signals,
            trades,
            bars: &bars(),
            stop_atr_multiple: Decimal::ONE,
            target_atr_multiple: Decimal::new(15, 1),
            seed: 1,
        })
        .unwrap()
    }

    fn bought_at(time: &str) -> Signal {
        let day = bars()["AAPL"][30].0;
        let generated_at = format!("{day}T{time}-04:00").parse().unwrap();
        Signal { generated_at, ..closed("1", "100") }
    }

    #[test]
    fn an_entry_is_measured_from_the_last_bar_that_was_complete() {
        // At noon the quiet bar of the day before is the last: bought at 100 with a range of 2, the
        // target at 103 is reached on the same day.
        let noon = card(&[bought_at("12:00:00")], &[]);
        assert_eq!((noon.opportunities, noon.strategy.count), (1, 1));
        assert!((noon.strategy.mean_r.unwrap() - 1.5).abs() < 1e-9, "{noon:#?}");
        // At the close the day itself counts: the limit is 104, and the next day opens at 100, below
        // the stop.
        let close = card(&[bought_at("16:00:00")], &[]);
        assert!(close.strategy.mean_r.unwrap().abs() < 1e-9, "{close:#?}");
    }

    #[test]
    fn a_hold_is_an_opportunity_and_no_entry() {
        let hold = Signal {
            generated_at: bought_at("12:00:00").generated_at,
            ..signal(SignalAction::Hold)
        };
        let card = card(&[hold], &[]);
        assert_eq!((card.opportunities, card.strategy.count), (1, 0));
        assert_eq!((card.coin, card.always.count), (None, 1));
    }

    #[test]
    fn few_outcomes_are_no_verdict() {
        let card = card(&[bought_at("12:00:00")], &[]);
        assert_eq!(card.verdict, TruthVerdict::NotEnough);
        assert!(card.sentence.contains("1 closed trades"), "{}", card.sentence);
        assert_eq!(card.buy_and_hold, None);
    }

    #[test]
    fn holding_takes_the_mean_stake_from_the_first_entry_to_the_last_exit() {
        let bars = bars();
        let days = &bars["AAPL"];
        let noon = |day: Date| format!("{day}T12:00:00-04:00").parse().unwrap();
        let signal = bought_at("12:00:00");
        let trade = |shares: i64| ClosedTrade {
            strategy_id: signal.strategy_id.clone(),
            conid: signal.conid,
            symbol: "AAPL".into(),
            quantity: Decimal::from(shares),
            entry_price: Decimal::ONE_HUNDRED,
            exit_price: Decimal::from(101),
            opened_at: noon(days[29].0),
            closed_at: noon(days[32].0),
            gross_pnl: Decimal::from(shares),
            commission: Decimal::ZERO,
            realized_pnl: Decimal::from(shares),
            r_multiple: None,
            exit_cause: crate::domain::ExitCause::Target,
            entry_execution_id: signal.execution_id.clone(),
            exit_execution_id: signal.execution_id.clone(),
        };
        let card = card(std::slice::from_ref(&signal), &[trade(10), trade(30)]);
        let held = card.buy_and_hold.unwrap();
        // Twenty shares at 100, from a close of 100 to a close of 115.
        assert_eq!(held.invested, Decimal::from(2_000));
        assert_eq!(held.profit_loss, Decimal::from(300));
        assert_eq!((held.from, held.to), (days[29].0, days[32].0));
    }
}
