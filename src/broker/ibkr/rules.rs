//! What a contract lets an account do, read at most once a day, and the check of an order against
//! it before anything is sent.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::IbkrClient;
use super::client::MAX_TEXT_CHARACTERS;
use super::models::{ContractInfo, ContractRules, IncrementRule, Loose, record};
use super::parse;
use crate::broker::BrokerError;
use crate::domain::{
    AccountId, Conid, Instrument, OrderTerms, OrderType, TickBand, TimeInForce, Trail,
};

/// How long rules are taken for those of the day.
const RULES_HOLD: SignedDuration = SignedDuration::from_hours(24);

/// Most shares of one order. IBKR names no limit of its own; an order above this is a slip of the
/// finger.
const MOST_SHARES: u32 = 1_000_000;

/// Rules by contract.
pub(super) type RulesCache = HashMap<Conid, TradingRules>;

/// What the rules of a contract say about orders. An empty list says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TradingRules {
    read_at: Timestamp,
    /// IBKR's own words on why there are no rules.
    error: Option<String>,
    accounts: Vec<String>,
    /// Such as `limit` or `stop_limit`.
    order_types: Vec<String>,
    order_types_outside: Vec<String>,
    times_in_force: Vec<TimeInForceRule>,
}

/// An entry such as `IOC/MARKET,LIMIT,a` or `GTC/o,a`: the time in force, the order types that it
/// is for (none means all), and flags in small letters, of which `o` allows fills outside regular
/// hours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TimeInForceRule {
    name: String,
    order_types: Vec<String>,
    is_for_outside_hours: bool,
}

impl TimeInForceRule {
    fn read(text: &str) -> Self {
        let (name, rest) = text.split_once('/').unwrap_or((text, ""));
        let is_flag = |part: &&str| part.len() == 1 && part.chars().all(char::is_lowercase);
        let parts: Vec<&str> = rest.split(',').filter(|part| !part.is_empty()).collect();
        Self {
            name: name.to_ascii_uppercase(),
            order_types: parts
                .iter()
                .filter(|part| !is_flag(part))
                .map(|part| part.to_ascii_lowercase())
                .collect(),
            is_for_outside_hours: parts.contains(&"o"),
        }
    }
}

impl TradingRules {
    /// Reads the `rules` of a contract.
    pub(super) fn read(rules: &ContractRules, read_at: Timestamp) -> Self {
        let lower = |loose: &Loose| -> Vec<String> {
            loose.texts().iter().map(|text| text.to_ascii_lowercase()).collect()
        };
        Self {
            read_at,
            error: rules.error.text().map(|text| parse::bounded(&text, MAX_TEXT_CHARACTERS)),
            accounts: rules.can_trade_acct_ids.texts(),
            order_types: lower(&rules.order_types),
            order_types_outside: lower(&rules.order_types_outside),
            times_in_force: rules
                .tif_types
                .texts()
                .iter()
                .map(|text| TimeInForceRule::read(text))
                .collect(),
        }
    }

    fn is_of_today(&self, now: Timestamp) -> bool {
        now.duration_since(self.read_at) < RULES_HOLD
    }
}

/// Price bands with their ticks, by rising price.
pub(super) fn tick_bands(rules: &ContractRules) -> Vec<TickBand> {
    let mut bands: Vec<TickBand> = rules
        .increment_rules
        .records::<IncrementRule>()
        .iter()
        .filter_map(|rule| {
            let tick_size = rule.increment.decimal().filter(|tick| *tick > Decimal::ZERO)?;
            Some(TickBand { lower_edge: rule.lower_edge.decimal()?, tick_size })
        })
        .collect();
    bands.sort_by_key(|band| band.lower_edge);
    bands
}

/// Whether rules that are not at hand are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// What opens a position waits for the rules of the day.
    IfMissing,
    /// What closes one never waits: it is checked against what is known.
    Never,
}

impl IbkrClient {
    /// Remembers the rules in an answer about a contract.
    pub(super) fn note_rules(&self, conid: Conid, answer: &Value) -> Option<TradingRules> {
        let rules = record::<ContractInfo>(answer)?.rules.record::<ContractRules>()?;
        let rules = TradingRules::read(&rules, self.clock.now());
        self.rules().insert(conid, rules.clone());
        Some(rules)
    }

