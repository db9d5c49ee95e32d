use crate::domain::{Protection, ProtectionRule, Reach};

/// A protection as a sentence.
pub fn protection_words(protection: &Protection) -> String {
    let window = protection
        .look_back_hours
        .map_or_else(String::new, |hours| format!(" within {}", hours_in_words(hours)));
    let (of, locks) = match protection.reach {
        Reach::Symbol => ("in a symbol", "the symbol"),
        Reach::Strategy => ("of the strategy", "the strategy"),
        Reach::Account => ("of the account", "the whole account"),
    };
    let cause = match &protection.rule {
        ProtectionRule::StopLossGuard { stops } => {
            format!("After {} by a stop {of}{window}", counted(*stops, "loss", "losses"))
        }
        ProtectionRule::CoolDown => format!("After each exit {of}"),
        ProtectionRule::LowProfit { minimum_return_percent, minimum_trades } => format!(
            "When the returns of {} or more {of}{window} add up to less than \
             {minimum_return_percent} %",
            counted(*minimum_trades, "trade", "trades")
        ),
        ProtectionRule::Drawdown { maximum_percent, minimum_trades } => format!(
            "When {} or more {of}{window} take the account {maximum_percent} % below its highest",
            counted(*minimum_trades, "trade", "trades")
        ),
        ProtectionRule::StraightLosses { losses } => {
            format!("After {} in a row {of}{window}", counted(*losses, "loss", "losses"))
        }
    };
    format!("{cause}, entries of {locks} are locked for {}.", hours_in_words(protection.lock_hours))
}

fn counted(count: u32, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

pub(super) fn hours_in_words(hours: u32) -> String {
    if hours >= 48 && hours.is_multiple_of(24) {
        format!("{} days", hours / 24)
    } else {
        counted(hours, "hour", "hours")
    }
}
