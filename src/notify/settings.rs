//! What goes where.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{QuietHours, SettingsFault};
use crate::domain::{NotificationChannel, NotificationKind};

/// Longest address of a webhook, in characters.
const LONGEST_ADDRESS: usize = 1000;

/// Most hosts that may be allowed by name.
const MOST_HOSTS: usize = 20;

/// Which ways the notifications of one kind go. All of them stand in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationRoute {
    /// What it tells of.
    pub kind: NotificationKind,
    /// Said in passing in the window, beside the list.
    pub window: bool,
    /// Shown by the desktop.
    pub native: bool,
    /// Sent to the webhook, if there is one.
    pub webhook: bool,
}

impl NotificationRoute {
    /// What holds for a kind until it is changed.
    pub fn usual(kind: NotificationKind) -> Self {
        let is_quiet =
            matches!(kind, NotificationKind::SessionRestored | NotificationKind::Resumed);
        // The window asks for approvals by itself.
        let window = kind != NotificationKind::ApprovalWanted;
        // A webhook that fails is not told so.
        let webhook = kind != NotificationKind::WebhookFailed;
        Self { kind, window, native: !is_quiet, webhook }
    }

    /// Whether it goes this way.
    pub fn goes(self, channel: NotificationChannel) -> bool {
        match channel {
            NotificationChannel::Native => self.native,
            NotificationChannel::Webhook => {
                self.webhook && self.kind != NotificationKind::WebhookFailed
            }
        }
    }
}

/// An address that is called. Its secret is kept elsewhere.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Whether it is called.
    pub is_on: bool,
    /// Such as `https://example.org/throughline`; nothing for none.
    pub url: Option<String>,
    /// Hosts that may lead to this computer or into a private network, as they stand in the address.
    pub allowed_hosts: Vec<String>,
}

impl WebhookSettings {
    /// The address, if it may be called at all: `https`, or `http` to this computer if that is allowed
    /// by name.
    pub fn checked_url(&self) -> Result<Option<reqwest::Url>, SettingsFault> {
        let Some(text) = self.url.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let fault =
            |detail| SettingsFault::Address { shown: text.chars().take(80).collect(), detail };
        if text.chars().count() > LONGEST_ADDRESS {
            return Err(fault("it is too long"));
        }
        let url: reqwest::Url =
            text.parse().map_err(|_| fault("write it such as https://example.org/hook"))?;
        let host = url.host_str().ok_or_else(|| fault("it names no host"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(fault("a name and a password have no place in it"));
        }
        if url.fragment().is_some() {
            return Err(fault("a part behind # is never sent"));
        }
        match url.scheme() {
            "https" => Ok(Some(url)),
            "http" if is_loopback(host) && self.allows(host) => Ok(Some(url)),
            "http" => Err(fault(
                "it must begin with https; http is for this computer alone, allowed by name",
            )),
            _ => Err(fault("it must begin with https")),
        }
    }

    /// Whether a host is allowed by name.
    pub fn allows(&self, host: &str) -> bool {
        self.allowed_hosts.iter().any(|allowed| plain(allowed) == plain(host))
    }
}

/// A host as it is compared: IPv6 without brackets, in lower case.
fn plain(host: &str) -> String {
    host.trim().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

/// Whether the host is this computer by its very name.
fn is_loopback(host: &str) -> bool {
    let host = plain(host);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a person has set about notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationSettings {
    /// One row a kind; a kind that has none goes its usual ways.
    pub routes: Vec<NotificationRoute>,
    /// Nothing where they are off.
    pub quiet_hours: Option<QuietHours>,
    /// The address that is called.
    pub webhook: WebhookSettings,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            routes: NotificationKind::ALL.map(NotificationRoute::usual).to_vec(),
            quiet_hours: None,
            webhook: WebhookSettings::default(),
        }
    }
}

impl NotificationSettings {
    /// The ways of a kind.
    pub fn route(&self, kind: NotificationKind) -> NotificationRoute {
        let set = self.routes.iter().copied().find(|route| route.kind == kind);
        set.unwrap_or_else(|| NotificationRoute::usual(kind))
    }

    /// The same with a row for every kind, in the order in which they are shown.
    #[must_use]
    pub fn complete(mut self) -> Self {
        self.routes = NotificationKind::ALL.iter().map(|kind| self.route(*kind)).collect();
        self
    }

