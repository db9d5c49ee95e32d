//! What can be computed, and what is wrong with parameters.

use crate::api::dto::{
    IndicatorCheckDto, IndicatorCheckRequest, IndicatorGroupDto, IndicatorKindDto,
    IndicatorPanelDto, IndicatorParameterDto, IndicatorProblemDto, ParameterValueType,
};
use crate::api::{ApiError, ErrorCode};
use crate::indicators::{
    BarColumns, IndicatorError, IndicatorGroup, IndicatorKind, IndicatorPanel, IndicatorSpec,
    ParameterRule, ParameterSpec, compute,
};

/// Every kind of indicator, group by group.
pub fn indicator_kinds() -> Result<Vec<IndicatorKindDto>, ApiError> {
    let mut kinds = Vec::new();
    for group in IndicatorGroup::ALL {
        let members = IndicatorKind::ALL.iter().filter(|kind| kind.group() == group);
        for kind in members {
            kinds.push(described(*kind).map_err(|error| uncomputable(&error))?);
        }
    }
    Ok(kinds)
}

fn described(kind: IndicatorKind) -> Result<IndicatorKindDto, IndicatorError> {
    let spec = IndicatorSpec::new(kind, &std::collections::BTreeMap::new())?;
    let empty = compute(&spec, &BarColumns::default())?;
    Ok(IndicatorKindDto {
        kind: kind.as_str().to_owned(),
        name: kind.name().to_owned(),
        description: kind.description().to_owned(),
        group: match kind.group() {
            IndicatorGroup::Trend => IndicatorGroupDto::Trend,
            IndicatorGroup::Momentum => IndicatorGroupDto::Momentum,
            IndicatorGroup::Volatility => IndicatorGroupDto::Volatility,
            IndicatorGroup::Volume => IndicatorGroupDto::Volume,
        },
        panel: panel(kind),
        parameters: kind.parameters().iter().map(parameter).collect(),
        rules: kind.rules().iter().map(ParameterRule::words).collect(),
        lines: empty.lines.iter().map(|line| line.name.to_owned()).collect(),
        label: spec.label(),
        warm_up_bars: bars(empty.warm_up_bars),
    })
}

/// Where a chart draws a kind.
pub(super) fn panel(kind: IndicatorKind) -> IndicatorPanelDto {
    match kind.panel() {
        IndicatorPanel::Price => IndicatorPanelDto::Price,
        IndicatorPanel::Own => IndicatorPanelDto::Own,
    }
}

fn parameter(parameter: &ParameterSpec) -> IndicatorParameterDto {
    let is_number = parameter.choices.is_empty();
    IndicatorParameterDto {
        name: parameter.name.to_owned(),
        label: parameter.label(),
        description: parameter.description.to_owned(),
        value_type: match (is_number, parameter.is_integer) {
            (false, _) => ParameterValueType::Choice,
            (true, true) => ParameterValueType::Integer,
            (true, false) => ParameterValueType::Decimal,
        },
        default: parameter.written(parameter.default),
        minimum: is_number.then(|| parameter.minimum.to_string()),
        maximum: is_number.then(|| parameter.maximum.to_string()),
        choices: parameter.choices.iter().map(|word| (*word).to_owned()).collect(),
        unit: (!parameter.unit.is_empty()).then(|| parameter.unit.to_owned()),
    }
}

/// What is wrong with parameters, or what they make.
pub fn indicator_check(request: &IndicatorCheckRequest) -> Result<IndicatorCheckDto, ApiError> {
    let problem = |error: &IndicatorError| IndicatorProblemDto {
        parameter: error.parameter().map(ToOwned::to_owned),
        message: error.to_string(),
    };
    let wrong =
        |problems| IndicatorCheckDto { problems, id: None, label: None, warm_up_bars: None };
    let kind = match IndicatorKind::from_name(&request.kind) {
        Ok(kind) => kind,
        Err(error) => return Ok(wrong(vec![problem(&error)])),
    };
    match IndicatorSpec::check(kind, &request.parameters) {
        Ok(spec) => Ok(IndicatorCheckDto {
            problems: Vec::new(),
            id: Some(spec.id()),
            label: Some(spec.label()),
            warm_up_bars: Some(bars(spec.warm_up_bars().map_err(|error| uncomputable(&error))?)),
        }),
        Err(errors) => Ok(wrong(errors.iter().map(problem).collect())),
    }
}