    /// The rules of a contract, of today if they may be asked for.
    pub(super) async fn rules_of(
        &self,
        conid: Conid,
        ask: Ask,
    ) -> Result<Option<TradingRules>, BrokerError> {
        let known = self.rules().get(&conid).cloned();
        if ask == Ask::Never || known.as_ref().is_some_and(|r| r.is_of_today(self.clock.now())) {
            return Ok(known);
        }
        let answer = self.raw.contract_info(conid).await?;
        let rules = self.note_rules(conid, &answer).ok_or_else(|| BrokerError::Protocol {
            request: format!("GET /iserver/contract/{conid}/info-and-rules"),
            cause: "it has no rules".into(),
        })?;
        Ok(Some(rules))
    }
}

/// An order as far as the check needs it.
pub(super) struct OrderToCheck<'a> {
    pub(super) account: &'a AccountId,
    pub(super) instrument: &'a Instrument,
    pub(super) quantity: Decimal,
    pub(super) terms: OrderTerms,
    pub(super) time_in_force: TimeInForce,
    pub(super) good_till: Option<Timestamp>,
    pub(super) outside_regular_hours: bool,
}

/// Why an order is not sent. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OrderFault {
    #[error("the quantity is {quantity}; order one share or more")]
    NoQuantity { quantity: Decimal },
    #[error("the quantity {quantity} is not a whole number; order whole shares")]
    Fraction { quantity: Decimal },
    #[error("{quantity} shares are more than the {MOST_SHARES} that one order may have; check it")]
    TooManyShares { quantity: Decimal },
    #[error("the {name} is {price}; give a price above zero")]
    NoPrice { name: &'static str, price: Decimal },
    #[error("the {name} {price} is not a multiple of the tick {tick_size}; use {nearest}")]
    OffTick { name: &'static str, price: Decimal, tick_size: Decimal, nearest: Decimal },
    #[error("the trail is {percent} %; give more than 0 and less than 100")]
    TrailPercent { percent: Decimal },
    #[error("the order is good till a date and has none; name the date, or use GTC")]
    NoDate,
    #[error("the order is {time_in_force} and has a date; only GTD takes one")]
    UnusedDate { time_in_force: &'static str },
    #[error("the order is good till {date}, which is past; name a later date")]
    PastDate { date: Timestamp },
    #[error(
        "IBKR's rules for {symbol} do not list GTD, and its interface describes no date for an \
         order; use GTC and cancel it, or DAY"
    )]
    DateNotOffered { symbol: String },
    #[error("IBKR takes no {order_type} orders for {symbol}; it offers {offered}")]
    TypeNotOffered { order_type: &'static str, symbol: String, offered: String },
    #[error(
        "IBKR takes no {time_in_force} for a {order_type} order in {symbol}; it offers {offered}"
    )]
    TimeNotOffered {
        time_in_force: &'static str,
        order_type: &'static str,
        symbol: String,
        offered: String,
    },
    #[error(
        "IBKR takes no {order_type} order in {symbol} outside regular hours; send it for regular \
         hours only"
    )]
    OutsideNotOffered { order_type: &'static str, symbol: String },
    #[error(
        "account {account} may not trade {symbol}; ask for the permission in IBKR's Client Portal \
         under Settings, Trading Permissions, or use another account"
    )]
    AccountMayNot { account: String, symbol: String },
    #[error("IBKR has no rules for {symbol}: {words}; check the contract in Client Portal")]
    NoRules { symbol: String, words: String },
    #[error(
        "the rules of {symbol} could not be read, so that it was not checked ({error}); try again \
         once the connection is well"
    )]
    RulesUnread { symbol: String, error: BrokerError },
}

/// Checks what needs no rules, and against the rules if there are any.
pub(super) fn check(
    order: &OrderToCheck<'_>,
    rules: Option<&TradingRules>,
    now: Timestamp,
) -> Result<(), OrderFault> {
    check_quantity(order.quantity)?;
    check_prices(order)?;
    match (order.time_in_force, order.good_till) {
        (TimeInForce::Gtd, None) => return Err(OrderFault::NoDate),
        (TimeInForce::Gtd, Some(date)) if date <= now => return Err(OrderFault::PastDate { date }),
        (TimeInForce::Day | TimeInForce::Gtc | TimeInForce::Ioc, Some(_)) => {
            let time_in_force = order.time_in_force.as_str();
            return Err(OrderFault::UnusedDate { time_in_force });
        }
        _ => {}
    }
    check_rules(order, rules)
}

fn check_quantity(quantity: Decimal) -> Result<(), OrderFault> {
    if quantity <= Decimal::ZERO {
        Err(OrderFault::NoQuantity { quantity })
    } else if !quantity.fract().is_zero() {
        Err(OrderFault::Fraction { quantity })
    } else if quantity > Decimal::from(MOST_SHARES) {
        Err(OrderFault::TooManyShares { quantity })
    } else {
        Ok(())
    }
}

