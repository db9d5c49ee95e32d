//! Telling paper from live, by every sign that the broker gives.

use crate::broker::ibkr::parse::bounded;
use crate::broker::{BrokerError, EnvironmentSign};
use crate::domain::{AccountId, Environment};

/// The account of the simulated exchange.
const SANDBOX_ACCOUNT: &str = "DU1000001";

/// What the answers say about the kind of account.
#[derive(Debug, Clone)]
pub(super) struct Signs {
    /// `isPaper` of `GET /iserver/accounts`.
    pub(super) is_paper: Option<bool>,
    /// Ids of paper accounts begin with DU, those of live ones with U.
    pub(super) has_paper_prefix: bool,
    /// `type` of `GET /portfolio/accounts`: `DEMO` for paper.
    pub(super) account_type: Option<String>,
    /// `LOGIN_TYPE` of `GET /sso/validate`: 1 is live, 2 is paper.
    pub(super) login_type: Option<i64>,
    pub(super) is_sandbox: bool,
}

impl Signs {
    fn type_is_paper(&self) -> Option<bool> {
        self.account_type.as_deref().map(|kind| kind.eq_ignore_ascii_case("DEMO"))
    }

    fn login_is_paper(&self) -> Option<bool> {
        match self.login_type {
            Some(1) => Some(false),
            Some(2) => Some(true),
            _ => None,
        }
    }

    /// The four signs, for a person.
    pub(super) fn list(&self) -> Vec<EnvironmentSign> {
        let says = |is_paper: Option<bool>| {
            is_paper.map(|it| if it { Environment::Paper } else { Environment::Live })
        };
        let sign = |name, value: Option<String>, is_paper| EnvironmentSign {
            name,
            value: value.unwrap_or_else(|| "absent".into()),
            says: says(is_paper),
        };
        let prefix = if self.has_paper_prefix { "DU" } else { "not DU" };
        let kind = self.account_type.as_deref().map(|kind| bounded(kind, 40));
        vec![
            sign("isPaper", self.is_paper.map(|it| it.to_string()), self.is_paper),
            sign("account prefix", Some(prefix.into()), Some(self.has_paper_prefix)),
            sign("account type", kind, self.type_is_paper()),
            sign("LOGIN_TYPE", self.login_type.map(|it| it.to_string()), self.login_is_paper()),
        ]
    }
}

/// The environment that is expected, if all signs agree with it. A sign that is absent says
/// nothing; the prefix is always there.
pub(super) fn environment(
    account: &AccountId,
    signs: &Signs,
    expected: Environment,
) -> Result<Environment, BrokerError> {
    let paper = signs.has_paper_prefix;
    let signs_agree = [signs.is_paper, signs.type_is_paper(), signs.login_is_paper()]
        .into_iter()
        .flatten()
        .all(|sign| sign == paper);
    let is_expected = match expected {
        // The sandbox is a paper account that no gateway of IBKR has.
        Environment::Sandbox => paper && (signs.is_sandbox || account.as_str() == SANDBOX_ACCOUNT),
        Environment::Paper => paper && !signs.is_sandbox,
        Environment::Live => !paper && !signs.is_sandbox,
    };
    if signs_agree && is_expected {
        return Ok(expected);
    }
    let listed: Vec<String> =
        signs.list().into_iter().map(|sign| format!("{}: {}", sign.name, sign.value)).collect();
    Err(BrokerError::EnvironmentMismatch {
        account: account.to_string(),
        evidence: format!(
            "{expected} is expected; {}, sandbox: {}",
            listed.join(", "),
            signs.is_sandbox
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(is_paper: Option<bool>, account_type: Option<&str>, is_sandbox: bool) -> Signs {
        Signs {
            is_paper,
            has_paper_prefix: true,
            account_type: account_type.map(Into::into),
            login_type: None,
            is_sandbox,
        }
    }

    #[test]
    fn signs_of_paper_and_live_must_agree_with_each_other_and_with_what_is_expected() {
        use Environment::{Live, Paper, Sandbox};
        let account = AccountId::new("DU2000002").unwrap();
        let paper = signs(Some(true), Some("DEMO"), false);
        let live =
            Signs { has_paper_prefix: false, ..signs(Some(false), Some("INDIVIDUAL"), false) };
        let cases = [
            (paper.clone(), Paper, true),
            (signs(None, None, false), Paper, true),
            (signs(Some(false), Some("DEMO"), false), Paper, false),
            (signs(Some(true), Some("INDIVIDUAL"), false), Paper, false),
            (paper.clone(), Live, false),
            (paper, Sandbox, false),
            (signs(Some(true), Some("DEMO"), true), Sandbox, true),
            (signs(Some(true), Some("DEMO"), true), Paper, false),
            (live.clone(), Live, true),
            (live.clone(), Paper, false),
            (Signs { is_paper: Some(true), ..live.clone() }, Live, false),
            (Signs { login_type: Some(1), ..live.clone() }, Live, true),
            (Signs { login_type: Some(2), ..live.clone() }, Live, false),
            (Signs { login_type: Some(3), ..live.clone() }, Live, true),
            (Signs { is_sandbox: true, ..live }, Live, false),
        ];
        for (signs, expected, agrees) in cases {
            let found = environment(&account, &signs, expected);
            assert_eq!(found.is_ok(), agrees, "{signs:?} for {expected}: {found:?}");
        }
    }
}
