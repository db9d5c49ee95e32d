use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{FAULTS, FaultError, FaultWindow};
use crate::calendar::Calendar;

/// Fewest and most faults of a plan that is drawn from a seed.
const FAULTS_OF_A_PLAN: (u64, u64) = (3, 12);
/// Shortest and longest time that a drawn fault is in force, in seconds.
const SECONDS_IN_FORCE: (u64, u64) = (30, 45 * 60);
/// How many of ten drawn faults begin while the exchange is open, when there is most to lose.
const TENTHS_IN_SESSIONS: u64 = 8;
/// How far a plan reaches that is named by its seed alone.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A fault and when it is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedFault {
    /// One of [`FAULTS`].
    pub name: &'static str,
    /// When, on the sandbox's clock.
    pub window: FaultWindow,
}

/// A schedule of faults. As text it is the SPEC that it can be read from again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FaultPlan {
    faults: Vec<PlannedFault>,
}

/// Why a SPEC cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultSpecError {
    /// The fault itself.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// What should be an instant is none.
    #[error(
        "\"{text}\" is not an instant; write a fault as name, name@TIME or name@TIME..TIME, with \
         times such as 2012-06-15T10:00:00-04:00"
    )]
    Time {
        /// What was read, shortened.
        text: String,
    },
    /// What should be a seed is none.
    #[error("\"{text}\" is not a seed; write seed: and a whole number, such as seed:7")]
    Seed {
        /// What was read, shortened.
        text: String,
    },
}

impl FaultPlan {
    /// A plan of 3 to 12 faults between two instants, drawn from the seed alone.
    pub fn from_seed(seed: u64, from: Timestamp, to: Timestamp) -> Self {
        let mut draw = Draw::new(seed);
        let openings = sessions(from, to);
        let count = draw.between(FAULTS_OF_A_PLAN);
        let mut faults: Vec<PlannedFault> = (0..count)
            .map(|_| {
                let fault = &FAULTS[draw.index(FAULTS.len())];
                let in_session = draw.between((1, 10)) <= TENTHS_IN_SESSIONS;
                let (first, last) = if in_session && !openings.is_empty() {
                    openings[draw.index(openings.len())]
                } else {
                    (from, to)
                };
                let span = last.duration_since(first).as_secs().max(1).unsigned_abs();
                let start = later(first, draw.between((0, span - 1)));
                let lasting = draw.between(SECONDS_IN_FORCE);
                let until = if fault.acts_once { to } else { later(start, lasting).min(to) };
                let until = (until > start).then_some(until);
                PlannedFault { name: fault.name, window: FaultWindow { from: start, until } }
            })
            .collect();
        faults.sort_by_key(|planned| (planned.window.from, planned.name));
        Self { faults }
    }

    /// Reads `name`, `name@TIME` and `name@TIME..TIME`, with commas between them, or `seed:N` for
    /// a drawn plan over the week from `now` on.
    pub fn parse(spec: &str, now: Timestamp) -> Result<Self, FaultSpecError> {
        if let Some(seed) = spec.trim().strip_prefix("seed:") {
            let number =
                seed.trim().parse().map_err(|_| FaultSpecError::Seed { text: short(seed) });
            let to = now.checked_add(WEEK).unwrap_or(Timestamp::MAX);
            return Ok(Self::from_seed(number?, now, to));
        }
        let parts = spec.split(',').map(str::trim).filter(|part| !part.is_empty());
        let faults = parts.map(|part| parse_one(part, now)).collect::<Result<_, _>>()?;
        Ok(Self { faults })
    }

    /// What is planned, in no particular order.
    pub fn faults(&self) -> &[PlannedFault] {
        &self.faults
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, planned) in self.faults.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{}@{}", planned.name, planned.window.from)?;
            if let Some(until) = planned.window.until {
                write!(f, "..{until}")?;
            }
        }
        Ok(())
    }
}

