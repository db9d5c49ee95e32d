//! From the gateway's words to ours.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::domain::{Availability, OrderSide, OrderStatus, OrderType};

/// Longest text that is taken for a number.
const MAX_NUMBER_CHARACTERS: usize = 40;

/// Seconds and milliseconds since 1970 both occur in the same fields. This many seconds are the
/// year 5138, this many milliseconds 1973.
const LEAST_MILLISECONDS: i64 = 100_000_000_000;

/// Cuts a text from outside and takes its control characters away.
pub(super) fn bounded(text: &str, max_characters: usize) -> String {
    text.trim()
        .chars()
        .take(max_characters)
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}

/// Reads the numbers that IBKR shows: `+0.83`, `0.54%` (as 0.54), `149,194,107`, `27.6M`,
/// `2,786.356B`, `1e-7`. Nothing if it is no number.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_NUMBER_CHARACTERS || !text.is_ascii() {
        return None;
    }
    let text = text.strip_suffix('%').unwrap_or(text).trim_end();
    let (text, factor) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 1_000),
        b'M' | b'm' => (&text[..text.len() - 1], 1_000_000),
        b'B' | b'b' => (&text[..text.len() - 1], 1_000_000_000_i64),
        _ => (text, 1),
    };
    let bare: String = text.chars().filter(|c| *c != ',').collect();
    let unsigned = bare.strip_prefix(['+', '-']).unwrap_or(&bare);
    // A number begins with a digit or a point; `Decimal` would also take an underscore.
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+');
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !unsigned.chars().all(allowed)
    {
        return None;
    }
    let value = if unsigned.contains(['e', 'E']) {
        Decimal::from_scientific(&bare).ok()?
    } else {
        Decimal::from_str(&bare).ok()?
    };
    value.checked_mul(Decimal::from(factor)).map(|value| value.normalize())
}

/// A price with the letters that IBKR puts before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FlaggedPrice {
    pub(super) price: Decimal,
    /// `C`: the previous close, nothing traded today.
    pub(super) is_previous_close: bool,
    /// `H`: trading is halted.
    pub(super) is_halted: bool,
}

/// Reads `181.71`, `C181.71` and `H181.71`. Nothing if it is no positive number.
pub(super) fn flagged_price(text: &str) -> Option<FlaggedPrice> {
    let text = text.trim();
    let number = text.trim_start_matches(['C', 'H']);
    let flags = &text[..text.len() - number.len()];
    decimal(number).filter(|price| *price > Decimal::ZERO).map(|price| FlaggedPrice {
        price,
        is_previous_close: flags.contains('C'),
        is_halted: flags.contains('H'),
    })
}

/// An instant from seconds or milliseconds since 1970.
pub(super) fn instant(number: i64) -> Option<Timestamp> {
    if number <= 0 {
        None
    } else if number < LEAST_MILLISECONDS {
        Timestamp::from_second(number).ok()
    } else {
        Timestamp::from_millisecond(number).ok()
    }
}

