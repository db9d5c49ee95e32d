//! Statistics over the account's value by day. They are statistics and `f64`: nothing that is
//! booked is computed from them.
//!
//! A day's return is r = V ÷ V₋₁ − 1, with V the value at the close and V₋₁ the one at the close
//! before. 252 trading days are a year, as in empyrical (Quantopian), whose formulas these are unless
//! another source is named; the risk-free rate is taken as nothing.

use jiff::civil::Date;

/// Trading days of a year.
const YEAR: f64 = 252.0;

/// The account at the close of one trading day, in USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayValue {
    /// Trading day.
    pub date: Date,
    /// Cash and positions.
    pub value: f64,
    /// Positions alone.
    pub positions_value: f64,
}

/// The deepest fall of the value from a peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawdown {
    /// Least V ÷ highest V before it − 1, at most 0.
    pub depth: f64,
    /// Day of the highest value before it.
    pub peak: Date,
    /// Day of the lowest value.
    pub trough: Date,
    /// First day at which the peak was reached again; nothing if it was not.
    pub recovered: Option<Date>,
}

/// The account beside a benchmark over the same days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgainstBenchmark {
    /// ∏(1 + b) − 1 over the benchmark's daily returns b.
    pub total_return: f64,
    /// The account's total return − the benchmark's.
    pub excess_return: f64,
    /// β = cov(r, b) ÷ var(b).
    pub beta: Option<f64>,
    /// α = (1 + mean(r − β·b))²⁵² − 1.
    pub alpha: Option<f64>,
}

/// How the account's value moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReturnStatistics {
    /// Daily returns that they rest on.
    pub days: usize,
    /// Time-weighted: ∏(1 + r) − 1.
    pub total_return: f64,
    /// (1 + total)^(252 ÷ days) − 1.
    pub annual_return: f64,
    /// Standard deviation of r with n − 1, × √252.
    pub annual_volatility: Option<f64>,
    /// mean(r) ÷ standard deviation of r with n − 1, × √252 (Sharpe 1994).
    pub sharpe: Option<f64>,
    /// mean(r) × 252 ÷ (√mean(min(r, 0)²) × √252) (Sortino and Price 1994).
    pub sortino: Option<f64>,
    /// The deepest fall; nothing if the value never fell below a peak.
    pub maximum_drawdown: Option<Drawdown>,
    /// `annual_return` ÷ |depth of the maximum drawdown| (Young 1991).
    pub calmar: Option<f64>,
    /// Mean over the days of value of the positions ÷ value of the account.
    pub exposure: f64,
    /// Share of the days at whose close something was held.
    pub days_invested: f64,
}

/// The statistics over the values of consecutive trading days, oldest first. The first value is the
/// one that the first return is measured from. `None` with fewer than two, or where one is not above
/// 0.
pub fn return_statistics(values: &[DayValue]) -> Option<ReturnStatistics> {
    if values.len() < 2 || values.iter().any(|day| day.value <= 0.0) {
        return None;
    }
    let returns = daily_returns(values.iter().map(|day| day.value));
    let total_return = compound(&returns);
    let annual_return = (1.0 + total_return).powf(YEAR / returns.len() as f64) - 1.0;
    let average = mean(&returns);
    let deviation = deviation(&returns);
    let falls: Vec<f64> = returns.iter().map(|r| r.min(0.0).powi(2)).collect();
    let downside = mean(&falls).sqrt();
    let maximum_drawdown = drawdown(values);
    let days = &values[1..];
    let share = |of: fn(&DayValue) -> f64| mean(&days.iter().map(of).collect::<Vec<_>>());
    Some(ReturnStatistics {
        days: returns.len(),
        total_return,
        annual_return,
        annual_volatility: deviation.map(|deviation| deviation * YEAR.sqrt()),
        sharpe: deviation
            .and_then(|deviation| ratio(average, deviation))
            .map(|it| it * YEAR.sqrt()),
        sortino: ratio(average * YEAR, downside * YEAR.sqrt()),
        maximum_drawdown,
        calmar: maximum_drawdown.and_then(|fall| ratio(annual_return, fall.depth.abs())),
        exposure: share(|day| day.positions_value / day.value),
        days_invested: share(|day| f64::from(u8::from(day.positions_value != 0.0))),
    })
}

