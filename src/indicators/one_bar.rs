//! Periods of one bar, which the accepted ranges include and which TA-Lib refuses for RSI, MACD,
//! Bollinger Bands and `SuperTrend`. Each is the formula that TA-Lib uses from two bars on.

use super::compute::blank;

/// RSI over one bar: all gain, all loss, or TA-Lib's neutral 50 where the price stood still.
pub(super) fn relative_strength(prices: &[f64]) -> Vec<f64> {
    let mut values = blank(prices.len(), 1);
    for (value, pair) in values.iter_mut().skip(1).zip(prices.windows(2)) {
        *value = match pair[1].partial_cmp(&pair[0]) {
            Some(std::cmp::Ordering::Greater) => 100.0,
            Some(std::cmp::Ordering::Less) => 0.0,
            _ => 50.0,
        };
    }
    values
}

/// `SuperTrend`'s line and direction (1 up, −1 down) around an average true range that is given,
/// one value per bar and NaN before `warm_up`.
///
/// The bands lie `multiplier` × ATR from the middle of the bar. Each moves towards the price only,
/// until a close beyond it releases it. The trend turns at a close beyond the band that it rides,
/// and begins upwards, as in TA-Lib (<https://ta-lib.org/functions/supertrend>).
pub(super) fn super_trend(
    (high, low, close): (&[f64], &[f64], &[f64]),
    average_true_range: &[f64],
    multiplier: f64,
    warm_up: usize,
) -> [Vec<f64>; 2] {
    let mut line = blank(close.len(), warm_up);
    let mut direction = blank(close.len(), warm_up);
    let mut upper = f64::INFINITY;
    let mut lower = f64::NEG_INFINITY;
    let mut is_up = true;
    for bar in warm_up..close.len() {
        let middle = f64::midpoint(high[bar], low[bar]);
        let distance = multiplier * average_true_range[bar];
        let previous_close = if bar == warm_up { close[bar] } else { close[bar - 1] };
        if middle + distance < upper || previous_close > upper {
            upper = middle + distance;
        }
        if middle - distance > lower || previous_close < lower {
            lower = middle - distance;
        }
        // At the first bar the direction is a convention and no close can turn it.
        if bar > warm_up {
            is_up = if is_up { close[bar] >= lower } else { close[bar] > upper };
        }
        line[bar] = if is_up { lower } else { upper };
        direction[bar] = if is_up { 1.0 } else { -1.0 };
    }
    [line, direction]
}
