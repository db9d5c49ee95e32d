mod bounds;
mod standing;

use rust_decimal::{Decimal, RoundingStrategy};

use super::limits::{Bound, Limits};
use super::{RiskApproved, fixed_commission};
use crate::domain::records::{
    AccountLimits, AccountState, ApprovedTerms, CheckRiskOutput, LimitOwner, MandateState,
    RiskParameters, RiskRule, RiskStanding, RuleVerdict, SizeArithmetic,
};
use crate::domain::{
    AccountId, BracketIntent, ExecutionId, Instrument, OrderIntent, round_to_cents,
};

/// A BUY that asks to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRequest {
    /// The execution that decided it.
    pub execution_id: ExecutionId,
    /// The account that would trade.
    pub account_id: AccountId,
    /// What would be traded.
    pub instrument: Instrument,
    /// Limit price, on the tick.
    pub entry_price: Decimal,
    /// Stop price, on the tick.
    pub stop_price: Decimal,
    /// Target, on the tick.
    pub target_price: Decimal,
}

/// What the gate says, and, if it lets the order pass, the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateDecision {
    /// For the record.
    pub output: CheckRiskOutput,
    /// Present exactly if `output.approved`.
    pub approved: Option<RiskApproved<OrderIntent>>,
}

/// What binds an entry beside the strategy's own limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryBounds<'a> {
    /// The mandate of live trading.
    pub mandate: Option<&'a MandateState>,
    /// What a person approved.
    pub approved: Option<&'a ApprovedTerms>,
    /// Limits of the account, losses and locks.
    pub standing: Option<&'a RiskStanding>,
}

/// Sizes a BUY and checks it against every limit (workflow.md B1.2, B4.1, B4.2 and §2).
pub fn check_entry(
    request: EntryRequest,
    risk: &RiskParameters,
    account: &AccountState,
) -> GateDecision {
    check_bounded_entry(request, risk, account, EntryBounds::default())
}

/// As [`check_entry`], inside a mandate, or after a person's yes, or both.
pub fn check_bounded_entry(
    request: EntryRequest,
    risk: &RiskParameters,
    account: &AccountState,
    bounds: EntryBounds<'_>,
) -> GateDecision {
    let mut gate = Gate { rules: Vec::new(), quantity: Decimal::ZERO };
    let none = AccountLimits::default();
    let limits = Limits::of(risk, bounds.standing.map_or(&none, |standing| &standing.limits));
    gate.halt(account);
    gate.entries_open(account);
    if let Some(standing) = bounds.standing {
        gate.locks(standing);
        gate.losses(risk, standing);
    }
    gate.mandate_limits(bounds.mandate);
    gate.approval(&request, bounds.approved);
    gate.one_position_per_symbol(&request, account);
    let risk_per_share = request.entry_price - request.stop_price;
    gate.minimum_r(&request, limits.minimum_r, risk_per_share);
    gate.minimum_return(&request, limits.minimum_return_percent);
    let size = gate.risk_per_trade(limits.risk_per_trade_percent, account, risk_per_share);
    gate.capital(&request, account);
    gate.maximum_shares(limits.maximum_position_shares);
    gate.maximum_percent(&request, limits.maximum_position_percent, account);
    gate.maximum_exposure(&request, &limits, account);
    if let Some(standing) = bounds.standing {
        gate.concentration(&request, &limits, account, standing);
    }
    gate.open_positions(limits.maximum_open_positions, account);
    gate.bounded_quantity(&request, bounds);
    gate.at_least_one_share();
    gate.finish(request, size)
}

/// A rule that has nothing to say here.
pub(super) fn not_applicable(rule: &str, detail: &str) -> RiskRule {
    RiskRule {
        rule: rule.to_owned(),
        limit: "–".to_owned(),
        value: "–".to_owned(),
        used_percent: None,
        verdict: RuleVerdict::NotApplicable,
        detail: detail.to_owned(),
        limit_of: None,
    }
}

fn whole_shares(quantity: Decimal) -> Decimal {
    quantity.round_dp_with_strategy(0, RoundingStrategy::ToZero).max(Decimal::ZERO)
}

fn percent_of(value: Decimal, limit: Decimal) -> Option<Decimal> {
    value.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(limit).map(round_to_cents)
}

struct Gate {
    rules: Vec<RiskRule>,
    quantity: Decimal,
}

impl Gate {
    fn push(
        &mut self,
        rule: &str,
        limit: String,
        value: String,
        used_percent: Option<Decimal>,
        verdict: RuleVerdict,
        detail: String,
    ) {
        let rule = rule.to_owned();
        let limit_of = None;
        self.rules.push(RiskRule { rule, limit, value, used_percent, verdict, detail, limit_of });
    }

    /// Says whose limit the last rule was.
    fn whose(&mut self, owner: LimitOwner) {
        if let Some(rule) = self.rules.last_mut() {
            rule.limit_of = Some(owner);
        }
    }

