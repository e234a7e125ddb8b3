//! A server with a few objects, for other clients to try: prints a kubeconfig, and serves until it is ended. Commands echo their
//! argv, `false` ends with 1, and `errors` writes to its errors alone.

use kube_dev::sample::pod;
use kube_dev::{ApiServer, Ending, Ran};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let server = ApiServer::start().await?;
    for index in 0..1234 {
        let app = if index % 2 == 0 { "even" } else { "odd" };
        server.put(&pod("heat", &format!("pod-{index:04}"), "Running", &[("app", app)], &["main"]));
    }
    server.run_commands(|argv| match argv.first().map(String::as_str) {
        Some("false") => Ran { ending: Ending::Exit(1), ..Ran::default() },
        Some("errors") => Ran { stderr: b"an error".to_vec(), ..Ran::default() },
        _ => Ran { stdout: argv.join(" ").into_bytes(), ..Ran::default() },
    });
    eprintln!("{}", server.kubeconfig("heat"));
    std::future::pending().await
}
