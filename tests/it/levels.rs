//! The folders are the architecture: every import of `src/` is read and held against the levels.
//!
//! Code under `#[cfg(test)]` is not held to them: it never ships, and cannot be imported.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use source::{Reference, Source};

/// The level of each module, a deeper entry standing before its parent's. `src/lib.rs` tells the
/// same to its reader.
const LEVELS: &[(&str, u8)] = &[
    ("domain", 0),
    ("clock", 0),
    ("indicators", 1),
    ("chart", 1),
    ("prompt", 1),
    ("strategy", 1),
    ("risk", 1),
    ("orders", 1),
    ("portfolio", 1),
    ("performance", 1),
    ("calendar", 1),
    ("schedule", 1),
    ("broker", 2),
    ("market", 2),
    ("analyst", 2),
    ("secrets", 2),
    ("notify", 2),
    ("broker::ibkr", 3),
    ("sandbox", 3),
    ("analyst::providers", 3),
    ("analyst::rules", 3),
    ("secrets::keychain", 3),
    ("secrets::vault", 3),
    ("notify::webhook", 3),
    ("store", 3),
    ("scheduler", 4),
    ("executor", 4),
    ("session", 4),
    ("orders::driver", 4),
    ("analyst::desk", 4),
    ("analyst::language_model", 4),
    ("analyst::prompts", 4),
    ("market::feed", 4),
    ("lineage", 4),
    ("safety", 4),
    ("rerun", 4),
    ("evidence", 4),
    ("notify::driver", 4),
    ("api", 5),
    ("app", 5),
    ("http", 5),
    ("telemetry", 5),
    ("bin", 5),
];

/// A level that holds the adapters. They never meet: each knows its port alone.
const ADAPTERS: u8 = 3;
/// A level that reaches adapters through their ports. The store is its own port.
const DRIVERS: u8 = 4;

/// Fewer files than this and the scan has gone wrong, not the architecture right.
const FEWEST_FILES: usize = 100;

/// Beyond this a file is several things. Tests within it are not counted.
const LONGEST_FILE: usize = 800;

/// A path that only some modules may name.
struct Ban {
    /// What a path begins with, or, after `…`, ends with.
    path: &'static [&'static str],
    who_may: fn(owner: &str, level: u8) -> bool,
    why: &'static str,
}

const BANS: &[Ban] = &[
    Ban { path: &["sqlx"], who_may: |owner, _| owner == "store", why: "only `store` speaks SQL" },
    Ban { path: &["tauri"], who_may: |_, _| false, why: "the engine knows no window" },
    Ban {
        path: &["axum"],
        who_may: |owner, level| level == 3 || level == 4 || matches!(owner, "bin" | "http"),
        why: "commands and pure code know no HTTP server",
    },
    Ban { path: &["tokio"], who_may: above_logic, why: "levels 0 and 1 have no async" },
    Ban { path: &["async_trait"], who_may: above_logic, why: "levels 0 and 1 have no async" },
    Ban {
        path: &["tracing"],
        who_may: above_logic,
        why: "levels 0 and 1 return diagnostics instead of logging",
    },
    Ban { path: &["std", "fs"], who_may: above_logic, why: "levels 0 and 1 have no I/O" },
    Ban { path: &["std", "env"], who_may: above_logic, why: "levels 0 and 1 have no I/O" },
    Ban { path: &["std", "net"], who_may: above_logic, why: "levels 0 and 1 have no I/O" },
    Ban { path: &["std", "process"], who_may: above_logic, why: "levels 0 and 1 have no I/O" },
    Ban { path: &["serde_json", "Value"], who_may: above_logic, why: "levels 0 and 1 have types" },
    Ban {
        path: &["tokio", "time", "sleep"],
        who_may: clock_and_loop,
        why: "waiting is `Clock::sleep`, which simulated time passes through",
    },
    Ban {
        path: &["tokio", "time", "interval"],
        who_may: clock_and_loop,
        why: "drivers are ticked; nothing starts a timer of its own",
    },
    Ban {
        path: &["…", "Timestamp", "now"],
        who_may: clock_only,
        why: "only `clock` reads the time",
    },
    Ban { path: &["…", "Zoned", "now"], who_may: clock_only, why: "only `clock` reads the time" },
    Ban {
        path: &["…", "Instant", "now"], who_may: clock_only, why: "only `clock` reads the time"
    },
    Ban {
        path: &["…", "SystemTime", "now"],
        who_may: clock_only,
        why: "only `clock` reads the time",
    },
    Ban {
        path: &["getrandom"],
        who_may: |owner, _| owner == "clock" || owner == "app",
        why: "randomness comes from a seed, which only `app` draws",
    },
    Ban {
        path: &["…", "Uuid", "new_v4"], who_may: |_, _| false, why: "ids follow from the seed"
    },
    Ban {
        path: &["…", "RiskApproved", "new"],
        who_may: |owner, _| owner == "risk",
        why: "only `risk` approves",
    },
];

