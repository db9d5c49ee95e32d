use jiff::SignedDuration;
use rust_decimal::{Decimal, RoundingStrategy};

use super::freshness::{is_current, silent_bars};
use super::{Calculated, Fetched, Loaded};
use crate::domain::records::{
    Confirmation, LlmAnalysisOutput, ParseSignalInput, ParseSignalOutput, SignalCheck, StepName,
    Vote,
};
use crate::domain::{Availability, Instrument, SignalAction, Timeframe};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::strategy::confirm;

/// A daily signal lives this long (workflow.md §2).
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

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
            expires_at: as_of.checked_add(LIFETIME).unwrap_or(as_of),
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
            self.bars_are_current(),
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

    fn bars_are_current(&self) -> SignalCheck {
        let silent = silent_bars(&self.fetched.bars, self.loaded.record.as_of);
        let detail = match silent {
            None => "the bars reach the last session".to_owned(),
            Some((timeframe, newest, session)) => format!(
                "the newest {} bar is of {}, and the exchange was open on {session}; check the \
                 connection and the market data subscription",
                timeframe.label().to_lowercase(),
                newest.map_or_else(|| "no day".to_owned(), |date| date.to_string()),
            ),
        };
        check("bars_are_current", silent.is_none(), detail)
    }
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
