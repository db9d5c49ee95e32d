use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::ScheduleError;

/// No expression of use is longer.
const MOST_CHARACTERS: usize = 120;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A cron expression of five fields, or of six with the second first.
///
/// Where both the day of the month and the day of the week are restricted, a day need only be one of
/// the two, as in Vixie cron. In a gap of the clock, a rule with a single time of day runs at the
/// first instant after the gap and any other rule leaves the gap out; in an hour that comes twice, a
/// rule with a single time of day runs the first time only and any other rule both times.
#[derive(Debug, Clone, PartialEq)]
pub struct CronExpression {
    text: String,
    cron: Cron,
}

impl CronExpression {
    /// The expression as written, with single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The expression in words, on the clock of its zone.
    pub fn words(&self) -> String {
        // croner names every day; a trader says it shorter.
        self.cron
            .describe()
            .trim_end_matches('.')
            .replace("on Monday, Tuesday, Wednesday, Thursday, and Friday", "Monday to Friday")
    }

    /// The first planned time strictly after `instant`.
    pub(super) fn next_after(&self, instant: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let from = instant.to_zoned(zone.clone());
        self.cron.find_next_occurrence(&from, false).ok().map(|zoned| zoned.timestamp())
    }

    /// Whether the clock of `zone` shows a time of the expression at `instant`. It does not where the
    /// time was skipped by a change of clocks and the run moved to the end of the gap.
    pub(super) fn shows(&self, instant: Timestamp, zone: &TimeZone) -> bool {
        self.cron.is_time_matching(&instant.to_zoned(zone.clone())).unwrap_or(false)
    }
}

impl FromStr for CronExpression {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let length = text.chars().count();
        let is_plain = text.chars().all(|c| c.is_ascii_graphic() || c == ' ' || c == '\t');
        if length > MOST_CHARACTERS || !is_plain {
            return Err(ScheduleError::Text { length, most: MOST_CHARACTERS });
        }
        let fields: Vec<String> =
            text.split_ascii_whitespace().map(str::to_ascii_uppercase).collect();
        let expression = fields.join(" ");
        let kinds: &[Field] = match fields.len() {
            5 => &Field::ALL[1..],
            6 => &Field::ALL,
            count => return Err(ScheduleError::FieldCount { expression, count }),
        };
        for (field, value) in kinds.iter().zip(&fields) {
            field.check(value)?;
        }
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let cron = parser.parse(&expression).map_err(|error| ScheduleError::Field {
            field: "cron expression",
            value: expression.clone(),
            allowed: error.to_string(),
        })?;
        let any = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        if cron.find_next_occurrence(&any, false).is_err() {
            return Err(ScheduleError::NeverComes { expression });
        }
        Ok(Self { text: expression, cron })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

impl Field {
    const ALL: [Self; 6] =
        [Self::Second, Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek];

    fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    fn allowed(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => {
                "use 0 to 59, a list such as 0,30, a range such as 10-20, steps such as */15, or *"
            }
            Self::Hour => {
                "use 0 to 23, a list such as 10,15, a range such as 9-16, steps such as */2, or *"
            }
            Self::DayOfMonth => {
                "use 1 to 31, a list such as 1,15, a range such as 1-7, steps such as */2, L for the \
                 last day, 15W for the weekday nearest the 15th, or *"
            }
            Self::Month => {
                "use 1 to 12 or JAN to DEC, a list such as JAN,JUL, a range such as MAR-MAY, steps \
                 such as */3, or *"
            }
            Self::DayOfWeek => {
                "use 0 to 7 (0 and 7 are Sunday) or SUN to SAT, a list such as MON,THU, a range such \
                 as MON-FRI, MON#1 for the first Monday of the month, FRI#L for the last Friday, or *"
            }
        }
    }

    fn check(self, value: &str) -> Result<(), ScheduleError> {
        if value.split(',').all(|item| self.is_item(item)) {
            return Ok(());
        }
        let allowed = self.allowed().to_owned();
        Err(ScheduleError::Field { field: self.name(), value: value.to_owned(), allowed })
    }

    fn is_item(self, item: &str) -> bool {
        match self {
            Self::DayOfMonth => {
                if item == "?" || item == "L" {
                    return true;
                }
                if let Some(day) = item.strip_suffix('W') {
                    return self.number(day).is_some();
                }
            }
            Self::DayOfWeek => {
                if item == "?" {
                    return true;
                }
                if let Some((day, which)) = item.split_once('#') {
                    return self.number(day).is_some()
                        && matches!(which, "1" | "2" | "3" | "4" | "5" | "L");
                }
            }
            Self::Second | Self::Minute | Self::Hour | Self::Month => {}
        }
        let (base, step) = match item.split_once('/') {
            None => (item, None),
            Some((base, step)) => (base, Some(step)),
        };
        let is_range = match base.split_once('-') {
            _ if base == "*" => true,
            Some((from, to)) => match (self.number(from), self.number(to)) {
                (Some(from), Some(to)) if from <= to => true,
                _ => return false,
            },
            None if self.number(base).is_some() => false,
            None => return false,
        };
        match step {
            None => true,
            Some(step) => is_range && digits(step).is_some_and(|step| (1..=59).contains(&step)),
        }
    }

