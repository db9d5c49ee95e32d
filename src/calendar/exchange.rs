use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;

use super::CalendarError;

/// An exchange whose trading days are known without asking a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exchange {
    /// The New York Stock Exchange.
    Nyse,
    /// Nasdaq, which keeps the days and hours of the New York Stock Exchange.
    Nasdaq,
    /// The London Stock Exchange.
    Lse,
    /// The Tokyo Stock Exchange.
    Tse,
    /// The Toronto Stock Exchange.
    Tsx,
    /// The Stock Exchange of Hong Kong.
    Hkex,
    /// Xetra, Frankfurt.
    Xetra,
    /// Euronext Paris.
    Euronext,
}

/// Hours on the exchange's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hours {
    pub(super) open: Time,
    pub(super) close: Time,
    pub(super) lunch: Option<(Time, Time)>,
}

impl Exchange {
    /// Every exchange.
    pub const ALL: [Self; 8] = [
        Self::Nyse,
        Self::Nasdaq,
        Self::Lse,
        Self::Tse,
        Self::Tsx,
        Self::Hkex,
        Self::Xetra,
        Self::Euronext,
    ];

    /// The name in strategies and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nyse => "NYSE",
            Self::Nasdaq => "NASDAQ",
            Self::Lse => "LSE",
            Self::Tse => "TSE",
            Self::Tsx => "TSX",
            Self::Hkex => "HKEX",
            Self::Xetra => "XETRA",
            Self::Euronext => "EURONEXT",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Nyse => "New York Stock Exchange",
            Self::Nasdaq => "Nasdaq",
            Self::Lse => "London Stock Exchange",
            Self::Tse => "Tokyo Stock Exchange",
            Self::Tsx => "Toronto Stock Exchange",
            Self::Hkex => "Hong Kong Stock Exchange",
            Self::Xetra => "Xetra (Frankfurt)",
            Self::Euronext => "Euronext Paris",
        }
    }

    /// IANA name of the exchange's time zone.
    pub fn zone_name(self) -> &'static str {
        match self {
            Self::Nyse | Self::Nasdaq => "America/New_York",
            Self::Lse => "Europe/London",
            Self::Tse => "Asia/Tokyo",
            Self::Tsx => "America/Toronto",
            Self::Hkex => "Asia/Hong_Kong",
            Self::Xetra => "Europe/Berlin",
            Self::Euronext => "Europe/Paris",
        }
    }

    /// First and last year in which its days are known.
    pub fn years(self) -> RangeInclusive<i16> {
        match self {
            Self::Nyse | Self::Nasdaq => super::YEARS,
            Self::Lse | Self::Tse | Self::Tsx | Self::Hkex | Self::Xetra | Self::Euronext => {
                2016..=2027
            }
        }
    }

    pub(super) fn zone(self) -> TimeZone {
        match self {
            Self::Nyse | Self::Nasdaq => jiff::tz::get!("America/New_York"),
            Self::Lse => jiff::tz::get!("Europe/London"),
            Self::Tse => jiff::tz::get!("Asia/Tokyo"),
            Self::Tsx => jiff::tz::get!("America/Toronto"),
            Self::Hkex => jiff::tz::get!("Asia/Hong_Kong"),
            Self::Xetra => jiff::tz::get!("Europe/Berlin"),
            Self::Euronext => jiff::tz::get!("Europe/Paris"),
        }
    }

    /// Continuous trading on a full day. Auctions before and after it are left out.
    pub(super) fn full_hours(self, day: Date) -> Hours {
        let at = |hour, minute| Time::constant(hour, minute, 0, 0);
        let hours = |open, close| Hours { open, close, lunch: None };
        match self {
            Self::Nyse | Self::Nasdaq | Self::Tsx => hours(at(9, 30), at(16, 0)),
            Self::Lse => hours(at(8, 0), at(16, 30)),
            // Tokyo trades half an hour longer since 5 November 2024.
            Self::Tse => Hours {
                open: at(9, 0),
                close: if day < date(2024, 11, 5) { at(15, 0) } else { at(15, 30) },
                lunch: Some((at(11, 30), at(12, 30))),
            },
            Self::Hkex => {
                Hours { open: at(9, 30), close: at(16, 0), lunch: Some((at(12, 0), at(13, 0))) }
            }
            Self::Xetra | Self::Euronext => hours(at(9, 0), at(17, 30)),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Exchange {
    type Err = CalendarError;

    /// Reads the name of an exchange, in capitals or not.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let found = Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| CalendarError::UnknownExchange {
            name: text.chars().filter(|c| !c.is_control()).take(40).collect(),
        })
    }
}
