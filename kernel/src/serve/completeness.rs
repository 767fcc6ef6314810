//! Whether a cell can be executed as it stands: what a console asks before it adds a line.

use jupyter_protocol::{IsCompleteReply, IsCompleteReplyStatus as Status};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::str::FromStr;

/// Spaces by which a line within brackets is indented.
const INDENT: usize = 4;

/// The answer for a piece of code.
pub(super) fn is_complete(code: &str) -> IsCompleteReply {
    let (status, depth) = judge(code);
    let indent = if status == Status::Incomplete { " ".repeat(INDENT * depth) } else { String::new() };
    IsCompleteReply { status, indent }
}

/// With how many brackets are open.
fn judge(code: &str) -> (Status, usize) {
    let code = code.trim();
    // Commands of the evaluator.
    if code.is_empty() || code.starts_with([':', '!', '?']) {
        return (Status::Complete, 0);
    }
    let Ok(tokens) = TokenStream::from_str(code) else {
        // Bracket by bracket: whether adding what is missing at the end makes it whole.
        let is_bracket = |c: &char| matches!(c, ')' | ']' | '}');
        return closing(code)
            .map_or((Status::Invalid, 0), |end| (Status::Incomplete, end.chars().filter(is_bracket).count()));
    };
    if syn::parse_str::<syn::Block>(&format!("{{{code}\n}}")).is_ok() || syn::parse_str::<syn::File>(code).is_ok() {
        return (Status::Complete, 0);
    }
    if goes_on(tokens) { (Status::Incomplete, 0) } else { (Status::Invalid, 0) }
}

/// What must be added so that all brackets, strings and comments are closed, if that can be.
pub(super) fn closing(code: &str) -> Option<String> {
    const DEEPEST: usize = 64;
    // An open string or comment, then brackets, innermost first.
    for end in ["", "\"", "\"#", "*/"] {
        let mut tried = format!("{code}\n{end}");
        for _ in 0..DEEPEST {
            if TokenStream::from_str(&tried).is_ok() {
                return tried.get(code.len() + 1..).map(str::to_owned);
            }
            let Some(bracket) = innermost(&tried) else { break };
            tried.push(bracket);
        }
    }
    None
}

/// The bracket that closes the innermost open one, if one is open and all that are closed fit.
fn innermost(code: &str) -> Option<char> {
    let mut open = Vec::new();
    let mut text = None;
    let mut characters = code.chars().peekable();
    while let Some(c) = characters.next() {
        match (text, c) {
            (Some('/'), '\n') => text = None,
            (Some('"'), '\\') => drop(characters.next()),
            (Some('"'), '"') => text = None,
            (Some(_), _) => {}
            (None, '"') => text = Some('"'),
            (None, '/') if characters.peek() == Some(&'/') => text = Some('/'),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ')' | ']' | '}') if open.pop() != Some(c) => return None,
            _ => {}
        }
    }
    open.pop()
}

/// Whether the last token asks for more.
fn goes_on(tokens: TokenStream) -> bool {
    match tokens.into_iter().last() {
        Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), ';' | '?'),
        Some(TokenTree::Ident(word)) => {
            matches!(
                word.to_string().as_str(),
                "let"
                    | "fn"
                    | "struct"
                    | "enum"
                    | "impl"
                    | "else"
                    | "in"
                    | "mut"
                    | "use"
                    | "for"
                    | "if"
                    | "while"
                    | "match"
            )
        }
        // `fn f()`, `#[derive(Debug)]`: a body or an item must follow.
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::Brace,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_code() {
        for code in [
            "",
            "1 + 1",
            "let x = 1;",
            "fn f() {}\nf()",
            ":dep serde",
            "!ls",
            "use std::fmt;",
            "\"a { b\"",
            "model.score(&pairs)?",
        ] {
            assert_eq!(judge(code), (Status::Complete, 0), "{code}");
        }
    }

    #[test]
    fn incomplete_code_tells_its_depth() {
        for (code, depth) in [
            ("fn f() {", 1),
            ("for x in 0..3 { if x > 1 {", 2),
            ("vec![1,", 1),
            ("let x =", 0),
            ("1 +", 0),
            ("let s = \"abc", 0),
            ("#[derive(Debug)]", 0),
            ("/* comment", 0),
        ] {
            assert_eq!(judge(code), (Status::Incomplete, depth), "{code}");
        }
    }

    #[test]
    fn invalid_code() {
        for code in ["let = 2;", ")", "fn f( }", "let x = 1 2;"] {
            assert_eq!(judge(code).0, Status::Invalid, "{code}");
        }
    }
}
