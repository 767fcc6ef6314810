//! A kernel process and the channels to it.

use crate::error::{At, Error, Result};
use crate::process::{self, Group};
use crate::template::Template;
use jupyter_protocol::connection_info::Transport;
use jupyter_protocol::{
    ConnectionInfo, ExecutionState, InterruptRequest, JupyterMessage, JupyterMessageContent, KernelInfoReply,
    KernelInfoRequest, ShutdownRequest,
};
use jupyter_zmq_client::{
    ClientControlConnection, ClientIoPubConnection, Connection, DealerRecvConnection, DealerSendConnection,
    RuntimeError, create_client_control_connection, create_client_iopub_connection,
    create_client_shell_connection_with_identity, peek_ports_with_listeners, peer_identity_for_session,
};
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

/// How long a start may take, with a cargo that compiles.
const START: Duration = Duration::from_secs(900);
/// How long a kernel that was asked to stop may take; all that it still does is to free memory.
const STOP: Duration = Duration::from_secs(3);
/// Output may come after the end of its cell is announced; it is over after this much silence.
const SILENCE: Duration = Duration::from_millis(100);

/// How often a start is tried when a port is taken.
const TRIES: usize = 3;

/// The name of the file with the kernel's own words.
const LOG: &str = "kernel.log";

/// What the kernel sends.
#[derive(Debug)]
pub(super) enum Event {
    /// Output and states.
    Output(JupyterMessage),
    /// An answer.
    Reply(JupyterMessage),
    /// The kernel's process ended.
    Ended(String),
}

/// A running kernel. Dropping it ends all its processes.
pub(super) struct Kernel {
    group: Group,
    requests: DealerSendConnection,
    control: ClientControlConnection,
    events: mpsc::UnboundedReceiver<Event>,
    // Holds the connection file and the log.
    folder: TempDir,
}

impl Kernel {
    /// Starts a kernel of `template` that works in `folder`, and waits until it answers.
    pub(super) async fn start(template: &Template, folder: &Path) -> Result<(Self, KernelInfoReply)> {
        // Another program may take a port between its reservation and its use.
        for _ in 1..TRIES {
            match Self::start_once(template, folder).await {
                Err(Error::Kernel { tail, .. }) if tail.contains("Address already in use") => {}
                started => return started,
            }
        }
        Self::start_once(template, folder).await
    }

    async fn start_once(template: &Template, folder: &Path) -> Result<(Self, KernelInfoReply)> {
        let files = tempfile::Builder::new()
            .prefix("crosslens-run-")
            .tempdir()
            .at("create a folder in", &std::env::temp_dir())?;
        let connection_file = files.path().join("connection.json");
        let log_file = files.path().join(LOG);
        let log = File::create(&log_file).at("create", &log_file)?;
        let (connection, reserved) = connection().await?;
        let text = serde_json::to_string(&connection).map_err(RuntimeError::from)?;
        std::fs::write(&connection_file, text).at("write", &connection_file)?;

        let mut command = Command::new(process::own_path()?);
        command
            .arg("serve")
            .arg(&connection_file)
            .args(["--template", &template.key])
            .current_dir(folder)
            .env("JPY_PARENT_PID", std::process::id().to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone().at("open", &log_file)?)
            .stderr(log);
        let mut group = Group::start(command)?;
        // The kernel binds the ports that were reserved for it until now.
        drop(reserved);
        let connected = tokio::select! {
            channels = timeout(START, Channels::connect(&connection)) => channels.ok().transpose()?,
            _ = group.leader.wait() => None,
        };
        let Some(Channels { output, requests, replies, control }) = connected else {
            return Err(failed("did not start", files.path()));
        };
        let (sender, events) = mpsc::unbounded_channel();
        tokio::spawn(forward(output, sender.clone(), Event::Output));
        tokio::spawn(forward(replies, sender, Event::Reply));
        let mut kernel = Self { group, requests, control, events, folder: files };
        let information = kernel.wait_until_ready().await?;
        Ok((kernel, information))
    }

    /// Asks until an answer has come and output arrives too, because subscribing to output takes time.
    async fn wait_until_ready(&mut self) -> Result<KernelInfoReply> {
        let deadline = Instant::now() + START;
        let mut information = None;
        loop {
            self.send(KernelInfoRequest {}.into()).await?;
            let asked_again = Instant::now() + Duration::from_secs(1);
            while let Some(event) = self.event_until(asked_again.min(deadline)).await {
                match event {
                    Event::Reply(message) => {
                        if let JupyterMessageContent::KernelInfoReply(reply) = message.content {
                            information = Some(*reply);
                        }
                    }
                    Event::Output(message) => {
                        if is_idle(&message)
                            && let Some(information) = information.take()
                        {
                            self.drain(|_| {}).await;
                            return Ok(information);
                        }
                    }
                    Event::Ended(how) => {
                        return Err(failed(&format!("ended at start ({how})"), self.folder.path()));
                    }
                }
            }
            if Instant::now() >= deadline {
                return Err(failed("did not answer in time", self.folder.path()));
            }
        }
    }

