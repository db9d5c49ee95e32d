//! Everything that a template may use, with its description: for the check, and for an editor's
//! panel.

use crate::domain::PromptType;

/// A value of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Such as `current_price`.
    pub name: &'static str,
    /// What it is, with its unit.
    pub description: &'static str,
    /// What a template writes.
    pub example: &'static str,
    /// Names of its fields, if they are always the same.
    pub fields: &'static [&'static str],
    /// It is always there: others may be missing, and are asked for with `is defined`.
    pub is_certain: bool,
}

/// Something that can be done with a value, or that steers a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Such as `round`.
    pub name: &'static str,
    /// With its arguments, such as `round(places)`.
    pub form: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What a template writes.
    pub example: &'static str,
}

/// Fields of the bars and indicators of one timeframe.
pub(super) const TIMEFRAME_FIELDS: &[&str] = &[
    "timeframe",
    "bars",
    "bars_shown",
    "bar_date",
    "first_date",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "indicators",
    "indicator_list",
];
/// Fields of a strategy.
pub(super) const STRATEGY_FIELDS: &[&str] = &["name", "description", "autonomy"];
/// Fields of the limits of a strategy.
pub(super) const RISK_FIELDS: &[&str] = &[
    "risk_per_trade_percent",
    "stop_atr_multiple",
    "target_atr_multiple",
    "maximum_position_shares",
    "maximum_position_percent",
    "maximum_exposure_percent",
    "maximum_open_positions",
    "minimum_r",
];

const fn certain(name: &'static str, description: &'static str, example: &'static str) -> Variable {
    Variable { name, description, example, fields: &[], is_certain: true }
}

const fn possible(
    name: &'static str,
    description: &'static str,
    example: &'static str,
) -> Variable {
    Variable { name, description, example, fields: &[], is_certain: false }
}

