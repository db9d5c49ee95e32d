//! What an analysis reads and its proposal is held against: of a run that is under way, or of one
//! that was recorded. Whoever turns a proposal into a signal does it here, so that a recorded
//! execution is decided on by the code that decides in a run.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};

use super::freshness::{is_current, silent_bars};
use crate::analyst::{AnalysisRequest, ChartSeen};
use crate::calendar::Calendar;
use crate::domain::records::{
    Confirmation, FetchMarketDataOutput, IndicatorTable, LoadStrategyOutput, ParseSignalOutput,
    SignalCheck, SignalProposal,
};
use crate::domain::{Availability, Bar, ExecutionId, Instrument, SignalAction, Timeframe};
use crate::prompt::TimeframeFacts;
use crate::strategy::{CheckedPrices, MarketView, StrategyDefinition, check_proposal, confirm};

/// Days looked through for one with a session; the exchange was never closed for so long since 1945.
const LONGEST_CLOSURE: usize = 14;

/// Bars with their dates on the exchange's calendar, by timeframe.
pub(crate) type DatedBars = [(Timeframe, Vec<(Date, Bar)>)];

/// Everything that is known before anybody is asked for an opinion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunFacts<'a> {
    /// The execution.
    pub(crate) execution_id: &'a ExecutionId,
    /// The frozen strategy.
    pub(crate) loaded: &'a LoadStrategyOutput,
    /// The same version, read.
    pub(crate) definition: &'a StrategyDefinition,
    /// The contract and its last price.
    pub(crate) fetched: &'a FetchMarketDataOutput,
    /// Bars, in the order of the strategy's timeframes.
    pub(crate) bars: &'a DatedBars,
    /// Indicators by timeframe.
    pub(crate) tables: &'a [IndicatorTable],
}

/// No daily table: ruled out by the steps before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the daily indicators are missing, so nothing can be confirmed")]
pub(crate) struct NoDailyTable;

