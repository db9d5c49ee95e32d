//! What goes wrong with real gateways, each as a switch that can be planned on the sandbox's clock.

mod plan;
mod switch;

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

pub use plan::{FaultPlan, FaultSpecError, PlannedFault};
pub use switch::{FaultWindow, Switch};

/// What a fault is, for a person and for a list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultDescription {
    /// Such as `lose_next_order_answer`.
    pub name: &'static str,
    /// For a person.
    pub title: &'static str,
    /// What it does, and what a good client makes of it.
    pub words: &'static str,
    /// It acts once and goes off by itself.
    pub acts_once: bool,
}

/// Why a fault cannot be switched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is none of that name.
    #[error("there is no fault named \"{name}\"; the faults are {}", names())]
    Unknown {
        /// What was asked for, shortened.
        name: String,
    },
    /// The end is not after the beginning.
    #[error("a fault cannot end at {until}, since it begins at {from}; name a later end")]
    EndsBeforeItBegins {
        /// When it would begin.
        from: Timestamp,
        /// When it would end.
        until: Timestamp,
    },
}

/// The names of all faults, with commas.
fn names() -> String {
    let names: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    names.join(", ")
}

/// Builds the table of descriptions and the switches from one list, so that neither can lack a
/// row of the other.
macro_rules! faults {
    ($( $name:ident: $once:literal, $title:literal, $words:literal; )*) => {
        /// Switches for what goes wrong with real gateways. Those that are named `next` or `once`
        /// go off again when they have acted.
        #[derive(Debug)]
        pub struct Faults {
            $(
                #[doc = $words]
                pub $name: Switch,
            )*
            /// The next instant at which something is planned, in microseconds.
            next_change: AtomicI64,
        }

        /// All faults, in the order in which they are shown.
        pub const FAULTS: &[FaultDescription] = &[
            $( FaultDescription {
                name: stringify!($name),
                title: $title,
                words: $words,
                acts_once: $once,
            }, )*
        ];

        impl Default for Faults {
            fn default() -> Self {
                Self {
                    $( $name: Switch::default(), )*
                    next_change: AtomicI64::new(i64::MAX),
                }
            }
        }

        impl Faults {
            fn switches(&self) -> [&Switch; FAULTS.len()] {
                [ $( &self.$name, )* ]
            }
        }
    };
}

faults! {
    cut_line: false, "The line is cut",
        "Every connection breaks before its answer. A good client says so, waits longer and longer \
         between its attempts, and sends no order twice.";
    lose_next_order_answer: true, "The answer to an order is lost",
        "The next order or group that is accepted stands, but its answer breaks off; with \
         questions, the answer to the last reply. A good client looks the order up before it does \
         anything else.";
    lose_next_order_request: true, "The request of an order is lost",
        "The connection breaks before the next order request is read, and nothing is accepted. A \
         good client finds out that there is no order before it sends a new one.";
    refuse_next_order: true, "An order is refused",
        "The next order request is refused in words; nothing is accepted.";
    duplicate_order_id: true, "An order is called a duplicate of itself",
        "The next order stands, and the answer says that its id is already registered. A good \
         client takes that for the order that is there.";
    lose_fills: false, "The list of trades lacks fills",
        "The list of trades is empty and no trade is pushed, while orders and positions show what \
         has filled. A good client waits for the executions and books each of them once.";
    duplicate_fills: false, "Fills are repeated",
        "Each row of the trades comes twice. A good client counts an execution id once.";
    fills_only_by_rest: false, "Fills come by REST only",
        "The push channel tells no change of an order and no trade. A good client reads the lists.";
    fill_after_cancel: true, "An order fills after its cancellation",
        "The next cancellation is taken, and the order fills all the same. A good client counts an \
         order as cancelled when the broker says that it is.";
    delay: false, "Answers are late",
        "Every answer takes five seconds.";
    hang: false, "No answer",
        "No request is answered, and the connection stays open: the gateway has lost its line to \
         IBKR. A good client gives up after a while and does not pile requests up.";
    penalty_box: false, "The penalty box stands open",
        "A request beyond the limits puts the client in the penalty box: status 429 for 15 minutes.";
    penalty_once: true, "Into the penalty box",
        "The next request puts the client in the penalty box: status 429 for 15 minutes. A good \
         client stops asking and counts the minutes.";
    unavailable_503: false, "Service unavailable",
        "Every request is answered with status 503, as in the nightly maintenance.";
    html_with_200: false, "A page in place of data",
        "Every request is answered with status 200 and an HTML page. A good client looks at the \
         first byte before it believes the status.";
    forbidden_html_403: false, "Refused at the edge",
        "Every request is answered with status 403 and an HTML page, as by the guard in front of \
         IBKR.";
    ip_not_allowed: false, "The gateway does not know this computer",
        "Every request is answered with status 404 and the text Access Denied: the address is not \
         in the list ips.allow of the gateway's conf.yaml.";
    redirect_to_login: false, "Sent to the login page",
        "Every request is answered with status 302 and the place of the login page.";
    login_lost: false, "The login is lost",
        "Requests are answered with status 401 until somebody logs in again at the gateway's page.";
    midnight_reset: false, "The login ends at midnight",
        "While this is on, the login is lost whenever a day begins in New York, until somebody \
         logs in again.";
    brokerage_session_missing: false, "The brokerage session is missing",
        "There is a login but no brokerage session, until ssodh/init opens one.";
    not_authenticated_once: true, "Not authenticated, once",
        "The next answer about the session says that it is not authenticated, though it is. A good \
         client asks again before it believes that.";
    competing_session: false, "Another session uses the login",
        "Another session uses the login. A good client asks its user before it takes over.";
    session_rollover: true, "The session is another one",
        "The session gets a new id. Push channels that are open beat on, and their subscriptions \
         are dead. A good client compares the id and connects anew.";
    websocket_silent_after_101: false, "The WebSocket opens and stays silent",
        "A push channel opens, and no frame ever comes. A good client gives up after ten seconds.";
    websocket_dead_but_beating: false, "The WebSocket beats and is dead",
        "The push channel sends its heartbeat and nothing else.";
    websocket_invalid_utf8: false, "Frames are not text",
        "Each frame of the push channel holds a byte that is no UTF-8. A good client reads the rest.";
    websocket_close_1000: false, "The WebSocket closes",
        "The push channel closes with code 1000, which says that all is well. A good client \
         connects anew.";
    order_stream_refused: false, "The order stream is refused",
        "17 of 20 subscriptions to orders are refused. A good client reads the lists meanwhile.";
    stop_smd_after_minutes: false, "Market data stop early",
        "A subscription to market data ends without a word after one minute, not after ten.";
    question_chain: false, "Three questions for each order",
        "Each order raises three questions, one after the other.";
    unknown_question: false, "A question that nobody knows",
        "Each order raises a question whose id is in no list. A good client shows it to its user.";
    prompt_reply: true, "A question of the other kind",
        "The next order is answered with a prompt that is replied to under /iserver/notification.";
    bare_object_reply: false, "Answers without their list",
        "Answers to orders come as one object where a list is usual.";
    bracket_rows_reversed: false, "The rows of a bracket are turned round",
        "The rows of an answer to a bracket come in the other order than usual. A good client goes \
         by the ids in them.";
    empty_live_orders_once: true, "The list of orders is empty, once",
        "The next list of live orders is empty, as if it were not loaded.";
    unknown_status_word: false, "A status that nobody knows",
        "Working orders show a status that is in no list. A good client keeps the word and takes \
         no order for done.";
    slow_snapshots: false, "Quotes come in pieces",
        "The first three snapshots of a contract have no fields, and the next ones two more each.";
    delayed_quotes: false, "Quotes are delayed",
        "Quotes say that they are delayed by 15 minutes. A good client decides nothing on them.";
    clock_jump: true, "The clock leaps",
        "The sandbox's clock leaps ahead by 15 minutes at the next request.";
    forced_liquidation: true, "A position is liquidated",
        "The broker sells the largest position at the market at the next request.";
    manual_trade_elsewhere: true, "A trade by hand elsewhere",
        "Somebody buys ten shares of the first listing at the market with another program.";
}