/// The account beside a benchmark: `closes` are its closing prices on the days of `values`, in the
/// same order. `None` unless there is one above 0 for each.
pub fn against_benchmark(values: &[DayValue], closes: &[f64]) -> Option<AgainstBenchmark> {
    let is_usable = |value: f64| value > 0.0;
    let are_usable =
        closes.iter().copied().all(is_usable) && values.iter().all(|day| is_usable(day.value));
    if values.len() < 2 || closes.len() != values.len() || !are_usable {
        return None;
    }
    let own = daily_returns(values.iter().map(|day| day.value));
    let market = daily_returns(closes.iter().copied());
    let (own_mean, market_mean) = (mean(&own), mean(&market));
    let products: Vec<f64> =
        own.iter().zip(&market).map(|(r, b)| (r - own_mean) * (b - market_mean)).collect();
    let squares: Vec<f64> = market.iter().map(|b| (b - market_mean).powi(2)).collect();
    let beta = ratio(mean(&products), mean(&squares));
    let alpha = beta.map(|beta| (1.0 + own_mean - beta * market_mean).powf(YEAR) - 1.0);
    let total_return = compound(&market);
    Some(AgainstBenchmark {
        total_return,
        excess_return: compound(&own) - total_return,
        beta,
        alpha,
    })
}