    /// Sends a request.
    pub(super) async fn send(&mut self, message: JupyterMessage) -> Result<()> {
        Ok(self.requests.send(message).await?)
    }

    /// The next event, or none before `deadline`.
    pub(super) async fn event_until(&mut self, deadline: Instant) -> Option<Event> {
        timeout_at(deadline, self.event()).await.ok()
    }

    /// The next event; all that was sent comes before the end.
    pub(super) async fn event(&mut self) -> Event {
        tokio::select! {
            biased;
            Some(event) = self.events.recv() => event,
            status = self.group.leader.wait() => match status {
                Ok(status) => Event::Ended(status.to_string()),
                Err(error) => Event::Ended(error.to_string()),
            },
        }
    }

    /// Hands over output until there has been none for a moment.
    pub(super) async fn drain(&mut self, mut output: impl FnMut(JupyterMessage)) {
        while let Ok(Some(event)) = timeout(SILENCE, self.events.recv()).await {
            if let Event::Output(message) = event {
                output(message);
            }
        }
    }

    /// Ends the process that runs the current cell.
    pub(super) async fn interrupt(&mut self) -> Result<()> {
        Ok(self.control.send(InterruptRequest {}.into()).await?)
    }

    /// Asks the kernel to stop, and ends whatever is left of it after a while.
    pub(super) async fn stop(mut self) {
        let request = ShutdownRequest { restart: false };
        if self.control.send(request.into()).await.is_ok() {
            let _ = timeout(STOP, self.group.leader.wait()).await;
        }
        self.group.end();
        let _ = timeout(STOP, self.group.leader.wait()).await;
    }
}

/// The channels to a kernel.
struct Channels {
    output: ClientIoPubConnection,
    requests: DealerSendConnection,
    replies: DealerRecvConnection,
    control: ClientControlConnection,
}

impl Channels {
    /// Connects as soon as the kernel listens; tries for ever.
    async fn connect(connection: &ConnectionInfo) -> Result<Self> {
        let session = Uuid::new_v4().to_string();
        // The kernel binds this channel last and never reads from it, so that a broken attempt does no harm; it does
        // to the others. The library itself waits ever longer between its attempts.
        let output = loop {
            let attempt = create_client_iopub_connection(connection, "", &session);
            match timeout(Duration::from_millis(200), attempt).await {
                Ok(Ok(output)) => break output,
                _ => sleep(Duration::from_millis(50)).await,
            }
        };
        let identity = peer_identity_for_session(&session)?;
        let shell = create_client_shell_connection_with_identity(connection, &session, identity).await?;
        let control = create_client_control_connection(connection, &session).await?;
        let (requests, replies) = shell.split();
        Ok(Self { output, requests, replies, control })
    }
}

/// An error with the kernel's last words, from the log in `folder`.
fn failed(what: &str, folder: &Path) -> Error {
    Error::Kernel { what: what.to_owned(), tail: process::tail(&folder.join(LOG)) }
}

/// Whether the message says that the kernel has nothing to do.
pub(super) fn is_idle(message: &JupyterMessage) -> bool {
    matches!(&message.content, JupyterMessageContent::Status(status)
        if status.execution_state == ExecutionState::Idle)
}

/// Free ports and a key; the ports are reserved until the second value is dropped.
async fn connection() -> Result<(ConnectionInfo, impl Sized)> {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (ports, reserved) = peek_ports_with_listeners(address, 5).await?;
    let port = |index: usize| ports.get(index).copied().unwrap_or_default();
    let connection = ConnectionInfo {
        ip: address.to_string(),
        transport: Transport::TCP,
        shell_port: port(0),
        iopub_port: port(1),
        stdin_port: port(2),
        control_port: port(3),
        hb_port: port(4),
        key: Uuid::new_v4().to_string(),
        signature_scheme: "hmac-sha256".to_owned(),
        kernel_name: Some(crate::kernelspec::NAME.to_owned()),
    };
    Ok((connection, reserved))
}

/// Sends every message on; a message that does not follow the protocol is passed over.
async fn forward<S: zeromq::SocketRecv>(
    mut from: Connection<S>,
    to: mpsc::UnboundedSender<Event>,
    event: fn(JupyterMessage) -> Event,
) {
    loop {
        match from.read().await {
            Ok(message) => {
                if to.send(event(message)).is_err() {
                    return;
                }
            }
            Err(RuntimeError::ZmqError(_)) => return,
            Err(_) => {}
        }
    }
}
