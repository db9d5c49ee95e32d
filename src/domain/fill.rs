use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{BrokerOrderId, ClientOrderId, Conid, FillId, OrderSide};

/// One fill, as the broker reports it. The broker's fill id makes it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The broker's id of the fill.
    pub fill_id: FillId,
    /// Our id of the order, if the order was ours.
    pub client_order_id: Option<ClientOrderId>,
    /// The broker's id of the order, where the report carries it.
    pub broker_order_id: Option<BrokerOrderId>,
    /// What was traded.
    pub conid: Conid,
    /// Which way.
    pub side: OrderSide,
    /// Shares.
    pub quantity: Decimal,
    /// Price per share.
    pub price: Decimal,
    /// Commission charged, in the account's currency; zero while it is not known.
    pub commission: Decimal,
    /// The broker has reported the commission. Until then it is unknown, not nothing.
    pub is_commission_known: bool,
    /// The broker closed the position by force (`liquidation_trade`).
    pub is_liquidation: bool,
    /// When it was traded.
    pub at: Timestamp,
}
