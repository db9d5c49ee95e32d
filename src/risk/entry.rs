use rust_decimal::{Decimal, RoundingStrategy};

use super::{RiskApproved, fixed_commission};
use crate::domain::records::{
    AccountState, CheckRiskOutput, RiskParameters, RiskRule, RuleVerdict, SizeArithmetic,
};
use crate::domain::{AccountId, BracketIntent, ExecutionId, Instrument, OrderIntent};

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

/// Sizes a BUY and checks it against every limit (workflow.md B1.2, B4.1, B4.2 and §2).
pub fn check_entry(
    request: EntryRequest,
    risk: &RiskParameters,
    account: &AccountState,
) -> GateDecision {
    let mut gate = Gate { rules: Vec::new(), quantity: Decimal::ZERO };
    gate.halt(account);
    gate.one_position_per_symbol(&request, account);
    let risk_per_share = request.entry_price - request.stop_price;
    gate.minimum_r(&request, risk, risk_per_share);
    let size = gate.risk_per_trade(risk, account, risk_per_share);
    gate.capital(&request, account);
    gate.maximum_shares(risk);
    gate.maximum_percent(&request, risk, account);
    gate.maximum_exposure(&request, risk, account);
    gate.open_positions(risk, account);
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
    }
}

fn whole_shares(quantity: Decimal) -> Decimal {
    quantity.round_dp_with_strategy(0, RoundingStrategy::ToZero).max(Decimal::ZERO)
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn percent_of(value: Decimal, limit: Decimal) -> Option<Decimal> {
    value.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(limit).map(cents)
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
        self.rules.push(RiskRule { rule, limit, value, used_percent, verdict, detail });
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

    fn minimum_r(&mut self, request: &EntryRequest, risk: &RiskParameters, per_share: Decimal) {
        let reward = request.target_price - request.entry_price;
        let r = if per_share > Decimal::ZERO { reward / per_share } else { Decimal::ZERO };
        let passed = per_share > Decimal::ZERO && r >= risk.minimum_r;
        let shown = cents(r);
        self.push(
            "minimum_r",
            format!("{} R", risk.minimum_r),
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
    }

    fn risk_per_trade(
        &mut self,
        risk: &RiskParameters,
        account: &AccountState,
        risk_per_share: Decimal,
    ) -> SizeArithmetic {
        let capital = account.available_funds.max(Decimal::ZERO);
        let risk_amount = cents(capital * risk.risk_per_trade_percent / Decimal::ONE_HUNDRED);
        let by_risk = if risk_per_share > Decimal::ZERO {
            whole_shares(risk_amount / risk_per_share)
        } else {
            Decimal::ZERO
        };
        self.quantity = by_risk;
        self.push(
            "risk_per_trade",
            format!("{risk_amount} USD"),
            format!("{} USD", cents(by_risk * risk_per_share)),
            percent_of(by_risk * risk_per_share, risk_amount),
            if by_risk >= Decimal::ONE { RuleVerdict::Pass } else { RuleVerdict::Refuse },
            format!(
                "{} % of {capital} = {risk_amount}; ÷ {risk_per_share} = {by_risk} shares.",
                risk.risk_per_trade_percent
            ),
        );
        SizeArithmetic {
            capital,
            risk_percent: risk.risk_per_trade_percent,
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
            |quantity| format!("{} USD", cents(quantity * price)),
            |quantity| percent_of(quantity * price, funds),
        );
    }

    fn maximum_shares(&mut self, risk: &RiskParameters) {
        let most = risk.maximum_position_shares;
        self.clamp(
            "maximum_position_shares",
            most,
            format!("{most} shares"),
            |quantity| format!("{quantity} shares"),
            |quantity| percent_of(quantity, most),
        );
    }

    fn maximum_percent(
        &mut self,
        request: &EntryRequest,
        risk: &RiskParameters,
        account: &AccountState,
    ) {
        let limit = account.net_liquidation * risk.maximum_position_percent / Decimal::ONE_HUNDRED;
        let price = request.entry_price;
        let most = if price > Decimal::ZERO { limit / price } else { Decimal::ZERO };
        self.clamp(
            "maximum_position_percent",
            most,
            format!("{} % of equity ({} USD)", risk.maximum_position_percent, cents(limit)),
            |quantity| format!("{} USD", cents(quantity * price)),
            |quantity| percent_of(quantity * price, limit),
        );
    }

    fn maximum_exposure(
        &mut self,
        request: &EntryRequest,
        risk: &RiskParameters,
        account: &AccountState,
    ) {
        let equity = account.net_liquidation;
        let limit = equity * risk.maximum_exposure_percent / Decimal::ONE_HUNDRED;
        let warn_at = equity * risk.warn_exposure_percent / Decimal::ONE_HUNDRED;
        let price = request.entry_price;
        let room = (limit - account.exposure).max(Decimal::ZERO);
        let most = if price > Decimal::ZERO { room / price } else { Decimal::ZERO };
        let exposure = account.exposure;
        self.clamp(
            "maximum_exposure",
            most,
            format!("{} % of equity ({} USD)", risk.maximum_exposure_percent, cents(limit)),
            |quantity| format!("{} USD", cents(exposure + quantity * price)),
            |quantity| percent_of(exposure + quantity * price, limit),
        );
        let after = exposure + self.quantity * price;
        if let Some(rule) = self.rules.last_mut()
            && rule.verdict == RuleVerdict::Pass
            && after > warn_at
        {
            rule.verdict = RuleVerdict::Warn;
            rule.detail = format!(
                "{} USD in positions is above {} % of the equity, where a warning begins.",
                cents(after),
                risk.warn_exposure_percent
            );
        }
    }

    fn open_positions(&mut self, risk: &RiskParameters, account: &AccountState) {
        let after = account.open_positions + 1;
        let passed = after <= risk.maximum_open_positions;
        self.push(
            "maximum_open_positions",
            risk.maximum_open_positions.to_string(),
            after.to_string(),
            percent_of(Decimal::from(after), Decimal::from(risk.maximum_open_positions)),
            if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse },
            format!("With this one, {after} of {} positions.", risk.maximum_open_positions),
        );
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Conid;
    use crate::strategy::default_risk_parameters;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn request(entry: &str, stop: &str, target: &str) -> EntryRequest {
        EntryRequest {
            execution_id: ExecutionId::new("sample_1").unwrap(),
            account_id: AccountId::new("DU1000001").unwrap(),
            instrument: Instrument {
                conid: Conid(265_598),
                symbol: "AAPL".into(),
                company_name: "APPLE INC".into(),
                exchange: "NASDAQ".into(),
                currency: "USD".into(),
                tick_size: decimal("0.01"),
            },
            entry_price: decimal(entry),
            stop_price: decimal(stop),
            target_price: decimal(target),
        }
    }

    fn account(cash: &str) -> AccountState {
        AccountState {
            net_liquidation: decimal(cash),
            cash: decimal(cash),
            available_funds: decimal(cash),
            exposure: Decimal::ZERO,
            open_positions: 0,
            held_quantity: Decimal::ZERO,
            has_working_entry: false,
            halted: false,
        }
    }

    fn verdict(decision: &GateDecision, rule: &str) -> RuleVerdict {
        decision.output.rules.iter().find(|candidate| candidate.rule == rule).unwrap().verdict
    }

    #[test]
    fn b1_2_quantity_is_the_risk_amount_by_the_risk_per_share() {
        let mut risk = default_risk_parameters();
        risk.maximum_position_percent = Decimal::ONE_HUNDRED;
        let decision =
            check_entry(request("567.40", "541.12", "620"), &risk, &account("100412.18"));
        assert!(decision.output.approved, "{}", decision.output.sentence);
        assert_eq!(decision.output.quantity, decimal("38"));
        assert_eq!(decision.output.size.unwrap().risk_amount, decimal("1004.12"));
    }

    #[test]
    fn b4_1_a_buy_beyond_the_capital_is_cut_and_below_one_share_refused() {
        let mut risk = default_risk_parameters();
        risk.risk_per_trade_percent = decimal("5");
        risk.maximum_position_percent = Decimal::ONE_HUNDRED;
        risk.maximum_exposure_percent = Decimal::ONE_HUNDRED;
        let cut = check_entry(request("100", "99", "102"), &risk, &account("1000"));
        assert_eq!(verdict(&cut, "capital"), RuleVerdict::Adjusted);
        assert_eq!(cut.output.quantity, decimal("9"), "ten shares and the commission cost 1001");

        let refused = check_entry(request("1500", "1499", "1502"), &risk, &account("1000"));
        assert_eq!(verdict(&refused, "capital"), RuleVerdict::Refuse);
        assert!(refused.approved.is_none());
    }

    #[test]
    fn b4_2_a_size_above_the_maximum_is_cut_and_the_cut_is_told() {
        let mut risk = default_risk_parameters();
        risk.maximum_position_shares = decimal("10");
        let decision = check_entry(request("50", "49", "52"), &risk, &account("100000"));
        assert_eq!(decision.output.quantity, decimal("10"));
        assert_eq!(verdict(&decision, "maximum_position_shares"), RuleVerdict::Adjusted);
    }

    #[test]
    fn each_refusing_rule_refuses_by_itself() {
        let risk = default_risk_parameters();
        let mut halted = account("100000");
        halted.halted = true;
        let mut holding = account("100000");
        holding.held_quantity = Decimal::TEN;
        let mut waiting = account("100000");
        waiting.has_working_entry = true;
        let mut full = account("100000");
        full.open_positions = 10;
        let mut exposed = account("100000");
        exposed.exposure = decimal("90000");
        let cases = [
            (halted, "halt"),
            (holding, "one_position_per_symbol"),
            (waiting, "one_position_per_symbol"),
            (full, "maximum_open_positions"),
            (exposed, "maximum_exposure"),
        ];
        for (account, rule) in cases {
            let decision = check_entry(request("100", "95", "110"), &risk, &account);
            assert_eq!(verdict(&decision, rule), RuleVerdict::Refuse, "{rule}");
            assert!(decision.approved.is_none(), "{rule} let the order pass");
        }
        let poor = check_entry(request("100", "95", "104"), &risk, &account("100000"));
        assert_eq!(verdict(&poor, "minimum_r"), RuleVerdict::Refuse);
        let inverted = check_entry(request("100", "101", "110"), &risk, &account("100000"));
        assert!(inverted.approved.is_none(), "a stop above the entry passed");
    }

    #[test]
    fn the_exposure_warns_before_it_refuses() {
        let risk = default_risk_parameters();
        let mut account = account("100000");
        account.exposure = decimal("70000");
        let decision = check_entry(request("100", "95", "110"), &risk, &account);
        assert_eq!(verdict(&decision, "maximum_exposure"), RuleVerdict::Warn);
        assert!(decision.output.approved);
    }

    proptest! {
        /// Whatever the prices and the account, an approved order stays inside every limit.
        #[test]
        fn an_approved_order_is_inside_every_limit(
            entry in 1i64..200_000, stop_gap in -500i64..50_000, reward in -500i64..90_000,
            cash in 0i64..50_000_000, exposure in 0i64..50_000_000,
        ) {
            let cents = |value: i64| Decimal::new(value, 2);
            let risk = default_risk_parameters();
            let mut account = account("0");
            account.cash = cents(cash);
            account.available_funds = cents(cash);
            account.exposure = cents(exposure);
            account.net_liquidation = cents(cash + exposure);
            let mut request = request("1", "1", "1");
            request.entry_price = cents(entry);
            request.stop_price = cents(entry - stop_gap);
            request.target_price = cents(entry + reward);
            let decision = check_entry(request, &risk, &account);
            prop_assert_eq!(decision.approved.is_some(), decision.output.approved);
            if decision.output.approved {
                let quantity = decision.output.quantity;
                prop_assert!(quantity >= Decimal::ONE && quantity.is_integer());
                prop_assert!(quantity * cents(entry) <= account.available_funds);
                prop_assert!(quantity * cents(stop_gap) <= account.available_funds / Decimal::ONE_HUNDRED + Decimal::new(1, 2));
                prop_assert!(quantity * cents(entry) * Decimal::from(5) <= account.net_liquidation);
                prop_assert!(stop_gap > 0 && reward >= stop_gap);
            }
        }
    }
}