    fn halt(&mut self, account: &AccountState) {
        let (verdict, detail) = if account.halted {
            (RuleVerdict::Refuse, "Trading is halted; resume it to open positions again.")
        } else {
            (RuleVerdict::Pass, "Trading is not halted.")
        };
        let value = if account.halted { "halted" } else { "not halted" };
        self.push("halt", "not halted".into(), value.into(), None, verdict, detail.into());
    }

    fn entries_open(&mut self, account: &AccountState) {
        let is_open = account.closures.is_empty();
        let (verdict, value, detail) = if is_open {
            (RuleVerdict::Pass, "open", "The session is watched and reconciled.".to_owned())
        } else {
            (RuleVerdict::Refuse, "closed", account.closures.join(" "))
        };
        self.push("entries_open", "open".into(), value.into(), None, verdict, detail);
    }

    fn one_position_per_symbol(&mut self, request: &EntryRequest, account: &AccountState) {
        let symbol = &request.instrument.symbol;
        let (verdict, value, detail) = if account.has_working_entry {
            (
                RuleVerdict::Refuse,
                "an entry is working".to_owned(),
                format!("An order of this strategy to open {symbol} is working or unresolved."),
            )
        } else if account.held_quantity > Decimal::ZERO {
            (
                RuleVerdict::Refuse,
                format!("{} shares held", account.held_quantity),
                format!("This strategy already holds {} {symbol}.", account.held_quantity),
            )
        } else {
            (RuleVerdict::Pass, "none".to_owned(), format!("This strategy holds no {symbol}."))
        };
        self.push("one_position_per_symbol", "1".into(), value, None, verdict, detail);
    }

