//! The rules of a mandate and of an approval. Their rows stand on a card only where there is one.

use rust_decimal::Decimal;

use super::{EntryBounds, EntryRequest, Gate, percent_of};
use crate::domain::records::{ApprovedTerms, MandateState, RuleVerdict};
use crate::domain::round_to_cents;

fn verdict(passed: bool) -> RuleVerdict {
    if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse }
}

impl Gate {
    /// The mandate still holds, and today leaves room for one more entry.
    pub(super) fn mandate_limits(&mut self, mandate: Option<&MandateState>) {
        let Some(mandate) = mandate else { return };
        let holds = mandate.now < mandate.ends_at;
        self.push(
            "mandate_end",
            mandate.ends_at.to_string(),
            mandate.now.to_string(),
            None,
            verdict(holds),
            if holds {
                format!("The mandate for live trading ends at {}.", mandate.ends_at)
            } else {
                format!(
                    "The mandate for live trading ended at {}; arm it again to open positions.",
                    mandate.ends_at
                )
            },
        );
        let most = mandate.maximum_entries_per_day;
        let with_this = mandate.entries_today.saturating_add(1);
        self.push(
            "mandate_entries_per_day",
            most.to_string(),
            with_this.to_string(),
            percent_of(Decimal::from(with_this), Decimal::from(most)),
            verdict(with_this <= most),
            format!("With this one, {with_this} entries today of {most} in the mandate."),
        );
        let (loss, limit) = (round_to_cents(mandate.loss_today), mandate.maximum_daily_loss);
        self.push(
            "mandate_daily_loss",
            format!("{limit} USD"),
            format!("{loss} USD"),
            percent_of(loss, limit),
            verdict(loss < limit),
            if loss < limit {
                format!("The account has lost {loss} USD since the last close.")
            } else {
                format!(
                    "The account has lost {loss} USD since the last close, and the mandate stops \
                     entries for the day at {limit}."
                )
            },
        );
    }

    /// What a person approved is still what would be bought: the last price is not further from the
    /// entry than half of what is risked on a share.
    pub(super) fn approval(&mut self, request: &EntryRequest, approved: Option<&ApprovedTerms>) {
        let Some(approved) = approved else { return };
        self.push(
            "approval",
            "a person's yes".into(),
            approved.decided_at.to_string(),
            None,
            RuleVerdict::Pass,
            format!(
                "Approved in the {} at {}, asked at {}.",
                approved.by, approved.decided_at, approved.asked_at
            ),
        );
        let (entry, last) = (request.entry_price, approved.last_price);
        let band = (entry - request.stop_price) / Decimal::TWO;
        let distance = (last - entry).abs();
        let inside = band > Decimal::ZERO && distance <= band;
        self.push(
            "price_band",
            format!("{} to {}", entry - band, entry + band),
            last.to_string(),
            percent_of(distance, band),
            verdict(inside),
            if inside {
                format!("The last price {last} is within half of the risk per share of {entry}.")
            } else {
                format!(
                    "The price went to {last} while the order waited, more than half of the risk \
                     per share away from the entry {entry}."
                )
            },
        );
    }

    /// Cuts the size down to the mandate, and to what was shown to the person who approved it.
    pub(super) fn bounded_quantity(&mut self, request: &EntryRequest, bounds: EntryBounds<'_>) {
        if let Some(approved) = bounds.approved {
            let most = approved.quantity;
            self.clamp(
                "approved_quantity",
                most,
                format!("{most} shares approved"),
                |quantity| format!("{quantity} shares"),
                |quantity| percent_of(quantity, most),
            );
        }
        if let Some(mandate) = bounds.mandate {
            let (price, limit) = (request.entry_price, mandate.maximum_order_value);
            let most = if price > Decimal::ZERO { limit / price } else { Decimal::ZERO };
            self.clamp(
                "mandate_order_value",
                most,
                format!("{limit} USD in the mandate"),
                |quantity| format!("{} USD", round_to_cents(quantity * price)),
                |quantity| percent_of(quantity * price, limit),
            );
        }
    }
}
