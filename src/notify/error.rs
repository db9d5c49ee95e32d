//! Why a notification is not delivered, and what cannot be set.

use std::net::IpAddr;

/// Why settings of notifications are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    /// Not a time of day.
    #[error("\"{shown}\" is no time of day; write hours and minutes, such as 22:00")]
    Time {
        /// What was typed.
        shown: String,
    },
    /// They would last all day, or no time at all.
    #[error("quiet hours begin and end at {time}; choose two different times")]
    NoHours {
        /// The time of day.
        time: String,
    },
    /// Not an address.
    #[error("\"{shown}\" is no address of a webhook: {detail}")]
    Address {
        /// What was typed.
        shown: String,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// Not the name of a host.
    #[error(
        "\"{shown}\" is no name of a host; write it as it stands in the address, without a port"
    )]
    Host {
        /// What was typed.
        shown: String,
    },
    /// More hosts than anybody needs.
    #[error("{count} hosts are allowed by name, and at most {most} may be")]
    TooManyHosts {
        /// How many were given.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// On without an address.
    #[error("the webhook is switched on and has no address")]
    NoAddress,
    /// A kind that stands in the matrix twice.
    #[error("{title} stands in the matrix twice")]
    Twice {
        /// What the kind is called.
        title: &'static str,
    },
}

/// Why a webhook did not take a notification.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// There is nothing to sign with.
    #[error("there is no secret to sign with; enter one in Settings, Notifications")]
    NoSecret,
    /// The secret cannot be read.
    #[error("the secret cannot be read: {0}")]
    Secret(#[from] crate::secrets::SecretStoreError),
    /// The address itself may not be called.
    #[error(transparent)]
    Address(#[from] SettingsFault),
    /// The name leads to where a webhook has no business.
    #[error(
        "{host} leads to {address}, which is {kind}; such an address is called only if its host is \
         allowed by name"
    )]
    Forbidden {
        /// As it stands in the address.
        host: String,
        /// What it was resolved to.
        address: IpAddr,
        /// Such as `a private address`.
        kind: &'static str,
    },
    /// The name is not known.
    #[error("the address of {host} is not known ({detail})")]
    Unresolved {
        /// As it stands in the address.
        host: String,
        /// In the words of the system.
        detail: String,
    },
    /// It answered with another address.
    #[error(
        "it answered with a redirection ({status}), which is not followed; enter the address that it leads to"
    )]
    Redirected {
        /// HTTP status.
        status: u16,
    },
    /// It answered with a failure.
    #[error("it answered {status}: {said}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The beginning of its answer.
        said: String,
    },
    /// No answer in time.
    #[error("it did not answer within {seconds} seconds")]
    TimedOut {
        /// How long was waited.
        seconds: u64,
    },
    /// No connection, or it broke.
    #[error("it cannot be reached ({detail})")]
    Unreachable {
        /// In the words of the connection.
        detail: String,
    },
}

impl DeliveryError {
    /// Whether another attempt could come to something else without a person's doing.
    pub fn is_worth_another_attempt(&self) -> bool {
        match self {
            // A vault that is opened later, a name server that comes back.
            Self::Secret(_)
            | Self::Unresolved { .. }
            | Self::TimedOut { .. }
            | Self::Unreachable { .. } => true,
            // Request time-out, too early, too many requests, and what servers blame on themselves.
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Self::NoSecret
            | Self::Address(_)
            | Self::Forbidden { .. }
            | Self::Redirected { .. } => false,
        }
    }
}