fn check_prices(order: &OrderToCheck<'_>) -> Result<(), OrderFault> {
    let on_tick = |name: &'static str, price: Decimal| {
        if price <= Decimal::ZERO {
            return Err(OrderFault::NoPrice { name, price });
        }
        if order.instrument.is_on_tick(price) {
            return Ok(());
        }
        let tick_size = order.instrument.tick_size_at(price);
        let nearest = order.instrument.round_to_tick(price);
        Err(OrderFault::OffTick { name, price, tick_size, nearest })
    };
    match order.terms {
        OrderTerms::Market => Ok(()),
        OrderTerms::Limit { limit_price } => on_tick("limit price", limit_price),
        OrderTerms::Stop { stop_price } => on_tick("stop price", stop_price),
        OrderTerms::StopLimit { stop_price, limit_price } => {
            on_tick("stop price", stop_price)?;
            on_tick("limit price", limit_price)
        }
        OrderTerms::TrailingStop { trail, stop_price } => {
            on_tick("stop price", stop_price)?;
            match trail {
                Trail::Amount(amount) => on_tick("trail", amount),
                Trail::Percent(percent)
                    if percent > Decimal::ZERO && percent < Decimal::ONE_HUNDRED =>
                {
                    Ok(())
                }
                Trail::Percent(percent) => Err(OrderFault::TrailPercent { percent }),
            }
        }
    }
}

fn check_rules(order: &OrderToCheck<'_>, rules: Option<&TradingRules>) -> Result<(), OrderFault> {
    let symbol = || order.instrument.symbol.clone();
    let Some(rules) = rules else {
        // IBKR describes no date for an order, so that its rules must at least list GTD.
        return match order.time_in_force {
            TimeInForce::Gtd => Err(OrderFault::DateNotOffered { symbol: symbol() }),
            TimeInForce::Day | TimeInForce::Gtc | TimeInForce::Ioc => Ok(()),
        };
    };
    if let Some(words) = rules.error.clone() {
        return Err(OrderFault::NoRules { symbol: symbol(), words });
    }
    let account = order.account.as_str();
    if !rules.accounts.is_empty() && !rules.accounts.iter().any(|named| named == account) {
        return Err(OrderFault::AccountMayNot { account: account.into(), symbol: symbol() });
    }
    let order_type = rule_name(order.terms.order_type());
    if !rules.order_types.is_empty() && !rules.order_types.iter().any(|o| o == order_type) {
        let offered = shown(rules.order_types.iter().map(String::as_str));
        return Err(OrderFault::TypeNotOffered { order_type, symbol: symbol(), offered });
    }
    check_time_in_force(order, rules, order_type)
}

fn check_time_in_force(
    order: &OrderToCheck<'_>,
    rules: &TradingRules,
    order_type: &'static str,
) -> Result<(), OrderFault> {
    let symbol = order.instrument.symbol.clone();
    let time_in_force = order.time_in_force.as_str();
    let named = rules.times_in_force.iter().find(|rule| {
        rule.name == time_in_force
            && (rule.order_types.is_empty() || rule.order_types.iter().any(|o| o == order_type))
    });
    let Some(rule) = named else {
        return match order.time_in_force {
            TimeInForce::Gtd => Err(OrderFault::DateNotOffered { symbol }),
            _ if rules.times_in_force.is_empty() => Ok(()),
            _ => {
                let offered = shown(rules.times_in_force.iter().map(|rule| rule.name.as_str()));
                Err(OrderFault::TimeNotOffered { time_in_force, order_type, symbol, offered })
            }
        };
    };
    let is_offered_outside = rule.is_for_outside_hours
        && (rules.order_types_outside.is_empty()
            || rules.order_types_outside.iter().any(|o| o == order_type));
    if order.outside_regular_hours && !is_offered_outside {
        return Err(OrderFault::OutsideNotOffered { order_type, symbol });
    }
    Ok(())
}

/// The name of an order type in the rules of a contract.
fn rule_name(order_type: OrderType) -> &'static str {
    // IBKR's words in `orderTypes` are those of our own rows.
    order_type.as_str()
}

fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    parse::bounded(&names.collect::<Vec<_>>().join(", "), 200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::ibkr::sample_instrument;
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-01-05T15:30:00Z".parse().unwrap()
    }

    fn rules(value: &Value) -> TradingRules {
        TradingRules::read(&record::<ContractRules>(value).unwrap(), now())
    }

    fn usual() -> Value {
        json!({
            "canTradeAcctIds": ["DU2000002"], "error": null,
            "orderTypes": ["limit", "market", "stop", "stop_limit", "trailing_stop"],
            "orderTypesOutside": ["limit"],
            "tifTypes": ["IOC/MARKET,LIMIT,a", "GTC/o,a", "DAY/o,a", "GTD/o,a"],
        })
    }

    /// An order that passes, changed by `change`, against the usual rules changed by `rule`.
    fn fault(
        change: impl FnOnce(&mut OrderToCheck<'_>),
        rule: Option<(&str, Value)>,
    ) -> Option<String> {
        let account = AccountId::new("DU2000002").unwrap();
        let instrument = sample_instrument();
        let mut order = OrderToCheck {
            account: &account,
            instrument: &instrument,
            quantity: Decimal::TEN,
            terms: OrderTerms::Limit { limit_price: "71.20".parse().unwrap() },
            time_in_force: TimeInForce::Day,
            good_till: None,
            outside_regular_hours: false,
        };
        change(&mut order);
        let mut value = usual();
        if let Some((key, new)) = rule {
            value[key] = new;
        }
        check(&order, Some(&rules(&value)), now()).err().map(|fault| fault.to_string())
    }

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn an_order_within_the_rules_passes() {
        assert_eq!(fault(|_| (), None), None);
        assert_eq!(fault(|order| order.outside_regular_hours = true, None), None);
        assert_eq!(fault(|order| order.time_in_force = TimeInForce::Ioc, None), None);
        let trailing = OrderTerms::TrailingStop {
            trail: Trail::Percent(number("2.5")),
            stop_price: number("70"),
        };
        assert_eq!(fault(|order| order.terms = trailing, None), None);
        assert_eq!(fault(|_| (), Some(("canTradeAcctIds", json!(null)))), None, "says nothing");
    }

    #[test]
    fn b7_each_input_that_is_wrong_ends_in_a_sentence_that_says_what_to_do() {
        let limit = |text: &str| OrderTerms::Limit { limit_price: number(text) };
        let with_terms = |terms| fault(|order| order.terms = terms, None).unwrap();
        let with_quantity =
            |text: &str| fault(|order| order.quantity = number(text), None).unwrap();
        let with_rule = |key, value| fault(|_| (), Some((key, value))).unwrap();
        let trail = |trail| OrderTerms::TrailingStop { trail, stop_price: number("70") };
        let cases = [
            (with_quantity("0"), "order one share or more"),
            (with_quantity("1.5"), "order whole shares"),
            (with_quantity("1000001"), "check it"),
            (with_terms(limit("71.203")), "the tick 0.01; use 71.2"),
            (with_terms(limit("0")), "give a price above zero"),
            (with_terms(trail(Trail::Percent(number("100")))), "less than 100"),
            (with_terms(trail(Trail::Amount(number("0")))), "the trail is 0"),
            (with_rule("orderTypes", json!(["market"])), "it offers market"),
            (with_rule("tifTypes", json!(["GTC/o,a"])), "it offers GTC"),
            (with_rule("tifTypes", json!(["DAY/MARKET,a"])), "no DAY for a limit order"),
            (with_rule("canTradeAcctIds", json!(["DU3000003"])), "Trading Permissions"),
            (with_rule("error", json!("No trading permission")), "No trading permission"),
        ];
        for (sentence, expected) in cases {
            assert!(sentence.contains(expected), "{sentence}");
        }
        let outside = fault(
            |order| {
                order.terms = OrderTerms::Market;
                order.outside_regular_hours = true;
            },
            None,
        );
        assert!(outside.unwrap().contains("regular hours only"));
    }

    #[test]
    fn a_date_goes_only_where_the_rules_list_gtd() {
        let till = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let dated = |good_till, rule| {
            fault(
                |order| {
                    order.time_in_force = TimeInForce::Gtd;
                    order.good_till = good_till;
                },
                rule,
            )
        };
        assert_eq!(dated(till("2026-01-09T21:00:00Z"), None), None);
        assert!(dated(None, None).unwrap().contains("name the date"));
        assert!(dated(till("2026-01-02T21:00:00Z"), None).unwrap().contains("is past"));
        let unlisted = Some(("tifTypes", json!(["DAY/o,a"])));
        assert!(dated(till("2026-01-09T21:00:00Z"), unlisted).unwrap().contains("use GTC"));
        let day = fault(|order| order.good_till = till("2026-01-09T21:00:00Z"), None);
        assert!(day.unwrap().contains("only GTD"));
    }
}
