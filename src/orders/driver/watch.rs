//! The watch over stops and targets: a second line beside the brackets at the broker (workflow.md
//! B3.3, B3.4). It tells a person when the price is through a level and the broker's order has not
//! acted, and sells where that order is missing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::broker::BrokerOrder;
use crate::calendar::Calendar;
use crate::domain::records::Trigger;
use crate::domain::{Conid, Instrument, Leg, OrderSide, OrderStatus, Position, StrategyId};
use crate::executor::{
    Changed, ClosureCause, Executor, ExecutorError, Parts, WatchedSale, is_current,
};
use crate::market::Quote;
use crate::risk::{Guardian, Look, WatchAct, WatchedLevel, watch};
use crate::store::{
    Change, Durability, EXTERNAL_STRATEGY, OrderRow, RiskChange, WatchEventRow, WatchTrigger,
    WatchVerdict,
};

/// How often it looks while the exchange is open (workflow.md B3.3).
const LOOK: SignedDuration = SignedDuration::from_secs(60);

/// The limit of its sales lies this far below the price, in percent, so that they fill at once.
const BELOW_THE_PRICE: Decimal = Decimal::ONE;

/// How often it looks where time is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchPace {
    /// Every minute while the exchange is open and something is held.
    EveryMinute,
    /// Every minute only while a level has no order at work. The simulated exchange acts on every
    /// price by itself, so that there is nothing to see beside a bracket that works, and a year of
    /// fast-forward need not look at it a hundred thousand times.
    WhereUnguarded,
}

/// What was seen of one level until now.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Looks in a row at which a fresh price had reached it.
    looks: u32,
    /// What was told last, so that it is told once.
    told: Option<WatchVerdict>,
}

type Level = (StrategyId, Conid, WatchedLevel);

/// Looks at every position of ours that has a stop or a target.
pub struct WatchDriver {
    parts: Parts,
    executor: Executor,
    installation_id: String,
    pace: WatchPace,
    seen: BTreeMap<Level, Seen>,
    /// The state of the books at the last look.
    revision: Option<u64>,
    next: Option<Timestamp>,
}

impl WatchDriver {
    /// A watch that is due at once.
    pub fn new(parts: Parts, installation_id: String, pace: WatchPace) -> Self {
        let next = Some(parts.clock.now());
        Self {
            executor: Executor::new(parts.clone()),
            parts,
            installation_id,
            pace,
            seen: BTreeMap::new(),
            revision: None,
            next,
        }
    }

