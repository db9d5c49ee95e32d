use jiff::{Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Calculated, Fetched, Loaded};
use crate::calendar::Calendar;
use crate::domain::records::{
    Confirmation, LlmAnalysisOutput, ParseSignalInput, ParseSignalOutput, SignalCheck, StepName,
    Vote,
};
use crate::domain::{Availability, Instrument, SignalAction, Timeframe};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::strategy::confirm;

/// Days looked through for one with a session; the exchange was never closed for so long since 1945.
const LONGEST_CLOSURE: usize = 14;

/// The entry may lie this far from the last price, in percent (workflow.md §2: ±2 %).
const ENTRY_BAND_PERCENT: Decimal = Decimal::TWO;

/// Step 6: what code makes of the proposal. Only what passes every check stays a BUY or a SELL.
pub(crate) struct ParseSignal<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
    pub(crate) calculated: &'a Calculated,
    pub(crate) analysis: &'a LlmAnalysisOutput,
}

/// No daily table: ruled out by the steps before.
#[derive(Debug, thiserror::Error)]
#[error("the daily indicators are missing, so nothing can be confirmed")]
struct NoDailyTable;

impl Step for ParseSignal<'_> {
    const NAME: StepName = StepName::ParseSignal;
    const EFFECT: Effect = Effect::Pure;
    type Input = ParseSignalInput;
    type Output = ParseSignalOutput;
    type Record = ParseSignalOutput;

    fn input(&self) -> ParseSignalInput {
        ParseSignalInput {
            proposal: self.analysis.proposal.clone(),
            last_price: self.fetched.record.quote.last,
        }
    }

    async fn run(self, _: &Parts) -> Result<Made<ParseSignalOutput, ParseSignalOutput>, StepError> {
        let last_price = self.fetched.record.quote.last;
        let daily = self
            .calculated
            .tables
            .iter()
            .find(|table| table.timeframe == Timeframe::Daily)
            .ok_or(NoDailyTable)?;
        let confirmation = confirm(daily, last_price);
        Ok(Made::record(self.checked(confirmation)))
    }
}

impl ParseSignal<'_> {
    fn checked(&self, confirmation: Confirmation) -> ParseSignalOutput {
        let proposal = &self.analysis.proposal;
        let instrument = &self.fetched.record.instrument;
        let as_of = self.loaded.record.as_of;
        let on_tick = |price: Option<Decimal>| price.map(|price| instrument.round_to_tick(price));
        let entry_price = on_tick(proposal.entry_price);
        let stop_price = on_tick(proposal.stop_price);
        let target_conservative = on_tick(proposal.target_conservative);
        let target_aggressive = on_tick(proposal.target_aggressive);
        // The bracket's target keeps the strategy's own ratio to the stop, whichever target the
        // analyst would rather have.
        let risk = &self.loaded.definition.risk;
        let risk_per_share = entry_price.zip(stop_price).map(|(entry, stop)| entry - stop);
        let target_price = entry_price.zip(risk_per_share).map(|(entry, per_share)| {
            let ratio = risk.target_atr_multiple / risk.stop_atr_multiple;
            instrument.round_to_tick(entry + per_share * ratio)
        });
        let r_of = |target: Option<Decimal>| ratio(entry_price, risk_per_share, target);
        let prices = Prices { entry: entry_price, stop: stop_price, target: target_price };
        let checks = self.checks(proposal.action, &confirmation, &prices, instrument);
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

    fn checks(
        &self,
        action: SignalAction,
        confirmation: &Confirmation,
        prices: &Prices,
        instrument: &Instrument,
    ) -> Vec<SignalCheck> {
        let quote = &self.fetched.record.quote;
        let mut checks = vec![
            check(
                "symbol_is_the_one_asked_about",
                instrument.symbol == self.loaded.symbol,
                format!("asked about {}, got {}", self.loaded.symbol, instrument.symbol),
            ),
            check(
                "price_is_current",
                is_current(
                    quote.as_of,
                    self.loaded.record.as_of,
                    quote.availability,
                    self.loaded.definition.allow_delayed_data,
                ),
                format!(
                    "last price {} of {}, {}",
                    quote.last,
                    quote.as_of,
                    availability_in_words(
                        quote.availability,
                        self.loaded.definition.allow_delayed_data
                    )
                ),
            ),
        ];
        if action == SignalAction::Hold {
            return checks;
        }
        let side = if action == SignalAction::Buy { Vote::Bullish } else { Vote::Bearish };
        checks.push(check(
            "confirmed_3_of_4",
            confirmation.passed && confirmation.side == side,
            format!(
                "{} of 4 confirmations agree on {:?}, computed by code",
                confirmation.confirmed_count, confirmation.side
            ),
        ));
        checks.push(near_last_price(prices.entry, quote.last));
        if action == SignalAction::Buy {
            checks.push(ordered(
                "stop_below_entry",
                prices.stop,
                prices.entry,
                "the stop must lie below the entry",
            ));
            checks.push(ordered(
                "target_above_entry",
                prices.entry,
                prices.target,
                "the target must lie above the entry",
            ));
            checks.push(check(
                "stop_above_zero",
                prices.stop.is_some_and(|stop| stop > Decimal::ZERO),
                format!("the stop is {}", shown(prices.stop)),
            ));
        }
        checks
    }
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

struct Prices {
    entry: Option<Decimal>,
    stop: Option<Decimal>,
    target: Option<Decimal>,
}

fn check(name: &str, passed: bool, detail: String) -> SignalCheck {
    SignalCheck { name: name.to_owned(), passed, detail }
}

fn ordered(name: &str, lower: Option<Decimal>, upper: Option<Decimal>, rule: &str) -> SignalCheck {
    let passed = lower.zip(upper).is_some_and(|(lower, upper)| lower < upper);
    check(name, passed, format!("{rule}: {} < {}", shown(lower), shown(upper)))
}

fn near_last_price(entry: Option<Decimal>, last: Decimal) -> SignalCheck {
    let distance = entry
        .map(|entry| (entry - last).abs() * Decimal::ONE_HUNDRED)
        .and_then(|distance| distance.checked_div(last));
    check(
        "entry_near_last_price",
        distance.is_some_and(|distance| distance <= ENTRY_BAND_PERCENT),
        match distance {
            Some(distance) => format!(
                "entry {} is {} % from the last price {last}; at most {ENTRY_BAND_PERCENT} % is allowed",
                shown(entry),
                distance.round_dp(2)
            ),
            None => "there is no entry price".to_owned(),
        },
    )
}

/// A price of the session that is under way or was the last one, as it happened or frozen at the
/// close. Delayed and missing prices are not decided on.
fn is_current(
    price_at: Timestamp,
    as_of: Timestamp,
    availability: Availability,
    allow_delayed: bool,
) -> bool {
    let usable = match availability {
        Availability::RealTime | Availability::Frozen => true,
        Availability::Delayed | Availability::FrozenDelayed => allow_delayed,
        Availability::Missing => false,
    };
    let calendar = Calendar::nyse();
    let begun = calendar
        .session_on(calendar.date_at(as_of))
        .filter(|session| session.open <= as_of)
        .or_else(|| calendar.previous_session_before(as_of));
    usable && begun.is_some_and(|session| price_at >= session.open)
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

fn shown(price: Option<Decimal>) -> String {
    price.map_or_else(|| "–".to_owned(), |price| price.to_string())
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
