use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::broker::BrokerError;

/// What the calls of everybody showed of the session since somebody last looked.
#[derive(Debug, Default)]
pub struct Pulse {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    trouble: Option<Trouble>,
    last_brokerage_answer: Option<Timestamp>,
}

/// The first call that failed since the last one that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// When.
    pub(super) at: Timestamp,
    /// What failed, and how.
    pub(super) evidence: String,
}

impl Pulse {
    /// A call that needs the brokerage session was answered.
    pub(super) fn answered(&self, now: Timestamp) {
        let mut inner = self.lock();
        inner.last_brokerage_answer = Some(now);
        inner.trouble = None;
    }

    /// A call failed in a way that lies with the session.
    pub(super) fn failed(&self, now: Timestamp, evidence: &str) {
        let mut inner = self.lock();
        if inner.trouble.is_none() {
            inner.trouble = Some(Trouble { at: now, evidence: evidence.to_owned() });
        }
    }

    /// Notes what came of a call that needs the brokerage session.
    pub(super) fn note<T>(&self, now: Timestamp, result: &Result<T, BrokerError>) {
        match result {
            Ok(_) => self.answered(now),
            Err(error) if lies_with_the_session(error) => self.failed(now, &error.to_string()),
            Err(_) => {}
        }
    }

    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.lock().trouble.clone()
    }

    pub(super) fn take_trouble(&self) -> Option<Trouble> {
        self.lock().trouble.take()
    }

    pub(super) fn last_brokerage_answer(&self) -> Option<Timestamp> {
        self.lock().last_brokerage_answer
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Both fields are valid between any two statements.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error says something of the way to the broker, and not of the question that was
/// asked.
pub(super) fn lies_with_the_session(error: &BrokerError) -> bool {
    match error {
        BrokerError::Unreachable { .. }
        | BrokerError::NoSession { .. }
        | BrokerError::Competing
        | BrokerError::EnvironmentMismatch { .. } => true,
        BrokerError::Refused { status, .. } => {
            matches!(status, 401 | 403 | 429 | 502 | 503 | 504)
        }
        BrokerError::Protocol { .. } => false,
    }
}
