//! Conventions of the repository that no compiler and no linter sees.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Fewer files than this and the scan has gone wrong, not the repository tidy.
const FEWEST_FILES: usize = 80;

/// Folders of things that are made or fetched, not written.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "gen", "fixtures", ".cache"];

/// Folders whose files are code.
const CODE: &[&str] = &["src", "src-tauri", "xtask", "ui", "benches", "migrations", ".ci"];

/// Endings of files that are text and of our own writing.
const TEXT: &[&str] =
    &["rs", "toml", "md", "sql", "ts", "tsx", "css", "html", "json", "js", "mjs", "yml", "csv"];

/// Words that promise work which has not been done. Cut in two so that this list is none of them.
const PROMISES: &[&str] = &["TO\u{44}O", "FI\u{58}ME", "XX\u{58}", "HAC\u{4b}:"];

/// Macros that stand where code is missing.
const GAPS: &[&str] = &["todo!(", "unimplemented!("];

/// The top folder of the repository. Cargo sets the variable for tests; a path that was compiled
/// in would be stale in a target folder that several clones share.
pub(crate) fn repository() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("the tests run under cargo").into()
}

/// All files that somebody wrote, as paths relative to the repository.
fn files() -> Vec<PathBuf> {
    let root = repository();
    let files: Vec<PathBuf> = walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            // A target folder may have any name; Cargo marks each with this tag.
            let name = entry.file_name().to_string_lossy();
            !NOT_OURS.contains(&name.as_ref()) && !entry.path().join("CACHEDIR.TAG").exists()
        })
        .map(|entry| entry.expect("the repository can be walked"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(&root).expect("below the root").to_path_buf())
        .collect();
    assert!(
        files.len() >= FEWEST_FILES,
        "only {} files were found, {FEWEST_FILES} at least were expected",
        files.len()
    );
    files
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|it| it.to_str()).is_some_and(|it| extensions.contains(&it))
}

fn read(path: &Path) -> String {
    fs::read_to_string(repository().join(path))
        .unwrap_or_else(|error| panic!("{} is no UTF-8 text: {error}", path.display()))
}

/// Written text that is not test data, which may be wrong on purpose.
fn texts() -> impl Iterator<Item = (PathBuf, String)> {
    files()
        .into_iter()
        .filter(|path| has_extension(path, TEXT) && !path.starts_with("tests/data"))
        .map(|path| {
            let text = read(&path);
            (path, text)
        })
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

#[test]
fn nothing_is_left_for_later() {
    let mut found = Vec::new();
    for (path, text) in texts() {
        // JSON takes no comments, and the digests and pictures in it may spell any word.
        let is_json = has_extension(&path, &["json"]);
        if is_json || !CODE.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for word in PROMISES.iter().chain(GAPS) {
            for (offset, _) in text.match_indices(word) {
                found.push(format!("{}:{}: {word}", path.display(), line_of(&text, offset)));
            }
        }
    }
    assert!(found.is_empty(), "unfinished work:\n{}", found.join("\n"));
}

#[test]
fn every_text_ends_with_one_line_end_and_has_no_carriage_return() {
    let wrong: Vec<String> = texts()
        .filter(|(_, text)| {
            !text.is_empty()
                && (!text.ends_with('\n') || text.ends_with("\n\n") || text.contains('\r'))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "these files end or break their lines wrongly: {wrong:?}");
}

/// The targets of `[text](target)` outside of code, with their lines.
fn links(markdown: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (index, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            continue;
        }
        // Every second piece between back ticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
        for rest in prose.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push((target.to_owned(), index + 1));
            }
        }
    }
    found
}

/// The anchors that headings make, in the way of GitHub: lower case, hyphens for spaces, no
/// punctuation.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let mut in_code = false;
    markdown
        .lines()
        .filter(|line| {
            in_code ^= line.trim_start().starts_with("```");
            !in_code
        })
        .filter_map(|line| line.strip_prefix('#'))
        .map(|heading| {
            heading
                .trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'))
                .map(|it| if it == ' ' { '-' } else { it })
                .collect()
        })
        .collect()
}

