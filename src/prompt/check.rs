//! What is wrong with a template, with the place of it, before it is rendered.
//!
//! The rules keep a template small and its work bounded: it may name values, filters and macros of
//! its own, and steer with `if`, `for`, `set`, `with` and `macro`. It names no file, no other
//! template and no function, and its numbers are exact, which is why arithmetic is done by filters.

use std::collections::BTreeSet;

use minijinja::machinery::ast::{CallArg, Expr, Stmt};
use minijinja::machinery::{Span, Token, parse, tokenize};

use super::reference::{self, FILTERS, TESTS};
use super::tokens::{is_beside_loop, is_loop_field, is_number, is_sign};
use super::{FUEL, Finding, LONGEST_TEMPLATE, Severity};

/// What a number in a template is turned into, so that it is an exact one.
pub(super) const NUMBER: &str = "exact_number";

/// Bytes of plain text that a template may come to in all, repeated by its loops.
const MOST_REPEATED_TEXT: u64 = 16 * 1024 * 1024;

/// A template that was read.
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    /// Values of the run that it uses.
    pub(super) variables: BTreeSet<String>,
    /// The text with exact numbers, of as many lines as the original; nothing if it has no syntax.
    pub(super) rewritten: Option<String>,
    /// Steps that it may take.
    pub(super) fuel: u64,
}