    /// When it wants to be ticked next: at once if something was booked since the last look.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.revision.is_some_and(|seen| seen != self.parts.account.revision()) {
            return Some(self.parts.clock.now());
        }
        self.next
    }

    /// Asks to be ticked at once, since an order may have ended.
    pub fn wake(&mut self) {
        self.next = Some(self.parts.clock.now());
    }

    /// One look at every position. Says whether something was sold, so that its order is tracked.
    pub async fn tick(&mut self) -> Result<bool, ExecutorError> {
        let now = self.parts.clock.now();
        self.revision = Some(self.parts.account.revision());
        self.next = None;
        let mut positions = self.parts.account.positions();
        positions.retain(|position| position.strategy_id.as_str() != EXTERNAL_STRATEGY);
        self.seen.retain(|(strategy, conid, _), _| {
            positions.iter().any(|held| held.strategy_id == *strategy && held.conid == *conid)
        });
        if positions.is_empty() {
            return Ok(false);
        }
        let working = self.parts.store.working_orders().await?;
        let unguarded: Vec<&Position> = positions
            .iter()
            .filter(|position| {
                levels(position).any(|(of, _)| guardians(position, of, &working).next().is_none())
            })
            .collect();
        let looked_at: Vec<&Position> = match self.pace {
            WatchPace::EveryMinute => positions.iter().collect(),
            WatchPace::WhereUnguarded => unguarded,
        };
        if looked_at.is_empty() {
            return Ok(false);
        }
        self.next = next_look(now);
        if !Calendar::nyse().is_open(now) {
            return Ok(false);
        }
        let mut sold = false;
        let mut listed: Option<Vec<BrokerOrder>> = None;
        for position in looked_at {
            let quote = match self.parts.market.quote(position.conid).await {
                Ok(quote) => quote,
                Err(error) => {
                    tracing::warn!(%error, symbol = position.symbol, "the watch had no price");
                    continue;
                }
            };
            self.parts.account.note_prices(quote.as_of, [(position.conid, quote.last)]);
            for (of, level) in levels(position) {
                if !of.is_reached(quote.last, level) {
                    self.seen.remove(&(position.strategy_id.clone(), position.conid, of));
                    continue;
                }
                if listed.is_none() {
                    listed = self.listed().await;
                }
                sold |=
                    self.look(position, (of, level), &quote, &working, listed.as_deref()).await?;
            }
        }
        Ok(sold)
    }

    /// The broker's open orders; nothing if they cannot be had.
    async fn listed(&self) -> Option<Vec<BrokerOrder>> {
        match self.parts.broker.live_orders().await {
            Ok(orders) => orders,
            Err(error) => {
                tracing::warn!(%error, "the watch could not read the broker's orders");
                None
            }
        }
    }

    async fn look(
        &mut self,
        position: &Position,
        (of, level): (WatchedLevel, Decimal),
        quote: &Quote,
        working: &[OrderRow],
        listed: Option<&[BrokerOrder]>,
    ) -> Result<bool, ExecutorError> {
        let now = self.parts.clock.now();
        let key = (position.strategy_id.clone(), position.conid, of);
        let mut seen = self.seen.get(&key).copied().unwrap_or_default();
        let is_fresh = !quote.is_halted && is_current(quote.as_of, now, quote.availability, false);
        let act = watch(Look {
            of,
            level,
            price: quote.last,
            is_fresh,
            guardian: self.guardian(position, of, working, listed),
            looks_before: seen.looks,
            held: position.quantity,
            selling: selling(position, working, listed),
        });
        if is_fresh {
            seen.looks = seen.looks.saturating_add(1);
        }
        let (verdict, why) = match act {
            WatchAct::Rest | WatchAct::Wait => {
                self.seen.insert(key, seen);
                return Ok(false);
            }
            WatchAct::Stale => (WatchVerdict::Nothing, stale(quote, now)),
            WatchAct::Alarm => (
                WatchVerdict::Alarm,
                "the order at the broker works and has not sold: it is not sold a second time. \
                 Look at the order"
                    .to_owned(),
            ),
            WatchAct::Unclear => (
                WatchVerdict::Alarm,
                "nobody knows whether the broker's order acts, or other orders sell the shares: \
                 nothing more is sold. Compare our records with the broker's"
                    .to_owned(),
            ),
            WatchAct::Sell(quantity) => (
                WatchVerdict::Sell,
                format!("its order is missing at the broker: {quantity} are sold"),
            ),
        };
        let name = match of {
            WatchedLevel::Stop => "stop",
            WatchedLevel::Target => "target",
        };
        let event = WatchEventRow {
            at: now,
            strategy_id: position.strategy_id.clone(),
            conid: position.conid,
            symbol: position.symbol.clone(),
            trigger: match of {
                WatchedLevel::Stop => WatchTrigger::Stop,
                WatchedLevel::Target => WatchTrigger::Target,
            },
            verdict,
            level,
            price: Some(quote.last),
            price_source: Some(quote.availability),
            price_at: Some(quote.as_of),
            sentence: format!(
                "{} is at {}, through the {name} {level} of {}, and {why}.",
                position.symbol, quote.last, position.strategy_id
            ),
            execution_id: None,
        };
        let mut sold = false;
        if let WatchAct::Sell(quantity) = act {
            sold = self.sell(position, of, quantity, quote, event.clone()).await?;
        }
        if !sold && seen.told != Some(verdict) && verdict != WatchVerdict::Sell {
            tracing::error!("{}", event.sentence);
            let change = Change::Risk(RiskChange::Watch(Box::new(event)));
            self.parts.recorder.commit(vec![change], Durability::Full).await?;
            self.parts.changes.tell(Changed::Risk);
        }
        seen.told = Some(verdict);
        self.seen.insert(key, seen);
        Ok(sold)
    }

    /// What should act at a level: our records and the broker's list have to say the same.
    fn guardian(
        &self,
        position: &Position,
        of: WatchedLevel,
        working: &[OrderRow],
        listed: Option<&[BrokerOrder]>,
    ) -> Guardian {
        let unclear = self
            .parts
            .gate
            .closures()
            .iter()
            .any(|closure| closure.cause == ClosureCause::NotReconciled);
        let Some(listed) = listed.filter(|_| !unclear) else { return Guardian::Unclear };
        let undecided = working.iter().any(|order| {
            order.conid == position.conid
                && matches!(order.status, OrderStatus::Intended | OrderStatus::Unknown)
        });
        if undecided {
            return Guardian::Unclear;
        }
        let ours: Vec<&OrderRow> = guardians(position, of, working).collect();
        let is_listed = |order: &&OrderRow| {
            listed.iter().any(|row| {
                !row.status.is_terminal()
                    && (row.client_order_id.as_ref() == Some(&order.client_order_id)
                        || Some(&row.broker_order_id) == order.broker_order_id.as_ref())
            })
        };
        match (ours.is_empty(), ours.iter().any(is_listed)) {
            (true, _) => Guardian::Missing,
            (false, true) => Guardian::Works,
            // The orders driver finds out what became of it.
            (false, false) => Guardian::Unclear,
        }
    }

    async fn sell(
        &self,
        position: &Position,
        of: WatchedLevel,
        quantity: Decimal,
        quote: &Quote,
        seen: WatchEventRow,
    ) -> Result<bool, ExecutorError> {
        let instrument = match self.parts.market.stock_by_conid(position.conid).await {
            Ok(instrument) => instrument,
            Err(error) => {
                tracing::error!(%error, symbol = position.symbol, "the watch could not sell");
                return Ok(false);
            }
        };
        let strategies = self.parts.store.strategies().await?;
        let row =
            strategies.into_iter().find(|row| row.version.strategy_id == position.strategy_id);
        let Some(row) = row else {
            tracing::error!(strategy = %position.strategy_id, "a position has no strategy");
            return Ok(false);
        };
        let now = self.parts.clock.now();
        let limit_price = marketable(&instrument, quote);
        let sale = WatchedSale {
            position: position.clone(),
            strategy_version: row.version.version,
            instrument,
            trigger: match of {
                WatchedLevel::Stop => Trigger::StopWatch,
                WatchedLevel::Target => Trigger::TargetWatch,
            },
            quantity,
            limit_price,
            date: Calendar::nyse().date_at(now),
            seen,
            at: now,
        };
        let sold = self.executor.sell_watched(sale, &self.installation_id).await?;
        if let Some(execution) = &sold {
            tracing::error!(execution = %execution.id, "the watch sold {}", position.symbol);
            self.parts.changes.tell(Changed::Risk);
        }
        Ok(sold.is_some())
    }
}