pub(super) fn bars(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn uncomputable(error: &IndicatorError) -> ApiError {
    ApiError::new(ErrorCode::Internal, format!("an indicator cannot be described: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn checked(kind: &str, parameters: &[(&str, &str)]) -> IndicatorCheckDto {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        indicator_check(&IndicatorCheckRequest { kind: kind.to_owned(), parameters }).unwrap()
    }

    #[test]
    fn the_catalogue_has_every_kind_group_by_group_with_a_form_that_is_accepted() {
        let kinds = indicator_kinds().unwrap();
        assert_eq!(kinds.len(), IndicatorKind::ALL.len());
        let groups: Vec<_> = kinds.iter().map(|kind| kind.group).collect();
        let mut seen = groups.clone();
        seen.dedup();
        assert_eq!(seen.len(), IndicatorGroup::ALL.len(), "each group is in one piece");
        for kind in &kinds {
            let defaults: BTreeMap<_, _> =
                kind.parameters.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
            let request = IndicatorCheckRequest { kind: kind.kind.clone(), parameters: defaults };
            let answer = indicator_check(&request).unwrap();
            assert_eq!(answer.problems, [], "{}", kind.kind);
            assert_eq!(answer.warm_up_bars, Some(kind.warm_up_bars), "{}", kind.kind);
            assert_eq!(answer.label.as_ref(), Some(&kind.label), "{}", kind.kind);
            for parameter in &kind.parameters {
                let is_choice = parameter.value_type == ParameterValueType::Choice;
                assert_eq!(is_choice, parameter.minimum.is_none(), "{}", kind.kind);
                assert_eq!(is_choice, !parameter.choices.is_empty(), "{}", kind.kind);
            }
        }
        let macd = kinds.iter().find(|kind| kind.kind == "MACD").unwrap();
        assert_eq!(macd.rules, ["fast_period < slow_period"]);
        assert_eq!(macd.parameters[0].label, "Fast period");
        assert_eq!(macd.lines, ["value", "signal", "histogram"]);
        assert_eq!(macd.panel, IndicatorPanelDto::Own);
    }

    /// The window's tests show what the engine says: `UPDATE=1 cargo test --lib of_the_window`
    /// writes it anew.
    #[test]
    fn the_catalogue_of_the_window_s_tests_is_the_engine_s() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("ui/src/test/fixtures/indicator-kinds.json");
        let said = serde_json::to_value(indicator_kinds().unwrap()).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            let text = serde_json::to_string_pretty(&said).unwrap() + "\n";
            std::fs::write(&path, text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
        assert!(kept == said, "run `UPDATE=1 cargo test --lib of_the_window`");
    }

    #[test]
    fn a5_2_a_check_names_the_field_or_what_it_makes() {
        let good = checked("sma", &[("period", "50")]);
        assert_eq!((good.id.as_deref(), good.label.as_deref()), (Some("sma_50"), Some("SMA(50)")));
        assert_eq!(good.warm_up_bars, Some(49));
        let bad = checked("MACD", &[("fast_period", "40"), ("signal_period", "x")]);
        let fields: Vec<_> = bad.problems.iter().map(|p| p.parameter.as_deref()).collect();
        assert_eq!(fields, [Some("signal_period"), Some("fast_period")]);
        assert_eq!((bad.id, bad.warm_up_bars), (None, None));
        let unknown = checked(&"<script>".repeat(100), &[]);
        assert_eq!(unknown.problems[0].parameter, None);
        assert!(unknown.problems[0].message.len() < 700, "what is quoted is bounded");
    }
}
