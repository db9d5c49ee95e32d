//! Reads one source file: which paths it refers to, outside of its tests, and how long it is.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// From the root: own paths begin with `crate`, others with the name of their crate.
    pub(super) path: Vec<String>,
    /// Counted from 1.
    pub(super) line: usize,
}

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Where it lies among the modules: `["broker", "ibkr"]`.
    pub(super) module: Vec<String>,
    pub(super) references: Vec<Reference>,
    /// Files that it declares with `#[cfg(test)] mod name;`, as full module paths.
    pub(super) test_modules: Vec<Vec<String>>,
    /// Without the modules under `#[cfg(test)]`.
    pub(super) lines: usize,
}

/// Which module `src/…` is. The files of a binary are modules below `bin`.
pub(super) fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// Parses a file; `path` is relative to the repository.
pub(super) fn read(path: &str, text: &str) -> syn::Result<Source> {
    let file = syn::parse_file(text)?;
    let module = module_of(path);
    let mut collector = Collector {
        is_binary: module.first().is_some_and(|first| first == "bin"),
        module: module.clone(),
        children: vec![declared_modules(&file.items)],
        source: Source { module, lines: text.lines().count(), ..Source::default() },
    };
    collector.visit_file(&file);
    Ok(collector.source)
}

struct Collector {
    is_binary: bool,
    /// Where the visitor is, which inline modules change.
    module: Vec<String>,
    /// The modules declared at each depth, since a path may begin with such a name.
    children: Vec<HashSet<String>>,
    source: Source,
}

impl Collector {
    fn add(&mut self, segments: Vec<String>, global: bool, line: usize) {
        let path = self.resolve(segments, global);
        self.source.references.push(Reference { path, line });
    }

    fn resolve(&self, segments: Vec<String>, global: bool) -> Vec<String> {
        let absolute =
            |module: &[String], rest: &[String]| [&["crate".to_owned()], module, rest].concat();
        let here = self.module.as_slice();
        let first = segments.first().map_or("", String::as_str);
        match first {
            _ if global => segments,
            "crate" if self.is_binary => absolute(&here[..2.min(here.len())], &segments[1..]),
            "throughline" => absolute(&[], &segments[1..]),
            "crate" => segments,
            "self" => absolute(here, &segments[1..]),
            "super" => {
                let ups = segments.iter().take_while(|segment| *segment == "super").count();
                absolute(&here[..here.len().saturating_sub(ups)], &segments[ups..])
            }
            name if self.children.last().is_some_and(|names| names.contains(name)) => {
                absolute(here, &segments)
            }
            _ => segments,
        }
    }

    fn add_use(&mut self, tree: &syn::UseTree, mut prefix: Vec<String>, global: bool) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_use(&path.tree, prefix, global);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, prefix.clone(), global);
                }
            }
            syn::UseTree::Name(syn::UseName { ident })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                // `self` inside a group stands for the group's own path.
                if ident != "self" || prefix.is_empty() {
                    prefix.push(ident.to_string());
                }
                self.add(prefix, global, ident.span().start().line);
            }
            syn::UseTree::Glob(glob) => self.add(prefix, global, glob.span().start().line),
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let path = [self.module.as_slice(), &[item.ident.to_string()]].concat();
        if is_for_tests(&item.attrs) {
            self.source.lines -= item.span().end().line - item.span().start().line + 1;
            if item.content.is_none() {
                self.source.test_modules.push(path);
            }
            return;
        }
        let Some((_, items)) = &item.content else { return };
        let outer = std::mem::replace(&mut self.module, path);
        self.children.push(declared_modules(items));
        visit::visit_item_mod(self, item);
        self.children.pop();
        self.module = outer;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.add_use(&item.tree, Vec::new(), item.leading_colon.is_some());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.add(segments, path.leading_colon.is_some(), path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    /// The arguments of macros and attributes are tokens, not syntax; paths are picked from them.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        for (segments, line) in paths_in(tokens.clone()) {
            self.add(segments, false, line);
        }
    }
}