/// What is wrong with the links of one page.
fn broken_links(page: &Path, markdown: &str) -> Vec<String> {
    let folder = page.parent().unwrap_or(Path::new(""));
    let mut wrong = Vec::new();
    for (target, line) in links(markdown) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let path = if file.is_empty() { page.to_path_buf() } else { folder.join(file) };
        let full = repository().join(&path);
        if !full.exists() {
            wrong.push(format!("{}:{line}: {target} does not exist", page.display()));
        } else if !anchor.is_empty() && !anchors(&read(&path)).contains(anchor) {
            wrong.push(format!("{}:{line}: {target} names no heading", page.display()));
        }
    }
    wrong
}

#[test]
fn every_link_in_the_documentation_leads_somewhere() {
    let pages: Vec<PathBuf> = files()
        .into_iter()
        .filter(|path| has_extension(path, &["md"]) && !path.starts_with("tests"))
        .collect();
    let mut links_seen = 0;
    let mut wrong = Vec::new();
    for page in &pages {
        let markdown = read(page);
        links_seen += links(&markdown).len();
        wrong.extend(broken_links(page, &markdown));
    }
    assert!(pages.len() >= 5, "README and docs were expected, found only {pages:?}");
    assert!(links_seen >= 10, "only {links_seen} links were found in {pages:?}");
    assert!(wrong.is_empty(), "broken links:\n{}", wrong.join("\n"));
}

#[test]
fn links_and_anchors_are_found_as_a_reader_sees_them() {
    let page = "See [a](b.md) and [c](#the-two-commands), not `[x](y)`.\n\
                ```\n[in](code)\n# Not a heading\n```\n## The two commands\n### `run`: it runs\n";
    assert_eq!(links(page), [("b.md".to_owned(), 1), ("#the-two-commands".to_owned(), 1)]);
    assert_eq!(
        anchors(page),
        BTreeSet::from(["the-two-commands".to_owned(), "run-it-runs".to_owned()])
    );
    let wrong =
        broken_links(Path::new("README.md"), "[a](no-such-file.md) [b](LICENSE) [c](#no)\n");
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}

#[test]
fn the_licence_is_there_and_is_the_one_that_the_manifest_names() {
    let licence = read(Path::new("LICENSE"));
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004"));
    assert!(licence.contains("END OF TERMS AND CONDITIONS"), "LICENSE is cut short");
    assert!(read(Path::new("Cargo.toml")).contains("license = \"Apache-2.0\""));
}

/// Whether a file name is that of a text on origin or terms.
fn tells_origin(name: &str) -> bool {
    let name = name.to_uppercase();
    ["LICENSE", "LICENCE", "OFL", "NOTICE", "ATTRIBUTION", "README", "SOURCES"]
        .iter()
        .any(|start| name.starts_with(start))
}

#[test]
fn fonts_and_data_stand_beside_a_text_on_their_origin() {
    let files = files();
    let brought_in = |path: &&PathBuf| {
        has_extension(path, &["ttf", "otf", "woff", "woff2", "csv", "gz", "parquet"])
    };
    // The text may stand one folder higher, for all folders of a collection.
    let told_beside = |path: &Path| {
        path.ancestors().skip(1).take(2).filter(|it| *it != Path::new("")).any(|folder| {
            files.iter().any(|other| {
                other.parent() == Some(folder)
                    && other.file_name().is_some_and(|it| tells_origin(&it.to_string_lossy()))
            })
        })
    };
    // A table of facts may be explained by the module that reads it.
    let told_by_module = |path: &Path| {
        let module = path.with_file_name("mod.rs");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        files.contains(&module)
            && read(&module).lines().any(|line| line.starts_with("//!") && line.contains(&*name))
    };
    let silent: Vec<&PathBuf> = files
        .iter()
        .filter(brought_in)
        .filter(|path| !told_beside(path) && !told_by_module(path))
        .collect();
    assert!(silent.is_empty(), "nothing tells the origin and terms of {silent:?}");
    assert!(tells_origin("OFL.txt") && tells_origin("licence.md") && !tells_origin("AAPL.csv"));
}
