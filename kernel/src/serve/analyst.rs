//! Completion and documentation.

use super::cursor::{byte_offset, count, names, path_alone};
use crate::error::Result;
use crate::evaluator::Evaluator;
use evcxr::Completions;
use jupyter_protocol::{CompleteReply, CompleteRequest, InspectReply, InspectRequest, Media, MediaType, ReplyStatus};
use serde_json::{Map, json};
use std::panic::{self, AssertUnwindSafe};

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
    let found = seeing(evaluator).and_then(|evaluator| completions(evaluator, &request.code, position));
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

/// What rust-analyzer offers at a position. Among the arguments of a generic function it panics, for it looks for whole
/// expressions of the parameter's type: then it is asked for the path alone.
fn completions(evaluator: &mut Evaluator, code: &str, position: usize) -> Option<Completions> {
    let whole = unless_it_panics(|| evaluator.context.completions(code, position).ok());
    whole.or_else(|| {
        let (alone, left_out) = path_alone(code, position)?;
        let mut found = unless_it_panics(|| evaluator.context.completions(&alone, alone.len()).ok())?;
        found.start_offset += left_out;
        found.end_offset += left_out;
        Some(found)
    })
}

/// What is known of the name at the cursor, or of the function that is called there.
pub(super) fn inspect(evaluator: &mut Result<Evaluator>, request: &InspectRequest) -> InspectReply {
    let names = names(&request.code, byte_offset(&request.code, request.cursor_pos));
    let known = seeing(evaluator).and_then(|evaluator| {
        names.into_iter().find_map(|end| {
            let known = unless_it_panics(|| evaluator.context.hover_at(&request.code, end).ok());
            known.filter(|(text, _)| !text.is_empty() && text != "No documentation found")
        })
    });
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

/// A fault of rust-analyzer costs an answer, not the kernel, and is not told: its backtrace alone would take seconds.
fn unless_it_panics<T>(ask: impl FnOnce() -> Option<T>) -> Option<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let answer = panic::catch_unwind(AssertUnwindSafe(ask));
    panic::set_hook(hook);
    answer.ok().flatten()
}
