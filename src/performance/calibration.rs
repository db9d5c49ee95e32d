use rust_decimal::prelude::ToPrimitive;

use super::proportion::{Proportion, wilson};
use crate::domain::{Signal, SignalOutcome};

/// Bins of the reliability curve.
const BINS: usize = 10;

/// The stated confidence against what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Closed trades.
    pub outcomes: u32,
    /// The bins that hold a trade, lowest first.
    pub bins: Vec<CalibrationBin>,
    /// Mean of (confidence − outcome)², where a win is 1 and a loss 0.
    pub brier_score: Option<f64>,
    /// The score of stating the win rate every time: w(1 − w).
    pub brier_of_base_rate: Option<f64>,
    /// 1 − score ÷ score of the base rate; nothing if all trades ended alike.
    pub brier_skill: Option<f64>,
}

/// Trades whose stated confidence lies in one tenth.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationBin {
    /// Lower edge, in the bin.
    pub from: f64,
    /// Upper edge; in the bin only if it is 1.
    pub to: f64,
    /// Trades.
    pub count: u32,
    /// Mean stated confidence.
    pub mean_confidence: f64,
    /// Share that won.
    pub win_rate: Proportion,
}

/// Holds the confidence of signals against the outcome of their trades.
///
/// G. W. Brier, *Verification of forecasts expressed in terms of probability*, Monthly Weather
/// Review 78 (1950); the reliability curve after A. H. Murphy and R. L. Winkler, *Reliability of
/// subjective probability forecasts of precipitation and temperature*, Applied Statistics 26 (1977).
pub fn calibration<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> Calibration {
    let stated: Vec<(f64, bool)> = signals
        .into_iter()
        .filter_map(|signal| {
            let is_win = match signal.outcome {
                SignalOutcome::Win => true,
                SignalOutcome::Loss => false,
                SignalOutcome::Pending | SignalOutcome::Cancelled | SignalOutcome::None => {
                    return None;
                }
            };
            Some((signal.confidence.to_f64()?.clamp(0.0, 1.0), is_win))
        })
        .collect();
    let count = stated.len() as f64;
    let wins = stated.iter().filter(|(_, is_win)| *is_win).count() as f64;
    let score = |confidence: f64, is_win: bool| (confidence - f64::from(u8::from(is_win))).powi(2);
    let sum: f64 = stated.iter().map(|(confidence, is_win)| score(*confidence, *is_win)).sum();
    let brier_score = (!stated.is_empty()).then(|| sum / count);
    let brier_of_base_rate = (!stated.is_empty()).then(|| wins / count * (1.0 - wins / count));
    let skill = |score: f64, base: f64| (base > 0.0).then(|| 1.0 - score / base);
    Calibration {
        outcomes: u32::try_from(stated.len()).unwrap_or(u32::MAX),
        bins: (0..BINS).filter_map(|index| bin(&stated, index)).collect(),
        brier_score,
        brier_of_base_rate,
        brier_skill: brier_score.zip(brier_of_base_rate).and_then(|(a, b)| skill(a, b)),
    }
}

fn bin(stated: &[(f64, bool)], index: usize) -> Option<CalibrationBin> {
    let place = |confidence: f64| ((confidence * BINS as f64) as usize).min(BINS - 1);
    let inside: Vec<&(f64, bool)> =
        stated.iter().filter(|(confidence, _)| place(*confidence) == index).collect();
    let count = u32::try_from(inside.len()).unwrap_or(u32::MAX);
    let wins = inside.iter().filter(|(_, is_win)| *is_win).count();
    Some(CalibrationBin {
        from: index as f64 / BINS as f64,
        to: (index + 1) as f64 / BINS as f64,
        count,
        win_rate: wilson(u32::try_from(wins).unwrap_or(u32::MAX), count)?,
        mean_confidence: inside.iter().map(|(confidence, _)| confidence).sum::<f64>()
            / f64::from(count),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{closed, signal};
    use super::*;
    use crate::domain::SignalAction;

    fn stated(confidence: &str, is_win: bool) -> Signal {
        let mut signal = if is_win { closed("1", "100") } else { closed("-1", "-100") };
        signal.confidence = confidence.parse().unwrap();
        signal
    }

    /// scikit-learn 1.9.1: `brier_score_loss([1, 0, 1, 1, 0, 0, 1, 0],
    /// [.875, .75, .75, .5, .25, .9, .6, .1])`.
    #[test]
    fn the_score_is_that_of_scikit_learn() {
        let texts = ["0.875", "0.75", "0.75", "0.5", "0.25", "0.9", "0.6", "0.1"];
        let wins = [true, false, true, true, false, false, true, false];
        let mut signals: Vec<Signal> =
            texts.iter().zip(wins).map(|(text, is_win)| stated(text, is_win)).collect();
        // Neither is an outcome.
        signals.push(signal(SignalAction::Buy));
        signals.push(signal(SignalAction::Hold));
        let found = calibration(&signals);
        assert!((found.brier_score.unwrap() - 0.241_640_625).abs() < 1e-12);
        assert!((found.brier_of_base_rate.unwrap() - 0.25).abs() < 1e-12);
        assert_eq!(found.outcomes, 8);
        let bins: Vec<(u32, u32)> =
            found.bins.iter().map(|bin| ((bin.from * 10.0) as u32, bin.count)).collect();
        assert_eq!(bins, [(1, 1), (2, 1), (5, 1), (6, 1), (7, 2), (8, 1), (9, 1)]);
    }

    #[test]
    fn a_confidence_of_one_is_in_the_last_bin() {
        let found = calibration(&[stated("1", true)]);
        assert_eq!((found.bins.len(), found.bins[0].count), (1, 1));
        assert!((found.bins[0].to - 1.0).abs() < 1e-12);
        assert_eq!((found.brier_score, found.brier_skill), (Some(0.0), None));
    }

    proptest! {
        #[test]
        fn every_outcome_is_in_one_bin_and_the_score_in_its_range(
            trades in prop::collection::vec((0_u32..=1000, any::<bool>()), 1..60),
        ) {
            let signals: Vec<Signal> = trades
                .iter()
                .map(|(mills, is_win)| stated(&format!("{}", f64::from(*mills) / 1000.0), *is_win))
                .collect();
            let found = calibration(&signals);
            let binned: u32 = found.bins.iter().map(|bin| bin.count).sum();
            prop_assert_eq!(binned as usize, trades.len());
            prop_assert!((0.0..=1.0).contains(&found.brier_score.unwrap()));
            for bin in &found.bins {
                prop_assert!(bin.from - 1e-9 <= bin.mean_confidence);
                prop_assert!(bin.mean_confidence <= bin.to + 1e-9);
            }
        }
    }
}
