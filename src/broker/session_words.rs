//! Each state of the way to the broker in words, with what to do about it.

use crate::domain::GatewayState;

impl GatewayState {
    /// The state in words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotAsked => "Nothing has been asked yet",
            Self::GatewayDown => "No gateway answers at this address",
            Self::NotAGateway => "Something answers that is not IBKR's Client Portal Gateway",
            Self::CertificateUnknown => {
                "The gateway shows a certificate that you have not accepted"
            }
            Self::CertificateChanged => "The gateway's certificate has changed",
            Self::GatewayStuck => "The gateway takes requests and answers none",
            Self::IpNotAllowed => "The gateway refuses this computer's address",
            Self::LoginNeeded => "Nobody is logged in at the gateway",
            Self::LoginOnly => "You are logged in, and the brokerage session is not open",
            Self::Competing => "Another session is using this IBKR login",
            Self::WrongEnvironment => "The account is not of the kind that this environment trades",
            Self::Penalised => "IBKR has shut this address out for too many requests",
            Self::Maintenance => "IBKR is under maintenance",
            Self::Ready => "Connected",
        }
    }

    /// What a person can do about it; nothing while all is well or the program does it by itself.
    pub fn action(self) -> Option<&'static str> {
        match self {
            Self::NotAsked | Self::Ready => None,
            Self::GatewayDown => Some(
                "Start the gateway (bin/run.sh root/conf.yaml) and compare the address with \
                 `listenPort` and `listenSsl` in its conf.yaml",
            ),
            Self::NotAGateway => Some(
                "Another program uses this port; on macOS AirPlay sits on 5000. Give the gateway \
                 another `listenPort` and write the same port here",
            ),
            Self::CertificateUnknown => Some(
                "Compare the fingerprint with your gateway's and accept it. The one that IBKR ships \
                 is marked",
            ),
            Self::CertificateChanged => Some(
                "If you did not replace the certificate yourself, stop and find out which program \
                 listens at this address. Accept the new one only if you did",
            ),
            Self::GatewayStuck => Some(
                "The gateway has lost its line to IBKR. Check the internet connection; if it stays, \
                 restart the gateway and log in again",
            ),
            Self::IpNotAllowed => {
                Some("Add 127.0.0.1 to `ips: allow:` in the gateway's conf.yaml and restart it")
            }
            Self::LoginNeeded => Some("Open the login page in the browser and log in"),
            Self::LoginOnly => {
                Some("The session is opened by itself once; if it stays closed, log in again")
            }
            Self::Competing => Some(
                "End the other session (TWS, mobile, Client Portal), or take over here, which ends \
                 it. A second user name for the API avoids this",
            ),
            Self::WrongEnvironment => Some(
                "Log in with the user name of the right account (paper accounts begin with DU), or \
                 choose the other environment",
            ),
            Self::Penalised => Some(
                "Wait until the countdown ends, and close other programs and pages that use this \
                 login: their requests count too",
            ),
            Self::Maintenance => {
                Some("Wait; it is asked again by itself. After the reset you log in once more")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_that_needs_a_person_says_what_to_do() {
        use GatewayState::{
            CertificateChanged, CertificateUnknown, Competing, GatewayDown, GatewayStuck,
            IpNotAllowed, LoginNeeded, LoginOnly, Maintenance, NotAGateway, NotAsked, Penalised,
            Ready, WrongEnvironment,
        };
        let needing = [
            CertificateChanged,
            CertificateUnknown,
            Competing,
            GatewayDown,
            GatewayStuck,
            IpNotAllowed,
            LoginNeeded,
            LoginOnly,
            Maintenance,
            NotAGateway,
            Penalised,
            WrongEnvironment,
        ];
        let mut words = std::collections::HashSet::new();
        for state in needing {
            assert!(state.action().is_some_and(|action| action.len() > 20), "{state}");
            assert!(words.insert(state.words()), "{state} is told from the others");
        }
        assert_eq!((NotAsked.action(), Ready.action()), (None, None));
    }
}
