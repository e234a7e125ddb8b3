//! A command in a pod: one argv, no terminal, no standard input; both outputs and the exit code come back.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{join, try_join};
use http::Request;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess, GetParams, ListParams};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::failure::{Failure, cut};
use super::list::Items;
use super::rbac::{POD, POD_EXEC, PODS};
use super::{Cluster, client, names};
use arbex_room::Reserved;

/// The container that kubectl takes when a person names none.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

const CLUSTER_MANAGER: &str = "app=cluster-manager";

/// Pods that are looked at for one that runs.
const MAX_CANDIDATES: u32 = 50;

/// Most bytes of UTF-8 in one UTF-16 code unit of text.
const MAX_BYTES_A_CHAR: usize = 3;

const MAX_MESSAGE_CHARS: usize = 1024;

/// What the library gives for the reason when the answer to the handshake is no `Status`; its message is the whole answer then.
const NO_STATUS: &str = "Failed to parse error data";

/// What is to be run where. Everything in here was allowed.
pub struct Command<'a> {
    /// None: the cluster manager's.
    pub pod: Option<&'a str>,
    /// Where the pod is.
    pub namespace: &'a str,
    /// None: the one that is meant when nobody names one.
    pub container: Option<&'a str>,
    /// The program and its arguments.
    pub argv: &'a [String],
    /// Longest time it may take.
    pub timeout: Duration,
    /// Most UTF-16 code units kept of each output.
    pub max_output_chars: usize,
    /// Who wants it, for the log.
    pub caller: &'a str,
    /// When the run ends.
    pub deadline: Instant,
}

/// What came of it, as a script sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done<'a> {
    pod_name: &'a str,
    namespace: &'a str,
    container: &'a str,
    stdout: String,
    stderr: String,
    exit_code: i32,
}

#[derive(Deserialize)]
struct Pods {
    items: Option<Items<Pod>>,
}

/// Run it; gives the JSON of [`Done`] and the room it takes.
pub(super) async fn exec(cluster: &Cluster, command: Command<'_>) -> Result<(String, Reserved), Failure> {
    let argument = |field, rule| Err(Failure::Argument { field, rule });
    if command.pod.is_some_and(|pod| !names::is_subdomain(pod)) {
        return argument("podName", "the name of a pod: lower case letters, digits, - and ., at most 253 characters");
    }
    if command.container.is_some_and(|container| !names::is_label(container)) {
        return argument(
            "container",
            "the name of a container: lower case letters, digits and -, at most 63 characters",
        );
    }
    if command.argv.first().is_none_or(String::is_empty) {
        return argument("command", "an array of strings, the first of them the program");
    }
    if command.argv.iter().any(|argument| argument.contains('\0')) {
        return argument("command", "strings without the character U+0000, which no program can be given");
    }
    let max_bytes = command.max_output_chars.saturating_mul(MAX_BYTES_A_CHAR);
    let reserved = cluster.room.reserve(max_bytes.saturating_mul(2)).ok_or(Failure::NoRoom)?;

    let pod = find(cluster, &command).await?;
    let name = pod.metadata.name.clone().unwrap_or_default();
    let container = container(&pod, &name, command.container)?;
    // Before it is sent: what was run must be in the log even when the connection breaks. Its output never is.
    tracing::info!(
        caller = command.caller,
        pod = name,
        namespace = command.namespace,
        container,
        argv = ?command.argv,
        "a script runs a command in a pod"
    );
    let timeout_ms = u64::try_from(command.timeout.as_millis()).unwrap_or(u64::MAX);
    let mut audited = Audited { command: &command, pod: &name, ended: "with its run", exit_code: None };
    let ran = tokio::time::timeout(command.timeout, run(cluster, &command, &name, &container)).await;
    let ran = ran.unwrap_or(Err(Failure::CommandLate { timeout_ms }));
    audited.exit_code = ran.as_ref().ok().map(|(.., exit_code)| *exit_code);
    audited.ended = ran.as_ref().map_or_else(Failure::cause, |_| "by itself");
    drop(audited);
    let (stdout, stderr, exit_code) = ran?;
    let namespace = command.namespace;
    let done = Done { pod_name: &name, namespace, container: &container, stdout, stderr, exit_code };
    let json = serde_json::to_string(&done).map_err(|_| Failure::NotUnderstood)?;
    Ok((json, reserved))
}