    /// Refuses what cannot hold.
    pub fn check(&self) -> Result<(), SettingsFault> {
        if let Some(hours) = &self.quiet_hours {
            hours.check()?;
        }
        let mut seen = BTreeSet::new();
        if let Some(route) = self.routes.iter().find(|route| !seen.insert(route.kind)) {
            return Err(SettingsFault::Twice { title: route.kind.title() });
        }
        let hosts = &self.webhook.allowed_hosts;
        if hosts.len() > MOST_HOSTS {
            return Err(SettingsFault::TooManyHosts { count: hosts.len(), most: MOST_HOSTS });
        }
        if let Some(bad) = hosts.iter().find(|host| !is_host(host)) {
            return Err(SettingsFault::Host { shown: bad.chars().take(60).collect() });
        }
        let url = self.webhook.checked_url()?;
        if self.webhook.is_on && url.is_none() {
            return Err(SettingsFault::NoAddress);
        }
        Ok(())
    }
}

fn is_host(text: &str) -> bool {
    let host = plain(text);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    host.parse::<IpAddr>().is_ok()
        || (!host.is_empty() && host.len() <= 253 && host.chars().all(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(url: &str, allowed: &[&str]) -> WebhookSettings {
        let allowed_hosts = allowed.iter().map(|host| (*host).to_owned()).collect();
        WebhookSettings { is_on: true, url: Some(url.to_owned()), allowed_hosts }
    }

    #[test]
    fn the_matrix_has_every_kind_and_the_usual_way_of_what_is_not_in_it() {
        let mut settings = NotificationSettings::default();
        assert_eq!(settings.routes.len(), NotificationKind::ALL.len());
        settings.check().unwrap();
        let silent = NotificationRoute {
            kind: NotificationKind::OrderFilled,
            window: false,
            native: false,
            webhook: false,
        };
        settings.routes = vec![silent];
        for channel in [NotificationChannel::Native, NotificationChannel::Webhook] {
            assert!(!settings.route(NotificationKind::OrderFilled).goes(channel));
            assert!(settings.route(NotificationKind::Halted).goes(channel));
        }
        let settings = settings.complete();
        assert_eq!(settings.routes.len(), NotificationKind::ALL.len());
        assert_eq!(settings.routes[0], silent);
    }

    #[test]
    fn a_webhook_that_failed_is_never_told_so_by_itself() {
        let mut route = NotificationRoute::usual(NotificationKind::WebhookFailed);
        route.webhook = true;
        assert!(!route.goes(NotificationChannel::Webhook));
        assert!(route.goes(NotificationChannel::Native));
    }

    #[test]
    fn an_address_is_https_or_this_computer_allowed_by_name() {
        let good = [
            webhook("https://example.org/hook?x=1", &[]),
            webhook("http://localhost:8080/", &["localhost"]),
            webhook("http://127.0.0.1:8080/", &["127.0.0.1"]),
            webhook("http://[::1]:8080/", &["::1"]),
        ];
        for settings in good {
            assert!(settings.checked_url().unwrap().is_some(), "{settings:?} was refused");
        }
        let bad = [
            webhook("http://example.org/", &[]),
            webhook("http://example.org/", &["example.org"]),
            webhook("http://localhost:8080/", &[]),
            webhook("http://127.0.0.1/", &["localhost"]),
            webhook("file:///etc/passwd", &[]),
            webhook("https://me:word@example.org/", &[]),
            webhook("https://example.org/#part", &[]),
            webhook("example.org/hook", &[]),
            webhook(&format!("https://example.org/{}", "x".repeat(1000)), &[]),
        ];
        for settings in bad {
            let fault = settings.checked_url();
            assert!(fault.is_err(), "{:?} was taken: {fault:?}", settings.url);
        }
    }

    #[test]
    fn what_cannot_hold_is_refused() {
        let mut settings = NotificationSettings::default();
        settings.webhook.is_on = true;
        assert_eq!(settings.check(), Err(SettingsFault::NoAddress));
        settings.webhook = webhook("https://example.org/", &["http://example.org"]);
        assert!(matches!(settings.check(), Err(SettingsFault::Host { .. })));
        settings.webhook = WebhookSettings {
            allowed_hosts: vec!["a.example".to_owned(); 21],
            ..WebhookSettings::default()
        };
        assert!(matches!(settings.check(), Err(SettingsFault::TooManyHosts { count: 21, .. })));
        settings.webhook = WebhookSettings::default();
        settings.routes.push(NotificationRoute::usual(NotificationKind::Halted));
        assert!(matches!(settings.check(), Err(SettingsFault::Twice { .. })));
    }
}