    /// A number or a name as its number, if it lies in the field's range.
    fn number(self, text: &str) -> Option<usize> {
        let named = |names: &[&str]| names.iter().position(|name| *name == text);
        let (number, range) = match self {
            Self::Second | Self::Minute => (digits(text), 0..=59),
            Self::Hour => (digits(text), 0..=23),
            Self::DayOfMonth => (digits(text), 1..=31),
            Self::Month => (digits(text).or_else(|| Some(named(&MONTHS)? + 1)), 1..=12),
            Self::DayOfWeek => (digits(text).or_else(|| named(&WEEKDAYS)), 0..=7),
        };
        number.filter(|number| range.contains(number))
    }
}

fn digits(text: &str) -> Option<usize> {
    let is_short = (1..=2).contains(&text.len());
    (is_short && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(text: &str) -> String {
        text.parse::<CronExpression>().unwrap_err().to_string()
    }

    #[test]
    fn a2_1_each_bad_field_is_named_with_what_may_stand_there() {
        for (text, expected) in [
            ("0 99 * * *", "the hour is \"99\": use 0 to 23"),
            ("60 9 * * *", "the minute is \"60\": use 0 to 59"),
            ("0 9 32 * *", "the day of month is \"32\": use 1 to 31"),
            ("0 9 * 13 *", "the month is \"13\": use 1 to 12 or JAN to DEC"),
            ("0 9 * * MONDAY", "the day of week is \"MONDAY\": use 0 to 7"),
            ("0 9 * * FRI-MON", "the day of week is \"FRI-MON\""),
            ("61 0 9 * * *", "the second is \"61\""),
            ("5/10 9 * * *", "the minute is \"5/10\""),
            ("*/0 9 * * *", "the minute is \"*/0\""),
            ("0 9 * *", "has 4 fields; write five"),
            ("0 0 9 * * * 2026", "has 7 fields"),
            ("@daily", "has 1 fields"),
            ("", "\"\" has 0 fields"),
            ("0 9 30 2 *", "never comes"),
            ("0 9 31 4,6,9,11 *", "never comes"),
            ("0 9 * * MON\u{0}", "printable ASCII"),
            ("0 9 * * 月", "printable ASCII"),
        ] {
            assert!(error(text).contains(expected), "{text}: {}", error(text));
        }
        let long = format!("{} 9 * * *", "0,".repeat(5000));
        assert!(error(&long).contains("at most 120"), "{}", error(&long));
    }

    #[test]
    fn every_form_that_is_allowed_is_read_and_said_in_words() {
        for (text, words) in [
            ("0 16 * * MON-FRI", "At 16:00, Monday to Friday"),
            ("0 9 * * mon-fri", "At 09:00, Monday to Friday"),
            ("30 15 9 * * *", "At 09:15:30"),
            ("*/15 * * * *", "At every 15 minutes"),
            ("* * * * *", "Every minute"),
            ("* * * * * *", "Every second"),
            ("0 10,15 * * *", "At minute 0, of hour 10 and 15"),
            ("0 9 1 * *", "At 09:00, on day 1"),
            ("0 9 L * *", "At 09:00, on the last day of the month"),
            ("0 9 15W * *", "At 09:00, on the weekday nearest day 15"),
            ("0 9 * * MON#1", "At 09:00, on the 1st Monday of the month"),
            ("0 9 * * FRI#L", "At 09:00, on the last Friday of the month"),
            ("0 9 * JAN,JUL *", "At 09:00, in January and July"),
            ("0 9 ? * 7", "At 09:00, on Sunday"),
        ] {
            let read: CronExpression = text.parse().unwrap();
            assert_eq!(read.words(), words, "{text}");
        }
        let spaced: CronExpression = "  0   16 *\t* mon-fri ".parse().unwrap();
        assert_eq!(spaced.text(), "0 16 * * MON-FRI");
    }

    #[test]
    fn a2_1_the_next_run_follows_the_cron_in_its_zone_over_a_clock_change() {
        let daily: CronExpression = "0 16 * * MON-FRI".parse().unwrap();
        let new_york = TimeZone::get("America/New_York").unwrap();
        let friday: Timestamp = "2012-03-09T21:00:00Z".parse().unwrap();
        let monday = daily.next_after(friday, &new_york).unwrap();
        assert_eq!(monday.to_string(), "2012-03-12T20:00:00Z");
    }

    proptest! {
        #[test]
        fn no_text_stops_the_parser_and_what_it_reads_comes(text in "[0-9*/,#LWA-Z? -]{0,40}") {
            if let Ok(read) = text.parse::<CronExpression>() {
                prop_assert!(read.next_after(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_some());
            }
        }

        #[test]
        fn no_character_stops_the_parser(text in ".{0,200}") {
            let _ = text.parse::<CronExpression>();
        }
    }
}