impl Faults {
    /// Every fault with its switch.
    pub fn all(&self) -> impl Iterator<Item = (&'static FaultDescription, &Switch)> {
        FAULTS.iter().zip(self.switches())
    }

    /// The switch of a name.
    pub fn named(&self, name: &str) -> Result<&Switch, FaultError> {
        let found = self.all().find(|(fault, _)| fault.name == name).map(|(_, switch)| switch);
        found.ok_or_else(|| FaultError::Unknown { name: name.chars().take(40).collect() })
    }

    /// Switches every fault off and forgets what was planned.
    pub(in crate::sandbox) fn clear(&self) {
        for switch in self.switches() {
            switch.clear();
        }
    }

    /// Switches a fault off with all that is planned of it, or on: at once, or for a window.
    pub(in crate::sandbox) fn change(
        &self,
        name: &str,
        is_on: bool,
        window: (Option<Timestamp>, Option<Timestamp>),
        now: Timestamp,
    ) -> Result<(), FaultError> {
        let switch = self.named(name)?;
        match (is_on, window) {
            (false, _) => switch.clear(),
            (true, (None, None)) => switch.set(true),
            (true, (from, until)) => {
                let from = from.unwrap_or(now);
                if let Some(until) = until.filter(|until| *until <= from) {
                    return Err(FaultError::EndsBeforeItBegins { from, until });
                }
                self.plan(switch, FaultWindow { from, until }, now);
            }
        }
        Ok(())
    }

    fn plan(&self, switch: &Switch, window: FaultWindow, now: Timestamp) {
        switch.plan(window);
        self.next_change.store(i64::MIN, Ordering::SeqCst);
        self.tick(now);
    }

    /// Plans everything of a plan.
    pub(in crate::sandbox) fn apply(&self, plan: &FaultPlan, now: Timestamp) {
        for planned in plan.faults() {
            if let Ok(switch) = self.named(planned.name) {
                self.plan(switch, planned.window, now);
            }
        }
    }

    /// Lets everything planned up to `now` go on and off.
    pub(in crate::sandbox) fn tick(&self, now: Timestamp) {
        if now.as_microsecond() < self.next_change.load(Ordering::SeqCst) {
            return;
        }
        let next = self.switches().into_iter().filter_map(|switch| switch.tick(now)).min();
        let next = next.map_or(i64::MAX, Timestamp::as_microsecond);
        self.next_change.store(next, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_fault_is_answered_with_those_that_exist() {
        let error = Faults::default().named("nonsense").unwrap_err().to_string();
        assert!(error.contains("\"nonsense\"") && error.contains("lose_fills"), "{error}");
    }

    #[test]
    fn a_fault_is_planned_and_forgotten_by_name() {
        let faults = Faults::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        faults.change("hang", true, (Some(at(10)), Some(at(20))), at(0)).unwrap();
        faults.tick(at(12));
        assert!(faults.hang.is_on());
        faults.change("hang", false, (None, None), at(13)).unwrap();
        faults.tick(at(14));
        assert!(!faults.hang.is_on());
        let error = faults.change("hang", true, (Some(at(10)), Some(at(10))), at(0)).unwrap_err();
        assert!(matches!(error, FaultError::EndsBeforeItBegins { .. }));
    }
}
