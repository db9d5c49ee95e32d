use rust_decimal::Decimal;

use crate::domain::records::{
    Confirmation, ConfirmationVote, IndicatorTable, IndicatorValue, Vote,
};

/// RSI above this votes up, below it down.
const RSI_MIDDLE: Decimal = Decimal::from_parts(50, 0, 0, false, 0);

/// Votes that confirm a direction.
const REQUIRED_VOTES: u8 = 3;

/// The 3-of-4 rule on one table of indicators: `SuperTrend`'s direction, close against SMA 20, MACD
/// against its signal line, RSI against 50. An indicator that is absent or still warming up votes
/// for neither side.
pub fn confirm(table: &IndicatorTable, close: Decimal) -> Confirmation {
    let votes = vec![
        vote("supertrend", line(table, "supertrend_10_3", "direction"), Some(Decimal::ZERO), |d| {
            format!("SuperTrend(10, 3) points {}", if d > Decimal::ZERO { "up" } else { "down" })
        }),
        vote("price_vs_sma20", Some(close), line(table, "sma_20", "value"), |_| {
            format!("close {close} against SMA(20) {}", shown(line(table, "sma_20", "value")))
        }),
        vote(
            "macd",
            line(table, "macd_12_26_9", "value"),
            line(table, "macd_12_26_9", "signal"),
            |macd| {
                let signal = line(table, "macd_12_26_9", "signal");
                format!("MACD {} against its signal line {}", macd.round_dp(4), shown(signal))
            },
        ),
        vote("rsi", line(table, "rsi_14", "value"), Some(RSI_MIDDLE), |rsi| {
            format!("RSI(14) {} against 50", rsi.round_dp(2))
        }),
    ];
    let count = |side: Vote| votes.iter().filter(|vote| vote.vote == side).count();
    let (up, down) = (count(Vote::Bullish), count(Vote::Bearish));
    let side = match up.cmp(&down) {
        std::cmp::Ordering::Greater => Vote::Bullish,
        std::cmp::Ordering::Less => Vote::Bearish,
        std::cmp::Ordering::Equal => Vote::Neutral,
    };
    let confirmed_count = u8::try_from(up.max(down)).unwrap_or(u8::MAX);
    Confirmation {
        votes,
        confirmed_count,
        side,
        passed: side != Vote::Neutral && confirmed_count >= REQUIRED_VOTES,
    }
}

fn vote(
    name: &str,
    value: Option<Decimal>,
    against: Option<Decimal>,
    detail: impl Fn(Decimal) -> String,
) -> ConfirmationVote {
    let (vote, detail) = match (value, against) {
        (Some(value), Some(against)) if value > against => (Vote::Bullish, detail(value)),
        (Some(value), Some(against)) if value < against => (Vote::Bearish, detail(value)),
        (Some(value), Some(_)) => (Vote::Neutral, detail(value)),
        _ => {
            (Vote::Neutral, "not computable: too few bars, or not among the indicators".to_owned())
        }
    };
    ConfirmationVote { name: name.to_owned(), vote, detail }
}

fn line(table: &IndicatorTable, id: &str, line: &str) -> Option<Decimal> {
    indicator(table, id)?.lines.iter().find(|candidate| candidate.name == line)?.value
}

fn indicator<'a>(table: &'a IndicatorTable, id: &str) -> Option<&'a IndicatorValue> {
    table.indicators.iter().find(|value| value.indicator.id == id)
}

fn shown(value: Option<Decimal>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.round_dp(4).to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::Timeframe;
    use crate::domain::records::{IndicatorLine, IndicatorRecord};

    fn table(values: &[(&str, &str, &str)]) -> IndicatorTable {
        let indicators = values
            .iter()
            .map(|(id, line, value)| IndicatorValue {
                indicator: IndicatorRecord {
                    id: (*id).into(),
                    kind: "TEST".into(),
                    parameters: BTreeMap::new(),
                },
                label: (*id).into(),
                lines: line
                    .split(',')
                    .zip(value.split(','))
                    .map(|(name, value)| IndicatorLine {
                        name: name.into(),
                        value: value.parse().ok(),
                        previous: None,
                        recent: vec![],
                    })
                    .collect(),
                reading: None,
                warm_up_bars: 0,
                bars: 252,
                is_warm: true,
            })
            .collect();
        IndicatorTable { timeframe: Timeframe::Daily, as_of: "2012-06-15".into(), indicators }
    }

    #[test]
    fn three_of_four_confirm_and_two_do_not() {
        let up = [
            ("supertrend_10_3", "value,direction", "90,1"),
            ("sma_20", "value", "95"),
            ("macd_12_26_9", "value,signal", "1.5,1.2"),
            ("rsi_14", "value", "44"),
        ];
        let three = confirm(&table(&up), Decimal::from(100));
        assert!(three.passed);
        assert_eq!((three.side, three.confirmed_count), (Vote::Bullish, 3));

        let tie = confirm(&table(&up), Decimal::from(94));
        assert!(!tie.passed, "two against two is no confirmation");
        assert_eq!(tie.side, Vote::Neutral);
    }

    #[test]
    fn what_is_not_warm_votes_for_neither_side() {
        let confirmation = confirm(&table(&[("rsi_14", "value", "80")]), Decimal::from(100));
        assert_eq!(confirmation.confirmed_count, 1);
        assert!(!confirmation.passed);
        assert!(confirmation.votes[0].detail.contains("not computable"));
    }
}
