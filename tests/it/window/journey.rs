//! Issue 5, point 1: by keyboard alone, in the real window, a newcomer goes from the first start to
//! a strategy with a schedule, sees it fire in the sandbox, and opens its lineage.

use super::{
    FILLED_CARD, PREPARED, STEPS, STEPS_BEFORE_THE_MARKET_ANSWERS, open, prepared, take_picture,
};
use crate::webdriver::{ARROW_DOWN, CONTROL, ENTER, TAB, Window, until};

/// Fields between one that has the focus and any other on a page.
const MOST_TABS: usize = 120;

#[test]
fn a5_1_a_newcomer_makes_a_strategy_by_keyboard_and_sees_it_fire() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs {PREPARED}=1, as `cargo xtask test` sets it.");
        return;
    }
    let data_dir = tempfile::tempdir().unwrap();
    let window = open(data_dir.path());

    window.wait_for("[data-testid=nav-dashboard][aria-current=page]");
    window.wait_for("[aria-label='First steps']");
    picture_in_both_themes(&window, "01-first-start");

    // To the strategies, and to a new one.
    window.type_text("gt");
    window.wait_for("[data-testid=nav-strategies][aria-current=page]");
    window.wait_for("[data-testid=run-now]");
    picture_in_both_themes(&window, "02-strategies");
    window.type_text("n");
    heading(&window, "Name and symbols");
    tab_to(&window, "input[placeholder^='such as Momentum']");
    window.type_text("First of mine");
    window.press(TAB);
    assert!(has_focus(&window, "[role=combobox]"), "Tab leads from the name to the symbols");
    window.type_text("AAPL");
    window.press(ENTER);
    window.wait_for("[aria-label='Chosen symbols'] li");
    picture_in_both_themes(&window, "03-name-and-symbols");

    go_on(&window, "Indicators");
    picture_in_both_themes(&window, "04-indicators");
    go_on(&window, "Prompts and model");
    picture_in_both_themes(&window, "05-prompts-and-model");
    go_on(&window, "Schedule");
    until("the planned runs", || {
        (window.all("[aria-label='Planned times'] tbody tr").len() == 20).then_some(())
    });
    picture_in_both_themes(&window, "06-schedule");
    go_on(&window, "Risk");
    picture_in_both_themes(&window, "07-risk");
    go_on(&window, "Autonomy");
    tab_to(&window, "input[type=radio]:checked");
    window.press(ARROW_DOWN);
    until("the choice of orders without asking", || {
        is_true(
            &window,
            "return [...document.querySelectorAll('label:has(input:checked)')]
                 .some((label) => label.textContent.startsWith('Automatic'));",
        )
        .then_some(())
    });
    picture_in_both_themes(&window, "08-autonomy");
    go_on(&window, "Review");
    window.wait_for("[aria-label='What it will do'] li");
    picture_in_both_themes(&window, "09-review");

    // Saved, it is switched off; the next step switches it on.
    until("the button that saves", || {
        window.all("[data-testid=wizard-next]:not([disabled])").into_iter().next()
    });
    window.chord(CONTROL, ENTER);
    window.wait_for("[data-testid=wizard-saved]");
    picture_in_both_themes(&window, "10-saved");
    tab_to(&window, "[data-testid=wizard-switch-on]");
    window.press(ENTER);
    until("the strategy to follow its schedule", || {
        let said = window.wait_for("[data-testid=wizard-saved] h1");
        window.text(&said).ends_with("follows its schedule").then_some(())
    });
    picture_in_both_themes(&window, "11-switched-on");

    // The next close is its first planned time.
    window.type_text("gw");
    window.wait_for("[data-testid=nav-schedules][aria-current=page]");
    until("its countdown", || {
        window.all("[aria-label='Next run of First of mine']").into_iter().next()
    });
    picture_in_both_themes(&window, "12-schedules");
    window.chord(CONTROL, '.');
    until("the run at the close", || {
        is_true(
            &window,
            "return [...document.querySelectorAll(\"[aria-label='What became of the last'] li\")]
                 .some((row) => row.textContent.includes('First of mine')
                     && row.querySelector('a') !== null);",
        )
        .then_some(())
    });
    picture_in_both_themes(&window, "13-fired");

    // It is the first of the list, and Enter opens the lineage of its newest execution.
    window.type_text("gt");
    window.wait_for("[data-testid=nav-strategies][aria-current=page]");
    until("its newest execution", || {
        is_true(
            &window,
            "const part = document.querySelector(\"section[aria-label='First of mine']\");
             return part !== null && part.querySelector(\"a[href^='#/lineage/']\") !== null;",
        )
        .then_some(())
    });
    picture_in_both_themes(&window, "14-its-page");
    window.press(ENTER);
    window.wait_for("[data-testid=nav-lineage][aria-current=page]");
    until("the cards of its steps", || {
        let filled = window.all(FILLED_CARD).len();
        (filled >= STEPS_BEFORE_THE_MARKET_ANSWERS).then_some(())
    });
    assert_eq!(window.all("[data-testid=step-card]").len(), STEPS);
    let failed = window.all("[data-testid=step-card][data-status=error]");
    assert!(failed.is_empty(), "a step failed: {}", window.text(&failed[0]));
    let page = window.text(&window.wait_for("main"));
    assert!(page.contains("First of mine"), "another execution is shown: {page}");
    picture_in_both_themes(&window, "15-lineage");
}

/// Goes on to the next step of the wizard.
fn go_on(window: &Window, title: &str) {
    window.chord(CONTROL, ENTER);
    heading(window, title);
}

/// Waits until a part of the wizard is there.
fn heading(window: &Window, title: &str) {
    until(title, || {
        let headings = window.all("form h2");
        headings.first().filter(|heading| window.text(heading) == title).map(|_| ())
    });
}

/// Presses Tab until the element has the focus, as somebody does who cannot point at it.
fn tab_to(window: &Window, selector: &str) {
    for _ in 0..MOST_TABS {
        if has_focus(window, selector) {
            return;
        }
        window.press(TAB);
    }
    panic!("{MOST_TABS} presses of Tab do not lead to {selector}");
}

fn has_focus(window: &Window, selector: &str) -> bool {
    is_true(window, &format!("return document.activeElement.matches({selector:?});"))
}

/// What the page is asked, without anything being done to it.
fn is_true(window: &Window, question: &str) -> bool {
    window.evaluate(question).as_bool().unwrap_or(false)
}

/// Pictures of what is there in both themes, which are chosen by keyboard in the palette.
fn picture_in_both_themes(window: &Window, name: &str) {
    for (theme, is_dark) in [("light", false), ("dark", true)] {
        window.chord(CONTROL, 'k');
        window.wait_for("[cmdk-input]");
        window.type_text(&format!("Theme: {theme}"));
        until("the theme to be offered", || {
            let offered = window.all("[cmdk-item][data-selected=true]");
            let first = offered.first()?;
            window.text(first).starts_with(&format!("Theme: {theme}")).then_some(())
        });
        window.press(ENTER);
        until("the palette to close", || window.all("[cmdk-input]").is_empty().then_some(()));
        until("the theme", || {
            let ground = window.evaluate(
                "const ground = getComputedStyle(document.body).backgroundColor;
                 const [red, green, blue] = ground.match(/[\\d.]+/g).map(Number);
                 return (red + green + blue) / 3 / 255;",
            );
            ((ground.as_f64()? < 0.5) == is_dark).then_some(())
        });
        take_picture(&format!("journey-{name}-{theme}"));
    }
}