impl<'a> RunFacts<'a> {
    /// The bars as a prompt reads them.
    pub(crate) fn timeframes(&self) -> Vec<TimeframeFacts<'a>> {
        let wanted = &self.definition.timeframes;
        let read = self.bars.iter().zip(wanted).map(|((timeframe, bars), wanted)| TimeframeFacts {
            timeframe: *timeframe,
            bars,
            bars_shown: wanted.bars_shown,
        });
        read.collect()
    }

    /// What an analyst is given.
    pub(crate) fn request<'b>(
        &'b self,
        timeframes: &'b [TimeframeFacts<'b>],
        charts: &'b [ChartSeen],
        held_quantity: Decimal,
    ) -> AnalysisRequest<'b> {
        AnalysisRequest {
            execution_id: self.execution_id,
            strategy_id: &self.loaded.strategy_id,
            symbol: &self.loaded.symbol,
            instrument: &self.fetched.instrument,
            quote: &self.fetched.quote,
            last_price: self.fetched.quote.last,
            timeframes,
            tables: self.tables,
            charts,
            strategy: self.loaded,
            held_quantity,
            stop_atr_multiple: self.definition.risk.stop_atr_multiple,
            as_of: self.loaded.as_of,
        }
    }

    /// What code makes of a proposal. Only what passes every check stays a BUY or a SELL.
    pub(crate) fn signal(
        &self,
        proposal: &SignalProposal,
        is_language_model: bool,
    ) -> Result<ParseSignalOutput, NoDailyTable> {
        let daily = self
            .tables
            .iter()
            .find(|table| table.timeframe == Timeframe::Daily)
            .ok_or(NoDailyTable)?;
        let confirmation = confirm(daily, self.fetched.quote.last);
        Ok(self.checked(proposal, is_language_model, confirmation))
    }

    fn checked(
        &self,
        proposal: &SignalProposal,
        is_language_model: bool,
        confirmation: Confirmation,
    ) -> ParseSignalOutput {
        let instrument = &self.fetched.instrument;
        let as_of = self.loaded.as_of;
        let on_tick = |price: Option<Decimal>| price.map(|price| instrument.round_to_tick(price));
        let entry_price = on_tick(proposal.entry_price);
        let stop_price = on_tick(proposal.stop_price);
        let target_conservative = on_tick(proposal.target_conservative);
        let target_aggressive = on_tick(proposal.target_aggressive);
        let risk = &self.definition.risk;
        let risk_per_share = entry_price.zip(stop_price).map(|(entry, stop)| entry - stop);
        // A model has to give a technical basis for its nearer target, so that it is the bracket's.
        // The rule analyst's targets are multiples of ATR, of which the strategy has its own.
        let target_price = if is_language_model {
            target_conservative
        } else {
            entry_price.zip(risk_per_share).map(|(entry, per_share)| {
                let ratio = risk.target_atr_multiple / risk.stop_atr_multiple;
                instrument.round_to_tick(entry + per_share * ratio)
            })
        };
        let r_of = |target: Option<Decimal>| ratio(entry_price, risk_per_share, target);
        let prices = CheckedPrices {
            entry: entry_price,
            stop: stop_price,
            target: target_price,
            target_conservative,
            target_aggressive,
        };
        let checks = self.checks(proposal, &confirmation, &prices, instrument);
        let failed = checks.iter().find(|check| !check.passed);
        let (action, reason) = match (proposal.action, failed) {
            (SignalAction::Hold, _) => (SignalAction::Hold, proposal.reason.clone()),
            (_, Some(check)) => (
                SignalAction::Hold,
                format!("Hold instead of {}: {}", proposal.action, check.detail),
            ),
            (action, None) => (action, proposal.reason.clone()),
        };
        ParseSignalOutput {
            action,
            proposed_action: proposal.action,
            confidence: proposal.confidence,
            trend: proposal.trend,
            symbol: self.loaded.symbol.clone(),
            conid: instrument.conid,
            entry_price,
            stop_price,
            target_conservative,
            target_aggressive,
            target_price,
            risk_per_share,
            reward_per_share: target_price.zip(entry_price).map(|(target, entry)| target - entry),
            r_multiple: r_of(target_price),
            r_conservative: r_of(target_conservative),
            r_aggressive: r_of(target_aggressive),
            confirmation,
            checks,
            reason,
            generated_at: as_of,
            expires_at: end_of_lifetime(as_of),
        }
    }

    /// The checks of the data, then those of the proposal against the market.
    fn checks(
        &self,
        proposal: &SignalProposal,
        confirmation: &Confirmation,
        prices: &CheckedPrices,
        instrument: &Instrument,
    ) -> Vec<SignalCheck> {
        let quote = &self.fetched.quote;
        let mut checks = vec![
            SignalCheck::new(
                "symbol_is_the_one_asked_about",
                instrument.symbol == self.loaded.symbol,
                format!("asked about {}, got {}", self.loaded.symbol, instrument.symbol),
            ),
            SignalCheck::new(
                "price_is_current",
                is_current(
                    quote.as_of,
                    self.loaded.as_of,
                    quote.availability,
                    self.definition.allow_delayed_data,
                ),
                format!(
                    "last price {} of {}, {}",
                    quote.last,
                    quote.as_of,
                    availability_in_words(quote.availability, self.definition.allow_delayed_data)
                ),
            ),
            self.bars_are_current(),
        ];
        let (lowest_shown, highest_shown) = self.shown_on_daily_chart();
        let market = MarketView {
            symbol: &self.loaded.symbol,
            last_price: quote.last,
            lowest_shown,
            highest_shown,
            atr: self.daily_atr(),
        };
        checks.extend(check_proposal(&market, proposal, prices, confirmation));
        checks
    }

    fn bars_are_current(&self) -> SignalCheck {
        let silent = silent_bars(self.bars, self.loaded.as_of);
        let detail = match silent {
            None => "the bars reach the last session".to_owned(),
            Some((timeframe, newest, session)) => format!(
                "the newest {} bar is of {}, and the exchange was open on {session}; check the \
                 connection and the market data subscription",
                timeframe.label().to_lowercase(),
                newest.map_or_else(|| "no day".to_owned(), |date| date.to_string()),
            ),
        };
        SignalCheck::new("bars_are_current", silent.is_none(), detail)
    }

    /// Lowest and highest price of the bars that the daily chart shows.
    fn shown_on_daily_chart(&self) -> (Decimal, Decimal) {
        let last = self.fetched.quote.last;
        let daily = self.bars.iter().find(|(timeframe, _)| *timeframe == Timeframe::Daily);
        let Some((_, bars)) = daily else { return (last, last) };
        let timeframes = &self.definition.timeframes;
        let count = timeframes
            .iter()
            .find(|wanted| wanted.timeframe == Timeframe::Daily)
            .map_or(bars.len(), |wanted| wanted.bars_shown);
        let shown = bars.iter().rev().take(count).map(|(_, bar)| (bar.low, bar.high));
        shown.fold((last, last), |(lowest, highest), (low, high)| {
            (lowest.min(low), highest.max(high))
        })
    }

    fn daily_atr(&self) -> Option<Decimal> {
        let daily = self.tables.iter().find(|table| table.timeframe == Timeframe::Daily)?;
        daily.first_line("atr_14")
    }
}