/// The levels of a position that there are.
fn levels(position: &Position) -> impl Iterator<Item = (WatchedLevel, Decimal)> + use<> {
    [(WatchedLevel::Stop, position.stop_price), (WatchedLevel::Target, position.target_price)]
        .into_iter()
        .filter(|(_, level)| *level > Decimal::ZERO)
}

/// Our working orders that act at a level of a position.
fn guardians<'a>(
    position: &'a Position,
    of: WatchedLevel,
    working: &'a [OrderRow],
) -> impl Iterator<Item = &'a OrderRow> {
    let leg = match of {
        WatchedLevel::Stop => Leg::Stop,
        WatchedLevel::Target => Leg::Target,
    };
    working.iter().filter(move |order| {
        order.leg == leg
            && order.strategy_id == position.strategy_id
            && order.conid == position.conid
    })
}

/// Shares that other working orders sell: ours but for a target, which is moved instead, and those
/// of others in the contract.
fn selling(position: &Position, working: &[OrderRow], listed: Option<&[BrokerOrder]>) -> Decimal {
    let ours = working.iter().filter(|order| {
        order.conid == position.conid
            && order.side == OrderSide::Sell
            && order.strategy_id == position.strategy_id
            && order.leg != Leg::Target
    });
    let foreign = listed.unwrap_or_default().iter().filter(|row| {
        let is_ours = working.iter().any(|order| {
            row.client_order_id.as_ref() == Some(&order.client_order_id)
                || Some(&row.broker_order_id) == order.broker_order_id.as_ref()
        });
        row.conid == position.conid
            && row.side == OrderSide::Sell
            && !row.status.is_terminal()
            && !is_ours
    });
    ours.map(|order| order.quantity - order.filled_quantity)
        .chain(foreign.map(|row| row.remaining_quantity))
        .sum()
}

/// A limit that fills at once: below the price, or the bid if that is lower.
fn marketable(instrument: &Instrument, quote: &Quote) -> Decimal {
    let from = quote.bid.filter(|bid| *bid > Decimal::ZERO).unwrap_or(quote.last).min(quote.last);
    let below = from - from * BELOW_THE_PRICE / Decimal::ONE_HUNDRED;
    instrument.round_to_tick(below)
}

fn stale(quote: &Quote, now: Timestamp) -> String {
    if quote.is_halted {
        return "trading in it is halted at the exchange: nothing is sold".to_owned();
    }
    let age = now.duration_since(quote.as_of).as_secs().max(0);
    format!("the price is {:?} and {age} seconds old: nothing is sold on it", quote.availability)
}

/// In a minute while the exchange is open, otherwise a minute after its next opening, when the first
/// prices are there.
fn next_look(now: Timestamp) -> Option<Timestamp> {
    let calendar = Calendar::nyse();
    if calendar.is_open(now) {
        return now.checked_add(LOOK).ok();
    }
    calendar.next_session_after(now).and_then(|session| session.open.checked_add(LOOK).ok())
}