fn declared_modules(items: &[syn::Item]) -> HashSet<String> {
    items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect()
}

/// Whether `#[cfg(test)]` stands there. Conditions that merely mention `test` do not count.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// Every `a::b::c` among tokens, with its line.
fn paths_in(tokens: TokenStream) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let (mut line, mut colons) = (0, 0);
    let finish = |path: &mut Vec<String>, line: usize, found: &mut Vec<_>| {
        let path = std::mem::take(path);
        if path.len() > 1 {
            found.push((path, line));
        }
    };
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    finish(&mut path, line, &mut found);
                }
                if path.is_empty() {
                    line = ident.span().start().line;
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                finish(&mut path, line, &mut found);
                colons = 0;
                found.extend(paths_in(group.stream()));
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                finish(&mut path, line, &mut found);
                colons = 0;
            }
        }
    }
    finish(&mut path, line, &mut found);
    found
}

/// The paths that `text` refers to as the file `path`, joined by `::`.
fn paths(path: &str, text: &str) -> Vec<String> {
    let source = read(path, text).expect("the sample parses");
    source.references.iter().map(|reference| reference.path.join("::")).collect()
}

#[test]
fn files_are_modules() {
    assert_eq!(module_of("src/broker/mod.rs"), ["broker"]);
    assert_eq!(module_of("src/broker/ibkr/parse.rs"), ["broker", "ibkr", "parse"]);
    assert!(module_of("src/lib.rs").is_empty());
    assert_eq!(module_of("src/bin/throughline/main.rs"), ["bin", "throughline"]);
}

#[test]
fn nested_groups_renames_and_globs_are_all_seen() {
    let text = "use crate::{broker::{self, ibkr::Client as Raw}, domain::*};";
    assert_eq!(
        paths("src/risk/mod.rs", text),
        ["crate::broker", "crate::broker::ibkr::Client", "crate::domain"]
    );
}

#[test]
fn relative_paths_are_resolved() {
    let text = "mod driver; use super::super::store::Store; use driver::Driver;
        mod inner { use super::super::Thing; fn f() { self::g() } }";
    assert_eq!(
        paths("src/orders/machine.rs", text),
        [
            "crate::store::Store",
            "crate::orders::machine::driver::Driver",
            "crate::orders::Thing",
            "crate::orders::machine::inner::g",
        ]
    );
}

#[test]
fn inline_paths_types_macros_and_attributes_are_seen() {
    let text = "#[derive(sqlx::Type)] struct A(crate::api::Dto);
        fn f() -> Vec<crate::store::Row> { println!(\"{}\", [crate::app::name()]); std::fs::read(\"x\") }
        macro_rules! m { () => { $crate::executor::run() } }";
    let found = paths("src/risk/mod.rs", text);
    for path in [
        "sqlx::Type",
        "crate::api::Dto",
        "crate::store::Row",
        "crate::app::name",
        "std::fs::read",
        "crate::executor::run",
    ] {
        assert!(found.contains(&path.to_owned()), "{path} is not among {found:?}");
    }
}

#[test]
fn a_binary_speaks_of_the_library_by_name() {
    let text = "use throughline::api::Dto; use crate::print::cards;";
    assert_eq!(
        paths("src/bin/throughline/main.rs", text),
        ["crate::api::Dto", "crate::bin::throughline::print::cards"]
    );
}

#[test]
fn tests_are_left_out_of_references_and_of_length() {
    let text = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::api::Dto;\n}\n\
        #[cfg(test)]\nmod samples;\n#[cfg(not(test))]\nmod real {\n use crate::app::X;\n}\n";
    let source = read("src/risk/mod.rs", text).expect("the sample parses");
    assert_eq!(source.references.len(), 1);
    assert_eq!(source.lines, 12 - 4 - 2);
    assert_eq!(source.test_modules, [["risk", "samples"]]);
}
