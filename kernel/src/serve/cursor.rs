//! Places in a cell: the cursor of a client, and what of the code it is about.

/// Positions of the protocol count characters.
pub(super) fn byte_offset(code: &str, characters: usize) -> usize {
    code.char_indices().nth(characters).map_or(code.len(), |(at, _)| at)
}

pub(super) fn count(code: &str, bytes: usize) -> usize {
    code.get(..bytes).map_or(0, |before| before.chars().count())
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where the names end that the cursor may be about, the likeliest first: the one in which it stands, the one of the
/// call that it is in or has just closed. Of what is quoted nothing can be said.
pub(super) fn names(code: &str, cursor: usize) -> Vec<usize> {
    let (before, rest) = code.split_at(cursor);
    let here = cursor + rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
    let closed = here == cursor && before.ends_with(')');
    let call = called(code, if closed { cursor - 1 } else { cursor });
    let quoted = before.replace("\\\"", "").matches('"').count() % 2 == 1;
    if closed || quoted { call.into_iter().chain([here]).collect() } else { [here].into_iter().chain(call).collect() }
}

/// Where the name of the call ends in whose parentheses `inside` lies.
fn called(code: &str, inside: usize) -> Option<usize> {
    let mut closed = 0usize;
    for (at, character) in code[..inside].char_indices().rev() {
        match character {
            ')' | ']' | '}' => closed += 1,
            '(' | '[' | '{' if closed > 0 => closed -= 1,
            '(' if code[..at].ends_with(is_of_name) => return Some(at),
            '{' => return None,
            _ => {}
        }
    }
    None
}

/// The path that ends at the cursor as the beginning of a statement of its own, and how many bytes before it that
/// leaves out.
pub(super) fn path_alone(code: &str, cursor: usize) -> Option<(String, usize)> {
    let before = &code[..cursor];
    let path = before.trim_end_matches(|c| is_of_name(c) || c == ':').len();
    let statement = before[..path].rfind([';', '{', '}']).map_or(0, |end| end + 1);
    (!before[..path].ends_with('.')).then(|| (format!("{}{}", &code[..statement], &before[path..]), path - statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code up to each place that the cursor, written `|`, may be about.
    fn asked(marked: &str) -> Vec<String> {
        let (before, after) = marked.split_once('|').expect("has a cursor");
        let code = format!("{before}{after}");
        names(&code, before.len()).into_iter().map(|end| code[..end].to_owned()).collect()
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!((byte_offset("é.x", 2), count("é.x", 3)), (3, 2));
        assert_eq!(byte_offset("ab", 9), 2);
    }

    #[test]
    fn a_cursor_is_about_a_name_or_the_call_around_it() {
        assert_eq!(asked("m.sc|ore(x)"), ["m.score"]);
        assert_eq!(asked("m.score(&pairs|)"), ["m.score(&pairs", "m.score"]);
        assert_eq!(asked("heatmap(&f, |\"x\", (1, 2))"), ["heatmap(&f, ", "heatmap"]);
        assert_eq!(asked(r#"heatmap(&f, "\"a|x")"#), ["heatmap", r#"heatmap(&f, "\"ax"#]);
        assert_eq!(asked("heatmap(&f, [1], (2, |\"x\"))"), ["heatmap(&f, [1], (2, ", "heatmap"]);
        assert_eq!(asked("m.score(g(&pairs))|"), ["m.score", "m.score(g(&pairs))"]);
        assert_eq!(asked("if a(b) { | }"), ["if a(b) { "]);
    }

    #[test]
    fn a_path_can_stand_alone() {
        let alone = |code: &str| path_alone(code, code.len());
        assert_eq!(alone("let a = 1; f(&pai"), Some(("let a = 1;pai".to_owned(), 4)));
        assert_eq!(alone("f(Heads::al"), Some(("Heads::al".to_owned(), 2)));
        assert_eq!(alone("f(&pairs.le"), None);
    }
}