fn parse_one(text: &str, now: Timestamp) -> Result<PlannedFault, FaultSpecError> {
    let (name, times) = match text.split_once('@') {
        Some((name, times)) => (name.trim(), Some(times)),
        None => (text, None),
    };
    let found = FAULTS.iter().find(|fault| fault.name == name);
    let fault = found.ok_or_else(|| FaultError::Unknown { name: short(name) })?;
    let (from, until) = match times {
        None => (now, None),
        Some(times) => match times.split_once("..") {
            None => (instant(times)?, None),
            Some((from, until)) => (instant(from)?, Some(instant(until)?)),
        },
    };
    if let Some(until) = until.filter(|until| *until <= from) {
        return Err(FaultError::EndsBeforeItBegins { from, until }.into());
    }
    Ok(PlannedFault { name: fault.name, window: FaultWindow { from, until } })
}

fn instant(text: &str) -> Result<Timestamp, FaultSpecError> {
    text.trim().parse().map_err(|_| FaultSpecError::Time { text: short(text) })
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn later(instant: Timestamp, seconds: u64) -> Timestamp {
    let seconds = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0));
    instant.checked_add(seconds).unwrap_or(instant)
}

/// Opening and close of the sessions that lie wholly between two instants.
fn sessions(from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let calendar = Calendar::nyse();
    let mut found = Vec::new();
    let mut after = from;
    while let Some(session) = calendar.next_session_after(after).filter(|next| next.close <= to) {
        found.push((session.open, session.close));
        after = session.close;
    }
    found
}

/// Numbers that depend on the seed alone.
struct Draw(blake3::OutputReader);

impl Draw {
    fn new(seed: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"throughline fault plan 1");
        hasher.update(&seed.to_le_bytes());
        Self(hasher.finalize_xof())
    }

    /// A number between two, both included. The bias of the remainder is below one in a billion
    /// for the small ranges drawn here.
    fn between(&mut self, (least, most): (u64, u64)) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        least + u64::from_le_bytes(bytes) % (most - least + 1)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.between((0, length.max(1) as u64 - 1))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week() -> (Timestamp, Timestamp) {
        ("2012-06-11T00:00:00Z".parse().unwrap(), "2012-06-18T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_plan_is_a_function_of_its_seed_and_can_be_read_from_its_text() {
        let (from, to) = week();
        let mut kinds = std::collections::BTreeSet::new();
        for seed in 0..300 {
            let plan = FaultPlan::from_seed(seed, from, to);
            assert_eq!(plan, FaultPlan::from_seed(seed, from, to));
            assert!((3..=12).contains(&plan.faults().len()));
            for planned in plan.faults() {
                let window = planned.window;
                assert!(from <= window.from && window.from < to, "seed {seed}: {plan}");
                assert!(window.until.is_some_and(|until| window.from < until && until <= to));
                kinds.insert(planned.name);
            }
            assert_eq!(FaultPlan::parse(&plan.to_string(), from), Ok(plan));
        }
        assert_eq!(kinds.len(), FAULTS.len(), "300 seeds draw every fault");
        assert_ne!(FaultPlan::from_seed(1, from, to), FaultPlan::from_seed(2, from, to));
        assert_eq!(FaultPlan::parse("seed:3", from), Ok(FaultPlan::from_seed(3, from, to)));
    }

    #[test]
    fn a_spec_that_is_not_usable_is_answered_in_a_sentence() {
        let (now, _) = week();
        for (spec, expected) in [
            ("nonsense", "there is no fault named \"nonsense\"; the faults are cut_line, "),
            ("hang@noon", "\"noon\" is not an instant; write a fault as "),
            ("seed:x", "\"x\" is not a seed; "),
            ("hang@2012-06-12T00:00:00Z..2012-06-12T00:00:00Z", "a fault cannot end at "),
        ] {
            let error = FaultPlan::parse(spec, now).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{spec}: {error}");
        }
        let plan = FaultPlan::parse(" hang , delay@2012-06-12T10:00:00-04:00", now).unwrap();
        assert_eq!(plan.to_string(), "hang@2012-06-11T00:00:00Z,delay@2012-06-12T14:00:00Z");
    }
}