/// Every value of a run.
pub const VARIABLES: &[Variable] = &[
    certain("symbol", "Ticker symbol", "{{ symbol }}"),
    certain(
        "company_name",
        "Name of the company, as the broker writes it; fenced",
        "{{ company_name }}",
    ),
    certain("exchange", "Listing exchange, such as NASDAQ", "{{ exchange }}"),
    certain("currency", "ISO code of the currency of all prices", "{{ currency }}"),
    certain("tick_size", "Smallest step of a price, in the currency", "{{ tick_size }}"),
    certain("current_price", "Last traded price", "{{ current_price | currency }}"),
    certain("price_time", "When the broker last updated it", "{{ price_time | datetime }}"),
    certain(
        "price_age_seconds",
        "Its age at the time of the run, in seconds",
        "{{ price_age_seconds }}",
    ),
    certain("timeframe", "What this prompt reads: 1d or 1w", "{{ timeframe }}"),
    certain("language", "Language of this prompt: en or zh", "{{ language }}"),
    certain(
        "now",
        "Time of the run; date and datetime write it on the exchange's clock",
        "{{ now | datetime }}",
    ),
    certain("today", "Date of the run at the exchange", "{{ today }}"),
    certain("open", "First price of the last bar", "{{ open }}"),
    certain("high", "Highest price of the last bar", "{{ high }}"),
    certain("low", "Lowest price of the last bar", "{{ low }}"),
    certain("close", "Last price of the last bar", "{{ close }}"),
    certain("volume", "Shares traded in the last bar", "{{ volume }}"),
    certain("bar_date", "First day of the last bar", "{{ bar_date }}"),
    certain("bars", "Bars that the indicators were computed on", "{{ bars }}"),
    certain("bars_shown", "Bars that the chart shows", "{{ bars_shown }}"),
    certain(
        "indicators",
        "Indicators of the strategy by id, each with value, previous, label, reading, its lines by name, and is_warm",
        "{{ indicators.rsi_14.value }}",
    ),
    certain(
        "indicator_list",
        "The same as a list, in the order of the strategy",
        "{% for indicator in indicator_list %}{{ indicator.label }}{% endfor %}",
    ),
    possible("atr", "Average true range, 14 bars, in the currency", "{{ atr | round(2) }}"),
    possible(
        "rsi",
        "Relative strength index, 14 bars, 0 to 100",
        "{% if rsi > 70 %}overbought{% endif %}",
    ),
    Variable {
        name: "macd",
        description: "MACD line, with signal and histogram",
        example: "{{ macd.histogram }}",
        fields: &["value", "signal", "histogram"],
        is_certain: false,
    },
    Variable {
        name: "supertrend",
        description: "SuperTrend line, with its direction: up or down",
        example: "{{ supertrend.direction }}",
        fields: &["value", "direction"],
        is_certain: false,
    },
    possible("ma20", "Simple moving average of 20 closes", "{{ ma20 }}"),
    possible("ma50", "Simple moving average of 50 closes", "{{ ma50 }}"),
    possible(
        "ma200",
        "Simple moving average of 200 closes",
        "{% if ma200 is defined %}{{ ma200 }}{% endif %}",
    ),
    Variable {
        name: "bollinger",
        description: "Middle Bollinger band, with upper and lower",
        example: "{{ bollinger.upper }}",
        fields: &["upper", "middle", "lower"],
        is_certain: false,
    },
    possible("volatility", "ATR as a share of the last close", "{{ volatility | percent }}"),
    possible(
        "trend",
        "Direction by the 3-of-4 rule, computed by code, such as strong_bullish",
        "{{ trend | trend_label }}",
    ),
    Variable {
        name: "daily",
        description: "Bar and indicators of the daily timeframe",
        example: "{{ daily.close }}",
        fields: TIMEFRAME_FIELDS,
        is_certain: false,
    },
    Variable {
        name: "weekly",
        description: "Bar and indicators of the weekly timeframe",
        example: "{{ weekly.close }}",
        fields: TIMEFRAME_FIELDS,
        is_certain: false,
    },
    Variable {
        name: "strategy",
        description: "The strategy: name, description, autonomy; fenced",
        example: "{{ strategy.name }}",
        fields: STRATEGY_FIELDS,
        is_certain: true,
    },
    Variable {
        name: "risk",
        description: "The limits of the strategy",
        example: "{{ risk.stop_atr_multiple }}",
        fields: RISK_FIELDS,
        is_certain: true,
    },
    possible(
        "instructions",
        "What the strategy adds to each prompt; fenced",
        "{% if instructions is defined %}{{ instructions }}{% endif %}",
    ),
    possible(
        "held_quantity",
        "Shares that the strategy holds of the symbol, if that is known",
        "{{ held_quantity | default(\"not known\") }}",
    ),
    certain(
        "previous_analyses",
        "Earlier readings of this run, each with timeframe and text; fenced",
        "{% for analysis in previous_analyses %}{{ analysis.text }}{% endfor %}",
    ),
    possible(
        "analysis_daily",
        "The daily reading, in the consolidation; fenced",
        "{{ analysis_daily }}",
    ),
    possible(
        "analysis_weekly",
        "The weekly reading, in the consolidation; fenced",
        "{{ analysis_weekly }}",
    ),
];

const fn entry(
    name: &'static str,
    form: &'static str,
    description: &'static str,
    example: &'static str,
) -> Entry {
    Entry { name, form, description, example }
}

/// Every filter.
pub const FILTERS: &[Entry] = &[
    entry(
        "round",
        "round(places)",
        "Rounds, halves away from zero; to whole numbers if no places are given",
        "{{ atr | round(2) }}",
    ),
    entry("abs", "abs", "Without its sign", "{{ macd.histogram | abs }}"),
    entry(
        "percent",
        "percent(places)",
        "A share as percent; one place if none is given",
        "{{ volatility | percent(2) }}",
    ),
    entry(
        "currency",
        "currency(code)",
        "An amount with two places and its currency",
        "{{ close | currency }}",
    ),
    entry("plus", "plus(number)", "Adds, exactly", "{{ close | plus(atr) }}"),
    entry("minus", "minus(number)", "Takes away, exactly", "{{ close | minus(atr | times(2)) }}"),
    entry("times", "times(number)", "Multiplies, exactly", "{{ atr | times(2) }}"),
    entry(
        "divided_by",
        "divided_by(number)",
        "Divides, to 28 digits",
        "{{ atr | divided_by(close) | percent }}",
    ),
    entry(
        "date",
        "date(pattern)",
        "A date; %Y-%m-%d if no pattern is given",
        "{{ now | date(\"%d %B %Y\") }}",
    ),
    entry(
        "datetime",
        "datetime(pattern)",
        "Date and time on the exchange's clock",
        "{{ now | datetime(\"%H:%M %Z\") }}",
    ),
    entry("upper", "upper", "In capitals", "{{ symbol | upper }}"),
    entry("lower", "lower", "In small letters", "{{ symbol | lower }}"),
    entry("title", "title", "Each word with a capital", "{{ company_name | title }}"),
    entry("trim", "trim", "Without spaces around it", "{{ company_name | trim }}"),
    entry(
        "join",
        "join(between)",
        "The items of a list as one text",
        "{{ [\"a\", \"b\"] | join(\", \") }}",
    ),
    entry("first", "first", "First item or character", "{{ (indicator_list | first).label }}"),
    entry("last", "last", "Last item or character", "{{ (indicator_list | last).label }}"),
    entry("length", "length", "How many items or characters", "{{ indicator_list | length }}"),
    entry(
        "default",
        "default(other)",
        "Another value where there is none",
        "{{ rsi | default(\"not known\") }}",
    ),
    entry(
        "trend_label",
        "trend_label",
        "A trend in the words of the prompt's language",
        "{{ trend | trend_label }}",
    ),
    entry(
        "signal_label",
        "signal_label",
        "BUY, SELL or HOLD in the words of the prompt's language",
        "{{ \"HOLD\" | signal_label }}",
    ),
];

