use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::Conid;

/// What can close entries, beside a halt. Exits are never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClosureCause {
    /// Our records were not compared with the broker's since the start or the last reconnect, or
    /// the comparison failed.
    NotReconciled,
    /// There is no session in which orders can be sent.
    NoSession,
    /// The login is about to be reset, or is being reset.
    ResetWindow,
    /// Live trading is not armed, or its mandate has ended or is used up.
    NotArmed,
    /// An order of unknown fate.
    UnknownOrder,
    /// A position and its protective stop disagree.
    Unprotected,
    /// The broker liquidated a position by force.
    Liquidation,
    /// There is hardly any room left for records.
    NoRoom,
}

impl ClosureCause {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotReconciled => "not_reconciled",
            Self::NoSession => "no_session",
            Self::ResetWindow => "reset_window",
            Self::NotArmed => "not_armed",
            Self::UnknownOrder => "unknown_order",
            Self::Unprotected => "unprotected",
            Self::Liquidation => "liquidation",
            Self::NoRoom => "no_room",
        }
    }
}

/// One reason for which entries are closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// Why.
    pub cause: ClosureCause,
    /// Which contract, if not all are closed.
    pub conid: Option<Conid>,
    /// What is wrong and what to do, as a sentence.
    pub sentence: String,
}

/// Sentences by cause and contract.
type Closures = BTreeMap<(ClosureCause, Option<Conid>), String>;

/// What keeps entries closed. Shared by all who close and open it, and asked by the risk gate.
#[derive(Debug, Clone, Default)]
pub struct TradingGate {
    closures: Arc<Mutex<Closures>>,
}

impl TradingGate {
    /// Closes entries, in one contract or in all. Closing again replaces the sentence.
    pub fn close(&self, cause: ClosureCause, conid: Option<Conid>, sentence: impl Into<String>) {
        self.lock().insert((cause, conid), sentence.into());
    }

    /// Takes one reason away. Says whether it was there.
    pub fn open(&self, cause: ClosureCause, conid: Option<Conid>) -> bool {
        self.lock().remove(&(cause, conid)).is_some()
    }

    /// Every reason in force.
    pub fn closures(&self) -> Vec<Closure> {
        let all = self.lock();
        all.iter()
            .map(|((cause, conid), sentence)| Closure {
                cause: *cause,
                conid: *conid,
                sentence: sentence.clone(),
            })
            .collect()
    }

    /// The sentences that close entries in a contract.
    pub fn sentences_for(&self, conid: Conid) -> Vec<String> {
        let all = self.lock();
        all.iter()
            .filter(|((_, of), _)| of.is_none_or(|of| of == conid))
            .map(|(_, sentence)| sentence.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Closures> {
        // The map is valid between any two statements.
        self.closures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_of_one_contract_leaves_the_others_open() {
        let gate = TradingGate::default();
        gate.close(ClosureCause::UnknownOrder, Some(Conid(1)), "One is unknown.");
        assert_eq!(gate.sentences_for(Conid(1)), ["One is unknown."]);
        assert!(gate.sentences_for(Conid(2)).is_empty());
        gate.close(ClosureCause::NotReconciled, None, "Not compared.");
        assert_eq!(gate.sentences_for(Conid(2)), ["Not compared."]);
        assert!(gate.open(ClosureCause::UnknownOrder, Some(Conid(1))));
        assert!(!gate.open(ClosureCause::UnknownOrder, Some(Conid(1))));
        assert_eq!(gate.closures().len(), 1);
    }
}
