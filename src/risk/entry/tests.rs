use proptest::prelude::*;

use super::*;
use crate::domain::Conid;
use crate::strategy::default_risk_parameters;

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn request(entry: &str, stop: &str, target: &str) -> EntryRequest {
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
            tick_bands: Vec::new(),
        },
        entry_price: decimal(entry),
        stop_price: decimal(stop),
        target_price: decimal(target),
    }
}

pub(super) fn account(cash: &str) -> AccountState {
    AccountState {
        net_liquidation: decimal(cash),
        cash: decimal(cash),
        available_funds: decimal(cash),
        exposure: Decimal::ZERO,
        open_positions: 0,
        held_quantity: Decimal::ZERO,
        has_working_entry: false,
        halted: false,
        closures: Vec::new(),
    }
}

pub(super) fn verdict(decision: &GateDecision, rule: &str) -> RuleVerdict {
    decision.output.rules.iter().find(|candidate| candidate.rule == rule).unwrap().verdict
}

#[test]
fn b1_2_quantity_is_the_risk_amount_by_the_risk_per_share() {
    let mut risk = default_risk_parameters();
    risk.maximum_position_percent = Decimal::ONE_HUNDRED;
    let decision = check_entry(request("567.40", "541.12", "620"), &risk, &account("100412.18"));
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
