//! Completion and documentation.

use crate::error::Result;
use crate::evaluator::Evaluator;
use jupyter_protocol::{CompleteReply, CompleteRequest, InspectReply, InspectRequest, Media, MediaType, ReplyStatus};
use serde_json::{Map, json};

/// Names that could stand at the cursor, with their kinds.
pub(super) fn complete(evaluator: &mut Result<Evaluator>, request: &CompleteRequest) -> CompleteReply {
    let position = byte_offset(&request.code, request.cursor_pos);
    let mut reply = CompleteReply {
        matches: Vec::new(),
        cursor_start: request.cursor_pos,
        cursor_end: request.cursor_pos,
        metadata: Map::new(),
        status: ReplyStatus::Ok,
        error: None,
    };
    let found = seeing(evaluator).and_then(|evaluator| evaluator.context.completions(&request.code, position).ok());
    let Some(completions) = found else { return reply };
    let (start, end) = (completions.start_offset, completions.end_offset);
    (reply.cursor_start, reply.cursor_end) = (count(&request.code, start), count(&request.code, end));
    let typed = request.code.get(start..position).unwrap_or_default();
    // Those that begin with what was typed come first.
    let mut found = completions.completions;
    found.sort_by_key(|completion| !completion.code.starts_with(typed));
    let kinds = found.iter().map(|completion| {
        json!({ "text": completion.code, "type": completion.kind, "start": reply.cursor_start, "end": reply.cursor_end, "signature": completion.label })
    });
    reply.metadata.insert("_jupyter_types_experimental".to_owned(), kinds.collect());
    reply.matches = found.iter().map(|completion| completion.code.clone()).collect();
    reply
}

/// What is known of the name at the cursor.
pub(super) fn inspect(evaluator: &mut Result<Evaluator>, request: &InspectRequest) -> InspectReply {
    let end = end_of_name(&request.code, byte_offset(&request.code, request.cursor_pos));
    let known = seeing(evaluator).and_then(|evaluator| evaluator.context.hover_at(&request.code, end).ok());
    let known = known.filter(|(text, _)| !text.is_empty() && text != "No documentation found");
    let found = known.is_some();
    let forms = known.map(|(text, html)| vec![MediaType::Plain(text), MediaType::Html(html)]);
    InspectReply {
        found,
        data: Media::new(forms.unwrap_or_default()),
        metadata: Map::new(),
        status: ReplyStatus::Ok,
        error: None,
    }
}

/// The evaluator, if there is one, once it sees every crate.
fn seeing(evaluator: &mut Result<Evaluator>) -> Option<&mut Evaluator> {
    let evaluator = evaluator.as_mut().ok()?;
    evaluator.widen().ok()?;
    Some(evaluator)
}

/// Positions of the protocol count characters.
fn byte_offset(code: &str, characters: usize) -> usize {
    code.char_indices().nth(characters).map_or(code.len(), |(at, _)| at)
}

fn count(code: &str, bytes: usize) -> usize {
    code.get(..bytes).map_or(0, |before| before.chars().count())
}

/// Where the name ends in which the cursor stands.
fn end_of_name(code: &str, cursor: usize) -> usize {
    let rest = &code[cursor..];
    cursor + rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        assert_eq!((byte_offset("é.x", 2), count("é.x", 3)), (3, 2));
        assert_eq!(byte_offset("ab", 9), 2);
        assert_eq!(end_of_name("model.score(x)", 7), 11);
    }
}
