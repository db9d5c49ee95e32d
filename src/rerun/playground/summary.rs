//! Counts over what came out. They are counts, each with the number that it is out of: so few
//! executions carry no rates.

use rust_decimal::Decimal;

use super::session::Row;
use crate::domain::SignalAction;

/// What an experiment came to until now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// One for each side.
    pub arms: Vec<ArmSummary>,
    /// Executions on which both sides gave a usable answer, and those on which they were the same;
    /// nothing of one side alone.
    pub agreement: Option<Share>,
}

/// So many out of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// How many.
    pub count: u32,
    /// Out of how many.
    pub of: u32,
}

/// What one side came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArmSummary {
    /// Signals BUY.
    pub buys: u32,
    /// Signals SELL.
    pub sells: u32,
    /// HOLD, decided by the model or by the checks of its proposal.
    pub holds: u32,
    /// No usable answer, which in a run is a HOLD.
    pub unusable: u32,
    /// Not decided on, since the experiment or the record did not reach so far.
    pub undecided: u32,
    /// The same signal as the run's own, out of the usable answers whose run made a signal.
    pub agrees_with_run: Share,
    /// In USD.
    pub cost: Decimal,
    /// Calls that the model answered now.
    pub asked_calls: u32,
    /// Calls that were answered from the record.
    pub recorded_calls: u32,
    /// Mean time of the calls that the model answered now, in microseconds; nothing without one.
    pub mean_latency_us: Option<u64>,
}

/// Counts over the rows of an experiment with so many sides.
pub fn summarise<'a>(rows: impl Iterator<Item = &'a Row> + Clone, arms: usize) -> Summary {
    let summaries = (0..arms).map(|arm| summarise_arm(rows.clone(), arm)).collect();
    let agreement = (arms == 2).then(|| {
        let both = rows.filter_map(|row| Some((row.usable(0)?, row.usable(1)?)));
        both.fold(Share::default(), |share, (first, second)| share.with(first == second))
    });
    Summary { arms: summaries, agreement }
}

fn summarise_arm<'a>(rows: impl Iterator<Item = &'a Row>, arm: usize) -> ArmSummary {
    let mut summary = ArmSummary::default();
    let mut latency_us = 0;
    for row in rows {
        let Some(Ok(result)) = row.arms.get(arm) else {
            summary.undecided += 1;
            continue;
        };
        match (row.usable(arm), row.run.as_ref()) {
            (None, _) => summary.unusable += 1,
            (Some(action), run) => {
                match action {
                    SignalAction::Buy => summary.buys += 1,
                    SignalAction::Sell => summary.sells += 1,
                    SignalAction::Hold => summary.holds += 1,
                }
                if let Some(run) = run {
                    summary.agrees_with_run = summary.agrees_with_run.with(run.action == action);
                }
            }
        }
        summary.cost += result.cost();
        summary.recorded_calls += result.recorded();
        summary.asked_calls += result.asked();
        latency_us += result.latency_us();
    }
    summary.cost = summary.cost.normalize();
    summary.mean_latency_us = latency_us.checked_div(u64::from(summary.asked_calls));
    summary
}

impl Share {
    fn with(self, counts: bool) -> Self {
        Self { count: self.count + u32::from(counts), of: self.of + 1 }
    }
}
