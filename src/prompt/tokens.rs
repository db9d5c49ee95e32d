//! What a word of a template is beside: the syntax tree does not place operators and numbers.

use minijinja::machinery::{Span, Token};

/// Whether `loop.` and a field stand here.
pub(super) fn is_loop_field(tokens: &[(Token<'_>, Span)], start: usize) -> bool {
    matches!(
        tokens.get(start..start + 3),
        Some([(Token::Ident("loop"), _), (Token::Dot, _), (Token::Ident(_), _)])
    )
}

/// Whether a number is compared with a counter of a loop, which is a whole one.
pub(super) fn is_beside_loop(tokens: &[(Token<'_>, Span)], index: usize) -> bool {
    let is_comparison = |at: usize| {
        matches!(
            tokens.get(at),
            Some((Token::Lt | Token::Lte | Token::Gt | Token::Gte | Token::Eq | Token::Ne, _))
        )
    };
    let after = index.checked_sub(4).is_some_and(|start| is_loop_field(tokens, start))
        && is_comparison(index - 1);
    let before = is_comparison(index + 1) && is_loop_field(tokens, index + 2);
    after || before
}

/// Whether a number stands here.
pub(super) fn is_number(tokens: &[(Token<'_>, Span)], at: usize) -> bool {
    matches!(tokens.get(at), Some((Token::Int(_) | Token::Int128(_) | Token::Float(_), _)))
}

/// Whether a minus after this belongs to the number that follows.
pub(super) fn is_sign(before: Option<&Token<'_>>) -> bool {
    !matches!(
        before,
        Some(
            Token::Ident(_)
                | Token::Int(_)
                | Token::Float(_)
                | Token::ParenClose
                | Token::BracketClose
                | Token::Str(_)
                | Token::String(_)
        )
    )
}
