//! IBKR's published limits, and who goes first when several requests wait.

use http::Method;
use jiff::SignedDuration;

/// Requests a second over all (IBKR, "Pacing Limitations": 10 per second and user).
pub(super) const PER_SECOND: usize = 10;

/// Added to every interval, since the gateway counts from when a request arrives and not from when
/// it leaves.
pub(super) const MARGIN: SignedDuration = SignedDuration::from_millis(20);

/// How long IBKR keeps an address out after status 429.
pub(super) const PENALTY: SignedDuration = SignedDuration::from_mins(15);

/// How far apart tickles are during a penalty, so that its end is seen and the login outlives it.
pub(super) const BETWEEN_PENALISED_TICKLES: SignedDuration = SignedDuration::from_mins(1);

/// A limit of its own for some paths.
#[derive(Debug)]
pub(super) struct PathLimit {
    path: Pattern,
    /// Most requests within `within`.
    pub(super) most: usize,
    pub(super) within: SignedDuration,
    /// Most requests that are under way at once.
    pub(super) at_once: Option<u32>,
}

#[derive(Debug)]
enum Pattern {
    Exact(&'static str),
    Below(&'static str),
}

impl PathLimit {
    const fn new(path: &'static str, most: usize, within: SignedDuration) -> Self {
        Self { path: Pattern::Exact(path), most, within, at_once: None }
    }

    /// The path or the folder that it holds for.
    pub(super) fn name(&self) -> &'static str {
        match self.path {
            Pattern::Exact(path) | Pattern::Below(path) => path,
        }
    }

    /// Whether it holds for `path`, which has no query.
    pub(super) fn covers(&self, path: &str) -> bool {
        match self.path {
            Pattern::Exact(exact) => path == exact,
            Pattern::Below(folder) => path.starts_with(folder),
        }
    }
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const FIVE_SECONDS: SignedDuration = SignedDuration::from_secs(5);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const QUARTER_OF_AN_HOUR: SignedDuration = SignedDuration::from_mins(15);

/// The stricter limits of single paths (IBKR, "Pacing Limitations" of the Client Portal API v1
/// page). Two differ from the page, both on the safe side: history has its published "5 concurrent"
/// and the newer "50 a minute" kept at 4 and 45, and the endpoints of `/fyi` share the one request
/// a second that each has.
pub(super) const PATH_LIMITS: [PathLimit; 15] = [
    PathLimit::new("/iserver/account/orders", 1, FIVE_SECONDS),
    PathLimit::new("/iserver/account/pnl/partitioned", 1, FIVE_SECONDS),
    PathLimit::new("/iserver/account/trades", 1, FIVE_SECONDS),
    PathLimit {
        path: Pattern::Exact("/iserver/marketdata/history"),
        most: 45,
        within: MINUTE,
        at_once: Some(4),
    },
    PathLimit::new("/iserver/marketdata/snapshot", 10, SECOND),
    PathLimit::new("/iserver/scanner/params", 1, QUARTER_OF_AN_HOUR),
    PathLimit::new("/iserver/scanner/run", 1, SECOND),
    PathLimit::new("/pa/performance", 1, QUARTER_OF_AN_HOUR),
    PathLimit::new("/pa/summary", 1, QUARTER_OF_AN_HOUR),
    PathLimit::new("/pa/transactions", 1, QUARTER_OF_AN_HOUR),
    PathLimit::new("/portfolio/accounts", 1, FIVE_SECONDS),
    PathLimit::new("/portfolio/subaccounts", 1, FIVE_SECONDS),
    PathLimit::new("/sso/validate", 1, MINUTE),
    PathLimit::new("/tickle", 1, SECOND),
    PathLimit { path: Pattern::Below("/fyi/"), most: 1, within: SECOND, at_once: None },
];

/// Who goes first when several requests wait; the smallest does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::broker::ibkr) enum Priority {
    /// Ends an order.
    Cancel,
    /// Answers a question about an order, which IBKR does not wait for long.
    Reply,
    /// Places, changes or previews an order.
    Place,
    /// Keeps the session alive.
    Tickle,
    /// Tells what became of orders, money and the session.
    Status,
    /// Prices and contracts.
    Data,
}

impl Priority {
    /// The priority of a request, by its method and its path without a query.
    pub(in crate::broker::ibkr) fn of(method: &Method, path: &str) -> Self {
        let is_order = path.starts_with("/iserver/account/") && *method != Method::GET;
        if is_order {
            return if *method == Method::DELETE { Self::Cancel } else { Self::Place };
        }
        if path.starts_with("/iserver/reply/") || path == "/iserver/notification" {
            return Self::Reply;
        }
        if path == "/tickle" {
            return Self::Tickle;
        }
        let tells_status = ["/iserver/account", "/iserver/auth/", "/portfolio/", "/sso/"]
            .iter()
            .any(|start| path.starts_with(start));
        if tells_status { Self::Status } else { Self::Data }
    }
}

/// A path without its query.
pub(super) fn bare(path: &str) -> &str {
    path.split_once('?').map_or(path, |(bare, _)| bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_goes_before_a_reply_and_so_on_down_to_data() {
        let rising = [
            (Method::DELETE, "/iserver/account/DU1/order/5"),
            (Method::POST, "/iserver/reply/a-b"),
            (Method::POST, "/iserver/account/DU1/orders"),
            (Method::POST, "/tickle"),
            (Method::GET, "/iserver/account/orders"),
            (Method::GET, "/trsrv/stocks"),
        ];
        let order: Vec<Priority> = rising.iter().map(|(m, p)| Priority::of(m, p)).collect();
        assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
        for path in ["/iserver/auth/status", "/iserver/accounts", "/portfolio/DU1/summary"] {
            assert_eq!(Priority::of(&Method::GET, path), Priority::Status, "{path}");
        }
    }

    #[test]
    fn a_path_has_at_most_one_limit_of_its_own() {
        let paths =
            ["/iserver/account/orders", "/fyi/notifications/more", "/tickle", "/pa/summary"];
        for path in paths {
            assert_eq!(PATH_LIMITS.iter().filter(|it| it.covers(path)).count(), 1, "{path}");
        }
        for path in ["/iserver/account/orders/x", "/iserver/accounts", "/fyi"] {
            assert!(!PATH_LIMITS.iter().any(|it| it.covers(path)), "{path}");
        }
    }
}
