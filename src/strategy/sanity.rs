//! Checks of a proposal against the market. A proposal that breaks one becomes HOLD.

use rust_decimal::Decimal;

use crate::domain::SignalAction;
use crate::domain::records::{Confirmation, SignalCheck, SignalProposal, Vote};

/// The entry may lie this far from the last price, in percent (workflow.md §2: ±2 %).
const ENTRY_BAND_PERCENT: Decimal = Decimal::TWO;

/// Below this a proposal is a guess (workflow.md §2: LOW is below 50).
const LEAST_CONFIDENCE: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// A nearer stop is inside the noise of a day and would make the position large, in ATR(14).
const NEAREST_STOP_ATR: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// Prices may lie beyond what the chart shows by this share of its height: room for a projection,
/// not for another market.
const BEYOND_CHART: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// What a proposal is held against.
#[derive(Debug, Clone, Copy)]
pub struct MarketView<'a> {
    /// The symbol that was asked about.
    pub symbol: &'a str,
    /// The last price, in the instrument's currency.
    pub last_price: Decimal,
    /// The lowest price on the daily chart.
    pub lowest_shown: Decimal,
    /// The highest price on the daily chart.
    pub highest_shown: Decimal,
    /// ATR(14) of the daily bars, if it is computed.
    pub atr: Option<Decimal>,
}

/// The prices that an order would have, on the tick.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckedPrices {
    /// Limit of the entry.
    pub entry: Option<Decimal>,
    /// Stop.
    pub stop: Option<Decimal>,
    /// Target of the bracket.
    pub target: Option<Decimal>,
    /// Nearer target that was proposed.
    pub target_conservative: Option<Decimal>,
    /// Farther target that was proposed.
    pub target_aggressive: Option<Decimal>,
}

/// Every check of a proposal against the market, passed or not, in their order. A HOLD is checked
/// for the symbol alone, since it leads to nothing.
pub fn check_proposal(
    market: &MarketView<'_>,
    proposal: &SignalProposal,
    prices: &CheckedPrices,
    confirmation: &Confirmation,
) -> Vec<SignalCheck> {
    let named = proposal.symbol.as_deref().unwrap_or(market.symbol);
    let mut checks = vec![SignalCheck::new(
        "answer_names_the_symbol",
        named.eq_ignore_ascii_case(market.symbol),
        format!("asked about {}, the answer speaks of {}", market.symbol, bounded(named)),
    )];
    let side = match proposal.action {
        SignalAction::Hold => return checks,
        SignalAction::Buy => Vote::Bullish,
        SignalAction::Sell => Vote::Bearish,
    };
    checks.push(SignalCheck::new(
        "confirmed_3_of_4",
        confirmation.passed && confirmation.side == side,
        format!(
            "{} of 4 confirmations agree on {:?}, computed by code",
            confirmation.confirmed_count, confirmation.side
        ),
    ));
    checks.push(SignalCheck::new(
        "confidence_is_usable",
        proposal.confidence >= LEAST_CONFIDENCE && proposal.confidence <= Decimal::ONE,
        format!("confidence {}; {LEAST_CONFIDENCE} to 1 is acted on", proposal.confidence),
    ));
    checks.push(near_last_price(prices.entry, market.last_price));
    if proposal.action == SignalAction::Buy {
        checks.extend(buy_checks(market, prices));
    }
    checks
}

fn buy_checks(market: &MarketView<'_>, prices: &CheckedPrices) -> Vec<SignalCheck> {
    let mut checks = vec![
        ordered("stop_below_entry", prices.stop, prices.entry, "the stop must lie below the entry"),
        ordered(
            "target_above_entry",
            prices.entry,
            prices.target,
            "the target must lie above the entry",
        ),
        SignalCheck::new(
            "stop_above_zero",
            prices.stop.is_some_and(|stop| stop > Decimal::ZERO),
            format!("the stop is {}", shown(prices.stop)),
        ),
        inside_chart(market, prices),
    ];
    if let Some(conservative) = prices.target_conservative {
        checks.push(ordered(
            "conservative_target_above_entry",
            prices.entry,
            Some(conservative),
            "the nearer target must lie above the entry",
        ));
    }
    if let (Some(conservative), Some(aggressive)) =
        (prices.target_conservative, prices.target_aggressive)
    {
        checks.push(SignalCheck::new(
            "targets_in_order",
            conservative <= aggressive,
            format!("the farther target is {aggressive}, the nearer one {conservative}"),
        ));
    }
    if let (Some(atr), Some(entry), Some(stop)) = (market.atr, prices.entry, prices.stop) {
        let least = atr * NEAREST_STOP_ATR;
        checks.push(SignalCheck::new(
            "stop_beyond_the_noise",
            entry - stop >= least,
            format!(
                "the stop lies {} below the entry; at least {NEAREST_STOP_ATR} ATR(14), which is \
                 {}, is asked for",
                (entry - stop).normalize(),
                least.round_dp(4).normalize()
            ),
        ));
    }
    checks
}

fn inside_chart(market: &MarketView<'_>, prices: &CheckedPrices) -> SignalCheck {
    let room = (market.highest_shown - market.lowest_shown) * BEYOND_CHART;
    let (lowest, highest) = (market.lowest_shown - room, market.highest_shown + room);
    let all = [
        prices.entry,
        prices.stop,
        prices.target,
        prices.target_conservative,
        prices.target_aggressive,
    ];
    let outside = all.into_iter().flatten().find(|price| *price < lowest || *price > highest);
    SignalCheck::new(
        "prices_inside_the_chart",
        outside.is_none(),
        match outside {
            Some(price) => format!(
                "{price} lies outside of what the daily chart shows: {} to {}, and half its \
                 height beyond",
                market.lowest_shown, market.highest_shown
            ),
            None => format!(
                "all prices lie near what the daily chart shows: {} to {}",
                market.lowest_shown, market.highest_shown
            ),
        },
    )
}

