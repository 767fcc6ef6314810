//! Does what clients ask, one request after the other, on a thread of its own.

use super::analyst;
use super::column;
use super::hint::Hint;
use super::history::History;
use super::interrupt::Interrupt;
use super::moves::Moves;
use super::outcome::{self, Cell};
use super::output::{Outgoing, Output};
use crate::error::Result;
use crate::evaluator::{Evaluator, needs_types};
use crate::report;
use evcxr::EvalCallbacks;
use jupyter_protocol::{
    ErrorOutput, ExecuteInput, ExecuteReply, ExecuteRequest, ExecutionCount, ExpressionResult, JupyterMessage,
    JupyterMessageContent as Content, Media, MediaType, ReplyError, ReplyStatus, Status,
};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Everything that the executor shares with the sockets.
pub(super) struct Shared {
    pub(super) output: Arc<Output>,
    pub(super) interrupt: Arc<Interrupt>,
    pub(super) history: Arc<History>,
}

/// How long nothing must have been asked before work is done ahead.
const IDLE: Duration = Duration::from_millis(300);

/// Owns the evaluator, or why there is none.
pub(super) struct Executor {
    evaluator: Result<Evaluator>,
    shared: Shared,
    requests: Receiver<JupyterMessage>,
    /// What clients answer when a cell asks for input.
    inputs: Receiver<String>,
    /// Requests that were taken from the channel and not done yet.
    waiting: VecDeque<JupyterMessage>,
    count: usize,
    moves: Moves,
}

impl Executor {
    pub(super) fn new(
        evaluator: Result<Evaluator>,
        shared: Shared,
        requests: Receiver<JupyterMessage>,
        inputs: Receiver<String>,
    ) -> Self {
        if let Err(error) = &evaluator {
            report::note(format_args!("error: {error}"));
        }
        Self { evaluator, shared, requests, inputs, waiting: VecDeque::new(), count: 0, moves: Moves::default() }
    }

    /// Does requests until none can come any more.
    pub(super) fn run(mut self) {
        while let Some(request) = self.next() {
            self.publish(Status::busy().as_child_of(&request));
            match &request.content {
                Content::ExecuteRequest(execute) => self.execute(&request, execute),
                Content::CompleteRequest(complete) => {
                    let reply = analyst::complete(&mut self.evaluator, complete);
                    self.reply(reply.as_child_of(&request));
                }
                Content::InspectRequest(inspect) => {
                    let reply = analyst::inspect(&mut self.evaluator, inspect);
                    self.reply(reply.as_child_of(&request));
                }
                _ => {}
            }
            self.publish(Status::idle().as_child_of(&request));
        }
    }

    /// The next request; while there is none, what a later one needs is done ahead.
    fn next(&mut self) -> Option<JupyterMessage> {
        if let Some(request) = self.waiting.pop_front() {
            return Some(request);
        }
        let mut idle = IDLE;
        loop {
            match self.requests.recv_timeout(idle) {
                Err(RecvTimeoutError::Timeout) => idle = Duration::ZERO,
                request => return request.ok(),
            }
            if !self.evaluator.as_mut().is_ok_and(Evaluator::warm) {
                return self.requests.recv().ok();
            }
        }
    }

    fn publish(&self, message: JupyterMessage) {
        self.shared.output.send(Outgoing::IoPub(message));
    }

    fn reply(&self, message: JupyterMessage) {
        self.shared.output.send(Outgoing::Shell(message));
    }