/// Every test, after `is` or `is not`.
pub(super) const TESTS: &[&str] = &["defined", "undefined", "none", "odd", "even"];

/// What steers a template.
pub const STATEMENTS: &[Entry] = &[
    entry(
        "if",
        "if … elif … else … endif",
        "Writes one of several texts",
        "{% if rsi > 70 %}overbought{% else %}not overbought{% endif %}",
    ),
    entry(
        "is defined",
        "is defined",
        "Whether the run has a value: ask before using one that may be missing",
        "{% if ma200 is defined %}{{ ma200 }}{% endif %}",
    ),
    entry(
        "for",
        "for … endfor",
        "Writes a text for each item of a list",
        "{% for indicator in indicator_list %}{{ indicator.label }}\n{% endfor %}",
    ),
    entry(
        "set",
        "set name = value",
        "Gives a value a name",
        "{% set stop = close | minus(atr | times(2)) %}",
    ),
    entry(
        "with",
        "with name = value … endwith",
        "The same, for a part of the text",
        "{% with half = atr | divided_by(2) %}{{ half }}{% endwith %}",
    ),
    entry(
        "macro",
        "macro name(values) … endmacro",
        "Gives a piece of text a name",
        "{% macro level(name, value) %}{{ name }}: {{ value }}{% endmacro %}",
    ),
    entry(
        "raw",
        "raw … endraw",
        "Text that is not looked at",
        "{% raw %}{{ not a variable }}{% endraw %}",
    ),
    entry("comment", "{# … #}", "A remark that is not sent", "{# keep this short #}"),
];

pub(super) fn is_variable(name: &str) -> bool {
    VARIABLES.iter().any(|variable| variable.name == name)
}

/// The fields of a value or of a loop, where they are always the same; a plain value has none.
pub(super) fn fields(variable: &str) -> Option<&'static [&'static str]> {
    const LOOP: &[&str] = &[
        "index",
        "index0",
        "revindex",
        "revindex0",
        "first",
        "last",
        "length",
        "previtem",
        "nextitem",
        "depth",
        "depth0",
    ];

    if variable == "loop" {
        return Some(LOOP);
    }
    // Their fields are the ids of indicators, or the items of a list.
    if matches!(variable, "indicators" | "indicator_list" | "previous_analyses") {
        return None;
    }
    VARIABLES.iter().find(|known| known.name == variable).map(|known| known.fields)
}

/// Why a value is missing in a type of prompt, if it always is.
pub(super) fn missing_in(variable: &str, prompt_type: PromptType) -> Option<&'static str> {
    let consolidates =
        matches!(prompt_type, PromptType::Consolidation | PromptType::ConsolidationSystem);
    let reads_first = matches!(prompt_type, PromptType::Daily | PromptType::DailySystem);
    match variable {
        "analysis_weekly" if !consolidates => {
            Some("the weekly reading is there in the consolidation only")
        }
        "analysis_daily" if reads_first => {
            Some("the daily reading is not there before it was made")
        }
        _ => None,
    }
}