fn above_logic(_: &str, level: u8) -> bool {
    level >= 2
}

/// The one loop that ticks the drivers is wired, and waits, in `app`.
fn clock_and_loop(owner: &str, _: u8) -> bool {
    matches!(owner, "clock" | "app")
}

fn clock_only(owner: &str, _: u8) -> bool {
    owner == "clock"
}

/// A breach that is meant. One that no longer occurs fails the test.
struct Exception {
    file: &'static str,
    /// What the breaching path begins with, or `long` for the length of the file.
    path: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        file: "src/clock/mod.rs",
        path: "async_trait",
        reason: "a clock is what one waits on, and waiting is async",
    },
    Exception {
        file: "src/clock/simulated.rs",
        path: "async_trait",
        reason: "a clock is what one waits on, and waiting is async",
    },
    Exception {
        file: "src/clock/system.rs",
        path: "async_trait",
        reason: "a clock is what one waits on, and waiting is async",
    },
    Exception {
        file: "src/clock/system.rs",
        path: "tokio",
        reason: "real waiting is a timer of the runtime",
    },
];

/// A rule that a file breaks.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: String,
    line: usize,
    path: String,
    why: String,
}

/// The module of the table that a path lies in, and its level; the longest entry wins.
fn owner_of(path: &[String]) -> Option<(&'static str, u8)> {
    let holds = |entry: &str| {
        let entry: Vec<&str> = entry.split("::").collect();
        path.len() >= entry.len() && entry.iter().zip(path).all(|(name, part)| name == part)
    };
    LEVELS.iter().copied().filter(|(entry, _)| holds(entry)).max_by_key(|(entry, _)| entry.len())
}

impl Ban {
    fn forbids(&self, path: &[String], owner: &str, level: u8) -> bool {
        let named = match self.path.split_first() {
            Some((&"…", rest)) => {
                path.iter().map(String::as_str).collect::<Vec<_>>().ends_with(rest)
            }
            _ => {
                path.len() >= self.path.len()
                    && self.path.iter().zip(path).all(|(name, part)| name == part)
            }
        };
        named && !(self.who_may)(owner, level)
    }
}

/// All breaches of a set of files, given as paths relative to the repository with their text.
fn breaches(files: &[(String, String)]) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut sources: Vec<(&str, Source)> = Vec::new();
    for (file, text) in files {
        match source::read(file, text) {
            Ok(source) => sources.push((file, source)),
            Err(error) => found.push(Breach {
                file: file.clone(),
                line: error.span().start().line,
                path: "unreadable".to_owned(),
                why: format!("it does not parse: {error}"),
            }),
        }
    }
    let tests: Vec<Vec<String>> =
        sources.iter().flat_map(|(_, source)| source.test_modules.clone()).collect();
    sources.retain(|(_, source)| !tests.iter().any(|test| source.module.starts_with(test)));

    let mut neighbours: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (file, source) in &sources {
        let mut add = |line, path: String, why: String| {
            found.push(Breach { file: (*file).to_owned(), line, path, why });
        };
        if source.lines > LONGEST_FILE {
            let why = format!("{} lines without tests; {LONGEST_FILE} are the limit", source.lines);
            add(LONGEST_FILE, "long".to_owned(), why);
        }
        if source.module.is_empty() {
            continue;
        }
        let Some((owner, level)) = owner_of(&source.module) else {
            add(1, source.module.join("::"), "the module is not in the table of levels".to_owned());
            continue;
        };
        for Reference { path, line } in &source.references {
            for ban in BANS.iter().filter(|ban| ban.forbids(path, owner, level)) {
                add(*line, path.join("::"), format!("{} (this is `{owner}`)", ban.why));
            }
            let own = match path.split_first() {
                Some((first, own)) if first == "crate" && !own.is_empty() => own,
                _ => continue,
            };
            let Some((target, target_level)) = owner_of(own) else {
                add(*line, path.join("::"), "it names no module of the table of levels".to_owned());
                continue;
            };
            if let Some(why) = forbidden_import((owner, level), (target, target_level)) {
                add(*line, path.join("::"), why);
            } else if level == target_level && owner != target && level < 5 {
                neighbours.entry(owner).or_default().insert(target);
            }
        }
    }
    found.extend(cycles(&neighbours));
    found
}

