//! What a case does to the world behind the gateway.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use throughline::broker::QuestionDesk;
use throughline::clock::{Clock, SimulatedClock};
use throughline::sandbox::{Sandbox, SandboxOptions};

/// A fault that the sandbox's gateway plays.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    LoseNextOrderAnswer,
    LoseNextOrderRequest,
    RefuseNextOrder,
    DuplicateFills,
    EmptyLiveOrdersOnce,
    BrokerageSessionMissing,
    CompetingSession,
}

/// Switches faults, moves the time, and answers what is put to a person.
pub(super) trait SandboxControl: Sync {
    fn set(&self, fault: Fault, is_on: bool);
    /// Switches any fault by the name that the Outage lab shows.
    fn fault(&self, name: &str, is_on: bool);
    fn clock(&self) -> &SimulatedClock;
    fn desk(&self) -> &QuestionDesk;

    fn clock_now(&self) -> Timestamp {
        self.clock().now()
    }

    fn pass(&self, duration: SignedDuration) {
        self.clock().advance_to(self.clock().now() + duration);
    }
}

/// The sandbox in this process, however its gateway is reached.
pub(super) struct InProcess {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) desk: Arc<QuestionDesk>,
}

impl InProcess {
    /// An hour into a trading day; nobody is asked about questions at first.
    pub(super) fn open() -> Self {
        let start: Timestamp = "2012-06-15T14:30:00Z".parse().unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(start));
        let sandbox = Sandbox::open(SandboxOptions::default(), Arc::clone(&clock)).unwrap();
        let as_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let desk = Arc::new(QuestionDesk::new(as_clock, SignedDuration::ZERO));
        Self { sandbox, clock, desk }
    }
}

impl SandboxControl for InProcess {
    fn set(&self, fault: Fault, is_on: bool) {
        let faults = self.sandbox.faults();
        let switch = match fault {
            Fault::LoseNextOrderAnswer => &faults.lose_next_order_answer,
            Fault::LoseNextOrderRequest => &faults.lose_next_order_request,
            Fault::RefuseNextOrder => &faults.refuse_next_order,
            Fault::DuplicateFills => &faults.duplicate_fills,
            Fault::EmptyLiveOrdersOnce => &faults.empty_live_orders_once,
            Fault::BrokerageSessionMissing => &faults.brokerage_session_missing,
            Fault::CompetingSession => &faults.competing_session,
        };
        switch.set(is_on);
    }

    fn fault(&self, name: &str, is_on: bool) {
        self.sandbox.change_fault(name, is_on, None, None).unwrap();
    }

    fn clock(&self) -> &SimulatedClock {
        &self.clock
    }

    fn desk(&self) -> &QuestionDesk {
        &self.desk
    }
}