    fn minimum_r(&mut self, request: &EntryRequest, minimum: Bound<Decimal>, per_share: Decimal) {
        let reward = request.target_price - request.entry_price;
        let r = if per_share > Decimal::ZERO { reward / per_share } else { Decimal::ZERO };
        let passed = per_share > Decimal::ZERO && r >= minimum.value;
        let shown = round_to_cents(r);
        self.push(
            "minimum_r",
            format!("{} R", minimum.value),
            format!("{shown} R"),
            None,
            if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse },
            if per_share <= Decimal::ZERO {
                format!(
                    "The stop {} is not below the entry {}.",
                    request.stop_price, request.entry_price
                )
            } else {
                format!("Risks {per_share} a share for {reward}: 1:{shown}.")
            },
        );
        self.whose(minimum.owner);
    }

    fn risk_per_trade(
        &mut self,
        percent: Bound<Decimal>,
        account: &AccountState,
        risk_per_share: Decimal,
    ) -> SizeArithmetic {
        let capital = account.available_funds.max(Decimal::ZERO);
        let risk_amount = round_to_cents(capital * percent.value / Decimal::ONE_HUNDRED);
        let by_risk = if risk_per_share > Decimal::ZERO {
            whole_shares(risk_amount / risk_per_share)
        } else {
            Decimal::ZERO
        };
        self.quantity = by_risk;
        self.push(
            "risk_per_trade",
            format!("{risk_amount} USD"),
            format!("{} USD", round_to_cents(by_risk * risk_per_share)),
            percent_of(by_risk * risk_per_share, risk_amount),
            if by_risk >= Decimal::ONE { RuleVerdict::Pass } else { RuleVerdict::Refuse },
            format!(
                "{} % of {capital} = {risk_amount}; ÷ {risk_per_share} = {by_risk} shares.",
                percent.value
            ),
        );
        self.whose(percent.owner);
        SizeArithmetic {
            capital,
            risk_percent: percent.value,
            risk_amount,
            risk_per_share,
            quantity_by_risk: by_risk,
            quantity: Decimal::ZERO,
        }
    }

    /// Cuts the quantity down to `most` and reports it.
    fn clamp(
        &mut self,
        rule: &str,
        most: Decimal,
        limit: String,
        unit_value: impl Fn(Decimal) -> String,
        used_percent: impl Fn(Decimal) -> Option<Decimal>,
    ) {
        let wanted = self.quantity;
        let allowed = whole_shares(wanted.min(most));
        self.quantity = allowed;
        let (verdict, detail) = if allowed == wanted {
            (RuleVerdict::Pass, format!("{} is within {limit}.", unit_value(wanted)))
        } else if allowed >= Decimal::ONE {
            (
                RuleVerdict::Adjusted,
                format!("Cut from {wanted} to {allowed} shares to stay within {limit}."),
            )
        } else {
            (RuleVerdict::Refuse, format!("Not even one share fits within {limit}."))
        };
        let used = used_percent(allowed);
        self.push(rule, limit, unit_value(allowed), used, verdict, detail);
    }

    fn capital(&mut self, request: &EntryRequest, account: &AccountState) {
        let price = request.entry_price;
        let funds = account.available_funds.max(Decimal::ZERO);
        let mut most =
            if price > Decimal::ZERO { whole_shares(funds / price) } else { Decimal::ZERO };
        while most >= Decimal::ONE && most * price + fixed_commission(most, price) > funds {
            most -= Decimal::ONE;
        }
        self.clamp(
            "capital",
            most,
            format!("{funds} USD available"),
            |quantity| format!("{} USD", round_to_cents(quantity * price)),
            |quantity| percent_of(quantity * price, funds),
        );
    }

    fn maximum_shares(&mut self, shares: Bound<Decimal>) {
        let most = shares.value;
        self.clamp(
            "maximum_position_shares",
            most,
            format!("{most} shares"),
            |quantity| format!("{quantity} shares"),
            |quantity| percent_of(quantity, most),
        );
        self.whose(shares.owner);
    }

    fn maximum_percent(
        &mut self,
        request: &EntryRequest,
        percent: Bound<Decimal>,
        account: &AccountState,
    ) {
        let limit = account.net_liquidation * percent.value / Decimal::ONE_HUNDRED;
        let price = request.entry_price;
        let most = if price > Decimal::ZERO { limit / price } else { Decimal::ZERO };
        self.clamp(
            "maximum_position_percent",
            most,
            format!("{} % of equity ({} USD)", percent.value, round_to_cents(limit)),
            |quantity| format!("{} USD", round_to_cents(quantity * price)),
            |quantity| percent_of(quantity * price, limit),
        );
        self.whose(percent.owner);
    }

    fn maximum_exposure(
        &mut self,
        request: &EntryRequest,
        limits: &Limits,
        account: &AccountState,
    ) {
        let (most_percent, warn_percent) =
            (limits.maximum_exposure_percent, limits.warn_exposure_percent);
        let equity = account.net_liquidation;
        let limit = equity * most_percent.value / Decimal::ONE_HUNDRED;
        let price = request.entry_price;
        let room = (limit - account.exposure).max(Decimal::ZERO);
        let most = if price > Decimal::ZERO { room / price } else { Decimal::ZERO };
        let exposure = account.exposure;
        self.clamp(
            "maximum_exposure",
            most,
            format!("{} % of equity ({} USD)", most_percent.value, round_to_cents(limit)),
            |quantity| format!("{} USD", round_to_cents(exposure + quantity * price)),
            |quantity| percent_of(exposure + quantity * price, limit),
        );
        self.whose(most_percent.owner);
        let after = exposure + self.quantity * price;
        self.warn_above(after, equity, warn_percent, "in positions");
    }

    /// Turns the last rule into a warning if it passed and the value is above a share of the equity.
    fn warn_above(&mut self, value: Decimal, equity: Decimal, percent: Bound<Decimal>, of: &str) {
        if let Some(rule) = self.rules.last_mut()
            && rule.verdict == RuleVerdict::Pass
            && value > equity * percent.value / Decimal::ONE_HUNDRED
        {
            rule.verdict = RuleVerdict::Warn;
            rule.limit_of = Some(percent.owner);
            rule.detail = format!(
                "{} USD {of} is above {} % of the equity, where a warning begins.",
                round_to_cents(value),
                percent.value
            );
        }
    }

    fn open_positions(&mut self, most: Bound<u32>, account: &AccountState) {
        let after = account.open_positions + 1;
        let passed = after <= most.value;
        self.push(
            "maximum_open_positions",
            most.value.to_string(),
            after.to_string(),
            percent_of(Decimal::from(after), Decimal::from(most.value)),
            if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse },
            format!("With this one, {after} of {} positions.", most.value),
        );
        self.whose(most.owner);
    }

    fn at_least_one_share(&mut self) {
        let passed = self.quantity >= Decimal::ONE;
        self.push(
            "at_least_one_share",
            "1 share".into(),
            format!("{} shares", self.quantity),
            None,
            if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse },
            if passed {
                format!("{} whole shares remain after all limits.", self.quantity)
            } else {
                "No whole share remains, and a size is never rounded up.".to_owned()
            },
        );
    }

    fn finish(self, request: EntryRequest, mut size: SizeArithmetic) -> GateDecision {
        let refusal = self.rules.iter().find(|rule| rule.verdict == RuleVerdict::Refuse);
        let approved = refusal.is_none();
        let quantity = if approved { self.quantity } else { Decimal::ZERO };
        size.quantity = quantity;
        let sentence = match refusal {
            Some(rule) if rule.limit_of == Some(LimitOwner::Account) => {
                format!("Refused by {} of the account: {}", rule.rule, rule.detail)
            }
            Some(rule) => format!("Refused by {}: {}", rule.rule, rule.detail),
            None => format!(
                "{} % of {} = {}; ÷ {} = {} shares; {} after every limit.",
                size.risk_percent,
                size.capital,
                size.risk_amount,
                size.risk_per_share,
                size.quantity_by_risk,
                quantity
            ),
        };
        let output =
            CheckRiskOutput { approved, size: Some(size), quantity, rules: self.rules, sentence };
        let approved = approved.then(|| {
            RiskApproved::new(OrderIntent::Bracket(BracketIntent {
                execution_id: request.execution_id,
                account_id: request.account_id,
                instrument: request.instrument,
                quantity,
                limit_price: request.entry_price,
                stop_price: request.stop_price,
                target_price: request.target_price,
            }))
        });
        GateDecision { output, approved }
    }
}

#[cfg(test)]
mod standing_tests;
#[cfg(test)]
mod tests;