fn forbidden_import(from: (&str, u8), to: (&str, u8)) -> Option<String> {
    let ((owner, level), (target, target_level)) = (from, to);
    if target_level > level {
        Some(format!("`{owner}` is of level {level} and `{target}` of level {target_level}"))
    } else if level == ADAPTERS && target_level == ADAPTERS && owner != target {
        Some(format!("`{owner}` and `{target}` are adapters, which never meet"))
    } else if level == DRIVERS && target_level == ADAPTERS && target != "store" {
        Some(format!("the driver `{owner}` reaches the adapter `{target}` past its port"))
    } else {
        None
    }
}

/// Modules of one level may use each other, one way.
fn cycles(neighbours: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Breach> {
    let reaches = |from: &str, goal: &str| {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(module) = open.pop() {
            for next in neighbours.get(module).into_iter().flatten() {
                if *next == goal {
                    return true;
                }
                if seen.insert(*next) {
                    open.push(next);
                }
            }
        }
        false
    };
    neighbours
        .keys()
        .filter(|module| reaches(module, module))
        .map(|module| Breach {
            file: format!("src/{}", module.replace("::", "/")),
            line: 0,
            path: (*module).to_owned(),
            why: "it uses a module of its own level that uses it in turn".to_owned(),
        })
        .collect()
}

fn is_excepted(breach: &Breach, exception: &Exception) -> bool {
    breach.file == exception.file
        && (breach.path == exception.path
            || breach.path.starts_with(&format!("{}::", exception.path)))
}

fn source_files() -> Vec<(String, String)> {
    let root = crate::tidy::repository();
    walkdir::WalkDir::new(root.join("src"))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("src can be walked").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            let relative = path.strip_prefix(&root).expect("the walk stays below the root");
            (relative.to_string_lossy().replace('\\', "/"), text)
        })
        .collect()
}

#[test]
fn every_import_keeps_to_the_levels() {
    let files = source_files();
    assert!(
        files.len() >= FEWEST_FILES,
        "only {} source files were found, {FEWEST_FILES} at least were expected",
        files.len()
    );
    let all = breaches(&files);
    let meant = |breach: &&Breach| EXCEPTIONS.iter().any(|it| is_excepted(breach, it));
    let broken: Vec<String> = all
        .iter()
        .filter(|breach| !meant(breach))
        .map(|Breach { file, line, path, why }| format!("{file}:{line}: `{path}`: {why}"))
        .collect();
    assert!(broken.is_empty(), "the levels are broken:\n{}", broken.join("\n"));
}

#[test]
fn every_exception_is_still_needed_and_says_why() {
    let all = breaches(&source_files());
    for exception in EXCEPTIONS {
        let Exception { file, path, reason } = exception;
        assert!(
            all.iter().any(|breach| is_excepted(breach, exception)),
            "{file} no longer breaks the rule on `{path}`; remove the exception"
        );
        assert!(reason.contains(' '), "the exception of {file} for `{path}` gives no reason");
    }
}

