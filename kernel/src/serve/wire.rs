//! From the frames of a socket to a message, more lenient than the library: clients leave out fields of a
//! `history_request` that have a default.

use jupyter_protocol::{JupyterMessage, JupyterMessageContent};
use jupyter_zmq_client::{RawMessage, RouterRecvConnection, RuntimeError};
use serde_json::{Value, json};
use zeromq::SocketRecv;

/// The next message, if it is signed and well formed.
pub(super) async fn read(from: &mut RouterRecvConnection) -> Result<JupyterMessage, RuntimeError> {
    let raw = RawMessage::from_multipart(from.socket.recv().await?, &from.mac)?;
    // `from_multipart` has seen to it that there are four.
    let part = |at: usize| raw.jparts.get(at).map(|part| &part[..]).unwrap_or_default();
    let header: jupyter_protocol::Header = serde_json::from_slice(part(0))?;
    let mut content: Value = serde_json::from_slice(part(3))?;
    if header.msg_type == "history_request" {
        fill(&mut content, &json!({ "n": i32::MAX, "unique": false, "output": false, "raw": true }));
    }
    let content = JupyterMessageContent::from_type_and_content(&header.msg_type, content)?;
    Ok(JupyterMessage {
        zmq_identities: raw.zmq_identities.clone(),
        header,
        // `{}` stands for none.
        parent_header: serde_json::from_slice(part(1)).ok(),
        metadata: serde_json::from_slice(part(2))?,
        content,
        buffers: raw.jparts.get(4..).unwrap_or_default().to_vec(),
        channel: None,
    })
}

/// Adds what is missing or null.
fn fill(content: &mut Value, defaults: &Value) {
    if let (Value::Object(content), Value::Object(defaults)) = (content, defaults) {
        for (name, value) in defaults {
            let field = content.entry(name.as_str()).or_insert(Value::Null);
            if field.is_null() {
                *field = value.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_filled_in() {
        let mut content = json!({ "n": null, "output": true });
        fill(&mut content, &json!({ "n": 3, "output": false, "raw": true }));
        assert_eq!(content, json!({ "n": 3, "output": true, "raw": true }));
    }
}
