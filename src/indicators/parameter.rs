use super::PriceColumn;

/// One parameter of an indicator: what a form offers and [`IndicatorSpec::new`] accepts.
///
/// [`IndicatorSpec::new`]: super::IndicatorSpec::new
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// The name, such as `period`.
    pub name: &'static str,
    /// The value when none is given.
    pub default: f64,
    /// Smallest value accepted.
    pub minimum: f64,
    /// Largest value accepted.
    pub maximum: f64,
    /// Whether the value has to be whole.
    pub is_integer: bool,
    /// The words to choose from, where the value is a word; the numbers are indices into it then.
    /// Empty for a number.
    pub choices: &'static [&'static str],
    /// What it is counted in, such as `bars`; empty for a word and for a bare number.
    pub unit: &'static str,
    /// What it does, with its unit.
    pub description: &'static str,
    /// Whether ids and labels leave it out while it has its default.
    pub(super) is_minor: bool,
}

impl ParameterSpec {
    /// What is accepted, in words.
    pub(super) fn accepted(&self) -> String {
        if self.choices.is_empty() {
            let number = if self.is_integer { "a whole number" } else { "a number" };
            format!("{number} from {} to {}", self.minimum, self.maximum)
        } else {
            format!("one of {}", self.choices.join(", "))
        }
    }

    /// A value as it is written in configurations.
    pub fn written(&self, value: f64) -> String {
        // A choice is a whole number that its own range bounds.
        match self.choices.get(value as usize) {
            Some(word) => (*word).to_owned(),
            None => value.to_string(),
        }
    }

    /// The name for people, such as `Fast period`.
    pub fn label(&self) -> String {
        let mut words = self.name.replace('_', " ");
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        words
    }

    const fn minor(self) -> Self {
        Self { is_minor: true, ..self }
    }
}

/// One parameter has to be below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParameterRule {
    /// The one below.
    pub lower: &'static str,
    /// The one above.
    pub upper: &'static str,
    /// What to do about a breach, in words.
    pub remedy: &'static str,
}

impl ParameterRule {
    /// The rule in words, such as `fast_period < slow_period`.
    pub fn words(&self) -> String {
        format!("{} < {}", self.lower, self.upper)
    }
}

pub(super) const fn shorter(lower: &'static str, upper: &'static str) -> ParameterRule {
    ParameterRule { lower, upper, remedy: "give a fast period that is shorter than the slow one" }
}

pub(super) const fn apart(lower: &'static str, upper: &'static str) -> ParameterRule {
    ParameterRule { lower, upper, remedy: "move them apart" }
}

/// A number of bars.
pub(super) const fn bars(
    name: &'static str,
    default: f64,
    minimum: f64,
    maximum: f64,
    description: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        default,
        minimum,
        maximum,
        is_integer: true,
        choices: &[],
        unit: "bars",
        description,
        is_minor: false,
    }
}

/// A number that need not be whole.
pub(super) const fn number(
    name: &'static str,
    (minimum, default, maximum): (f64, f64, f64),
    unit: &'static str,
    description: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        default,
        minimum,
        maximum,
        is_integer: false,
        choices: &[],
        unit,
        description,
        is_minor: false,
    }
}

/// A level of an oscillator, left out of ids while it is the usual one.
pub(super) const fn level(
    name: &'static str,
    range: (f64, f64, f64),
    description: &'static str,
) -> ParameterSpec {
    number(name, range, "", description).minor()
}

/// The price that an indicator is computed from; its choices are those of [`PriceColumn`].
pub(super) const SOURCE: ParameterSpec = ParameterSpec {
    name: "source",
    default: 0.0,
    minimum: 0.0,
    maximum: (PriceColumn::ALL.len() - 1) as f64,
    is_integer: true,
    choices: &["close", "open", "high", "low"],
    unit: "",
    description: "Price of the bar that it is computed from",
    is_minor: true,
};

/// The period of a moving average.
pub(super) const AVERAGE_PERIOD: ParameterSpec =
    bars("period", 20.0, 1.0, 500.0, "Bars in the average");

/// The multiple of a standard deviation.
pub(super) const DEVIATIONS: ParameterSpec = number(
    "standard_deviations",
    (0.5, 2.0, 5.0),
    "standard deviations",
    "Distance of the outer bands from the middle, in standard deviations",
);