/// The yearly rate r at which Σ flow × (1 + r)^(−years since the first) is 0, with years of 365 days,
/// as in the function XIRR of spreadsheets. Money paid in is negative; the value at the end counts as
/// drawn out. `None` without a flow of each sign, or where no rate from −99.99 % to 1 000 000 % does.
pub fn money_weighted_return(flows: &[(Date, f64)]) -> Option<f64> {
    const STEPS: usize = 200;
    let (first, _) = *flows.first()?;
    let years = |date: Date| f64::from((date - first).get_days()) / 365.0;
    let worth = |rate: f64| -> f64 {
        flows.iter().map(|(date, flow)| flow / (1.0 + rate).powf(years(*date))).sum()
    };
    let (mut low, mut high) = (-0.9999, 10_000.0);
    let (at_low, at_high) = (worth(low), worth(high));
    // Equal signs, or not numbers, are no bracket of a root.
    if !matches!(at_low * at_high, product if product < 0.0) {
        return None;
    }
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if worth(middle) * at_low > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

/// (bought + sold) ÷ 2 ÷ mean value of the account over the days, with all amounts in USD: how often
/// the account was turned over in the span. `None` without days or where the mean is not above 0.
pub fn turnover(traded: f64, values: &[DayValue]) -> Option<f64> {
    let average = mean(&values.iter().map(|day| day.value).collect::<Vec<_>>());
    (average > 0.0).then(|| traded / 2.0 / average)
}

fn daily_returns(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    values.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn compound(returns: &[f64]) -> f64 {
    returns.iter().map(|r| 1.0 + r).product::<f64>() - 1.0
}

fn drawdown(values: &[DayValue]) -> Option<Drawdown> {
    let mut peak = values.first()?;
    let mut deepest: Option<(f64, &DayValue, &DayValue)> = None;
    for day in values {
        if day.value >= peak.value {
            peak = day;
        }
        let depth = day.value / peak.value - 1.0;
        if depth < deepest.map_or(0.0, |(depth, ..)| depth) {
            deepest = Some((depth, peak, day));
        }
    }
    let (depth, peak, trough) = deepest?;
    let recovered = values.iter().find(|day| day.date > trough.date && day.value >= peak.value);
    Some(Drawdown {
        depth,
        peak: peak.date,
        trough: trough.date,
        recovered: recovered.map(|day| day.date),
    })
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Standard deviation with n − 1; nothing of fewer than two.
fn deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let average = mean(values);
    let squares: f64 = values.iter().map(|value| (value - average).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Nothing where the divisor is 0.
fn ratio(of: f64, by: f64) -> Option<f64> {
    (by != 0.0).then(|| of / by).filter(|quotient| quotient.is_finite())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const VALUES: &str = include_str!("../../tests/data/portfolio/values.csv");
    const EXPECTED: &str = include_str!("../../tests/data/portfolio/expected.csv");

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn sample() -> (Vec<DayValue>, Vec<f64>) {
        let rows = VALUES.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let value = cells[1].parse().unwrap();
            let day = DayValue { date: day(cells[0]), value, positions_value: 0.25 * value };
            (day, cells[2].parse::<f64>().unwrap())
        });
        rows.unzip()
    }

    fn expected() -> BTreeMap<&'static str, f64> {
        let pair = |line: &'static str| {
            let (name, value) = line.split_once(',').unwrap();
            (name, value.parse().unwrap())
        };
        EXPECTED.lines().skip(1).map(pair).collect()
    }

    fn values(numbers: &[f64]) -> Vec<DayValue> {
        let first = day("2012-06-01");
        let value = |(number, value): (i64, &f64)| DayValue {
            date: first + jiff::Span::new().days(number),
            value: *value,
            positions_value: 0.0,
        };
        (0..).zip(numbers).map(value).collect()
    }

    #[test]
    fn the_statistics_agree_with_empyrical_and_pyxirr() {
        let (values, closes) = sample();
        let found = return_statistics(&values).unwrap();
        let beside = against_benchmark(&values, &closes).unwrap();
        let flows = [
            (day("2012-01-02"), -100_000.0),
            (day("2012-04-02"), -20_000.0),
            (day("2012-09-03"), 5_000.0),
            (day("2013-02-22"), 131_234.56),
        ];
        let mut expected = expected();
        for (name, value) in [
            ("total_return", found.total_return),
            ("annual_return", found.annual_return),
            ("annual_volatility", found.annual_volatility.unwrap()),
            ("sharpe", found.sharpe.unwrap()),
            ("sortino", found.sortino.unwrap()),
            ("maximum_drawdown", found.maximum_drawdown.unwrap().depth),
            ("calmar", found.calmar.unwrap()),
            ("alpha", beside.alpha.unwrap()),
            ("beta", beside.beta.unwrap()),
            ("benchmark_return", beside.total_return),
            ("money_weighted_return", money_weighted_return(&flows).unwrap()),
        ] {
            let reference = expected.remove(name).unwrap();
            let error = (value - reference).abs() / reference.abs();
            assert!(error < 1e-9, "{name} is {value}, and elsewhere {reference}");
        }
        assert!(expected.is_empty(), "nothing compares {expected:?}");
        assert!((found.exposure - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_maximum_drawdown_has_the_days_of_its_peak_its_trough_and_its_recovery() {
        let found = drawdown(&values(&[100.0, 120.0, 90.0, 110.0, 120.0, 130.0, 117.0])).unwrap();
        assert!((found.depth + 0.25).abs() < 1e-12);
        assert_eq!((found.peak, found.trough), (day("2012-06-02"), day("2012-06-03")));
        assert_eq!(found.recovered, Some(day("2012-06-05")));
        let lasting = drawdown(&values(&[100.0, 120.0, 90.0, 110.0])).unwrap();
        assert_eq!(lasting.recovered, None);
        assert_eq!(drawdown(&values(&[100.0, 100.0, 120.0])), None);
    }

    #[test]
    fn turnover_is_half_of_what_was_traded_over_the_mean_value() {
        // Bought for 300 and sold for 100, at a mean value of 100.
        assert_eq!(turnover(400.0, &values(&[50.0, 150.0])), Some(2.0));
        assert_eq!(turnover(400.0, &[]), None);
    }

    #[test]
    fn what_cannot_be_computed_is_missing_and_not_nothing() {
        assert_eq!(return_statistics(&values(&[100.0])), None);
        assert_eq!(return_statistics(&values(&[100.0, 0.0])), None);
        let flat = return_statistics(&values(&[100.0, 100.0, 100.0])).unwrap();
        assert_eq!((flat.sharpe, flat.sortino, flat.calmar), (None, None, None));
        let once = return_statistics(&values(&[100.0, 101.0])).unwrap();
        assert_eq!((once.annual_volatility, once.sharpe), (None, None));
        assert_eq!(against_benchmark(&values(&[1.0, 2.0]), &[1.0]), None);
        assert_eq!(money_weighted_return(&[(day("2012-01-01"), -100.0)]), None);
        let level = [(day("2012-01-01"), -100.0), (day("2012-12-31"), 100.0)];
        assert!(money_weighted_return(&level).unwrap().abs() < 1e-9);
    }
}