    fn execute(&mut self, request: &JupyterMessage, execute: &ExecuteRequest) {
        let stored = execute.store_history && !execute.silent;
        if stored {
            self.count += 1;
            self.shared.history.push(self.count, &execute.code);
        }
        let count = ExecutionCount::new(self.count);
        if !execute.silent {
            self.publish(ExecuteInput { code: execute.code.clone(), execution_count: count }.as_child_of(request));
        }
        self.shared.output.begin(request, self.count, execute.silent);
        let error = self.evaluate(request, &execute.code, execute.allow_stdin).err();
        let error = error.map(|error| self.explained(request, error, &execute.code));
        let user_expressions = match (&error, &execute.user_expressions) {
            (None, Some(expressions)) => Some(self.expressions(request, expressions)),
            _ => None,
        };
        if let Some(error) = &error
            && !execute.silent
        {
            let ReplyError { ename, evalue, traceback } = error.clone();
            self.publish(ErrorOutput { ename, evalue, traceback }.as_child_of(request));
        }
        let status = if error.is_some() { ReplyStatus::Error } else { ReplyStatus::Ok };
        let failed = error.is_some();
        let error = error.map(Box::new);
        let user_expressions = user_expressions.or_else(|| Some(HashMap::new()));
        let reply = ExecuteReply { status, execution_count: count, payload: Vec::new(), user_expressions, error };
        // What a client sends after it has seen the failure is meant to be executed.
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.extend(self.requests.try_iter());
        self.reply(reply.as_child_of(request));
        if failed && execute.stop_on_error {
            self.abort(waiting);
        } else {
            self.waiting = waiting;
        }
    }

    /// Evaluates code; what it shows goes to the clients meanwhile.
    fn evaluate(
        &mut self,
        request: &JupyterMessage,
        code: &str,
        allow_stdin: bool,
    ) -> std::result::Result<(), ReplyError> {
        let evaluator = self.evaluator.as_mut().map_err(|error| outcome::no_evaluator(&error.to_string()))?;
        if needs_types(code) {
            evaluator.widen().map_err(|error| outcome::no_evaluator(&error.to_string()))?;
        }
        let context = &mut evaluator.context;
        let before: Vec<String> = context.variables_and_types().map(|(name, _)| name.to_owned()).collect();
        let Shared { output, interrupt, .. } = &self.shared;
        interrupt.begin();
        while self.inputs.try_recv().is_ok() {}
        let mut callbacks = EvalCallbacks {
            input_reader: &|wanted| {
                if !allow_stdin {
                    return String::new();
                }
                let question = jupyter_protocol::InputRequest { prompt: wanted.prompt, password: wanted.is_password };
                output.send(Outgoing::Stdin(question.as_child_of(request)));
                loop {
                    match self.inputs.recv_timeout(Duration::from_millis(100)) {
                        Ok(answer) => return answer,
                        Err(RecvTimeoutError::Timeout) if !interrupt.is_asked() => {}
                        Err(_) => return String::new(),
                    }
                }
            },
        };
        let result = context.execute_with_callbacks(code, &mut callbacks);
        let stopped = interrupt.end();
        let failure = output.failure();
        if result.is_ok() {
            let after: Vec<String> = context.variables_and_types().map(|(name, _)| name.to_owned()).collect();
            self.moves.note(&before, &after, self.count, code);
        }
        let cell = Cell { code, count: self.count };
        match (result, failure) {
            (Ok(_), Some(told)) if stopped => Err(cell.interrupted(None, told.told.trim())),
            (Ok(_), Some(told)) => Err(cell.failed(&told, &context.last_source().unwrap_or_default())),
            (Ok(outputs), None) => {
                if !is_nothing(&outputs.content_by_mime_type) {
                    output.result(media(outputs.content_by_mime_type), serde_json::Map::new());
                }
                Ok(())
            }
            (Err(evcxr::Error::SubprocessTerminated(_)), _) if stopped => Err(cell.interrupted(Some(&before), "")),
            (Err(evcxr::Error::SubprocessTerminated(how)), _) => {
                self.moves.forget();
                Err(cell.ended(&how, &output.printed(), &before))
            }
            (Err(_), _) if stopped => Err(cell.interrupted(None, "")),
            (Err(evcxr::Error::CompilationErrors(errors)), _) => Err(cell.refused(&errors, &self.moves)),
            (Err(error), _) => Err(cell.other(&error.to_string(), &self.moves)),
        }
    }

