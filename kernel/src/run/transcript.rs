//! What every cell showed, put together from the kernel's messages the way Jupyter does it.

use jupyter_protocol::{JupyterMessage, JupyterMessageContent, Stdio};
use nbformat::v4::{DisplayData, ErrorOutput, ExecuteResult, MultilineString, Output};
use std::collections::HashMap;

/// One executed cell.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// What is below the cell.
    pub(super) outputs: Vec<Output>,
    /// The number in front of it.
    pub(super) count: Option<usize>,
    /// Whether the next output replaces what is there.
    pub(super) clears: bool,
}

/// All executed cells. Each message goes to the cell whose request it answers, however late it comes.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    cells: Vec<Shown>,
    requests: HashMap<String, usize>,
    displays: HashMap<String, Vec<(usize, usize)>>,
}

impl Transcript {
    /// Begins the cell that the request with this id executes.
    pub(super) fn begin(&mut self, request: &str) {
        self.requests.insert(request.to_owned(), self.cells.len());
        self.cells.push(Shown::default());
    }

    /// The cells, in the order in which they began.
    pub(super) fn cells(&self) -> &[Shown] {
        &self.cells
    }

    /// Adds an error to what a cell shows.
    pub(super) fn add_error(&mut self, number: usize, error: ErrorOutput) {
        if let Some(cell) = self.cells.get_mut(number) {
            cell.outputs.push(Output::Error(error));
        }
    }

    /// Takes in a message of the output channel; messages that answer no cell are ignored.
    pub(super) fn record(&mut self, message: JupyterMessage) {
        let request = message.parent_header.map(|header| header.msg_id);
        let Some(&number) = request.and_then(|request| self.requests.get(&request)) else {
            return;
        };
        match message.content {
            JupyterMessageContent::ExecuteInput(input) => {
                self.cells[number].count = Some(input.execution_count.into());
            }
            JupyterMessageContent::StreamContent(stream) => {
                let name = match stream.name {
                    Stdio::Stdout => "stdout",
                    Stdio::Stderr => "stderr",
                };
                self.print(number, name, stream.text);
            }
            JupyterMessageContent::ExecuteResult(result) => {
                let shown = ExecuteResult {
                    execution_count: result.execution_count,
                    data: result.data,
                    metadata: result.metadata,
                };
                self.show(number, Output::ExecuteResult(shown));
            }
            JupyterMessageContent::DisplayData(display) => {
                let shown = DisplayData { data: display.data, metadata: display.metadata };
                let place = (number, self.show(number, Output::DisplayData(shown)));
                if let Some(id) = display.transient.and_then(|transient| transient.display_id) {
                    self.displays.entry(id).or_default().push(place);
                }
            }
            JupyterMessageContent::UpdateDisplayData(update) => {
                let id = update.transient.display_id;
                let places = id.and_then(|id| self.displays.get(&id));
                for &(cell, output) in places.into_iter().flatten() {
                    if let Some(Output::DisplayData(shown)) = self.cells[cell].outputs.get_mut(output) {
                        shown.data = update.data.clone();
                        shown.metadata = update.metadata.clone();
                    }
                }
            }
            JupyterMessageContent::ErrorOutput(error) => {
                let shown = ErrorOutput { ename: error.ename, evalue: error.evalue, traceback: error.traceback };
                self.show(number, Output::Error(shown));
            }
            JupyterMessageContent::ClearOutput(clear) if clear.wait => {
                self.cells[number].clears = true;
            }
            JupyterMessageContent::ClearOutput(_) => self.clear(number),
            _ => {}
        }
    }

    /// Adds an output; returns its place in the cell.
    fn show(&mut self, number: usize, output: Output) -> usize {
        if self.cells[number].clears {
            self.clear(number);
        }
        let outputs = &mut self.cells[number].outputs;
        outputs.push(output);
        outputs.len() - 1
    }

    /// Adds text to a stream, as one output with the text before it.
    fn print(&mut self, number: usize, stream: &str, printed: String) {
        if !self.cells[number].clears
            && let Some(Output::Stream { name, text }) = self.cells[number].outputs.last_mut()
            && name == stream
        {
            text.0.push_str(&printed);
            return;
        }
        let output = Output::Stream { name: stream.to_owned(), text: MultilineString(printed) };
        self.show(number, output);
    }

    fn clear(&mut self, number: usize) {
        self.cells[number].clears = false;
        self.cells[number].outputs.clear();
        for places in self.displays.values_mut() {
            places.retain(|&(cell, _)| cell != number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jupyter_protocol::{ClearOutput, ExecuteRequest, StreamContent, Transient, UpdateDisplayData};
    use jupyter_protocol::{Media, MediaType};

    /// A transcript with one cell, and the request that began it.
    fn begun() -> (Transcript, JupyterMessage) {
        let request: JupyterMessage = ExecuteRequest::new("1".to_owned()).into();
        let mut transcript = Transcript::default();
        transcript.begin(&request.header.msg_id);
        (transcript, request)
    }

    fn plain(text: &str) -> Media {
        Media::new(vec![MediaType::Plain(text.to_owned())])
    }

    #[test]
    fn chunks_of_a_stream_become_one_output() {
        let (mut transcript, request) = begun();
        for stream in [StreamContent::stdout("a\n"), StreamContent::stdout("b\n"), StreamContent::stderr("c\n")] {
            transcript.record(stream.as_child_of(&request));
        }
        let texts: Vec<_> = transcript.cells()[0]
            .outputs
            .iter()
            .map(|output| match output {
                Output::Stream { name, text } => (name.as_str(), text.0.as_str()),
                _ => ("", ""),
            })
            .collect();
        assert_eq!(texts, [("stdout", "a\nb\n"), ("stderr", "c\n")]);
    }

    #[test]
    fn updates_reach_the_display_and_clearing_waits() {
        let (mut transcript, request) = begun();
        let mut display = jupyter_protocol::DisplayData::new(plain("0 %"));
        display.transient = Some(Transient { display_id: Some("bar".to_owned()) });
        transcript.record(display.as_child_of(&request));
        transcript.record(UpdateDisplayData::new(plain("100 %"), "bar").as_child_of(&request));
        match &transcript.cells()[0].outputs[..] {
            [Output::DisplayData(shown)] => assert_eq!(shown.data.content, plain("100 %").content),
            other => panic!("one display, not {other:?}"),
        }
        transcript.record(ClearOutput { wait: true }.as_child_of(&request));
        assert_eq!(transcript.cells()[0].outputs.len(), 1);
        transcript.record(StreamContent::stdout("done\n").as_child_of(&request));
        assert!(matches!(&transcript.cells()[0].outputs[..], [Output::Stream { .. }]));
    }
}
