//! Decimals as values of a template: exact, and compared as numbers.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// An exact number. It is rendered from its decimal digits and never passes through a binary one.
///
/// An indicator is the number of its main line, with its other lines as fields: `macd` is the MACD
/// line and `macd.signal` its signal line.
#[derive(Debug, Clone)]
pub(super) struct Number {
    value: Decimal,
    fields: Vec<(String, Value)>,
}

impl Number {
    /// As a value of a template.
    pub(super) fn value(value: Decimal) -> Value {
        Value::from_object(Self { value, fields: Vec::new() })
    }

    /// A number with fields.
    pub(super) fn with_fields(value: Decimal, fields: Vec<(String, Value)>) -> Value {
        Value::from_object(Self { value, fields })
    }

    /// The number of a value, if it is one: an exact one, or a whole one such as `loop.index`.
    pub(super) fn of(value: &Value) -> Option<Decimal> {
        if let Some(number) = value.downcast_object_ref::<Self>() {
            return Some(number.value);
        }
        if value.is_integer() {
            return i64::try_from(value.clone()).ok().map(Decimal::from);
        }
        None
    }
}

impl Object for Number {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.value.is_zero()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.value.cmp(&other.value))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

/// A number in groups of three digits, such as `83,813,200.50`.
pub(super) fn grouped(number: Decimal) -> String {
    let text = number.abs().to_string();
    let (whole, fraction) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let mut made = String::new();
    if number.is_sign_negative() && !number.is_zero() {
        made.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            made.push(',');
        }
        made.push(digit);
    }
    if let Some(fraction) = fraction {
        made.push('.');
        made.push_str(fraction);
    }
    made
}

/// A count of places after the point that a filter was given: 0 to 12.
pub(super) fn places(value: &Value) -> Option<u32> {
    Number::of(value)?.to_u32().filter(|places| *places <= 12)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, shown) in
            [("0", "0"), ("999", "999"), ("-1000.50", "-1,000.50"), ("83813200", "83,813,200")]
        {
            assert_eq!(grouped(number.parse().unwrap()), shown);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_rendered_digit_by_digit_and_compared_exactly(
            left in any::<i64>(), right in any::<i64>(), scale in 0_u32..=12,
        ) {
            let (left, right) = (Decimal::new(left, scale), Decimal::new(right, scale));
            prop_assert_eq!(Number::value(left).to_string(), left.to_string());
            prop_assert_eq!(Number::value(left).cmp(&Number::value(right)), left.cmp(&right));
            prop_assert_eq!(Number::value(left) == Number::value(right), left == right);
        }
    }
}