impl Checked {
    pub(super) fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Reads a template and finds what is wrong with it.
pub(super) fn check(text: &str) -> Checked {
    let mut walk = Walk::new(text);
    if text.trim().is_empty() {
        walk.error(0..0, "the prompt is empty", None);
        return walk.finish(None);
    }
    if text.len() > LONGEST_TEMPLATE {
        let message =
            format!("the prompt has {} bytes; {LONGEST_TEMPLATE} are the most", text.len());
        walk.error(0..0, message, None);
        return walk.finish(None);
    }
    let tree = match parse(text, "prompt", super::syntax()) {
        Ok(tree) => tree,
        Err(error) => {
            let range = error.range().unwrap_or_else(|| walk.line_range(error.line().unwrap_or(1)));
            let message = error.detail().unwrap_or("this is not a statement of a template");
            walk.error(range, message.to_owned(), None);
            return walk.finish(None);
        }
    };
    walk.declare(&tree);
    walk.statement(&tree, false);
    let rewritten = walk.tokens();
    walk.finish(rewritten)
}

struct Walk<'a> {
    text: &'a str,
    findings: Vec<Finding>,
    /// Names that the template gives itself.
    declared: BTreeSet<String>,
    macros: BTreeSet<String>,
    variables: BTreeSet<String>,
    /// Longest plain text inside a loop or a macro.
    longest_repeated: u64,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            findings: Vec::new(),
            declared: BTreeSet::from(["loop".to_owned()]),
            macros: BTreeSet::new(),
            variables: BTreeSet::new(),
            longest_repeated: 0,
        }
    }

    fn finish(mut self, rewritten: Option<String>) -> Checked {
        self.findings.sort_by_key(|finding| (finding.line, finding.column));
        self.findings.dedup();
        let by_text = MOST_REPEATED_TEXT.checked_div(self.longest_repeated).unwrap_or(FUEL);
        Checked {
            findings: self.findings,
            variables: self.variables,
            rewritten,
            fuel: FUEL.min(by_text),
        }
    }

    fn error(
        &mut self,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let (line, column) = place(self.text, range.start);
        let end = range.end.min(self.text.len());
        let marked = self.text.get(range.start..end).unwrap_or_default();
        let length = marked.lines().next().map_or(0, |line| line.chars().count());
        self.findings.push(Finding {
            line,
            column,
            length: u32::try_from(length.max(1)).unwrap_or(1),
            severity: Severity::Error,
            message: message.into(),
            suggestion,
        });
    }

    fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let start: usize =
            self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let length =
            self.text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        start..start + length
    }

    /// Collects the names that the template gives itself, wherever it does.
    fn declare(&mut self, statement: &Stmt<'_>) {
        let bodies: Vec<&[Stmt<'_>]> = match statement {
            Stmt::Template(node) => vec![&node.children],
            Stmt::ForLoop(node) => {
                self.declare_target(&node.target);
                vec![&node.body, &node.else_body]
            }
            Stmt::IfCond(node) => vec![&node.true_body, &node.false_body],
            Stmt::WithBlock(node) => {
                for (target, _) in &node.assignments {
                    self.declare_target(target);
                }
                vec![&node.body]
            }
            Stmt::Set(node) => {
                self.declare_target(&node.target);
                Vec::new()
            }
            Stmt::SetBlock(node) => {
                self.declare_target(&node.target);
                vec![&node.body]
            }
            Stmt::Macro(node) => {
                self.macros.insert(node.name.to_owned());
                self.declared.insert(node.name.to_owned());
                for argument in &node.args {
                    self.declare_target(argument);
                }
                vec![&node.body]
            }
            _ => Vec::new(),
        };
        for body in bodies {
            for statement in body {
                self.declare(statement);
            }
        }
    }

    fn declare_target(&mut self, target: &Expr<'_>) {
        match target {
            Expr::Var(variable) => {
                self.declared.insert(variable.id.to_owned());
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.declare_target(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.declare_target(item)),
            _ => {}
        }
    }

    fn body(&mut self, body: &[Stmt<'_>], is_repeated: bool) {
        for statement in body {
            self.statement(statement, is_repeated);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>, is_repeated: bool) {
        match statement {
            Stmt::Template(node) => self.body(&node.children, is_repeated),
            Stmt::EmitExpr(node) => self.expression(&node.expr),
            Stmt::EmitRaw(node) => {
                if is_repeated {
                    self.longest_repeated = self.longest_repeated.max(node.raw.len() as u64);
                }
            }
            Stmt::ForLoop(node) => {
                if node.recursive {
                    self.refuse(node.span(), "a loop that calls itself");
                }
                self.expression(&node.iter);
                node.filter_expr.iter().for_each(|filter| self.expression(filter));
                self.body(&node.body, true);
                self.body(&node.else_body, is_repeated);
            }
            Stmt::IfCond(node) => {
                self.expression(&node.expr);
                self.body(&node.true_body, is_repeated);
                self.body(&node.false_body, is_repeated);
            }
            Stmt::WithBlock(node) => {
                for (_, value) in &node.assignments {
                    self.expression(value);
                }
                self.body(&node.body, is_repeated);
            }
            Stmt::Set(node) => self.expression(&node.expr),
            Stmt::SetBlock(node) => {
                node.filter.iter().for_each(|filter| self.expression(filter));
                self.body(&node.body, is_repeated);
            }
            Stmt::Macro(node) => {
                node.defaults.iter().for_each(|value| self.expression(value));
                self.body(&node.body, true);
            }
            Stmt::Include(node) => self.refuse(node.span(), "another template"),
            Stmt::Import(node) => self.refuse(node.span(), "another template"),
            Stmt::FromImport(node) => self.refuse(node.span(), "another template"),
            Stmt::Extends(node) => self.refuse(node.span(), "another template"),
            Stmt::Block(node) => self.refuse(node.span(), "a block of another template"),
            Stmt::AutoEscape(node) => self.refuse(node.span(), "escaping"),
            Stmt::FilterBlock(node) => self.refuse(node.span(), "a filter around a block"),
            Stmt::CallBlock(node) => self.refuse(node.span(), "a call around a block"),
            Stmt::Do(node) => self.refuse(node.span(), "a statement without a result"),
        }
    }

    fn refuse(&mut self, span: Span, what: &str) {
        self.error(range(span), format!("a prompt cannot use {what}"), None);
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(variable) => self.variable(variable.id, variable.span()),
            Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                for part in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.expression(part);
                }
            }
            Expr::UnaryOp(node) => self.expression(&node.expr),
            Expr::BinOp(node) => {
                self.expression(&node.left);
                self.expression(&node.right);
            }
            Expr::Compare(node) => {
                self.expression(&node.expr);
                node.ops.iter().for_each(|compared| self.expression(&compared.expr));
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr);
                self.expression(&node.true_expr);
                node.false_expr.iter().for_each(|other| self.expression(other));
            }
            Expr::Filter(node) => {
                node.expr.iter().for_each(|value| self.expression(value));
                self.arguments(&node.args);
            }
            Expr::Test(node) => {
                self.expression(&node.expr);
                self.arguments(&node.args);
            }
            Expr::GetAttr(node) => {
                self.expression(&node.expr);
                if let Expr::Var(variable) = &node.expr {
                    self.field(variable.id, node.name, range(variable.span()).end);
                }
            }
            Expr::GetItem(node) => {
                self.expression(&node.expr);
                self.expression(&node.subscript_expr);
            }
            Expr::Call(node) => {
                match &node.expr {
                    Expr::Var(variable) if self.macros.contains(variable.id) => {}
                    Expr::Var(variable) => {
                        let message = format!("there is no function {}", variable.id);
                        self.error(range(variable.span()), message, None);
                    }
                    other => self.refuse(other.span(), "a function"),
                }
                self.arguments(&node.args);
            }
            Expr::List(node) => self.texts(&node.items, node.span()),
            Expr::Tuple(node) => self.texts(&node.items, node.span()),
            Expr::Map(node) => self.refuse(node.span(), "a map of its own"),
        }
    }

    /// A list of lists doubles with every step: its items are texts.
    fn texts(&mut self, items: &[Expr<'_>], span: Span) {
        let is_text =
            |item: &Expr<'_>| matches!(item, Expr::Const(value) if value.value.as_str().is_some());
        if !items.iter().all(is_text) {
            self.error(range(span), "a list of its own holds texts in quotes only", None);
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value) | CallArg::Kwarg(_, value) => self.expression(value),
                CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                    self.refuse(value.span(), "arguments out of a list");
                }
            }
        }
    }

    fn variable(&mut self, name: &str, span: Span) {
        if self.declared.contains(name) {
            return;
        }
        if reference::is_variable(name) {
            self.variables.insert(name.to_owned());
            return;
        }
        let suggestion = {
            let own = self.declared.iter().map(String::as_str);
            nearest(name, own.chain(reference::VARIABLES.iter().map(|known| known.name)))
        };
        self.error(range(span), format!("there is no variable {name}"), suggestion);
    }

    /// A field of a value whose fields are known. `after` is where its name ends.
    fn field(&mut self, variable: &str, name: &str, after: usize) {
        if variable != "loop" && self.declared.contains(variable) {
            return;
        }
        let Some(fields) = reference::fields(variable) else { return };
        if fields.contains(&name) {
            return;
        }
        let start = after + self.text.get(after..).and_then(|rest| rest.find(name)).unwrap_or(0);
        let suggestion = nearest(name, fields.iter().copied());
        let message = format!("{variable} has no field {name}");
        self.error(start..start + name.len(), message, suggestion);
    }

    /// Filters, tests and operators by their words, which the tree does not place exactly; and the
    /// text with exact numbers.
    fn tokens(&mut self) -> Option<String> {
        let tokens: Vec<(Token<'_>, Span)> =
            tokenize(self.text, false, super::syntax()).collect::<Result<_, _>>().ok()?;
        let mut rewritten = String::with_capacity(self.text.len() + 64);
        let mut copied = 0;
        let mut brackets = 0_u32;
        let mut signed_at = None;
        for (index, (token, span)) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).map(|index| &tokens[index].0);
            match token {
                Token::BracketOpen => brackets += 1,
                Token::BracketClose => brackets = brackets.saturating_sub(1),
                Token::Ident(name) => self.word(name, *span, &tokens[..index]),
                Token::Int(_) | Token::Int128(_) | Token::Float(_) => {
                    let is_index = brackets > 0 || matches!(before, Some(Token::Dot));
                    if !is_index && !is_beside_loop(&tokens, index) {
                        let digits = self.text.get(range(*span)).unwrap_or_default();
                        let sign = if signed_at == Some(index) { "-" } else { "" };
                        rewritten.push_str(self.text.get(copied..range(*span).start)?);
                        let digits = digits.replace('_', "");
                        for part in [NUMBER, "(\"", sign, digits.as_str(), "\")"] {
                            rewritten.push_str(part);
                        }
                        copied = range(*span).end;
                    }
                }
                // The sign goes into the number: an exact one has no operators.
                Token::Minus
                    if is_sign(before) && is_number(&tokens, index + 1) && brackets == 0 =>
                {
                    rewritten.push_str(self.text.get(copied..range(*span).start)?);
                    copied = range(*span).end;
                    signed_at = Some(index + 1);
                }
                Token::Minus if !(is_sign(before) && is_number(&tokens, index + 1)) => {
                    self.arithmetic(*span, "-");
                }
                Token::Plus => self.arithmetic(*span, "+"),
                Token::Mul => self.arithmetic(*span, "*"),
                Token::Div | Token::FloorDiv => self.arithmetic(*span, "/"),
                Token::Pow => self.arithmetic(*span, "**"),
                Token::Mod => self.arithmetic(*span, "%"),
                Token::Tilde => {
                    let message = "texts are joined by standing side by side, not by ~";
                    self.error(range(*span), message, None);
                }
                Token::Lt | Token::Lte | Token::Gt | Token::Gte | Token::Eq | Token::Ne => {
                    self.comparison(&tokens, index);
                }
                Token::Assign if is_loop_field(&tokens, index + 1) => {
                    let message = "a counter of a loop is used where it stands, not kept";
                    self.error(range(tokens[index + 1].1), message, None);
                }
                _ => {}
            }
        }
        rewritten.push_str(self.text.get(copied..)?);
        Some(rewritten)
    }

    /// A word after `|` is a filter, after `is` a test.
    fn word(&mut self, name: &str, span: Span, before: &[(Token<'_>, Span)]) {
        let mut last = before.iter().rev().map(|(token, _)| token);
        let (is_filter, is_test) = match last.next() {
            Some(Token::Pipe) => (true, false),
            Some(Token::Ident("is")) => (false, name != "not"),
            Some(Token::Ident("not")) => (false, matches!(last.next(), Some(Token::Ident("is")))),
            _ => (false, false),
        };
        if is_filter && !FILTERS.iter().any(|filter| filter.name == name) {
            let suggestion = nearest(name, FILTERS.iter().map(|filter| filter.name));
            self.error(range(span), format!("there is no filter {name}"), suggestion);
        }
        if is_test && !TESTS.contains(&name) {
            let suggestion = nearest(name, TESTS.iter().copied());
            self.error(range(span), format!("there is no test {name}"), suggestion);
        }
    }

    fn arithmetic(&mut self, span: Span, operator: &str) {
        let filter = match operator {
            "+" => "plus",
            "-" => "minus",
            "/" => "divided_by",
            _ => "times",
        };
        let message =
            format!("numbers are exact: in place of {operator} write the filter {filter}");
        self.error(range(span), message, Some(format!("| {filter}(…)")));
    }

    fn comparison(&mut self, tokens: &[(Token<'_>, Span)], index: usize) {
        let is_ordering = !matches!(tokens[index].0, Token::Eq | Token::Ne);
        let is_text =
            |at: usize| matches!(tokens.get(at), Some((Token::Str(_) | Token::String(_), _)));
        let left = index.checked_sub(1);
        if is_ordering && (is_text(index + 1) || left.is_some_and(is_text)) {
            let message = "texts have no order; write a number without quotes";
            self.error(range(tokens[index].1), message, None);
        }
        let is_whole = |at: usize| matches!(tokens.get(at), Some((Token::Int(_), _)));
        let loop_left = index.checked_sub(3).is_some_and(|start| is_loop_field(tokens, start));
        let loop_right = is_loop_field(tokens, index + 1);
        let fits = match (loop_left, loop_right) {
            (false, false) | (true, true) => true,
            (true, false) => is_whole(index + 1),
            (false, true) => left.is_some_and(is_whole),
        };
        if !fits {
            let message = "a counter of a loop can be compared with a whole number only";
            self.error(range(tokens[index].1), message, None);
        }
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

/// Line and column, both from 1, of an offset.
pub(super) fn place(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The name that may have been meant.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    /// From here two words are taken for the same, of 1.
    const ALIKE: f32 = 0.6;

    let name: String = name.chars().take(64).collect();
    known
        .map(|known| (similar::TextDiff::from_chars(known, name.as_str()).ratio(), known))
        .filter(|(ratio, _)| *ratio >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known.to_owned())
}
