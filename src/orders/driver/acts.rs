use rust_decimal::Decimal;

use super::OrdersDriver;
use crate::broker::{CancelOutcome, SubmitOutcome};
use crate::domain::{
    ClientOrderId, Leg, ModifyIntent, OrderIntent, OrderStatus, OrderTerms, OrderType,
};
use crate::executor::place::event_row;
use crate::executor::{Changed, ExecutorError};
use crate::market::MarketError;
use crate::orders::{OrderEvent, next_status};
use crate::risk::{ModifyRequest, approve_modify};
use crate::store::{Change, Durability, OrderEventRow, OrderRow, StoreError};

/// Who wants an order cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelPurpose {
    /// A person, this one order.
    Person,
    /// A flattening, which closes the position afterwards.
    Flatten,
}

/// Why an order was not cancelled or changed.
#[derive(Debug, thiserror::Error)]
pub enum OrderActError {
    /// There is none of that id.
    #[error("there is no order {id}; the list of orders shows those that there are")]
    NotFound {
        /// As it was asked for.
        id: ClientOrderId,
    },
    /// It cannot be done to an order in that state.
    #[error("{reason}")]
    Refused {
        /// Why, and what to do, in one sentence.
        reason: String,
    },
    /// The instrument's rules could not be read.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// It could not be written down, so that it was not done.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
}

impl From<StoreError> for OrderActError {
    fn from(error: StoreError) -> Self {
        Self::Executor(error.into())
    }
}

fn refused(reason: impl Into<String>) -> OrderActError {
    OrderActError::Refused { reason: reason.into() }
}

impl OrdersDriver {
    /// Asks the broker once to cancel an order, after that was written down. What comes of it shows
    /// in the broker's lists; the order as it then stands is the answer. It may still fill.
    ///
    /// The stop of an open position is cancelled only to flatten: a person who wants to be rid of
    /// it closes the position.
    pub async fn cancel(
        &mut self,
        id: &ClientOrderId,
        purpose: CancelPurpose,
    ) -> Result<OrderRow, OrderActError> {
        let mut order = self.actionable(id).await?;
        let Some(broker_order_id) = order.broker_order_id.clone() else {
            return Err(refused(format!("IBKR has given the order {id} no id yet; wait for it.")));
        };
        let position = self.parts.account.position(&order.strategy_id, order.conid);
        if purpose == CancelPurpose::Person
            && order.leg == Leg::Stop
            && let Some(position) = position
        {
            return Err(refused(format!(
                "The order {id} is the stop that protects {} {}: without it the position would be \
                 unprotected. Close the position, or flatten the account.",
                position.quantity, order.symbol
            )));
        }
        let before = order.status;
        order.status = next_status(id, before, OrderEvent::Reported(OrderStatus::PendingCancel))
            .map_err(|error| refused(error.to_string()))?;
        let asked = match purpose {
            CancelPurpose::Person => "a person asked to cancel it",
            CancelPurpose::Flatten => "cancelled to flatten the account",
        };
        self.write(&mut order, asked).await?;
        match self.parts.broker.cancel(&broker_order_id).await {
            CancelOutcome::Requested => {}
            CancelOutcome::Refused { reason } => {
                // It is no order that can be cancelled: filled, gone, or working on. The broker's
                // own record of it says which.
                order.status = before;
                self.write(&mut order, &cut(&reason)).await?;
                self.take_lookup(&broker_order_id).await?;
            }
            CancelOutcome::Unknown { reason } => {
                self.write(&mut order, &format!("no answer to the cancelling: {}", cut(&reason)))
                    .await?;
            }
        }
        self.tick().await?;
        self.wake();
        self.now_standing(id).await
    }

    /// Asks the broker once to change the price or the quantity of an order, after the risk gate
    /// let the change pass and it was written down. Of a stop the price is the stop price, of any
    /// other order the limit; what is not given stays.
    pub async fn modify(
        &mut self,
        id: &ClientOrderId,
        price: Option<Decimal>,
        quantity: Option<Decimal>,
    ) -> Result<OrderRow, OrderActError> {
        let mut order = self.actionable(id).await?;
        if price.is_none_or(|price| Some(price) == order.price)
            && quantity.is_none_or(|quantity| quantity == order.quantity)
        {
            return Err(refused(format!("Nothing of the order {id} would change.")));
        }
        let request = self.modify_request(&order, price, quantity).await?;
        let decision = approve_modify(request);
        let Some(approved) = decision.approved else {
            return Err(refused(decision.output.sentence));
        };
        let OrderIntent::Modify(intent) = approved.get() else {
            return Err(refused("The risk gate approved something else."));
        };
        let (new_price, new_quantity) = (price.or(order.price), intent.quantity);
        let words = format!(
            "a person asked to change it to {new_quantity} at {}",
            new_price.map_or_else(|| "market".to_owned(), |price| price.to_string())
        );
        self.write(&mut order, &words).await?;
        let report = self.parts.broker.submit(&approved).await;
        let refusal = match report.outcome {
            SubmitOutcome::Accepted(_) => {
                (order.price, order.quantity) = (new_price, new_quantity);
                self.write(&mut order, "IBKR took the change").await?;
                None
            }
            SubmitOutcome::Rejected { reason } => {
                let reason = cut(&reason);
                self.write(&mut order, &format!("IBKR refused the change: {reason}")).await?;
                Some(refused(format!("IBKR refused the change: {reason}")))
            }
            SubmitOutcome::Unknown { reason } => {
                // Whether it was changed shows in the broker's list; it is not asked for again.
                self.write(&mut order, &format!("no answer to the change: {}", cut(&reason)))
                    .await?;
                None
            }
        };
        self.tick().await?;
        self.wake();
        match refusal {
            Some(refusal) => Err(refusal),
            None => self.now_standing(id).await,
        }
    }

