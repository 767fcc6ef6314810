//! The five sockets: what comes in is answered at once or queued for the executor, what goes out is sent in order.

use super::completeness::is_complete;
use super::executor::Shared;
use super::interrupt::Interrupt;
use super::language::kernel_info;
use super::output::{Outgoing, Output};
use super::wire;
use crate::error::Result;
use crate::report;
use jupyter_protocol::{
    CommInfoReply, ConnectionInfo, InterruptReply, JupyterMessage, JupyterMessageContent as Content, ReplyStatus,
    ShutdownReply, Status,
};
use jupyter_zmq_client::{
    KernelHeartbeatConnection, KernelIoPubConnection, RouterRecvConnection, RouterSendConnection, RuntimeError,
    create_kernel_control_connection, create_kernel_heartbeat_connection, create_kernel_iopub_connection,
    create_kernel_shell_connection, create_kernel_stdin_connection,
};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// The bound sockets.
pub(super) struct Sockets {
    heartbeat: KernelHeartbeatConnection,
    iopub: KernelIoPubConnection,
    shell: (RouterSendConnection, RouterRecvConnection),
    control: (RouterSendConnection, RouterRecvConnection),
    stdin: (RouterSendConnection, RouterRecvConnection),
}

/// What the sockets hand on.
pub(super) struct Routes {
    pub(super) shared: Shared,
    pub(super) requests: Sender<JupyterMessage>,
    pub(super) inputs: Sender<String>,
    /// Told when a client asks the kernel to stop.
    pub(super) stop: UnboundedSender<()>,
}

impl Sockets {
    /// Binds the addresses of the connection file, and no other.
    pub(super) async fn bind(connection: &ConnectionInfo) -> Result<Self> {
        let session = uuid::Uuid::new_v4().to_string();
        Ok(Self {
            heartbeat: create_kernel_heartbeat_connection(connection).await?,
            shell: create_kernel_shell_connection(connection, &session).await?.split(),
            control: create_kernel_control_connection(connection, &session).await?.split(),
            stdin: create_kernel_stdin_connection(connection, &session).await?.split(),
            // Last: a client that can connect here can connect everywhere.
            iopub: create_kernel_iopub_connection(connection, &session).await?,
        })
    }

    /// Serves until the runtime ends.
    pub(super) fn serve(self, routes: Routes, outgoing: UnboundedReceiver<Outgoing>) {
        let Self { mut heartbeat, iopub, shell, control, stdin } = self;
        tokio::spawn(async move {
            loop {
                if heartbeat.single_heartbeat().await.is_err() {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
        tokio::spawn(send(iopub, shell.0, control.0, stdin.0, outgoing));
        let Routes { shared: Shared { output, interrupt, history }, requests, inputs, stop } = routes;
        let (out, stopping) = (Arc::clone(&output), stop.clone());
        tokio::spawn(receive(shell.1, move |message| match &message.content {
            Content::ExecuteRequest(_) | Content::CompleteRequest(_) | Content::InspectRequest(_) => {
                // The executor is gone only when the kernel ends.
                let _ = requests.send(message);
            }
            Content::HistoryRequest(request) => {
                answer(&out, Outgoing::Shell, &message, history.reply(request).as_child_of(&message));
            }
            Content::IsCompleteRequest(request) => {
                answer(&out, Outgoing::Shell, &message, is_complete(&request.code).as_child_of(&message));
            }
            _ => either(&out, Outgoing::Shell, &message, &stopping),
        }));
        tokio::spawn(receive(control.1, move |message| match &message.content {
            Content::InterruptRequest(_) => {
                interrupt.ask();
                answer(&output, Outgoing::Control, &message, InterruptReply::new().as_child_of(&message));
            }
            _ => either(&output, Outgoing::Control, &message, &stop),
        }));
        tokio::spawn(receive(stdin.1, move |message| {
            if let Content::InputReply(reply) = message.content {
                let _ = inputs.send(reply.value);
            }
        }));
    }
}

/// Signals that mean an interrupt.
pub(super) async fn interrupt_by_signal(interrupt: Arc<Interrupt>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        interrupt.ask();
    }
}

/// How long to wait after something that should not be.
const PAUSE: Duration = Duration::from_millis(5);

/// Requests that may come on both channels.
fn either(
    output: &Output,
    channel: fn(JupyterMessage) -> Outgoing,
    message: &JupyterMessage,
    stop: &UnboundedSender<()>,
) {
    match &message.content {
        Content::KernelInfoRequest(_) => answer(output, channel, message, kernel_info().as_child_of(message)),
        Content::CommInfoRequest(_) => {
            answer(output, channel, message, CommInfoReply::default().as_child_of(message));
        }
        Content::ShutdownRequest(request) => {
            let reply = ShutdownReply { restart: request.restart, status: ReplyStatus::Ok, error: None };
            answer(output, channel, message, reply.as_child_of(message));
            let _ = stop.send(());
        }
        // Comms are not opened, and what else there may be is not known.
        _ => {
            output.send(Outgoing::IoPub(Status::busy().as_child_of(message)));
            output.send(Outgoing::IoPub(Status::idle().as_child_of(message)));
        }
    }
}

/// A reply, between busy and idle.
fn answer(output: &Output, channel: fn(JupyterMessage) -> Outgoing, request: &JupyterMessage, reply: JupyterMessage) {
    output.send(Outgoing::IoPub(Status::busy().as_child_of(request)));
    output.send(channel(reply));
    output.send(Outgoing::IoPub(Status::idle().as_child_of(request)));
}

/// Hands every message on that is signed and well formed; the others are dropped, and that is noted.
async fn receive(mut from: RouterRecvConnection, mut hand_on: impl FnMut(JupyterMessage)) {
    loop {
        match wire::read(&mut from).await {
            Ok(message) => hand_on(message),
            Err(RuntimeError::ZmqError(_)) => tokio::time::sleep(PAUSE).await,
            Err(error) => report::note(format_args!("a message was dropped: {error}")),
        }
    }
}

async fn send(
    mut iopub: KernelIoPubConnection,
    mut shell: RouterSendConnection,
    mut control: RouterSendConnection,
    mut stdin: RouterSendConnection,
    mut outgoing: UnboundedReceiver<Outgoing>,
) {
    while let Some(message) = outgoing.recv().await {
        let sent = match message {
            Outgoing::IoPub(message) => iopub.send(message).await,
            Outgoing::Shell(message) => shell.send(message).await,
            Outgoing::Control(message) => control.send(message).await,
            Outgoing::Stdin(message) => stdin.send(message).await,
        };
        if let Err(error) = sent {
            // The client that asked is gone.
            report::note(format_args!("a message was not sent: {error}"));
        }
    }
}
