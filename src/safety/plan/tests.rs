use proptest::prelude::*;

use super::*;

const CONTRACT: Conid = Conid(265_598);

fn order(number: u64, is_closing: bool) -> OpenOrder {
    OpenOrder {
        broker_order_id: BrokerOrderId::new(number.to_string()).unwrap(),
        conid: CONTRACT,
        words: "SELL 10 AAPL".into(),
        is_closing,
    }
}

fn view(held: i64, owned: i64, orders: Vec<OpenOrder>) -> View {
    let holdings = Some(held).filter(|held| *held != 0).map(|held| Holding {
        conid: CONTRACT,
        description: "AAPL".into(),
        quantity: held.into(),
    });
    let owned = Some(owned).filter(|owned| *owned != 0).map(|owned| Owned {
        strategy_id: StrategyId::new("sample").unwrap(),
        conid: CONTRACT,
        symbol: "AAPL".into(),
        quantity: owned.into(),
    });
    View {
        orders,
        holdings: holdings.into_iter().collect(),
        owned: owned.into_iter().collect(),
        ..View::default()
    }
}

#[test]
fn orders_are_cancelled_before_anything_is_closed() {
    let look = view(100, 100, vec![order(1, false), order(2, false)]);
    let plan = plan(&look, &[]);
    assert_eq!(plan.cancel.len(), 2);
    assert!(plan.close.is_empty(), "a stop could still fill: {plan:?}");
}

#[test]
fn a_closing_order_is_left_to_work_and_no_second_one_is_sent() {
    let plan = plan(&view(100, 100, vec![order(3, true)]), &[]);
    assert_eq!(plan, Plan::default());
}

#[test]
fn a_list_of_positions_that_lags_behind_a_fill_is_not_acted_on() {
    // The stop filled, our ledger knows it, and the broker's list still shows the shares.
    let mut stale = view(100, 0, Vec::new());
    stale.just_filled.insert(CONTRACT);
    let looks = vec![stale.clone(); 10];
    assert!(plan(&stale, &looks).close.is_empty());
}

#[test]
fn shares_that_were_bought_elsewhere_are_closed_once_the_broker_is_believed() {
    let look = view(150, 100, Vec::new());
    assert!(plan(&look, &[]).close.is_empty());
    let closing = plan(&look, &vec![look.clone(); 3]).close;
    assert_eq!(closing[0].quantity, Decimal::from(100), "first what a strategy owns");
    let rest = view(50, 0, Vec::new());
    let closing = plan(&rest, &vec![rest.clone(); 3]).close;
    assert_eq!((closing[0].quantity, &closing[0].strategy_id), (Decimal::from(50), &None));
}

#[test]
fn flat_is_believed_at_the_second_empty_look() {
    let empty = View::default();
    assert!(!plan(&empty, &[]).is_flat);
    assert!(plan(&empty, std::slice::from_ref(&empty)).is_flat);
    let mut lagging = view(0, 100, Vec::new());
    lagging.just_filled.insert(CONTRACT);
    assert!(!plan(&lagging, &vec![lagging.clone(); 10]).is_flat, "the entry has just filled");
    let mut undecided = View::default();
    undecided.undecided.insert(CONTRACT);
    assert!(!plan(&undecided, &[empty]).is_flat);
}

/// A broker on which anything may fill between any two calls, and whose list of positions may lag.
/// A fake, for this test only.
#[derive(Debug)]
struct Market {
    position: i64,
    /// What the list of positions shows, which is the position of some time ago.
    listed: i64,
    ledger: i64,
    /// Number, signed quantity, closing, cancellation asked for.
    orders: Vec<(u64, i64, bool, bool)>,
    next: u64,
    just_filled: u32,
}

impl Market {
    /// Lets something happen by a drawn number.
    fn happen(&mut self, draw: u8) {
        self.just_filled = self.just_filled.saturating_sub(1);
        if self.orders.is_empty() {
            self.ledger = self.position;
            if draw.is_multiple_of(2) {
                self.listed = self.position;
            }
            return;
        }
        let index = usize::from(draw) % self.orders.len();
        let (_, quantity, _, is_cancelling) = self.orders[index];
        match draw % 4 {
            // It fills, whole or in part, also after its cancellation was asked for.
            0 => self.fill(index, quantity),
            1 => self.fill(index, quantity.signum()),
            2 if is_cancelling => {
                self.orders.remove(index);
            }
            _ => {}
        }
        if draw >= 128 {
            self.listed = self.position;
        }
        self.ledger = self.position;
    }

    fn fill(&mut self, index: usize, shares: i64) {
        self.position += shares;
        self.just_filled = 30;
        self.orders[index].1 -= shares;
        if self.orders[index].1 == 0 {
            let (_, _, is_closing, _) = self.orders.remove(index);
            // Stop and target are one group: what one sells, the other does not.
            if !is_closing && shares < 0 {
                self.orders.retain(|order| order.1 > 0 || order.2);
            }
        }
        // Protection follows the shares that are there.
        let position = self.position;
        for order in self.orders.iter_mut().filter(|order| order.1 < 0 && !order.2) {
            order.1 = order.1.max(-position.max(0));
        }
        self.orders.retain(|order| order.1 != 0);
    }

    fn look(&self) -> View {
        let open = self.orders.iter().map(|(number, _, closing, _)| order(*number, *closing));
        let mut look = view(self.listed, self.ledger, open.collect());
        if self.just_filled > 0 {
            look.just_filled.insert(CONTRACT);
        }
        look
    }
}

proptest! {
    /// Whatever fills between any two looks, and however far the broker's list of positions lags, a
    /// flattening never takes a position through zero, and ends with nothing left.
    #[test]
    fn a_flattening_never_flips_a_position(
        held in 0i64..200, entry in 0i64..100, with_stop: bool, draws in proptest::collection::vec(any::<u8>(), 400),
    ) {
        let mut market = Market {
            position: held, listed: held, ledger: held, orders: Vec::new(), next: 10, just_filled: 0,
        };
        if entry > 0 {
            market.orders.push((1, entry, false, false));
        }
        if with_stop && held > 0 {
            market.orders.push((2, -held, false, false));
            market.orders.push((3, -held, false, false));
        }
        let mut looks: Vec<View> = Vec::new();
        let mut flat = false;
        for draw in draws {
            market.happen(draw);
            prop_assert!(market.position >= 0, "short: {market:?}");
            let look = market.look();
            let next = plan(&look, &looks);
            looks.push(look);
            for id in &next.cancel {
                for order in &mut market.orders {
                    order.3 |= order.0.to_string() == id.as_str();
                }
            }
            for closing in &next.close {
                let quantity: i64 = closing.quantity.try_into().unwrap();
                market.next += 1;
                market.orders.push((market.next, -quantity, true, false));
                let selling: i64 = market.orders.iter().map(|order| order.1.min(0)).sum();
                prop_assert!(market.position + selling >= 0, "oversold: {market:?}");
            }
            if next.is_flat {
                flat = true;
                break;
            }
        }
        prop_assert!(flat, "never flat: {market:?}");
        prop_assert_eq!(market.position, 0);
        prop_assert!(market.orders.is_empty());
    }
}
