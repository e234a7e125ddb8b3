//! Commands over a WebSocket: a message is a channel's number and bytes (1 output, 2 errors, 3 the final status).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, on};
use hyper_util::rt::TokioIo;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Status, StatusCause, StatusDetails};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::{Message, protocol::Role};

use crate::refusal::Refusal;
use crate::serve::{Body, Hangup};
use crate::{Asked, Shared, lock};

const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;

/// The subprotocols with bytes in their channels, the better one first.
const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// Longest message; a kubelet's are about as long.
const MAX_MESSAGE_BYTES: usize = 32 * 1024;

/// What a command does.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// What it writes to its output.
    pub stdout: Vec<u8>,
    /// What it writes to its errors, after a first piece of the output.
    pub stderr: Vec<u8>,
    /// How it ends.
    pub ending: Ending,
}

/// How a command ends.
#[derive(Debug, Clone)]
pub enum Ending {
    /// With this code.
    Exit(u8),
    /// It never began, for this reason.
    NotStarted(String),
    /// The connection breaks before its status.
    Break,
    /// Not at all: it writes a little every so often, for ever.
    Never(Duration),
}

impl Default for Ending {
    fn default() -> Self {
        Self::Exit(0)
    }
}

pub(crate) fn exec(shared: &Arc<Shared>, asked: &Asked, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let pod = lock(&shared.store).get(asked)?;
    let containers = pod.pointer("/spec/containers").and_then(|containers| containers.as_array()).cloned();
    let containers: Vec<String> =
        containers.unwrap_or_default().iter().filter_map(|c| Some(c["name"].as_str()?.to_owned())).collect();
    let name = asked.name.as_deref().unwrap_or_default();
    match asked.parameter("container") {
        Some(container) if !containers.iter().any(|known| known == container) => {
            return Err(Refusal::bad_request(format!("container {container} is not valid for pod {name}")));
        }
        None if 1 < containers.len() => {
            let message = format!("a container name must be specified for pod {name}, choose one of: {containers:?}");
            return Err(Refusal::bad_request(message));
        }
        _ => {}
    }
    let command: Vec<String> =
        asked.query.iter().filter(|(key, _)| key == "command").map(|(_, value)| value.clone()).collect();
    if command.is_empty() {
        return Err(Refusal::bad_request("you must specify at least one command for the container"));
    }
    let offered =
        request.headers().get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let offers = |protocol: &&str| offered.split(',').any(|offer| offer.trim() == *protocol);
    let protocol = PROTOCOLS.into_iter().find(|protocol| offers(protocol));
    let protocol = protocol.ok_or_else(|| Refusal::bad_request("no subprotocol that is spoken here"))?;
    let key =
        request.headers().get(SEC_WEBSOCKET_KEY).ok_or_else(|| Refusal::bad_request("Upgrade request required"))?;
    let accept = derive_accept_key(key.as_bytes());

    let run = lock(&shared.runner).clone();
    let ran = run(&command);
    tokio::spawn(talk(on(request), ran, command));
    let mut answer = Response::new(Empty::new().map_err(Hangup::from).boxed_unsync());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_str(&accept).unwrap_or(HeaderValue::from_static("")));
    Ok(answer)
}

/// The client may go at any time; there is nobody to tell.
async fn talk(upgrade: OnUpgrade, ran: Ran, command: Vec<String>) -> Option<()> {
    let io = TokioIo::new(upgrade.await.ok()?);
    let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
    let message = |channel: u8, bytes: &[u8]| Message::Binary(Bytes::from([&[channel], bytes].concat()));
    // As a kubelet says that the command began.
    socket.send(message(STDOUT, &[])).await.ok()?;
    let mut pieces = ran.stdout.chunks(MAX_MESSAGE_BYTES);
    let first = pieces.next().map(|piece| (STDOUT, piece));
    let errors = ran.stderr.chunks(MAX_MESSAGE_BYTES).map(|piece| (STDERR, piece));
    let all = first.into_iter().chain(errors).chain(pieces.map(|piece| (STDOUT, piece)));
    for (channel, piece) in all {
        socket.send(message(channel, piece)).await.ok()?;
    }
    let status = match ran.ending {
        Ending::Exit(0) => Status { status: Some("Success".to_owned()), ..Status::default() },
        Ending::Exit(code) => failed_with(code, &command),
        Ending::NotStarted(why) => Status {
            status: Some("Failure".to_owned()),
            reason: Some("InternalError".to_owned()),
            code: Some(500),
            message: Some(format!("Internal error occurred: error executing command in container: {why}")),
            ..Status::default()
        },
        Ending::Break => return None,
        Ending::Never(pause) => loop {
            socket.send(message(STDOUT, b".")).await.ok()?;
            tokio::time::sleep(pause).await;
        },
    };
    socket.send(message(STATUS, &serde_json::to_vec(&status).unwrap_or_default())).await.ok()?;
    socket.close(None).await.ok()
}

fn failed_with(code: u8, command: &[String]) -> Status {
    let cause =
        StatusCause { reason: Some("ExitCode".to_owned()), message: Some(code.to_string()), ..StatusCause::default() };
    Status {
        status: Some("Failure".to_owned()),
        reason: Some("NonZeroExitCode".to_owned()),
        message: Some(format!(
            "command terminated with non-zero exit code: error executing command {command:?}, exit code {code}"
        )),
        details: Some(StatusDetails { causes: Some(vec![cause]), ..StatusDetails::default() }),
        ..Status::default()
    }
}
