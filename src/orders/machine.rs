use rust_decimal::Decimal;

use crate::domain::{ClientOrderId, OrderStatus};

/// Something that happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEvent {
    /// The broker acknowledged the order with this status.
    Accepted(OrderStatus),
    /// The broker refused it, in its own words.
    Rejected,
    /// The request may have left, and no answer came.
    AnswerLost,
    /// Looked for among open orders and fills, and neither has it: it never arrived.
    ProvenAbsent,
    /// The broker lists it with this status.
    Reported(OrderStatus),
    /// Fills seen so far add up to this many of the ordered shares.
    Filled {
        /// Shares filled.
        filled: Decimal,
        /// Shares ordered.
        ordered: Decimal,
    },
}

/// An event that cannot happen to an order in that state. The order is frozen and an alarm raised:
/// either our record or the broker's is wrong, and guessing would cost money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order {order} is {from} and cannot take {event:?}; compare it with the broker's own list")]
pub struct IllegalTransition {
    /// Which order.
    pub order: ClientOrderId,
    /// Where it stood.
    pub from: OrderStatus,
    /// What was reported.
    pub event: OrderEvent,
}

/// The whole life of an order in one table: where it goes from `from` on `event`.
///
/// Odd but real rows are in it: a fill after a cancellation was asked for or even confirmed, a
/// report that is older than what is known already, an unknown order that turns up.
#[expect(clippy::match_same_arms, reason = "the table is read row by row")]
pub fn next_status(
    order: &ClientOrderId,
    from: OrderStatus,
    event: OrderEvent,
) -> Result<OrderStatus, IllegalTransition> {
    use OrderStatus as S;
    let illegal = || IllegalTransition { order: order.clone(), from, event };
    let next = match (from, event) {
        (S::Intended | S::Unknown, OrderEvent::Accepted(status)) => status,
        (S::Intended | S::Unknown, OrderEvent::AnswerLost) => S::Unknown,
        (S::Intended | S::Unknown, OrderEvent::Rejected) => S::Rejected,
        (S::Intended | S::Unknown, OrderEvent::ProvenAbsent) => S::Cancelled,

        // A complete fill is final, whatever a later or older report says.
        (S::Filled, OrderEvent::Reported(_) | OrderEvent::Accepted(_)) => S::Filled,
        (_, OrderEvent::Filled { filled, ordered }) if filled > ordered => return Err(illegal()),
        (S::Rejected, OrderEvent::Filled { .. }) => return Err(illegal()),
        (_, OrderEvent::Filled { filled, ordered }) if filled == ordered => S::Filled,
        // A partial fill that is seen after the end does not bring the order back to life.
        (S::Cancelled | S::Inactive | S::PendingCancel, OrderEvent::Filled { .. }) => from,
        (_, OrderEvent::Filled { filled, .. }) if filled == Decimal::ZERO => from,
        (_, OrderEvent::Filled { .. }) => S::PartiallyFilled,

        // The fills decide when an order is filled; a report alone only says that they are due.
        (_, OrderEvent::Reported(S::Filled)) => from,
        (S::Cancelled, OrderEvent::Reported(_)) => S::Cancelled,
        (S::Rejected, OrderEvent::Reported(S::Rejected | S::Inactive | S::Cancelled)) => {
            S::Rejected
        }
        (S::Rejected, OrderEvent::Reported(_)) => return Err(illegal()),
        (S::PartiallyFilled, OrderEvent::Reported(S::PreSubmitted | S::Submitted)) => {
            S::PartiallyFilled
        }
        (_, OrderEvent::Reported(S::Intended | S::Unknown)) => return Err(illegal()),
        (_, OrderEvent::Reported(status)) => status,

        (
            S::PreSubmitted
            | S::Submitted
            | S::PartiallyFilled
            | S::PendingCancel
            | S::Cancelled
            | S::Rejected
            | S::Inactive
            | S::Filled,
            OrderEvent::AnswerLost
            | OrderEvent::Rejected
            | OrderEvent::ProvenAbsent
            | OrderEvent::Accepted(_),
        ) => return Err(illegal()),
    };
    Ok(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [OrderStatus; 10] = [
        OrderStatus::Intended,
        OrderStatus::Unknown,
        OrderStatus::PreSubmitted,
        OrderStatus::Submitted,
        OrderStatus::PartiallyFilled,
        OrderStatus::Filled,
        OrderStatus::PendingCancel,
        OrderStatus::Cancelled,
        OrderStatus::Rejected,
        OrderStatus::Inactive,
    ];

    fn order() -> ClientOrderId {
        ClientOrderId::new("sample_1-entry").unwrap()
    }

    fn next(from: OrderStatus, event: OrderEvent) -> Result<OrderStatus, IllegalTransition> {
        next_status(&order(), from, event)
    }

    fn filled(filled: i64, ordered: i64) -> OrderEvent {
        OrderEvent::Filled { filled: Decimal::from(filled), ordered: Decimal::from(ordered) }
    }

    #[test]
    fn an_unknown_order_is_never_rejected_by_silence() {
        assert_eq!(next(OrderStatus::Intended, OrderEvent::AnswerLost), Ok(OrderStatus::Unknown));
        assert_eq!(
            next(OrderStatus::Unknown, OrderEvent::Reported(OrderStatus::Submitted)),
            Ok(OrderStatus::Submitted)
        );
        assert_eq!(next(OrderStatus::Unknown, filled(10, 10)), Ok(OrderStatus::Filled));
    }

    #[test]
    fn a_fill_after_a_cancellation_still_counts() {
        assert_eq!(next(OrderStatus::PendingCancel, filled(10, 10)), Ok(OrderStatus::Filled));
        assert_eq!(next(OrderStatus::Cancelled, filled(10, 10)), Ok(OrderStatus::Filled));
        assert_eq!(next(OrderStatus::Cancelled, filled(4, 10)), Ok(OrderStatus::Cancelled));
    }

    #[test]
    fn more_shares_than_ordered_freeze_the_order() {
        for from in ALL {
            let error = next(from, filled(11, 10)).unwrap_err();
            assert_eq!(error.from, from);
            assert!(error.to_string().contains("sample_1-entry"), "{error}");
        }
    }

    #[test]
    fn a_report_alone_never_fills_an_order() {
        for from in ALL {
            if let Ok(to) = next(from, OrderEvent::Reported(OrderStatus::Filled)) {
                assert_eq!(to, from);
            }
        }
    }

    proptest! {
        /// A filled order stays filled whatever is reported afterwards.
        #[test]
        fn filled_is_final(index in 0usize..10) {
            let to = next(OrderStatus::Filled, OrderEvent::Reported(ALL[index]));
            prop_assert_eq!(to, Ok(OrderStatus::Filled));
        }
    }
}