/// Says in the log that we are done with a command: also when its run was ended before, which drops this.
struct Audited<'a> {
    command: &'a Command<'a>,
    pod: &'a str,
    ended: &'static str,
    exit_code: Option<i32>,
}

impl Drop for Audited<'_> {
    fn drop(&mut self) {
        let Self { command: Command { caller, namespace, .. }, pod, ended, exit_code } = *self;
        tracing::info!(caller, pod, namespace, ended, exit_code, "the command ended");
    }
}

/// The pod, which must be running.
async fn find(cluster: &Cluster, command: &Command<'_>) -> Result<Pod, Failure> {
    let Some(name) = command.pod else {
        let params = ListParams::default().labels(CLUSTER_MANAGER).fields("status.phase=Running").limit(MAX_CANDIDATES);
        let request = kube::core::Request::new(PODS.path(Some(command.namespace))).list(&params);
        let pods: Pods = get(cluster, &PODS, command, request).await?;
        let candidates = pods.items.map(|items| items.0).unwrap_or_default();
        // One that is being deleted is still Running, but not for long.
        let running = |pod: &Pod| phase(pod) == "Running" && pod.metadata.deletion_timestamp.is_none();
        let found = candidates.into_iter().find(running);
        return found.ok_or_else(|| Failure::NoPod { namespace: command.namespace.to_owned() });
    };
    let request = kube::core::Request::new(POD.path(Some(command.namespace))).get(name, &GetParams::default());
    let pod: Pod = get(cluster, &POD, command, request).await?;
    match phase(&pod) {
        "Running" => Ok(pod),
        phase => Err(Failure::NotRunning { pod: name.to_owned(), phase: cut(phase, 64) }),
    }
}

async fn get<T: serde::de::DeserializeOwned>(
    cluster: &Cluster,
    access: &super::rbac::Access,
    command: &Command<'_>,
    request: Result<Request<Vec<u8>>, kube::core::request::Error>,
) -> Result<T, Failure> {
    let request = request.map_err(|_| Failure::NotUnderstood)?;
    let answer = cluster.api.get(access, Some(command.namespace), &request, command.deadline, &cluster.room).await?;
    serde_json::from_slice(&answer.bytes).map_err(|_| Failure::NotUnderstood)
}

fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Unknown")
}

/// The container that was named, or the one that is meant.
fn container(pod: &Pod, name: &str, named: Option<&str>) -> Result<String, Failure> {
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let meant = pod.metadata.annotations.as_ref().and_then(|notes| notes.get(DEFAULT_CONTAINER)).map(String::as_str);
    let has = |name: &str| containers.iter().any(|container| container.name == name);
    match named {
        Some(named) if has(named) => Ok(named.to_owned()),
        Some(named) => {
            let known: Vec<_> = containers.iter().map(|container| container.name.as_str()).collect();
            let known = cut(&known.join(", "), MAX_MESSAGE_CHARS);
            Err(Failure::NoContainer { pod: name.to_owned(), container: named.to_owned(), known })
        }
        None => {
            let first = containers.first().map(|container| container.name.as_str());
            Ok(meant.filter(|meant| has(meant)).or(first).unwrap_or_default().to_owned())
        }
    }
}

