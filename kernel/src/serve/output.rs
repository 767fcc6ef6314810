//! What the running cell prints and shows, on its way to the clients.

use crate::relay::piece::Piece;
use jupyter_protocol::{
    ClearOutput, DisplayData, ExecuteResult, ExecutionCount, JupyterMessage, Media, StreamContent, Transient,
    UpdateDisplayData,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::UnboundedSender;

/// A message and the channel that it goes to.
pub(super) enum Outgoing {
    Shell(JupyterMessage),
    Control(JupyterMessage),
    IoPub(JupyterMessage),
    Stdin(JupyterMessage),
}

/// What a cell said of its own failure.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) panic: bool,
    pub(super) told: String,
}

/// The one place that knows which request is being executed.
pub(super) struct Output {
    out: UnboundedSender<Outgoing>,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    request: Option<JupyterMessage>,
    count: usize,
    silent: bool,
    /// Set while results are wanted for something else than to be shown.
    caught: Option<Vec<Media>>,
    failure: Option<Told>,
    /// The end of what was printed to stderr: where a failure's message is looked for that came early.
    printed: String,
}

/// A record of the library.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Display(Shown),
    Update(Shown),
    Result(Shown),
    Clear { wait: bool },
}

#[derive(Deserialize)]
struct Shown {
    data: Media,
    #[serde(default)]
    metadata: Map<String, Value>,
    id: Option<String>,
}

impl Output {
    pub(super) fn new(out: UnboundedSender<Outgoing>) -> Self {
        Self { out, current: Mutex::default() }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on everything belongs to this request.
    pub(super) fn begin(&self, request: &JupyterMessage, count: usize, silent: bool) {
        *self.current() = Current { request: Some(request.clone()), count, silent, ..Current::default() };
    }

    /// From now on results are kept, not shown.
    pub(super) fn catch(&self) {
        self.current().caught = Some(Vec::new());
    }

    /// The results since [`Output::catch`].
    pub(super) fn caught(&self) -> Vec<Media> {
        self.current().caught.take().unwrap_or_default()
    }

    /// What the cell said of its failure, if it failed.
    pub(super) fn failure(&self) -> Option<Told> {
        let mut current = self.current();
        let mut failure = current.failure.take()?;
        if failure.told.is_empty() {
            failure.told = current.printed.clone();
        }
        Some(failure)
    }

    /// The end of what the cell printed to stderr.
    pub(super) fn printed(&self) -> String {
        self.current().printed.clone()
    }

    /// Sends a message.
    pub(super) fn send(&self, message: Outgoing) {
        // The other end is gone only when the kernel ends.
        let _ = self.out.send(message);
    }

    /// Passes on a piece of what the cell does.
    pub(super) fn piece(&self, piece: Piece) {
        match piece {
            Piece::Stdout(text) => self.publish(|request, _| StreamContent::stdout(&text).as_child_of(request)),
            Piece::Stderr(text) => {
                self.remember(&text);
                self.publish(|request, _| StreamContent::stderr(&text).as_child_of(request));
            }
            Piece::Record(record) => match serde_json::from_value(record) {
                Ok(record) => self.record(record),
                Err(error) => crate::report::note(format_args!("a record is not understood: {error}")),
            },
            Piece::Failed { panic, told } => self.current().failure = Some(Told { panic, told }),
            Piece::End => {}
        }
    }

    /// Shows the value of the cell.
    pub(super) fn result(&self, data: Media, metadata: Map<String, Value>) {
        if let Some(caught) = &mut self.current().caught {
            caught.push(data);
            return;
        }
        self.publish(|request, count| {
            let transient = Some(Transient::default());
            ExecuteResult { execution_count: ExecutionCount::new(count), data, metadata, transient }
                .as_child_of(request)
        });
    }

    fn record(&self, record: Record) {
        match record {
            Record::Result(shown) => self.result(shown.data, shown.metadata),
            Record::Display(Shown { data, metadata, id }) => self.publish(|request, _| {
                let transient = Some(Transient { display_id: id });
                DisplayData { data, metadata, transient }.as_child_of(request)
            }),
            Record::Update(Shown { data, metadata, id }) => self.publish(|request, _| {
                let mut update = UpdateDisplayData::new(data, &id.unwrap_or_default());
                update.metadata = metadata;
                update.as_child_of(request)
            }),
            Record::Clear { wait } => self.publish(|request, _| ClearOutput { wait }.as_child_of(request)),
        }
    }

    /// Sends an output of the current request, unless that is silent.
    fn publish(&self, message: impl FnOnce(&JupyterMessage, usize) -> JupyterMessage) {
        let current = self.current();
        if let Some(request) = current.request.as_ref().filter(|_| !current.silent) {
            self.send(Outgoing::IoPub(message(request, current.count)));
        }
    }

    fn remember(&self, text: &str) {
        const KEPT: usize = 4_000;
        let mut current = self.current();
        current.printed.push_str(text);
        if let Some(start) = current.printed.len().checked_sub(KEPT) {
            let start = current.printed.ceil_char_boundary(start);
            current.printed.drain(..start);
        }
    }
}
