//! What the broker says that an order would do, before the first order of a strategy is sent.

use super::ExecutorError;
use super::records::{BeforeAndAfter, PreviewFigures, PreviewRecord};
use super::run::Run;
use crate::broker::{BrokerError, MarginChange, OrderPreview};
use crate::domain::OrderIntent;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Preview {
    /// It is no entry, or not the strategy's first: exits wait for no preview.
    NotAsked,
    /// For the record. Without an answer the order goes on: a preview is a read, and protects
    /// nobody by missing.
    Recorded(PreviewRecord),
    /// By the broker's own word the order cannot be had. One sentence with what to do.
    CannotBeHad(String),
}

impl Run<'_> {
    /// Asks the broker for a preview of an entry, if the strategy has never sent an order to this
    /// account before.
    pub(super) async fn preview_of_first(
        &self,
        intent: &OrderIntent,
    ) -> Result<Preview, ExecutorError> {
        if !matches!(intent, OrderIntent::Bracket(_)) {
            return Ok(Preview::NotAsked);
        }
        let of = &self.execution;
        let store = &self.parts.store;
        if store.has_ordered(&of.strategy_id, &of.account_id, of.environment, &of.id).await? {
            return Ok(Preview::NotAsked);
        }
        Ok(judged(self.parts.broker.preview(intent).await))
    }
}

fn judged(answer: Result<OrderPreview, BrokerError>) -> Preview {
    match answer {
        Ok(preview) => match shortfall(&preview) {
            Some(sentence) => Preview::CannotBeHad(sentence),
            None => Preview::Recorded(PreviewRecord::Given(figures(preview))),
        },
        // An error inside an answer that is otherwise well is about the order; any other status is
        // about the gateway.
        Err(BrokerError::Refused { status: 200, text, .. }) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            Preview::CannotBeHad(format!(
                "IBKR says of this first order of the strategy, before it was sent: {}",
                words.join(" ")
            ))
        }
        Err(error) => Preview::Recorded(PreviewRecord::Missing { reason: error.to_string() }),
    }
}

/// An account whose equity with loan value would lie below the initial margin does not get the
/// order.
fn shortfall(preview: &OrderPreview) -> Option<String> {
    let (equity, margin) = (preview.equity.after?, preview.initial_margin.after?);
    if equity >= margin {
        return None;
    }
    let currency = preview.currency.as_deref().unwrap_or("USD");
    let warning = preview.warning.as_deref().map(|words| format!(" IBKR warns: {words}"));
    Some(format!(
        "IBKR's preview of this first order of the strategy says that it cannot be had: it would \
         need an initial margin of {margin} {currency}, and the equity would be {equity} \
         {currency}. Let the strategy risk less, or add funds.{}",
        warning.unwrap_or_default()
    ))
}

fn figures(preview: OrderPreview) -> PreviewFigures {
    let change = |of: MarginChange| BeforeAndAfter { before: of.current, after: of.after };
    PreviewFigures {
        currency: preview.currency,
        commission: preview.commission,
        total: preview.total,
        initial_margin: change(preview.initial_margin),
        maintenance_margin: change(preview.maintenance_margin),
        equity: change(preview.equity),
        warning: preview.warning,
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn preview(equity: i64, margin: i64) -> OrderPreview {
        let to = |after: i64| MarginChange {
            current: Some(Decimal::ZERO),
            after: Some(Decimal::from(after)),
        };
        OrderPreview {
            commission: Some(Decimal::ONE),
            total: Some(Decimal::from(713)),
            initial_margin: to(margin),
            maintenance_margin: to(margin),
            equity: to(equity),
            currency: Some("USD".into()),
            warning: Some("21/You trade without market data.".into()),
        }
    }

    fn refused(status: u16, text: &str) -> BrokerError {
        BrokerError::Refused { request: "POST …/whatif".into(), status, text: text.into() }
    }

    #[test]
    fn an_estimate_that_fits_is_recorded_and_one_that_does_not_refuses_the_order() {
        let Preview::Recorded(PreviewRecord::Given(figures)) = judged(Ok(preview(1_000, 1_000)))
        else {
            panic!("equity that just suffices is enough")
        };
        assert_eq!(figures.commission, Some(Decimal::ONE));
        assert_eq!(figures.initial_margin.after, Some(Decimal::from(1_000)));
        assert!(figures.warning.is_some());
        let Preview::CannotBeHad(sentence) = judged(Ok(preview(999, 1_000))) else {
            panic!("the margin is not covered")
        };
        assert!(sentence.contains("1000 USD") && sentence.contains("999 USD"), "{sentence}");
        assert!(sentence.contains("21/You trade without market data."), "{sentence}");
        let silent = OrderPreview { equity: MarginChange::default(), ..preview(0, 1_000) };
        assert!(matches!(judged(Ok(silent)), Preview::Recorded(_)), "what is not said is no word");
    }

    #[test]
    fn only_the_brokers_word_about_the_order_refuses_it() {
        let words = "Your order is not accepted.\nMinimum of 2000 USD required.";
        let Preview::CannotBeHad(sentence) = judged(Err(refused(200, words))) else {
            panic!("that is the broker's word")
        };
        assert!(sentence.ends_with("Your order is not accepted. Minimum of 2000 USD required."));
        let others = [
            refused(500, "unknown"),
            refused(503, "service unavailable"),
            refused(400, "Bad Request"),
            BrokerError::NoSession { evidence: "no bridge".into() },
            BrokerError::Unreachable {
                request: "POST …/whatif".into(), cause: "timed out".into()
            },
            BrokerError::Protocol { request: "POST …/whatif".into(), cause: "no JSON".into() },
        ];
        for error in others {
            let said = error.to_string();
            let recorded = Preview::Recorded(PreviewRecord::Missing { reason: said });
            assert_eq!(judged(Err(error)), recorded);
        }
    }
}
