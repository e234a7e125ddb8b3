//! `arbex healthcheck`: for container images that have no other HTTP client.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use url::Url;

use super::Exit;
use super::run::usage;
use crate::settings::Surroundings;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Longest status line that is read, in bytes.
const MAX_STATUS_LINE_BYTES: u64 = 1024;

/// The flags of `arbex healthcheck`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 the answer is 2xx, 1 it is not or does not come within 3 s, 64 wrong usage.")]
pub struct HealthcheckArgs {
    /// What to ask, over plain http
    ///
    /// [default: /readyz at the address in ARBEX_LISTEN, else http://127.0.0.1:8080/readyz]
    #[arg(long)]
    url: Option<String>,
}

pub(super) fn perform(args: &HealthcheckArgs, surroundings: &Surroundings) -> Exit {
    let text = args.url.clone().unwrap_or_else(|| own_url(surroundings));
    let url = match Url::parse(&text) {
        Ok(url) if url.scheme() == "http" && url.has_host() => url,
        _ => return usage(&format!("--url: must be an http URL such as http://127.0.0.1:8080/readyz, got {text:?}")),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.and_then(|runtime| {
        let asked = async { tokio::time::timeout(TIMEOUT, status_line(&url)).await };
        runtime.block_on(asked).unwrap_or_else(|_| Err(std::io::Error::other("no answer within 3 s")))
    });
    match answer {
        Ok(line) if is_success(&line) => Exit::Success,
        Ok(line) => not_ready(&url, line.trim_end()),
        Err(error) => not_ready(&url, &error.to_string()),
    }
}

fn not_ready(url: &Url, answer: &str) -> Exit {
    eprintln!("arbex: {url}: {answer}");
    Exit::Failed
}

/// The address that a service in the same container listens on. A service on all addresses is asked on loopback.
fn own_url(surroundings: &Surroundings) -> String {
    // Whether the other settings are good is not asked: a service may run well with a file of tokens that is faulty by now.
    let given = surroundings.variables.get("ARBEX_LISTEN").and_then(|text| text.trim().parse().ok());
    let listen = given.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    format!("http://{}/readyz", SocketAddr::new(ip, listen.port()))
}

/// The first line of the answer to a GET. It says all that is asked for; an HTTP client would be more than the question.
async fn status_line(url: &Url) -> std::io::Result<String> {
    let addresses = url.socket_addrs(|| Some(80))?;
    let mut stream = TcpStream::connect(addresses.as_slice()).await?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let request = format!("GET {}{query} HTTP/1.1\r\nHost: {host}{port}\r\nConnection: close\r\n\r\n", url.path());
    stream.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_STATUS_LINE_BYTES)).read_line(&mut line).await?;
    Ok(line)
}

fn is_success(status_line: &str) -> bool {
    let mut words = status_line.split(' ');
    words.next().is_some_and(|version| version.starts_with("HTTP/1."))
        && words.next().is_some_and(|status| status.len() == 3 && status.starts_with('2'))
}