#[test]
fn every_module_of_the_crate_is_in_the_table_and_in_the_crate_documentation() {
    let files = source_files();
    let (_, root) = files.iter().find(|(file, _)| file == "src/lib.rs").expect("lib.rs exists");
    let documentation: String =
        root.lines().filter(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n");
    let declared: BTreeSet<&str> =
        root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let listed: BTreeSet<&str> = LEVELS
        .iter()
        .map(|(module, _)| *module)
        .filter(|module| !module.contains("::") && *module != "bin")
        .collect();
    assert_eq!(declared, listed, "src/lib.rs declares on the left what the table has on the right");
    for module in declared {
        assert!(
            documentation.contains(&format!("[`{module}`]")),
            "the levels in the documentation of src/lib.rs leave out `{module}`"
        );
    }
}

/// The reasons for which one made-up file is refused.
fn reasons(file: &str, text: &str) -> Vec<String> {
    breaches(&[(file.to_owned(), text.to_owned())]).into_iter().map(|breach| breach.why).collect()
}

#[test]
fn an_upward_import_is_a_breach_even_inline_or_in_a_group() {
    let upward = ["`risk` is of level 1 and `store` of level 3"];
    assert_eq!(reasons("src/risk/gate.rs", "use crate::store::Store;"), upward);
    assert_eq!(reasons("src/risk/gate.rs", "use crate::{domain::Bar, store::{Store}};"), upward);
    assert_eq!(reasons("src/risk/gate.rs", "fn f() { super::super::store::open() }"), upward);
    assert_eq!(reasons("src/orders/mod.rs", "mod driver; pub use driver::Driver;").len(), 1);
    assert!(reasons("src/executor/mod.rs", "use crate::{store::Store, risk::Gate};").is_empty());
}

#[test]
fn adapters_never_meet_and_drivers_go_through_ports() {
    assert_eq!(
        reasons("src/sandbox/mod.rs", "use crate::broker::ibkr::models::Order;"),
        ["`sandbox` and `broker::ibkr` are adapters, which never meet"]
    );
    assert_eq!(
        reasons("src/executor/mod.rs", "use crate::sandbox::Exchange;"),
        ["the driver `executor` reaches the adapter `sandbox` past its port"]
    );
    assert!(reasons("src/sandbox/mod.rs", "use crate::broker::BrokerError;").is_empty());
    assert!(reasons("src/sandbox/a.rs", "use crate::sandbox::b::C; use super::d;").is_empty());
    assert!(reasons("src/app/mod.rs", "use crate::sandbox::Exchange;").is_empty());
}

#[test]
fn bans_hold_where_they_are_meant_to() {
    for (file, text) in [
        ("src/executor/mod.rs", "#[derive(sqlx::FromRow)] struct Row;"),
        ("src/api/mod.rs", "use axum::Router;"),
        ("src/indicators/mod.rs", "use std::{collections::BTreeMap, fs};"),
        ("src/chart/mod.rs", "fn f() { tracing::info!(\"x\"); }"),
        ("src/domain/ids.rs", "use serde_json::Value;"),
        ("src/executor/mod.rs", "fn f() { jiff::Timestamp::now(); }"),
        ("src/store/mod.rs", "use std::time::Instant; fn f() { Instant::now(); }"),
        ("src/scheduler/mod.rs", "async fn f() { tokio::time::sleep(d).await }"),
        ("src/orders/driver.rs", "fn f() { crate::risk::RiskApproved::new(intent); }"),
    ] {
        assert_eq!(reasons(file, text).len(), 1, "{file}: {text}");
    }
    assert!(reasons("src/store/mod.rs", "use sqlx::SqlitePool;").is_empty());
    assert!(reasons("src/clock/system.rs", "fn f() { jiff::Timestamp::now(); }").is_empty());
    assert!(reasons("src/risk/gate.rs", "fn f() { RiskApproved::new(intent); }").is_empty());
}

#[test]
fn modules_of_one_level_may_use_each_other_one_way() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let one_way = [file("src/executor/mod.rs", "use crate::lineage::Recorder;")];
    assert!(breaches(&one_way).is_empty());
    let both_ways = [
        file("src/executor/mod.rs", "use crate::lineage::Recorder;"),
        file("src/lineage/mod.rs", "use crate::executor::Step;"),
    ];
    assert_eq!(breaches(&both_ways).len(), 2);
}

#[test]
fn unlisted_modules_long_files_and_unreadable_files_are_breaches() {
    assert_eq!(
        reasons("src/helpers/mod.rs", "fn f() {}"),
        ["the module is not in the table of levels"]
    );
    assert_eq!(
        reasons("src/app/mod.rs", "use crate::helpers::f;"),
        ["it names no module of the table of levels"]
    );
    let long = "fn f() {}\n".repeat(LONGEST_FILE + 1);
    assert_eq!(reasons("src/risk/mod.rs", &long).len(), 1);
    let tested = format!("#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert!(reasons("src/risk/mod.rs", &tested).is_empty());
    assert_eq!(reasons("src/risk/mod.rs", "fn f( {}").len(), 1);
}
