//! What the examples start beside themselves: the service and the runner as processes, an S3 server in this one.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

pub type Done<T> = Result<T, Box<dyn Error>>;

/// Where cargo built the binaries that go with this example.
pub fn binaries() -> Done<PathBuf> {
    let example = std::env::current_exe()?;
    Ok(example.parent().and_then(Path::parent).ok_or("examples are where cargo builds them")?.to_owned())
}

/// The service, and its URL.
pub async fn service(binaries: &Path, s3: &str) -> Done<(Child, String)> {
    let mut process = command(binaries.join("arbex"))?
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "same", "--log-format", "json"])
        .args(["--input-origins", &format!("http://{s3}")])
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(process.stderr.take().ok_or("the service has a log")?).lines();
    while let Some(line) = lines.next_line().await? {
        let event: Value = serde_json::from_str(&line)?;
        if let (Some("listening"), Some(address)) = (text(&event, "message"), text(&event, "address")) {
            let url = format!("http://{address}");
            // Read on: a full pipe would stop the service.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((process, url));
        }
    }
    Err("the service did not start".into())
}

/// The runner, not started yet; it ends with this process.
pub fn runner(binaries: &Path, core: &str, service: &str) -> Done<Command> {
    let mut command = command(binaries.join("arbex-runner"))?;
    command.args(["--core-url", core, "--service-url", service]);
    Ok(command)
}

fn command(path: PathBuf) -> Done<Command> {
    if !path.exists() {
        return Err(format!("{} is not there: build the binaries first, in the same profile", path.display()).into());
    }
    let mut command = Command::new(path);
    command.kill_on_drop(true);
    Ok(command)
}

/// An S3 server over the files of a folder; its address.
pub async fn s3_server(root: &Path) -> Done<String> {
    let files = FileSystem::new(root).map_err(|error| format!("{}: {error:?}", root.display()))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single("minio", "minio123"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service.clone();
            tokio::spawn(async move {
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
            });
        }
    });
    Ok(address)
}

fn text<'e>(event: &'e Value, name: &str) -> Option<&'e str> {
    event.get(name)?.as_str()
}
