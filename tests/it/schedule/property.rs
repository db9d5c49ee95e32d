//! For any sequence of crash, sleep, clock jump, edit, pause and resume, no planned time runs twice,
//! and each one that did not run has a cause.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use throughline::store::ExecutionStatus;

use super::world::World;

/// Schedules that edits go between.
const SCHEDULES: [&str; 6] = [
    "cron = \"*/10 * * * *\"\nmissed = \"skip\"",
    "cron = \"*/7 * * * *\"\nmissed = \"run_once\"\ngrace_minutes = 30",
    "cron = \"0 * * * *\"\nhours = \"trading\"\noverlap = \"queue\"",
    "cron = \"30 1,2,9-16 * * *\"\ngrace_minutes = 120",
    "at = \"30 minutes after open\"\ngrace_minutes = 600",
    "cron = \"*/20 9-16 * * MON-FRI\"\nexchange = \"LSE\"\ntime_zone = \"Asia/Tokyo\"",
];

#[derive(Debug, Clone)]
enum Act {
    /// The loop goes round every few minutes.
    Watch {
        turns: u8,
        minutes: i64,
    },
    /// The loop hangs for so long.
    Hang(i64),
    Sleep(i64),
    SetBack(i64),
    Crash {
        away: i64,
    },
    CrashAndSetBack(i64),
    Edit(usize),
    Pause,
    Resume,
    /// Runs under way end; until then they are under way.
    EndRuns,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1..8_u8, 1..25_i64).prop_map(|(turns, minutes)| Act::Watch { turns, minutes }),
        1 => (1..400_i64).prop_map(Act::Hang),
        2 => (1..4000_i64).prop_map(Act::Sleep),
        2 => (1..400_i64).prop_map(Act::SetBack),
        2 => (0..1500_i64).prop_map(|away| Act::Crash { away }),
        1 => (1..400_i64).prop_map(Act::CrashAndSetBack),
        3 => (0..SCHEDULES.len()).prop_map(Act::Edit),
        2 => Just(Act::Pause),
        2 => Just(Act::Resume),
        3 => Just(Act::EndRuns),
    ]
}

/// What must be accounted for: everything that was planned while time passed.
struct Obligations {
    seen: Timestamp,
    planned: BTreeSet<Timestamp>,
}

impl Obligations {
    /// Notes what was planned since the last look, by the schedule that is in force.
    fn note(&mut self, world: &World) {
        let now = world.now();
        self.planned.extend(world.planned(self.seen, now));
        self.seen = now;
    }

    /// The clock was set back. While a schedule is paused nobody looks, and what lies ahead again is
    /// owed when the clock comes to it again, by the schedule that is then in force.
    fn set_back(&mut self, world: &World) {
        if world.is_paused {
            let now = world.now();
            self.planned.retain(|planned_at| *planned_at <= now);
        }
    }
}

async fn play(acts: Vec<Act>) {
    // The clocks of New York change two days later.
    let mut world = World::new("2026-03-06T12:00:00Z", SCHEDULES[0]).await;
    let mut owed = Obligations { seen: world.now(), planned: BTreeSet::new() };
    for act in acts {
        match act {
            Act::Watch { turns, minutes } => {
                for _ in 0..turns {
                    world.pass(minutes);
                    owed.note(&world);
                    world.look().await;
                }
            }
            Act::Hang(minutes) => world.pass(minutes),
            Act::Sleep(minutes) => world.sleep_through(minutes),
            Act::SetBack(minutes) => {
                // The loop looks often enough to have seen what came before.
                owed.note(&world);
                world.look().await;
                world.sleep_through(-minutes);
                world.look().await;
                owed.set_back(&world);
                owed.note(&world);
            }
            Act::Crash { away } => {
                world.pass(away);
                world.crash().await;
            }
            Act::CrashAndSetBack(minutes) => {
                owed.note(&world);
                world.look().await;
                world.sleep_through(-minutes);
                world.crash().await;
                owed.set_back(&world);
                owed.note(&world);
            }
            Act::Edit(which) => {
                owed.note(&world);
                world.edit(SCHEDULES[which]).await;
            }
            Act::Pause => {
                owed.note(&world);
                world.pause().await;
            }
            Act::Resume => {
                owed.note(&world);
                world.resume().await;
            }
            Act::EndRuns => world.end_runs(ExecutionStatus::Completed).await,
        }
    }
    world.end_runs(ExecutionStatus::Completed).await;
    world.resume().await;
    // Long enough that nothing waits any more.
    for _ in 0..3 {
        world.pass(700);
        owed.note(&world);
        world.look().await;
        world.end_runs(ExecutionStatus::Completed).await;
    }

    let mut runs = BTreeSet::new();
    for execution in &world.begun {
        assert!(runs.insert(execution.as_of), "{} ran twice", execution.as_of);
    }
    let now = world.now();
    for planned_at in owed.planned.range(..=now) {
        let became = world.became(*planned_at).await;
        let ran = runs.contains(planned_at);
        assert!(became.is_some(), "nothing is known of {planned_at}");
        assert_eq!(ran, became.as_deref() == Some("run"), "{planned_at} became {became:?}");
    }
    for claim in world.claims().await {
        let ran = runs.contains(&claim.planned_at);
        assert_eq!(ran, claim.execution_id.is_some(), "{claim:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn a2_no_planned_time_runs_twice_and_each_that_did_not_run_has_a_cause(
        acts in prop::collection::vec(act(), 1..24)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(acts));
    }
}