async fn run(
    cluster: &Cluster,
    command: &Command<'_>,
    pod: &str,
    container: &str,
) -> Result<(String, String, i32), Failure> {
    let params = AttachParams::default().stdin(false).stdout(true).stderr(true).tty(false).container(container);
    let api: Api<Pod> = Api::namespaced(cluster.api.client().await?, command.namespace);
    let connected = tokio::time::timeout(cluster.api.timeout(), api.exec(pod, command.argv.iter(), &params)).await;
    let late = || Failure::Late { timeout_ms: u64::try_from(cluster.api.timeout().as_millis()).unwrap_or(u64::MAX) };
    let mut process: AttachedProcess = connected.map_err(|_| late())?.map_err(|error| match error {
        // Whatever stands between may answer with a page of its own, which is nobody's to see.
        kube::Error::Api(status) if status.reason == NO_STATUS => {
            Failure::refused(&POD_EXEC, Some(command.namespace), status.code, "", "")
        }
        // The names were looked at before: only the arguments can be too long for a URL.
        kube::Error::BuildRequest(_) => Failure::Argument {
            field: "command",
            rule: "shorter: it becomes a part of a URL, where a character may take up to nine of 65,000 bytes",
        },
        kube::Error::Api(status) => {
            Failure::refused(&POD_EXEC, Some(command.namespace), status.code, &status.reason, &status.message)
        }
        error => client::failure(&error),
    })?;
    let (Some(stdout), Some(stderr), Some(status)) = (process.stdout(), process.stderr(), process.take_status()) else {
        return Err(Failure::NotUnderstood);
    };
    let max_chars = command.max_output_chars;
    // Without a status the connection broke: nobody knows how the command ended, and the library leaves the outputs open.
    let status = status.map(|status| status.ok_or(Failure::Broken));
    let outputs = join(text(stdout, max_chars), text(stderr, max_chars)).map(Ok);
    let ((stdout, stderr), status) = try_join(outputs, status).await?;
    Ok((stdout, stderr, exit_code(status)?))
}

/// What comes out, up to so many UTF-16 code units; the rest is read and dropped, because the command waits for its reader.
async fn text(mut output: impl AsyncRead + Unpin, max_chars: usize) -> String {
    let max_bytes = max_chars.saturating_mul(MAX_BYTES_A_CHAR);
    let mut bytes = Vec::new();
    let mut chunk = [0; 8 * 1024];
    let mut dropped = false;
    while let Ok(read @ 1..) = output.read(&mut chunk).await {
        let room = max_bytes.saturating_sub(bytes.len());
        dropped |= room < read;
        bytes.extend_from_slice(chunk.get(..read.min(room)).unwrap_or_default());
    }
    mark(&String::from_utf8_lossy(&bytes), dropped, max_chars)
}

/// The text, or its beginning and a note that it is one.
fn mark(text: &str, dropped: bool, max_chars: usize) -> String {
    let mut units = 0;
    let end = text.char_indices().find_map(|(at, letter)| {
        units += letter.len_utf16();
        (max_chars < units).then_some(at)
    });
    match end {
        None if !dropped => text.to_owned(),
        end => {
            let kept = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
            format!("{kept}\n[cut at {max_chars} characters: system.k8s.exec.maxOutputChars]")
        }
    }
}

/// Of a status the exit code; a status that has none says that the command never ran.
fn exit_code(status: Status) -> Result<i32, Failure> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status.details.and_then(|details| details.causes).unwrap_or_default();
    let code = causes.into_iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"));
    let code = code.and_then(|cause| cause.message?.parse().ok());
    let message = || cut(status.message.as_deref().unwrap_or("the API server does not say why"), MAX_MESSAGE_CHARS);
    code.ok_or_else(|| Failure::NotStarted { message: message() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_output_is_cut_by_the_characters_a_script_counts() {
        let note = |max: usize| format!("\n[cut at {max} characters: system.k8s.exec.maxOutputChars]");
        let cut = |kept: &str, max: usize| format!("{kept}{}", note(max));
        let table: [(&[u8], usize, String); 9] = [
            (b"", 1, String::new()),
            (b"abc", 3, "abc".to_owned()),
            (b"abcd", 3, cut("abc", 3)),
            ("ééé".as_bytes(), 3, "ééé".to_owned()),
            // Two code units each.
            ("😀😀".as_bytes(), 4, "😀😀".to_owned()),
            ("😀😀".as_bytes(), 3, cut("😀", 3)),
            (b"\xff\xfe", 2, "\u{FFFD}\u{FFFD}".to_owned()),
            (b"\xff\xfe", 1, cut("\u{FFFD}", 1)),
            (&[b'a'; 100_000], 10, cut("aaaaaaaaaa", 10)),
        ];
        for (output, max_chars, expected) in table {
            assert_eq!(text(output, max_chars).await, expected, "{max_chars}");
        }
    }
}