    async fn modify_request(
        &self,
        order: &OrderRow,
        price: Option<Decimal>,
        quantity: Option<Decimal>,
    ) -> Result<ModifyRequest, OrderActError> {
        let id = &order.client_order_id;
        let Some(broker_order_id) = order.broker_order_id.clone() else {
            return Err(refused(format!("IBKR has given the order {id} no id yet; wait for it.")));
        };
        let instrument = self.parts.market.find_stock(&order.symbol).await?;
        if instrument.conid != order.conid {
            return Err(refused(format!(
                "{} is conid {} now and the order is for {}; change it at IBKR.",
                order.symbol, instrument.conid, order.conid
            )));
        }
        let wanted = price.or(order.price).unwrap_or_default();
        let terms = match order.order_type {
            OrderType::Limit => OrderTerms::Limit { limit_price: wanted },
            OrderType::Stop => OrderTerms::Stop { stop_price: wanted },
            other => {
                return Err(refused(format!(
                    "A {} order has no single price to change; cancel it and place another.",
                    other.as_str().replace('_', " ")
                )));
            }
        };
        let group = self.parts.store.orders_of(&order.execution_id).await?;
        let price_of =
            |leg: Leg| group.iter().find(|other| other.leg == leg).and_then(|other| other.price);
        // Frozen when the bracket was made: the entry's price moves with what the broker lists.
        let position = self.parts.account.position(&order.strategy_id, order.conid);
        let initial_stop = match position {
            Some(position) => Some(position.stop_price),
            None => price_of(Leg::Stop),
        };
        Ok(ModifyRequest {
            intent: ModifyIntent {
                client_order_id: id.clone(),
                broker_order_id,
                account_id: order.account_id.clone(),
                instrument,
                side: order.side,
                quantity: quantity.unwrap_or(order.quantity),
                terms,
                time_in_force: order.time_in_force,
                good_till: order.good_till,
            },
            leg: order.leg,
            approved_quantity: order.quantity,
            filled_quantity: order.filled_quantity,
            present_price: order.price,
            initial_stop,
            bracket: (price_of(Leg::Stop), price_of(Leg::Target)),
        })
    }

    /// The order, if anything can be asked of the broker about it.
    async fn actionable(&self, id: &ClientOrderId) -> Result<OrderRow, OrderActError> {
        let order = self.parts.store.order(id).await?;
        let order = order.ok_or_else(|| OrderActError::NotFound { id: id.clone() })?;
        match order.status {
            OrderStatus::Intended | OrderStatus::Unknown => Err(refused(format!(
                "Nobody knows yet whether IBKR has the order {id}; it can be acted on when it is \
                 found."
            ))),
            OrderStatus::PendingCancel => Err(refused(format!(
                "The cancelling of {id} was asked for already and is not asked for twice; what \
                 comes of it shows in IBKR's lists."
            ))),
            status if status.is_terminal() => {
                Err(refused(format!("The order {id} is {status} and over.")))
            }
            _ => Ok(order),
        }
    }

    async fn now_standing(&self, id: &ClientOrderId) -> Result<OrderRow, OrderActError> {
        let order = self.parts.store.order(id).await?;
        order.ok_or_else(|| OrderActError::NotFound { id: id.clone() })
    }

    /// Writes the order down with an event in words, on the disk before anything else is done.
    async fn write(&self, order: &mut OrderRow, words: &str) -> Result<(), ExecutorError> {
        order.updated_at = self.parts.clock.now();
        let event = OrderEventRow { words: Some(words.to_owned()), ..event_row(order) };
        let changes = vec![Change::Order(order.clone()), Change::OrderEvent(event)];
        self.parts.recorder.commit(changes, Durability::Full).await?;
        self.parts.changes.tell(Changed::Orders);
        Ok(())
    }

    /// Takes the broker's own record of one order in, since the list may be without it.
    async fn take_lookup(
        &mut self,
        id: &crate::domain::BrokerOrderId,
    ) -> Result<(), ExecutorError> {
        let listed = match self.parts.broker.order(id).await {
            Ok(Some(listed)) => listed,
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "an order could not be looked up");
                return Ok(());
            }
        };
        let fills = match self.parts.broker.fills().await {
            Ok(fills) => fills.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "the executions could not be read");
                return Ok(());
            }
        };
        let mut batch =
            super::batch::Batch::new(&self.parts, self.parts.store.working_orders().await?);
        batch.take_fills(fills).await?;
        batch.take_live_orders(&[listed]);
        if !batch.is_empty() {
            batch.settle().await?.commit(&self.parts).await?;
        }
        Ok(())
    }
}

/// The broker's words, bounded.
fn cut(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}