fn ordered(name: &str, lower: Option<Decimal>, upper: Option<Decimal>, rule: &str) -> SignalCheck {
    let passed = lower.zip(upper).is_some_and(|(lower, upper)| lower < upper);
    SignalCheck::new(name, passed, format!("{rule}: {} < {}", shown(lower), shown(upper)))
}

fn near_last_price(entry: Option<Decimal>, last: Decimal) -> SignalCheck {
    let distance = entry
        .map(|entry| (entry - last).abs() * Decimal::ONE_HUNDRED)
        .and_then(|distance| distance.checked_div(last));
    SignalCheck::new(
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

fn shown(price: Option<Decimal>) -> String {
    price.map_or_else(|| "–".to_owned(), |price| price.to_string())
}

/// A name from outside, short enough for a card.
fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(20).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARKET: MarketView<'static> = MarketView {
        symbol: "AAPL",
        last_price: Decimal::from_parts(57413, 0, 0, false, 2),
        lowest_shown: Decimal::from_parts(500, 0, 0, false, 0),
        highest_shown: Decimal::from_parts(600, 0, 0, false, 0),
        atr: Some(Decimal::from_parts(10, 0, 0, false, 0)),
    };

    fn confirmation(side: Vote, count: u8) -> Confirmation {
        Confirmation { votes: Vec::new(), confirmed_count: count, side, passed: count >= 3 }
    }

    fn proposal(action: SignalAction) -> SignalProposal {
        SignalProposal { action, confidence: Decimal::ONE, ..SignalProposal::hold("") }
    }

    fn prices(entry: i64, stop: i64, target: i64) -> CheckedPrices {
        let price = |cents: i64| Some(Decimal::new(cents, 2));
        CheckedPrices {
            entry: price(entry),
            stop: price(stop),
            target: price(target),
            target_conservative: price(target),
            target_aggressive: None,
        }
    }

    fn first_failed(proposal: &SignalProposal, prices: &CheckedPrices) -> Option<String> {
        let checks = check_proposal(&MARKET, proposal, prices, &confirmation(Vote::Bullish, 3));
        checks.into_iter().find(|check| !check.passed).map(|check| check.name)
    }

    #[test]
    fn each_breach_has_its_check() {
        let buy = proposal(SignalAction::Buy);
        assert_eq!(first_failed(&buy, &prices(57413, 55413, 61413)), None);
        let cases = [
            (prices(60000, 55413, 61413), "entry_near_last_price"),
            (prices(57413, 58413, 61413), "stop_below_entry"),
            (prices(57413, 55413, 56413), "target_above_entry"),
            (prices(57413, -100, 61413), "stop_above_zero"),
            (prices(57413, 55413, 99999), "prices_inside_the_chart"),
            (prices(57413, 57400, 61413), "stop_beyond_the_noise"),
        ];
        for (prices, expected) in cases {
            assert_eq!(first_failed(&buy, &prices).as_deref(), Some(expected));
        }
        let other = SignalProposal { symbol: Some("MSFT".into()), ..buy.clone() };
        let good = prices(57413, 55413, 61413);
        assert_eq!(first_failed(&other, &good).as_deref(), Some("answer_names_the_symbol"));
        let unsure = SignalProposal { confidence: Decimal::new(49, 2), ..buy };
        assert_eq!(first_failed(&unsure, &good).as_deref(), Some("confidence_is_usable"));
        let sell = proposal(SignalAction::Sell);
        assert_eq!(first_failed(&sell, &good).as_deref(), Some("confirmed_3_of_4"));
        assert_eq!(first_failed(&proposal(SignalAction::Hold), &CheckedPrices::default()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Issue 4, point 3: whatever prices are proposed, what passes is a trade that makes sense.
        #[test]
        fn what_passes_every_check_has_its_stop_below_and_its_target_above(
            entry in -1_000_i64..200_000, stop in -1_000_i64..200_000,
            target in -1_000_i64..200_000, farther in proptest::option::of(-1_000_i64..200_000),
            confidence in -100_i64..600, count in 0_u8..=4, is_bullish in any::<bool>(),
        ) {
            let side = if is_bullish { Vote::Bullish } else { Vote::Bearish };
            let proposal = SignalProposal {
                confidence: Decimal::new(confidence, 2),
                ..proposal(SignalAction::Buy)
            };
            let prices = CheckedPrices {
                target_aggressive: farther.map(|cents| Decimal::new(cents, 2)),
                ..prices(entry, stop, target)
            };
            let checks = check_proposal(&MARKET, &proposal, &prices, &confirmation(side, count));
            if checks.iter().all(|check| check.passed) {
                prop_assert!(is_bullish && count >= 3);
                prop_assert!((50..=100).contains(&confidence));
                prop_assert!(0 < stop && stop + 500 <= entry && entry < target);
                prop_assert!((entry - 57_413).abs() * 50 <= 57_413);
                prop_assert!(farther.is_none_or(|farther| farther >= target));
                prop_assert!((45_000..=65_000).contains(&stop));
                prop_assert!((45_000..=65_000).contains(&target));
            }
        }
    }
}
