//! What the page *Indicators* and the wizard of strategies show. Values of parameters are texts, as a
//! strategy file has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ChartBarDto, ChartSeriesDto, ToldDto};
use crate::domain::{Conid, Timeframe};

/// What an indicator tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorGroupDto {
    /// Which way the price goes.
    Trend,
    /// How fast it goes.
    Momentum,
    /// How far it swings.
    Volatility,
    /// How much is traded.
    Volume,
}

/// Where a chart draws an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorPanelDto {
    /// Over the price.
    Price,
    /// In a panel of its own.
    Own,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterValueType {
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// One of the choices.
    Choice,
}

/// A parameter of an indicator.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorParameterDto {
    /// As strategy files name it, such as `fast_period`.
    pub name: String,
    /// For people, such as `Fast period`.
    pub label: String,
    /// What it does.
    pub description: String,
    /// What it takes.
    pub value_type: ParameterValueType,
    /// The value when none is given.
    pub default: String,
    /// Smallest number; nothing for a choice.
    pub minimum: Option<String>,
    /// Largest number; nothing for a choice.
    pub maximum: Option<String>,
    /// The words of a choice; empty for a number.
    pub choices: Vec<String>,
    /// What it is counted in, such as `bars`.
    pub unit: Option<String>,
}

/// An indicator that can be computed.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorKindDto {
    /// As strategy files name it, such as `SMA`.
    pub kind: String,
    /// In words, such as `Simple moving average`.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// What it tells of.
    pub group: IndicatorGroupDto,
    /// Where a chart draws it.
    pub panel: IndicatorPanelDto,
    /// Its parameters, in their usual order.
    pub parameters: Vec<IndicatorParameterDto>,
    /// What has to hold between them, such as `fast_period < slow_period`.
    pub rules: Vec<String>,
    /// Its lines, the main one first.
    pub lines: Vec<String>,
    /// The label with the defaults, such as `SMA(20)`.
    pub label: String,
    /// Bars before the first value, with the defaults.
    pub warm_up_bars: u32,
}

/// An indicator with parameters, not checked yet.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorCheckRequest {
    /// Such as `MACD`.
    pub kind: String,
    /// Name to value; those left out have their defaults.
    pub parameters: BTreeMap<String, String>,
}

/// Something that is wrong with the parameters of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorProblemDto {
    /// The parameter that it is about; nothing if it is about none.
    pub parameter: Option<String>,
    /// What is wrong with it and what to give instead.
    pub message: String,
}

/// An indicator with parameters, checked.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorCheckDto {
    /// All that is wrong; empty if it can be computed.
    pub problems: Vec<IndicatorProblemDto>,
    /// Such as `sma_50`; nothing while something is wrong.
    pub id: Option<String>,
    /// Such as `SMA(50)`; nothing while something is wrong.
    pub label: Option<String>,
    /// Bars before the first value; nothing while something is wrong.
    pub warm_up_bars: Option<u32>,
}

/// An indicator with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorChoiceDto {
    /// Such as `MACD`.
    pub kind: String,
    /// Name to value; those left out have their defaults.
    pub parameters: BTreeMap<String, String>,
}

/// A named set of indicators. A strategy takes a copy of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorSetDto {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// It is part of the program and cannot be changed.
    pub is_shipped: bool,
    /// The indicators, in their order.
    pub indicators: Vec<IndicatorChoiceDto>,
    /// Their labels, such as `SMA(50)`, in the same order.
    pub labels: Vec<String>,
    /// Bars before every one of them has a value.
    pub warm_up_bars: u32,
}

/// Makes a set of indicators, or replaces one.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorSetSaveRequest {
    /// Which one; a new one if absent.
    #[serde(default)]
    pub set_id: Option<String>,
    /// 1 to 60 characters, and no other set's.
    pub name: String,
    /// At most 300 characters.
    pub description: String,
    /// 1 to 40, no two the same.
    pub indicators: Vec<IndicatorChoiceDto>,
}

/// Names a set of indicators.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorSetRequest {
    /// Which one.
    pub set_id: String,
}

/// Asks for indicators on the bars of a contract.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorPreviewRequest {
    /// IBKR's contract id.
    pub conid: Conid,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// At most 12.
    pub indicators: Vec<IndicatorChoiceDto>,
}

/// Indicators on the bars of a contract.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorPreviewDto {
    /// IBKR's contract id.
    pub conid: Conid,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Oldest first.
    pub bars: Vec<ChartBarDto>,
    /// In the order asked for.
    pub indicators: Vec<PreviewedIndicatorDto>,
    /// The prices come from the simulated exchange.
    pub simulated: bool,
    /// Who told the bars and when.
    pub told: ToldDto,
}

/// An indicator on the bars of a preview.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PreviewedIndicatorDto {
    /// Such as `MACD`.
    pub kind: String,
    /// Such as `sma_50`.
    pub id: String,
    /// Such as `SMA(50)`.
    pub label: String,
    /// Where a chart draws it.
    pub panel: IndicatorPanelDto,
    /// Bars before the first value.
    pub warm_up_bars: u32,
    /// Its lines, the main one first.
    pub lines: Vec<ChartSeriesDto>,
    /// What it says at the last bar; nothing while it warms up.
    pub reading: Option<String>,
}
