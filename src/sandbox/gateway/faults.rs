use std::sync::atomic::{AtomicBool, Ordering};

/// One switch; off at first.
#[derive(Debug, Default)]
pub struct Switch(AtomicBool);

impl Switch {
    /// Turns it on or off.
    pub fn set(&self, is_on: bool) {
        self.0.store(is_on, Ordering::SeqCst);
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Turns it off, and says whether it was on.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

/// Switches for what goes wrong with real gateways. Those that are named `next` or `once` go off
/// again when they have acted.
#[derive(Debug, Default)]
pub struct Faults {
    /// The next order or group that is accepted stands, but its answer breaks off. With questions,
    /// that is the answer to the last reply.
    pub lose_next_order_answer: Switch,
    /// The connection breaks before the next order request is read; nothing is accepted.
    pub lose_next_order_request: Switch,
    /// The next order request is refused in words; nothing is accepted.
    pub refuse_next_order: Switch,
    /// Each row of the trades comes twice.
    pub duplicate_fills: Switch,
    /// The next list of live orders is empty, as if it were not loaded.
    pub empty_live_orders_once: Switch,
    /// A request beyond the limits puts the client in the penalty box: 429 for 15 minutes.
    pub penalty_box: Switch,
    /// Another session uses the login.
    pub competing_session: Switch,
    /// There is a login but no brokerage session, until `ssodh/init` opens one.
    pub brokerage_session_missing: Switch,
}
