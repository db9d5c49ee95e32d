//! The rules that look beyond the one entry: locks, losses, and how much stands in one symbol.

use rust_decimal::Decimal;

use super::{Bound, EntryRequest, Gate, Limits, percent_of};
use crate::domain::records::{
    AccountState, LimitOwner, LossStanding, RiskParameters, RiskStanding, RuleVerdict,
};
use crate::domain::round_to_cents;

impl Gate {
    /// One row for each lock in force, or one that says that there is none.
    pub(super) fn locks(&mut self, standing: &RiskStanding) {
        for lock in &standing.locks {
            let opens = lock.unlocks_at.map_or_else(
                || "locked until a person opens it".to_owned(),
                |at| format!("locked until {at}"),
            );
            self.push(
                &lock.kind,
                "no lock".into(),
                opens,
                None,
                RuleVerdict::Refuse,
                lock.sentence.clone(),
            );
        }
        if standing.locks.is_empty() {
            let detail = match standing.protections {
                0 => "No lock is in force.".to_owned(),
                1 => "The strategy's protection sees no cause to lock.".to_owned(),
                count => format!("None of the strategy's {count} protections locks."),
            };
            self.push("locks", "no lock".into(), "none".into(), None, RuleVerdict::Pass, detail);
        }
    }

    /// Losses of the day and distance from the highest value, of the strategy and of the account.
    pub(super) fn losses(&mut self, risk: &RiskParameters, standing: &RiskStanding) {
        let limits = &standing.limits;
        let (own, all) = (LimitOwner::Strategy, LimitOwner::Account);
        self.daily_loss(risk.maximum_daily_loss_percent, &standing.strategy, own);
        self.daily_loss(limits.maximum_daily_loss_percent, &standing.account, all);
        self.drawdown(risk.maximum_drawdown_percent, &standing.strategy, own);
        self.drawdown(limits.maximum_drawdown_percent, &standing.account, all);
        self.straight_losses(risk.warn_straight_losses, &standing.strategy, own);
        self.straight_losses(limits.warn_straight_losses, &standing.account, all);
    }

    fn daily_loss(&mut self, most: Option<Decimal>, standing: &LossStanding, owner: LimitOwner) {
        let Some(most) = most else { return };
        let (loss, percent) = (standing.loss_today, standing.loss_today_percent);
        let who = name(owner);
        let (verdict, detail) = if percent < most {
            (RuleVerdict::Pass, format!("{who} has lost {loss} USD since the last close."))
        } else if standing.is_lifted_today {
            (
                RuleVerdict::Warn,
                format!(
                    "{who} has lost {loss} USD since the last close, beyond its limit of {most} %; \
                     a person opened entries for today all the same."
                ),
            )
        } else {
            (
                RuleVerdict::Refuse,
                format!(
                    "{who} has lost {loss} USD since the last close, and its limit stops entries \
                     for the day at {most} % of the equity."
                ),
            )
        };
        self.push(
            "maximum_daily_loss",
            format!("{most} %"),
            format!("{percent} %"),
            percent_of(percent, most),
            verdict,
            detail,
        );
        self.whose(owner);
    }

    fn drawdown(&mut self, most: Option<Decimal>, standing: &LossStanding, owner: LimitOwner) {
        let Some(most) = most else { return };
        let percent = standing.drawdown_percent;
        let passed = percent < most;
        let who = name(owner);
        self.push(
            "maximum_drawdown",
            format!("{most} %"),
            format!("{percent} %"),
            percent_of(percent, most),
            verdict(passed),
            if passed {
                format!("{who} stands {percent} % below its highest.")
            } else {
                format!(
                    "{who} stands {percent} % below its highest, and its limit stops entries at \
                     {most} % until a person lifts it."
                )
            },
        );
        self.whose(owner);
    }

    fn straight_losses(&mut self, most: Option<u32>, standing: &LossStanding, owner: LimitOwner) {
        let Some(most) = most else { return };
        let losses = standing.straight_losses;
        let is_calm = losses <= most;
        let who = name(owner);
        self.push(
            "straight_losses",
            format!("a warning above {most}"),
            losses.to_string(),
            percent_of(Decimal::from(losses), Decimal::from(most)),
            if is_calm { RuleVerdict::Pass } else { RuleVerdict::Warn },
            if is_calm {
                format!("{who} has {losses} losing trades in a row.")
            } else {
                format!("{who} has {losses} losing trades in a row, more than {most}.")
            },
        );
        self.whose(owner);
    }

    /// The target must promise this much on the entry.
    pub(super) fn minimum_return(&mut self, request: &EntryRequest, least: Option<Bound<Decimal>>) {
        let Some(least) = least else { return };
        let reward = request.target_price - request.entry_price;
        let promised = percent_of(reward, request.entry_price).unwrap_or_default();
        let passed = promised >= least.value;
        self.push(
            "minimum_return",
            format!("{} %", least.value),
            format!("{promised} %"),
            None,
            verdict(passed),
            format!(
                "The target {} promises {promised} % on {}; {} % is the least.",
                request.target_price, request.entry_price, least.value
            ),
        );
        self.whose(least.owner);
    }

    /// Everything in one symbol, over all strategies, with this order.
    pub(super) fn concentration(
        &mut self,
        request: &EntryRequest,
        limits: &Limits,
        account: &AccountState,
        standing: &RiskStanding,
    ) {
        let (equity, price) = (account.net_liquidation, request.entry_price);
        let held = standing.symbol_exposure;
        let symbol = &request.instrument.symbol;
        if let Some(most) = limits.maximum_concentration_percent {
            let limit = equity * most.value / Decimal::ONE_HUNDRED;
            let room = (limit - held).max(Decimal::ZERO);
            let shares = if price > Decimal::ZERO { room / price } else { Decimal::ZERO };
            self.clamp(
                "maximum_concentration",
                shares,
                format!("{} % of equity ({} USD) in {symbol}", most.value, round_to_cents(limit)),
                |quantity| format!("{} USD", round_to_cents(held + quantity * price)),
                |quantity| percent_of(held + quantity * price, limit),
            );
            self.whose(most.owner);
        } else if let Some(warn) = limits.warn_concentration_percent {
            let limit = equity * warn.value / Decimal::ONE_HUNDRED;
            let after = held + self.quantity * price;
            self.push(
                "concentration",
                format!(
                    "a warning above {} % of equity ({} USD)",
                    warn.value,
                    round_to_cents(limit)
                ),
                format!("{} USD", round_to_cents(after)),
                percent_of(after, limit),
                RuleVerdict::Pass,
                format!("{} USD in {symbol} over all strategies.", round_to_cents(after)),
            );
            self.whose(warn.owner);
        }
        if let Some(warn) = limits.warn_concentration_percent {
            let after = held + self.quantity * price;
            self.warn_above(after, equity, warn, &format!("in {symbol} over all strategies"));
        }
    }
}

fn verdict(passed: bool) -> RuleVerdict {
    if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse }
}

fn name(owner: LimitOwner) -> &'static str {
    match owner {
        LimitOwner::Strategy => "The strategy",
        LimitOwner::Account => "The account",
    }
}