/// An instant from `20260105-15:30:00`, which is UTC.
pub(super) fn compact_instant(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%d-%H:%M:%S", text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// The state of an order from the broker's word. A word that is not known is
/// [`OrderStatus::Unknown`]: it neither ends the order nor opens the way for another.
pub(super) fn order_status(word: &str) -> OrderStatus {
    let word: String =
        word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match word.as_str() {
        // A warning does not take the order out of the broker's hands.
        "pendingsubmit" | "presubmitted" | "warnstate" => OrderStatus::PreSubmitted,
        "submitted" => OrderStatus::Submitted,
        "partiallyfilled" => OrderStatus::PartiallyFilled,
        "filled" => OrderStatus::Filled,
        "pendingcancel" | "precancelled" => OrderStatus::PendingCancel,
        "cancelled" | "canceled" => OrderStatus::Cancelled,
        "rejected" => OrderStatus::Rejected,
        "inactive" => OrderStatus::Inactive,
        _ => OrderStatus::Unknown,
    }
}

/// IBKR has no word for an order that is filled in part.
pub(super) fn refined_status(
    status: OrderStatus,
    filled: Decimal,
    remaining: Decimal,
) -> OrderStatus {
    let working = matches!(status, OrderStatus::Submitted | OrderStatus::PreSubmitted);
    if working && filled > Decimal::ZERO && remaining > Decimal::ZERO {
        OrderStatus::PartiallyFilled
    } else {
        status
    }
}

/// `BUY`, `B`, `SELL`, `S`, in either case.
pub(super) fn side(word: &str) -> Option<OrderSide> {
    match word.to_ascii_uppercase().as_str() {
        "BUY" | "B" => Some(OrderSide::Buy),
        "SELL" | "S" => Some(OrderSide::Sell),
        _ => None,
    }
}

/// `LIMIT`, `Limit` and `LMT`, and so on.
pub(super) fn order_type(word: &str) -> Option<OrderType> {
    match word.to_ascii_uppercase().as_str() {
        "LIMIT" | "LMT" => Some(OrderType::Limit),
        "STOP" | "STP" => Some(OrderType::Stop),
        "MARKET" | "MKT" => Some(OrderType::Market),
        "STOP_LIMIT" | "STOPLIMIT" | "STOP LIMIT" | "STP LMT" | "STP_LIMIT" => {
            Some(OrderType::StopLimit)
        }
        "TRAIL" | "TRAILING_STOP" | "TRAILING STOP" => Some(OrderType::TrailingStop),
        _ => None,
    }
}

/// Field 6509: its first letter says how current the data are.
pub(super) fn availability(field: &str) -> Availability {
    match field.chars().next() {
        Some('R') => Availability::RealTime,
        Some('D') => Availability::Delayed,
        Some('Z') => Availability::Frozen,
        Some('Y') => Availability::FrozenDelayed,
        _ => Availability::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_read_as_ibkr_shows_them() {
        let cases = [
            ("71.25", "71.25"),
            ("+0.83", "0.83"),
            ("-1.5", "-1.5"),
            ("0.54%", "0.54"),
            ("412.5K", "412500"),
            ("27.6M", "27600000"),
            ("1,204.75B", "1204750000000"),
            ("149,194,107", "149194107"),
            ("1e-7", "0.0000001"),
            ("2.76e7", "27600000"),
            (" 600 ", "600"),
            (".5", "0.5"),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal(text), Some(number(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        for text in ["", "-", "+", "M", "%", "N/A", "1_000", "1.2.3", "½", "NaN", "--1", "C12"] {
            assert_eq!(decimal(text), None, "{text}");
        }
        assert_eq!(decimal(&"9".repeat(41)), None);
        assert_eq!(decimal("79228162514264337593543950335B"), None, "an overflow is no number");
    }

    #[test]
    fn a_price_keeps_the_flags_before_it() {
        let flags = |text: &str| {
            flagged_price(text).map(|p| (p.price.to_string(), p.is_previous_close, p.is_halted))
        };
        assert_eq!(flags("71.25"), Some(("71.25".into(), false, false)));
        assert_eq!(flags("C71.25"), Some(("71.25".into(), true, false)));
        assert_eq!(flags("H1,071.25"), Some(("1071.25".into(), false, true)));
        assert_eq!(flags("CH71.25"), Some(("71.25".into(), true, true)));
        for text in ["", "C", "0", "-1", "closed"] {
            assert_eq!(flags(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        assert_eq!(instant(1_775_169_606), instant(1_775_169_606_000));
        assert_eq!(instant(0), None);
        assert_eq!(
            compact_instant("20260105-15:30:49"),
            Some("2026-01-05T15:30:49Z".parse().unwrap())
        );
        assert_eq!(compact_instant("2026-01-05"), None);
    }

    #[test]
    fn every_documented_status_has_a_state_and_others_are_unknown() {
        use OrderStatus::{
            Cancelled, Filled, Inactive, PendingCancel, PreSubmitted, Submitted, Unknown,
        };
        let cases = [
            ("Inactive", Inactive),
            ("PendingSubmit", PreSubmitted),
            ("PreSubmitted", PreSubmitted),
            ("Submitted", Submitted),
            ("Filled", Filled),
            ("PendingCancel", PendingCancel),
            ("PreCancelled", PendingCancel),
            ("Cancelled", Cancelled),
            ("WarnState", PreSubmitted),
            ("pending_cancel", PendingCancel),
            ("HeldByMoon", Unknown),
            ("", Unknown),
        ];
        for (word, expected) in cases {
            assert_eq!(order_status(word), expected, "{word}");
        }
    }

    #[test]
    fn a_working_order_with_fills_is_partially_filled() {
        let ten = Decimal::TEN;
        let refined = |status| refined_status(status, ten, ten);
        assert_eq!(refined(OrderStatus::Submitted), OrderStatus::PartiallyFilled);
        assert_eq!(refined(OrderStatus::Cancelled), OrderStatus::Cancelled);
        assert_eq!(
            refined_status(OrderStatus::Submitted, Decimal::ZERO, ten),
            OrderStatus::Submitted
        );
    }

    proptest! {
        #[test]
        fn a_number_with_thousands_separators_is_the_number(
            whole in 0_i64..1_000_000_000_000, cents in 0_u32..100, negative: bool,
        ) {
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            let sign = if negative { "-" } else { "" };
            let plain = number(&format!("{sign}{whole}.{cents:02}"));
            prop_assert_eq!(decimal(&format!("{sign}{grouped}.{cents:02}")), Some(plain));
            prop_assert_eq!(
                decimal(&format!("{sign}{grouped}.{cents:02}K")),
                Some(plain * Decimal::ONE_THOUSAND)
            );
        }

        #[test]
        fn no_text_breaks_the_readers(text in "\\PC{0,50}") {
            let _ = (decimal(&text), flagged_price(&text), compact_instant(&text));
            prop_assert!(bounded(&text, 10).chars().count() <= 10);
        }
    }
}
