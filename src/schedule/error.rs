use crate::calendar::CalendarError;

/// Why a text is no schedule, as a sentence that says what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Longer than any expression of use, or with characters that none has.
    #[error(
        "a cron expression has at most {most} printable ASCII characters, and this one has {length} \
         characters or others than those"
    )]
    Text {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        most: usize,
    },
    /// Not five and not six fields.
    #[error(
        "\"{expression}\" has {count} fields; write five (minute, hour, day of month, month, day of \
         week), such as \"0 16 * * MON-FRI\", or six with the second first"
    )]
    FieldCount {
        /// The expression.
        expression: String,
        /// Fields found.
        count: usize,
    },
    /// A field that does not read.
    #[error("the {field} is \"{value}\": {allowed}")]
    Field {
        /// Name of the field, such as `hour`.
        field: &'static str,
        /// Its value.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// No day has these times.
    #[error("\"{expression}\" never comes: no month that it names has such a day")]
    NeverComes {
        /// The expression.
        expression: String,
    },
    /// Neither cron nor a distance from the session.
    #[error(
        "\"{text}\" is no distance from a session: write up to 720 minutes, such as \"15 minutes \
         before close\", \"30 minutes after open\" or \"at close\""
    )]
    Around {
        /// As given, cut to 80 characters.
        text: String,
    },
    /// No time zone of that name.
    #[error("\"{name}\" is no time zone: use an IANA name such as \"America/New_York\"")]
    TimeZone {
        /// As given, cut to 80 characters.
        name: String,
    },
    /// A policy that is not known, or a number outside its range.
    #[error("{field} is \"{value}\": {allowed}")]
    Policy {
        /// Name of the field in the strategy.
        field: &'static str,
        /// Its value, cut to 40 characters.
        value: String,
        /// What may stand there.
        allowed: &'static str,
    },
    /// More runs than a preview shows, or none.
    #[error("a preview shows 1 to {most} planned runs, not {count}")]
    PreviewCount {
        /// How many were asked for.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// The calendar has no answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}