    /// The error, with what there is in place of a name that does not exist.
    fn explained(&mut self, request: &JupyterMessage, mut error: ReplyError, code: &str) -> ReplyError {
        let mut said = error.evalue.clone();
        if let Some(name) = column::missing(&error.evalue) {
            let evaluator = self.evaluator.as_ref();
            let frames = evaluator.map(|evaluator| column::frames(evaluator.context.variables_and_types(), code));
            for frame in frames.unwrap_or_default() {
                let answer = self.expression(request, &column::question(&frame, name));
                let answer = answer.ok().and_then(|media| plain(&media)).map(|text| column::answer(&text));
                if let Some(answer) = answer {
                    error.traceback.push(format!("{frame}: {answer}"));
                    said = answer;
                }
            }
        }
        let hint = column::meant(&said, code).or_else(|| {
            let lists = "`.get_column_names()` as the last line of a cell lists the columns of a frame";
            column::missing(&said).map(|_| Hint::new(lists))
        });
        if let Some(hint) = hint {
            error.traceback.extend(hint.to_string().lines().map(str::to_owned));
        }
        error
    }

    /// The value of an expression, which is not shown.
    fn expression(&mut self, request: &JupyterMessage, code: &str) -> std::result::Result<Media, ReplyError> {
        self.shared.output.catch();
        let evaluated = self.evaluate(request, code, false);
        let caught = self.shared.output.caught();
        evaluated.map(|()| caught.into_iter().next_back().unwrap_or_default())
    }

    fn expressions(
        &mut self,
        request: &JupyterMessage,
        expressions: &HashMap<String, String>,
    ) -> HashMap<String, ExpressionResult> {
        let mut results = HashMap::new();
        for (name, code) in expressions {
            let result = match self.expression(request, code) {
                Ok(data) => ExpressionResult::Ok { data, metadata: serde_json::Map::new() },
                Err(ReplyError { ename, evalue, traceback }) => ExpressionResult::Error { ename, evalue, traceback },
            };
            results.insert(name.clone(), result);
        }
        results
    }

    /// Answers that the cells that were already sent are not executed.
    fn abort(&mut self, waiting: VecDeque<JupyterMessage>) {
        for request in waiting {
            if !matches!(request.content, Content::ExecuteRequest(_)) {
                self.waiting.push_back(request);
                continue;
            }
            self.publish(Status::busy().as_child_of(&request));
            let execution_count = ExecutionCount::new(self.count);
            let reply = ExecuteReply {
                status: ReplyStatus::Aborted,
                execution_count,
                payload: Vec::new(),
                user_expressions: None,
                error: None,
            };
            self.reply(reply.as_child_of(&request));
            self.publish(Status::idle().as_child_of(&request));
        }
    }
}

/// Whether it is the value of a statement, such as a `println!` without a semicolon.
fn is_nothing(content: &HashMap<String, String>) -> bool {
    content.is_empty() || (content.len() == 1 && content.get("text/plain").is_some_and(|text| text == "()"))
}

/// The plain text of a value.
fn plain(media: &Media) -> Option<String> {
    media.content.iter().find_map(|form| match form {
        MediaType::Plain(text) => Some(text.clone()),
        _ => None,
    })
}

/// What the evaluator gives by media type.
fn media(content: HashMap<String, String>) -> Media {
    let value = |(name, text): (String, String)| {
        let value = if name.ends_with("json") { serde_json::from_str(&text).ok() } else { None };
        (name, value.unwrap_or(serde_json::Value::String(text)))
    };
    let data: serde_json::Map<String, serde_json::Value> = content.into_iter().map(value).collect();
    let text = serde_json::Value::Object(data).to_string();
    serde_json::from_str(&text).unwrap_or_else(|_| Media::new(vec![MediaType::Plain(text)]))
}
