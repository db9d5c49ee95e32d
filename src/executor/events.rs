use std::sync::Arc;

use tokio::sync::broadcast;

use crate::domain::ExecutionId;

/// Something that a host may want to show again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// An execution began, ended or has a new step.
    Execution(ExecutionId),
    /// Orders.
    Orders,
    /// Positions, cash, trades.
    Portfolio,
    /// Clock, session, halt.
    Status,
    /// Strategies.
    Strategies,
    /// The gateway, the session, reconciliation, what closes entries.
    Connection,
    /// Orders and questions that wait for a person.
    Approvals,
    /// Faults of the sandbox's gateway.
    Faults,
    /// Prompts and their versions.
    Prompts,
    /// Signals: a new one, or what became of one.
    Signals,
    /// Models, their keys, prices, calls and budgets.
    Models,
    /// The experiment of the playground.
    Playground,
    /// Limits of the account, locks on entries, what the watch saw.
    Risk,
    /// Saved symbols and watch-lists.
    Symbols,
    /// Named sets of indicators.
    Indicators,
    /// Notifications.
    Notifications,
    /// A model speaks. Each one holds all that was said, so that a missed one loses nothing.
    Speech(Speech),
}

/// What a model has said until now in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// For which execution.
    pub execution_id: ExecutionId,
    /// `daily`, `weekly` or `consolidation`.
    pub purpose: String,
    /// 1, or 2 for a repair.
    pub attempt: u32,
    /// All of the text until now.
    pub text: Arc<str>,
}

/// Tells whoever listens what changed. Nobody has to listen.
#[derive(Debug, Clone)]
pub struct Changes {
    sender: broadcast::Sender<Changed>,
}

impl Changes {
    /// A channel that keeps the last 1024 changes for a slow listener.
    pub fn new() -> Self {
        Self { sender: broadcast::Sender::new(1024) }
    }

    /// Tells.
    pub fn tell(&self, changed: Changed) {
        // An error only means that nobody listens at the moment.
        let _ = self.sender.send(changed);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Changed> {
        self.sender.subscribe()
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self::new()
    }
}
