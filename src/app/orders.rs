//! What a person does to an order.

use rust_decimal::Decimal;

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::domain::ClientOrderId;
use crate::orders::driver::{CancelPurpose, OrderActError};
use crate::store::OrderRow;

impl Engine {
    /// Asks the broker once to cancel an order; the order as it then stands.
    pub async fn cancel_order(&self, id: &str) -> Result<OrderRow, ApiError> {
        let id = order_id(id)?;
        let mut orders = self.orders.lock().await;
        Ok(orders.cancel(&id, CancelPurpose::Person).await?)
    }

    /// Asks the broker once to change an order; the order as it then stands.
    pub async fn modify_order(
        &self,
        id: &str,
        price: Option<&str>,
        quantity: Option<&str>,
    ) -> Result<OrderRow, ApiError> {
        let id = order_id(id)?;
        let price = number("price", price)?;
        let quantity = number("quantity", quantity)?;
        let mut orders = self.orders.lock().await;
        Ok(orders.modify(&id, price, quantity).await?)
    }
}

fn order_id(text: &str) -> Result<ClientOrderId, ApiError> {
    ClientOrderId::new(text)
        .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))
}

fn number(what: &str, text: Option<&str>) -> Result<Option<Decimal>, ApiError> {
    text.map(|text| {
        Decimal::from_str_exact(text.trim()).map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            ApiError::new(
                ErrorCode::InvalidRequest,
                format!("\"{shown}\" is no {what}; write digits and one point"),
            )
        })
    })
    .transpose()
}

impl From<OrderActError> for ApiError {
    fn from(error: OrderActError) -> Self {
        let code = match &error {
            OrderActError::NotFound { .. } => ErrorCode::NotFound,
            OrderActError::Refused { .. } => ErrorCode::NotNow,
            OrderActError::Market(_) => ErrorCode::Internal,
            OrderActError::Executor(_) => ErrorCode::Storage,
        };
        Self::new(code, error.to_string())
    }
}
