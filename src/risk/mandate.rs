use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::domain::AccountId;

/// The longest mandate.
pub const LONGEST_MANDATE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Most entries a day that a mandate may name.
const MOST_ENTRIES_PER_DAY: u32 = 1000;

/// Permission to open positions with real money. It ends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Which account.
    pub account_id: AccountId,
    /// Most that one entry may cost, in the account's currency.
    pub maximum_order_value: Decimal,
    /// Most entries in one trading day.
    pub maximum_entries_per_day: u32,
    /// Entries stop for the day at this loss, in the account's currency.
    pub maximum_daily_loss: Decimal,
    /// Engine time at which it was given.
    pub armed_at: Timestamp,
    /// Engine time at which it ends.
    pub ends_at: Timestamp,
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateTerms {
    /// The account id, as the person typed it.
    pub typed_account_id: String,
    /// Most that one entry may cost, in the account's currency.
    pub maximum_order_value: Decimal,
    /// Most entries in one trading day.
    pub maximum_entries_per_day: u32,
    /// Entries stop for the day at this loss, in the account's currency.
    pub maximum_daily_loss: Decimal,
    /// When it is to end.
    pub ends_at: Timestamp,
}

/// Why a mandate cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MandateError {
    /// Another id, or none.
    #[error("\"{typed}\" is not the account that trades, {account}; type that id exactly")]
    OtherAccount {
        /// As typed, cut to 40 characters.
        typed: String,
        /// The account that trades.
        account: AccountId,
    },
    /// Zero or less.
    #[error("{what} is {value}; use an amount above zero")]
    NotPositive {
        /// Which amount.
        what: &'static str,
        /// As asked for.
        value: Decimal,
    },
    /// No entries, or more than anybody follows.
    #[error("{value} entries a day cannot be a limit; use 1 to {MOST_ENTRIES_PER_DAY}")]
    Entries {
        /// As asked for.
        value: u32,
    },
    /// It would be over at once.
    #[error("the mandate would end at {ends_at}, and it is {now} now; name a later end")]
    PastEnd {
        /// As asked for.
        ends_at: Timestamp,
        /// Engine time.
        now: Timestamp,
    },
    /// It would be forgotten before it ends.
    #[error("the mandate would end at {ends_at}, more than 90 days ahead; the latest is {latest}")]
    TooLong {
        /// As asked for.
        ends_at: Timestamp,
        /// The latest that is possible.
        latest: Timestamp,
    },
}

impl Mandate {
    /// Checks what a person asks for against the account that trades.
    pub fn new(
        terms: &MandateTerms,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Self, MandateError> {
        check_typed_account(&terms.typed_account_id, account)?;
        let amounts = [
            ("the largest order", terms.maximum_order_value),
            ("the largest loss of a day", terms.maximum_daily_loss),
        ];
        for (what, value) in amounts {
            if value <= Decimal::ZERO {
                return Err(MandateError::NotPositive { what, value });
            }
        }
        let entries = terms.maximum_entries_per_day;
        if !(1..=MOST_ENTRIES_PER_DAY).contains(&entries) {
            return Err(MandateError::Entries { value: entries });
        }
        let ends_at = terms.ends_at;
        if ends_at <= now {
            return Err(MandateError::PastEnd { ends_at, now });
        }
        let latest = now.checked_add(LONGEST_MANDATE).unwrap_or(Timestamp::MAX);
        if ends_at > latest {
            return Err(MandateError::TooLong { ends_at, latest });
        }
        Ok(Self {
            account_id: account.clone(),
            maximum_order_value: terms.maximum_order_value,
            maximum_entries_per_day: entries,
            maximum_daily_loss: terms.maximum_daily_loss,
            armed_at: now,
            ends_at,
        })
    }
}

/// What a person typed is exactly the account that trades: letter for letter, without a space
/// before or behind it.
pub fn check_typed_account(typed: &str, account: &AccountId) -> Result<(), MandateError> {
    if typed == account.as_str() {
        return Ok(());
    }
    let typed = typed.chars().filter(|c| !c.is_control()).take(40).collect();
    Err(MandateError::OtherAccount { typed, account: account.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T15:00:00Z".parse().unwrap()
    }

    fn account() -> AccountId {
        AccountId::new("U1234567").unwrap()
    }

    fn terms() -> MandateTerms {
        MandateTerms {
            typed_account_id: "U1234567".into(),
            maximum_order_value: Decimal::from(5000),
            maximum_entries_per_day: 3,
            maximum_daily_loss: Decimal::from(200),
            ends_at: "2026-12-20T15:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_mandate_is_what_was_asked_for() {
        let mandate = Mandate::new(&terms(), &account(), now()).unwrap();
        assert_eq!(mandate.armed_at, now());
        assert_eq!(mandate.maximum_entries_per_day, 3);
    }

    #[test]
    fn each_wrong_input_is_a_sentence_that_says_what_to_do() {
        let change = |edit: fn(&mut MandateTerms)| {
            let mut terms = terms();
            edit(&mut terms);
            Mandate::new(&terms, &account(), now()).unwrap_err().to_string()
        };
        let cases = [
            (change(|t| t.typed_account_id = "u1234567".into()), "type that id exactly"),
            (change(|t| t.typed_account_id = " U1234567".into()), "type that id exactly"),
            (change(|t| t.typed_account_id = String::new()), "is not the account that trades"),
            (change(|t| t.maximum_order_value = Decimal::ZERO), "the largest order is 0"),
            (change(|t| t.maximum_daily_loss = -Decimal::ONE), "the largest loss of a day is -1"),
            (change(|t| t.maximum_entries_per_day = 0), "use 1 to 1000"),
            (change(|t| t.ends_at = now()), "name a later end"),
            (
                change(|t| t.ends_at = "2027-02-18T15:00:01Z".parse().unwrap()),
                "the latest is 2027-02-18T15:00:00Z",
            ),
        ];
        for (sentence, expected) in cases {
            assert!(sentence.contains(expected), "{sentence} lacks {expected}");
        }
    }
}
