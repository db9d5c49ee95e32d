//! What befalls the account without its clients, for tests and for the Outage lab.

use rust_decimal::Decimal;

use super::exchange::{Command, Kind, NewOrder, Validity};
use super::facade::{CommandError, Sandbox};
use super::journal::JournalError;
use crate::domain::OrderSide;

/// Why something could not be done to the account from outside.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The exchange refuses it.
    #[error("the sandbox exchange refuses it: {reason}")]
    Refused {
        /// In the exchange's words.
        reason: String,
    },
    /// The price cannot be counted in cents.
    #[error("a price of {0} USD has fractions of a cent or is out of range; give whole cents")]
    Price(Decimal),
    /// It cannot be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<CommandError> for OutsideError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused { reason: refusal.to_string() },
            CommandError::Journal(error) => Self::Journal(error),
        }
    }
}

impl Sandbox {
    /// Places a market order for the day as a person does in another program of the broker's: it
    /// has no client order id and no `order_ref`. Gives the exchange's order id.
    pub fn place_elsewhere(
        &self,
        conid: i64,
        side: OrderSide,
        quantity: i64,
    ) -> Result<i64, OutsideError> {
        self.place_outside(conid, side, quantity, None)
    }

    /// As [`Sandbox::place_elsewhere`], with what the other program writes on the order. The text
    /// is no client order id: it may be one that is taken.
    pub fn place_elsewhere_with_order_ref(
        &self,
        conid: i64,
        side: OrderSide,
        quantity: i64,
        order_ref: &str,
    ) -> Result<i64, OutsideError> {
        self.place_outside(conid, side, quantity, Some(order_ref.to_owned()))
    }

    fn place_outside(
        &self,
        conid: i64,
        side: OrderSide,
        quantity: i64,
        order_ref: Option<String>,
    ) -> Result<i64, OutsideError> {
        let order = NewOrder {
            client_order_id: None,
            parent: None,
            conid,
            side,
            kind: Kind::Market,
            validity: Validity::Day,
            quantity,
            is_single_group: false,
        };
        let mut inner = self.lock();
        let placed = inner.carry_out(&Command::PlaceElsewhere { order, order_ref })?;
        self.hint(&inner);
        let orders = inner.exchange.orders();
        Ok(placed.first().map_or(0, |position| orders[*position].id))
    }

    /// Has the broker close the position in a contract by force: at the next prints, with
    /// executions that are marked `liquidation_trade` and belong to no order that clients can see.
    pub fn liquidate(&self, conid: i64) -> Result<(), OutsideError> {
        let mut inner = self.lock();
        inner.carry_out(&Command::Liquidate { conid })?;
        self.hint(&inner);
        Ok(())
    }

    /// Gives the last execution another price, in USD. Its id counts up in the last two digits, and
    /// the execution as it was is not reported any more. Gives the new id.
    pub fn correct_last_execution(&self, price: Decimal) -> Result<String, OutsideError> {
        let cents = price.checked_mul(Decimal::ONE_HUNDRED).filter(Decimal::is_integer);
        let cents = cents.and_then(|cents| i64::try_from(cents).ok());
        let cents = cents.ok_or(OutsideError::Price(price))?;
        let mut inner = self.lock();
        inner.carry_out(&Command::CorrectLastExecution { cents })?;
        self.hint(&inner);
        let last = inner.exchange.executions().last();
        Ok(last.map_or_else(String::new, |execution| execution.id.clone()))
    }

    /// The next order that is accepted is answered with a prompt (reply shape 4) first, and stands
    /// when the client has answered it with `Yes`.
    pub fn prompt_next_order(&self) {
        self.lock().session.prompts_next_order = true;
    }

    /// Whether the answer to a single order comes as the object alone, not as a list of one.
    pub fn answer_single_orders_bare(&self, is_bare: bool) {
        self.lock().session.answers_single_orders_bare = is_bare;
    }

    /// Logs in again, as a person does in the browser.
    pub fn log_in(&self) {
        self.faults().login_lost.set(false);
        self.lock().session.is_logged_out = false;
    }
}