/// Why a price counts or does not, in words.
fn availability_in_words(availability: Availability, allow_delayed: bool) -> &'static str {
    match (availability, allow_delayed) {
        (Availability::RealTime, _) => "real time",
        (Availability::Frozen, _) => "the last before the close",
        (Availability::Delayed, true) => "delayed, which the strategy allows",
        (Availability::FrozenDelayed, true) => "frozen and delayed, which the strategy allows",
        (Availability::Delayed | Availability::FrozenDelayed, false) => {
            "delayed, which the strategy does not allow; subscribe to real-time data, or set \
             allow_delayed = true under [data]"
        }
        (Availability::Missing, _) => "without a market data subscription",
    }
}

fn ratio(
    entry: Option<Decimal>,
    risk_per_share: Option<Decimal>,
    target: Option<Decimal>,
) -> Option<Decimal> {
    let reward = target? - entry?;
    let r = reward.checked_div(risk_per_share?)?;
    Some(r.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// When a daily signal ends: 24 hours later (workflow.md §2) by the exchange's clock, days without a
/// session not counted. What is decided at a Friday's close is meant for Monday: until then nothing
/// happens that could make it old, and a life that ended on Saturday could never be traded on.
fn end_of_lifetime(as_of: Timestamp) -> Timestamp {
    let calendar = Calendar::nyse();
    let mut end = as_of.to_zoned(calendar.zone().clone());
    for _ in 0..LONGEST_CLOSURE {
        let Ok(next) = end.checked_add(1.day()) else { break };
        end = next;
        if calendar.session_on(end.date()).is_some() {
            break;
        }
    }
    end.timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_lives_24_hours_without_the_days_that_the_exchange_is_closed() {
        let lives = [
            // A Tuesday, a Friday, a Wednesday before Independence Day, a Friday before the clocks
            // go forward, a Saturday.
            ("2012-06-12T20:00:00Z", "2012-06-13T20:00:00Z"),
            ("2012-06-15T20:00:00Z", "2012-06-18T20:00:00Z"),
            ("2012-07-03T20:00:00Z", "2012-07-05T20:00:00Z"),
            ("2012-03-09T21:00:00Z", "2012-03-12T20:00:00Z"),
            ("2012-06-16T16:00:00Z", "2012-06-18T16:00:00Z"),
        ];
        for (made, over) in lives {
            assert_eq!(end_of_lifetime(made.parse().unwrap()).to_string(), over, "made at {made}");
        }
    }
}
