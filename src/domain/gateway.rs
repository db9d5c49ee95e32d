use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the way from here to the broker stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GatewayState {
    /// Nothing was asked yet.
    NotAsked,
    /// Nothing listens at the address, or it speaks no TLS.
    GatewayDown,
    /// Something listens that is not a Client Portal Gateway.
    NotAGateway,
    /// The gateway shows a certificate that nobody has accepted yet.
    CertificateUnknown,
    /// The gateway shows another certificate than the accepted one.
    CertificateChanged,
    /// It takes requests and answers none: it has lost its line to IBKR.
    GatewayStuck,
    /// The gateway's own allow-list refuses this address.
    IpNotAllowed,
    /// Nobody is logged in.
    LoginNeeded,
    /// The login is valid and the brokerage session is not open.
    LoginOnly,
    /// Another session uses the login.
    Competing,
    /// The account's signs of paper and live contradict each other or the environment.
    WrongEnvironment,
    /// IBKR shut the address out for too many requests.
    Penalised,
    /// IBKR's maintenance.
    Maintenance,
    /// Orders can be sent.
    Ready,
}

impl GatewayState {
    /// The name in rows and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::GatewayDown => "gateway_down",
            Self::NotAGateway => "not_a_gateway",
            Self::CertificateUnknown => "certificate_unknown",
            Self::CertificateChanged => "certificate_changed",
            Self::GatewayStuck => "gateway_stuck",
            Self::IpNotAllowed => "ip_not_allowed",
            Self::LoginNeeded => "login_needed",
            Self::LoginOnly => "login_only",
            Self::Competing => "competing",
            Self::WrongEnvironment => "wrong_environment",
            Self::Penalised => "penalised",
            Self::Maintenance => "maintenance",
            Self::Ready => "ready",
        }
    }
}

impl fmt::Display for GatewayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
