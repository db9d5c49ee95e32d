//! What the tray shows, out of how the engine stands.

use throughline::api::dto::{BackgroundDto, BackgroundState};

/// Longest text of an item, in characters.
const LONGEST: usize = 80;

/// What an item does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Opens the window.
    Open,
    /// Runs a strategy once, by its id.
    Run(String),
    /// Switches every schedule off.
    PauseAll,
    /// Switches every schedule on that a person switched off.
    ResumeAll,
    /// Halts trading.
    Halt,
    /// Asks whether to quit.
    Quit,
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// Something to choose.
    Act {
        label: String,
        action: Action,
    },
    /// Something to read.
    Words(String),
    Separator,
    /// Further lines.
    More {
        label: String,
        items: Vec<Self>,
    },
}

/// The menu.
pub(super) fn menu(background: &BackgroundDto) -> Vec<Item> {
    let act = |label: &str, action: Action| Item::Act { label: label.to_owned(), action };
    let mut items = vec![
        act("Open Throughline", Action::Open),
        Item::Words(tooltip(background)),
        Item::Words(match &background.next {
            Some(next) => cut(&format!("Next: {next}")),
            None => "Nothing is planned".to_owned(),
        }),
        Item::Separator,
    ];
    let mut runs: Vec<Item> = background
        .strategies
        .iter()
        .map(|strategy| act(&cut(&strategy.name), Action::Run(strategy.id.clone())))
        .collect();
    match (runs.is_empty(), background.more_strategies) {
        (true, _) => runs.push(Item::Words("No schedule is on".to_owned())),
        (false, 0) => {}
        (false, 1) => runs.push(Item::Words("and 1 more in the window".to_owned())),
        (false, more) => runs.push(Item::Words(format!("and {more} more in the window"))),
    }
    items.push(Item::More { label: "Run now".to_owned(), items: runs });
    if background.can_pause {
        items.push(act("Pause all schedules", Action::PauseAll));
    }
    if background.can_resume {
        items.push(act("Resume all schedules", Action::ResumeAll));
    }
    items.push(Item::Separator);
    if background.state == BackgroundState::Halted {
        items.push(act("Halted: resume in the window…", Action::Open));
    } else {
        // The second line is the confirmation, which needs no window.
        let words = "Stops, targets and exits keep working".to_owned();
        let items_of_halt =
            vec![Item::Words(words), act("Halt now: no more entries", Action::Halt)];
        items.push(Item::More { label: "Halt trading".to_owned(), items: items_of_halt });
    }
    items.push(Item::Separator);
    items.push(act("Quit…", Action::Quit));
    items
}

/// What is read when the pointer rests on the sign.
pub(super) fn tooltip(background: &BackgroundDto) -> String {
    let environment = background.environment.to_string();
    cut(&format!("{environment}: {}", background.sentence))
}

/// One line that a menu has room for.
fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let begin: String = line.chars().take(LONGEST - 1).collect();
    format!("{}…", begin.trim_end())
}

#[cfg(test)]
mod tests {
    use throughline::api::dto::{BackgroundStrategyDto, WhenClosed};
    use throughline::domain::Environment;

    use super::*;

    fn background() -> BackgroundDto {
        BackgroundDto {
            state: BackgroundState::Running,
            sentence: "Running".to_owned(),
            environment: Environment::Paper,
            account_id: "DU1".to_owned(),
            strategies: vec![BackgroundStrategyDto {
                id: "a".to_owned(),
                name: "Alpha".to_owned(),
            }],
            more_strategies: 0,
            can_pause: true,
            can_resume: false,
            next: Some("Alpha, 2012-06-15 16:00 EDT".to_owned()),
            when_closed: WhenClosed::KeepRunning,
            orders: Vec::new(),
            positions: Vec::new(),
            schedules: Vec::new(),
            stands_still: false,
        }
    }

    fn actions(items: &[Item]) -> Vec<Action> {
        let mut found = Vec::new();
        for item in items {
            match item {
                Item::Act { action, .. } => found.push(action.clone()),
                Item::More { items, .. } => found.extend(actions(items)),
                Item::Words(_) | Item::Separator => {}
            }
        }
        found
    }

    #[test]
    fn b3_the_menu_offers_everything_that_is_possible_without_a_window() {
        let run = Action::Run("a".to_owned());
        let all = [Action::Open, run, Action::PauseAll, Action::Halt, Action::Quit];
        assert_eq!(actions(&menu(&background())), all);
        let words = menu(&background());
        assert!(words.contains(&Item::Words("Next: Alpha, 2012-06-15 16:00 EDT".to_owned())));
    }

    #[test]
    fn b3_halting_takes_two_steps_and_resuming_needs_the_window() {
        let running = menu(&background());
        let is_direct = |item: &Item| matches!(item, Item::Act { action: Action::Halt, .. });
        assert!(!running.iter().any(is_direct), "one slip of the pointer would halt");
        let halted = BackgroundDto { state: BackgroundState::Halted, ..background() };
        assert!(!actions(&menu(&halted)).contains(&Action::Halt));
    }

    #[test]
    fn paused_schedules_are_resumed_and_none_is_run() {
        let paused = BackgroundDto {
            strategies: Vec::new(),
            can_pause: false,
            can_resume: true,
            next: None,
            ..background()
        };
        let items = menu(&paused);
        let all = [Action::Open, Action::ResumeAll, Action::Halt, Action::Quit];
        assert_eq!(actions(&items), all);
        assert!(items.contains(&Item::Words("Nothing is planned".to_owned())));
    }

    #[test]
    fn what_does_not_fit_is_cut_and_said() {
        let many = BackgroundDto { more_strategies: 7, ..background() };
        let shown = format!("{:?}", menu(&many));
        assert!(shown.contains("and 7 more in the window"));
        let long = BackgroundDto { sentence: "x".repeat(500), ..background() };
        assert_eq!(tooltip(&long).chars().count(), LONGEST);
    }
}
