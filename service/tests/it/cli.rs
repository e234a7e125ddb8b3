//! The binary as a person uses it: output on standard output, everything else on standard error, and the exit code.

#![allow(clippy::unwrap_used, reason = "clippy knows tests, but not their helpers")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What a process left behind.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

fn arbex(directory: &Path, args: &[&str]) -> Ended {
    arbex_with(directory, args, &[])
}

fn arbex_with(directory: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_arbex"))
        .current_dir(directory)
        .env_clear()
        .envs(variables.iter().copied())
        .args(args)
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A directory with these files.
fn files(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

fn run(script: &str, args: &[&str]) -> Ended {
    let directory = files(&[("script.js", script)]);
    arbex(directory.path(), &[&["run", "script.js"], args].concat())
}

#[test]
fn a_run_prints_its_output_and_nothing_else() {
    let script = "function run() { console.log('rows %d', 2); console.warn('careful'); return { b: 1, a: [1.5] }; }";
    let ended = run(script, &[]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "{\"b\":1,\"a\":[1.5]}\n"), "{ended:?}");
    assert_eq!(ended.err, "log: rows 2\nwarn: careful\n");

    let pretty = run(script, &["--pretty"]);
    assert_eq!(pretty.out, "{\n  \"b\": 1,\n  \"a\": [\n    1.5\n  ]\n}\n");
}

#[test]
fn a_profile_is_written_beside_the_output() {
    let directory = files(&[
        ("script.js", "function run() { for (let i = 0; i < 1e5; i++); return 1; }"),
        ("fails.js", "function run() { for (let i = 0; i < 1e5; i++); throw new Error('no'); }"),
        ("off.json", r#"{ "profiler": { "enabled": false } }"#),
    ]);
    for (file, begins) in
        [("p.svg", "<?xml"), ("p.cpuprofile", "{\"nodes\""), ("p.JSON", "{\""), ("p.folded", ""), ("p.txt", "")]
    {
        for (script, code) in [("script.js", 0), ("fails.js", 1)] {
            let ended = arbex(directory.path(), &["run", script, "--profile", file]);
            assert_eq!((ended.code, ended.out.as_str()), (code, if code == 0 { "1\n" } else { "" }), "{ended:?}");
            let written = std::fs::read_to_string(directory.path().join(file)).unwrap();
            assert!(written.starts_with(begins) && written.contains("run"), "{file}: {written}");
            std::fs::remove_file(directory.path().join(file)).unwrap();
        }
    }
    for (args, code, says) in [
        (&["--profile", "p.png"][..], 64, ".folded, .txt, .cpuprofile, .json, .svg"),
        (&["--profile", "p"], 64, ".svg"),
        (&["--profile", "p.svg", "--config", "off.json"], 64, "profiler.enabled"),
        (&["--profile", "no/such/folder/p.svg"], 74, "no/such/folder/p.svg"),
    ] {
        let ended = arbex(directory.path(), &[&["run", "script.js"], args].concat());
        assert!(ended.code == code && ended.err.contains(says), "{args:?}: {ended:?}");
    }
}

#[test]
fn inputs_come_from_files() {
    let script = "async function run(ctx) {
        const input = ctx.inputs.latest;
        const reader = await input.openTabularReader();
        let sum = 0;
        for await (const row of reader) sum += Number(row.b);
        const { dataPath, sizeBytes, createdAtUtc } = input.descriptor;
        return { sum, path: dataPath, bytes: sizeBytes, dated: Date.parse(createdAtUtc) > 0 };
    }";
    let directory = files(&[("sum.js", script), ("rows.csv", "a,b\n1,2\n3,4\n")]);
    let ended = arbex(directory.path(), &["run", "sum.js", "--input", "rows.csv"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.out, "{\"sum\":6,\"path\":\"rows.csv\",\"bytes\":12,\"dated\":true}\n");
}

#[test]
fn several_inputs_are_a_history_when_so_told() {
    let script = "function run(ctx) { return ctx.inputs.history.map(({ descriptor }) => descriptor.dataPath).sort(); }";
    let directory = files(&[
        ("s.js", script),
        ("a.txt", "a"),
        ("b.txt", "b"),
        ("history.json", r#"{ "parent": { "mode": "history" } }"#),
    ]);
    let inputs = ["run", "s.js", "--input", "a.txt", "--input", "b.txt"];
    for more in [&["--history"][..], &["--config", "history.json"]] {
        let ended = arbex(directory.path(), &[&inputs, more].concat());
        assert_eq!((ended.code, ended.out.as_str()), (0, "[\"a.txt\",\"b.txt\"]\n"), "{ended:?}");
    }
    let ended = arbex(directory.path(), &inputs);
    assert_eq!((ended.code, ended.out.as_str()), (64, ""), "{ended:?}");
    assert!(ended.err.contains("--input: at most 1 without --history") && ended.err.contains("got 2"), "{ended:?}");
}

#[test]
fn what_a_script_does_wrong_is_code_1() {
    for (script, told) in [
        (
            "function run() {\n  throw new TypeError('no rows');\n}",
            &["script_error: TypeError: no rows", "script.js:2:"][..],
        ),
        ("function run() {\n  return 1 +;\n}", &["syntax_error: ", "script.js:2:", "2 |   return 1 +;", "^"]),
        ("const x = 1;", &["run_not_defined: "]),
        ("function run() { return 1n; }", &["output_not_serializable: "]),
        ("function run() { return new Promise(() => {}); }", &["deadlock: "]),
    ] {
        let ended = run(script, &[]);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
        for part in told {
            assert!(ended.err.contains(part), "{part:?} in {ended:?}");
        }
    }
}

#[test]
fn a_limit_is_code_2() {
    for (script, flags, told) in [
        (
            "function run() { for (;;); }",
            &["--default-timeout-ms", "50"][..],
            &["timeout: ", "limit timeoutMs = 50, used "][..],
        ),
        ("function run() { for (;;); }", &["--fuel", "1000000"], &["fuel_exhausted: ", "limit fuel = 1000000, used "]),
        (
            "function run() { const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1)); }",
            &["--default-memory-mb", "32"],
            &["memory_limit: ", "limit maxMemoryMb = 32, used "],
        ),
        (
            "function run() { return 'x'.repeat(2000); }",
            &["--max-output-bytes", "1024"],
            &["output_too_large: ", "limit maxOutputBytes = 1024, used "],
        ),
    ] {
        let ended = run(script, flags);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
        for part in told {
            assert!(ended.err.contains(part), "{part:?} in {ended:?}");
        }
    }
}

#[test]
fn the_whole_envelope_on_request() {
    let ended = run("function run() { console.log('x'); throw new Error('no'); }", &["--envelope"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{ended:?}");
    let envelope: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(envelope["status"], "ERROR");
    assert_eq!(envelope["output"]["reason"], "script_error");
    assert_eq!(envelope["console"][0]["message"], "x");
}

#[test]
fn what_a_runner_would_store_on_request() {
    let script = "function run(ctx) {
        console.log('x');
        if (ctx.node.configuration.fails) throw new Error('no');
        return { '$heat-dataservice': { groups: [], realms: [] }, left: 'out' };
    }";
    let node = |persistence: &str, more: &str| {
        format!(r#"{{ "dataserviceOutput": {{ "enabled": true, "persistence": "{persistence}" }}{more} }}"#)
    };
    let directory = files(&[
        ("s.js", script),
        ("root.json", &node("dataservice-root", "")),
        ("fails.json", &node("dataservice-root", r#", "fails": true"#)),
        ("inside.json", &node("dataservice-in-envelope", "")),
    ]);
    let stored = |config: &str, code: i32| {
        let ended = arbex(directory.path(), &["run", "s.js", "--config", config, "--as", "document"]);
        assert_eq!((ended.code, ended.err.as_str()), (code, ""), "{ended:?}");
        let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        document
    };
    let root = stored("root.json", 0);
    let members: Vec<_> = root.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["$heat-arbex-run", "$heat-dataservice", "dashboard_users"]);
    assert_eq!(root["$heat-arbex-run"]["console"][0]["message"], "x");
    assert_eq!(stored("fails.json", 1)["output"]["reason"], "script_error");
    assert_eq!(stored("inside.json", 0)["output"]["$heat-dataservice"]["realms"][0]["name"], "default");

    let ended = arbex(directory.path(), &["run", "s.js", "--config", "root.json", "--as", "envelope"]);
    assert!(ended.out.contains(r#""status":"SUCCESS""#) && ended.err.is_empty(), "{ended:?}");
    let ended = arbex(directory.path(), &["run", "s.js", "--config", "root.json", "--as", "output"]);
    assert!(ended.out.starts_with(r#"{"$heat-dataservice":{"version":"1.0","#), "{ended:?}");
    assert_eq!(ended.err, "log: x\n");
    let ended = arbex(directory.path(), &["run", "s.js", "--as", "document", "--envelope"]);
    assert_eq!(ended.code, 64, "{ended:?}");
}

/// Each fault has a line, with its pointer.
#[test]
fn faults_of_a_dataservice_are_told_one_a_line() {
    let directory = files(&[
        ("s.js", "const run = () => ({ '$heat-dataservice': { version: 1, realms: 5 } });"),
        ("node.json", r#"{ "dataserviceOutput": { "enabled": true } }"#),
    ]);
    let ended = arbex(directory.path(), &["run", "s.js", "--config", "node.json"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
    let pointers = ["/$heat-dataservice/version: ", "/$heat-dataservice/groups: ", "/$heat-dataservice/realms: "];
    assert!(ended.err.starts_with("dataservice_invalid: "), "{ended:?}");
    assert!(pointers.iter().all(|pointer| ended.err.contains(pointer)), "{ended:?}");
}

#[test]
fn a_request_can_be_printed_instead_of_run() {
    let directory = files(&[
        ("s.js", "function run() { return 1; }"),
        ("node.json", r#"{ "script": "replaced", "timeoutMs": 9, "other": true }"#),
    ]);
    std::fs::write(directory.path().join("raw.bin"), [0xff, 0x00]).unwrap();
    let args = ["run", "s.js", "--config", "node.json", "-i", "raw.bin", "--history", "--as-request"];
    let ended = arbex(directory.path(), &args);
    assert_eq!(ended.code, 0, "{ended:?}");
    let request: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let expected = serde_json::json!({
        "script": "function run() { return 1; }", "timeoutMs": 9, "other": true, "parent": { "mode": "history" }
    });
    assert_eq!(request["configuration"], expected);
    assert_eq!(request["inputs"][0]["content"], serde_json::json!({ "base64": "/wA=" }));
    assert_eq!(request["inputs"][0]["descriptor"]["sizeBytes"], 2);
}

#[test]
fn wrong_usage_is_code_64() {
    let directory = files(&[
        ("s.js", "function run() { return 1; }"),
        ("blank.js", " \n"),
        ("list.json", "[]"),
        ("broken.json", "{"),
        ("nobody", "# nobody yet\n"),
        ("tokens", "# ours\nSECRET\n\nSE CRET:x:execute\n"),
        ("wrong.json", r#"{ "timeoutMs": 0, "maxMemoryMb": "x" }"#),
    ]);
    std::fs::write(directory.path().join("binary.js"), [0xff]).unwrap();
    for (args, told) in [
        (&[][..], &["Usage: arbex"][..]),
        (&["fly"], &["unrecognized subcommand 'fly'"]),
        (&["run"], &["SCRIPT"]),
        (&["run", "none.js"], &["none.js: No such file"]),
        (&["run", "binary.js"], &["binary.js: must be UTF-8"]),
        (&["run", "blank.js"], &["/configuration/script: must be JavaScript"]),
        (&["run", "s.js", "--input", "none.csv"], &["none.csv: No such file"]),
        (&["run", "s.js", "--config", "list.json"], &["list.json: must be a JSON object"]),
        (&["run", "s.js", "--config", "broken.json"], &["broken.json: ", "line 1"]),
        (&["run", "s.js", "--config", "wrong.json"], &["/configuration/timeoutMs: ", "/configuration/maxMemoryMb: "]),
        (&["run", "s.js", "--fuel", "-1", "--max-inputs", "x"], &["--fuel: must be", "--max-inputs: must be"]),
        (&["run", "s.js", "--pretty", "--compact"], &["cannot be used with"]),
        (&["serve", "--check-config", "--slots", "0", "--cache-mb", "0"], &["--slots: must be", "--cache-mb: must be"]),
        (&["serve", "--listen", "0.0.0.0:8080"], &["--tokens-file", "--allow-anonymous"]),
        (&["serve", "--listen", "0.0.0.0:8080", "--tokens-file", "none"], &["--tokens-file", "--allow-anonymous"]),
        (&["serve", "--tokens-file", "not-there"], &["--tokens-file: not-there: cannot be read: entity not found"]),
        (&["serve", "--tokens-file", "nobody"], &["--tokens-file: nobody: has no token in it"]),
        (
            &["serve", "--tokens-file", "tokens"],
            &["--tokens-file: tokens: line 2: must be name:", "; line 4: the name"],
        ),
        (&["token", "a b"], &["the name must be 1 to 64"]),
        (&["token", "#a"], &["the name must be 1 to 64"]),
        (&["token", "a:b"], &["the name must be 1 to 64"]),
        (&["token", "a\nb"], &["the name must be 1 to 64"]),
        (&["token", "anonymous"], &["the name must not be `anonymous`"]),
        (&["token", "a", "--capabilities", "fly"], &["some of execute, system, exec, admin"]),
        (&["token", "a", "--capabilities", "execute,\nsystem"], &["some of execute, system, exec, admin"]),
        (&["healthcheck", "--url", "https://x/"], &["--url: must be an http URL"]),
    ] {
        let ended = arbex(directory.path(), args);
        assert_eq!((ended.code, ended.out.as_str()), (64, ""), "{args:?}: {ended:?}");
        for part in told {
            assert!(ended.err.contains(part), "{args:?}: {part:?} in {ended:?}");
        }
        assert!(!ended.err.contains("SECRET"), "{args:?}: {ended:?}");
    }
}

#[test]
fn a_token_is_printed_once_beside_its_line() {
    let directory = files(&[]);
    let made = |args: &[&str]| {
        let ended = arbex(directory.path(), &[&["token"], args].concat());
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
        let [token, line] = ended.out.lines().collect::<Vec<_>>()[..] else { panic!("{ended:?}") };
        (token.to_owned(), line.to_owned())
    };
    let (runner, first) = made(&["runner"]);
    let (ops, second) = made(&["ops", "--capabilities", "execute,admin"]);
    assert!(runner.starts_with("arbex_") && runner.len() == 49 && runner != ops, "{runner} {ops}");
    assert!(first.starts_with("runner:") && first.ends_with(":execute"), "{first}");
    assert!(!first.contains(&runner[6..]), "{first}");

    let path = directory.path().join("tokens");
    std::fs::write(&path, format!("{first}\n{second}\n")).unwrap();
    let tokens = arbex::caller::TokensFile::open(&path).unwrap().tokens().clone();
    for (token, name) in [(runner, "runner"), (ops, "ops")] {
        assert_eq!(&*tokens.caller(token.as_bytes()).unwrap().name, name);
    }
    let args = ["serve", "--check-config", "--listen=0.0.0.0:80", "--tokens-file=tokens"];
    let ended = arbex(directory.path(), &args);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
}

#[test]
fn check_prints_where_a_script_does_not_parse() {
    let directory = files(&[
        ("good.js", "function run() { throw new Error('not run'); }"),
        ("bad.js", "function run() {\n  return (1;\n}\n"),
        ("good.ts", "async function run(ctx: unknown): Promise<number> { return 1 as number; }"),
        ("bad.ts", "enum A { B }\nasync function run(ctx: unknown) {\n  return <any>1;\n}\n"),
    ]);
    let good = arbex(directory.path(), &["check", "good.js"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (0, "", ""));
    let bad = arbex(directory.path(), &["check", "bad.js"]);
    assert_eq!((bad.code, bad.err.as_str()), (1, ""), "{bad:?}");
    assert!(bad.out.starts_with("bad.js:2:"), "{bad:?}");
    assert_eq!(bad.out.lines().count(), 1, "{bad:?}");

    let good = arbex(directory.path(), &["check", "good.ts"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (0, "", ""));
    let ran = arbex(directory.path(), &["run", "good.ts"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "1\n", ""));
    let bad = arbex(directory.path(), &["check", "bad.ts"]);
    assert_eq!((bad.code, bad.err.as_str()), (1, ""), "{bad:?}");
    let places: Vec<_> = bad.out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(places, ["bad.ts:1:1:", "bad.ts:3:10:"], "{bad:?}");
}

#[test]
fn check_config_tells_values_and_where_they_come_from() {
    let directory = files(&[]);
    let args = ["serve", "--check-config", "--slots", "9"];
    let ended = arbex_with(directory.path(), &args, &[("ARBEX_CACHE_MB", "8")]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
    for line in ["slots = 9 (flag)", "cache-mb = 8 (ARBEX_CACHE_MB)", "max-timeout-ms = 60000 (default)"] {
        assert!(ended.out.lines().any(|other| other == line), "{line} in {ended:?}");
    }
    let ended = arbex_with(directory.path(), &["serve", "--check-config"], &[("ARBEX_SLOT", "8")]);
    assert_eq!(ended.code, 64, "{ended:?}");
    assert!(ended.err.contains("ARBEX_SLOT: is no setting"), "{ended:?}");
}

#[test]
fn help_and_the_document_go_to_standard_output() {
    let directory = files(&[]);
    for (args, told) in [
        (&["--help"][..], &["Exit codes:", "arbex run sum.js"][..]),
        (&["serve", "--help"], &["ARBEX_MAX_QUEUE_WAIT_MS", "[default: 32]", "a whole number from 1 to 4096"]),
        (&["run", "--help"], &["--as-request", "Exit codes:"]),
        (&["--version"], &["arbex "]),
        (&["openapi"], &["\"openapi\": \"3.1", "/execute"]),
    ] {
        let ended = arbex(directory.path(), args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{args:?}: {ended:?}");
        for part in told {
            assert!(ended.out.contains(part), "{args:?}: {part:?} in {}", ended.out);
        }
    }
}

#[test]
fn a_service_that_is_not_there_is_not_ready() {
    // Closed again at once: nothing answers on that port.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let directory = files(&[]);
    let listen = format!("127.0.0.1:{port}");
    // A service may run well with a file that is faulty by now.
    let variables = [("ARBEX_LISTEN", listen.as_str()), ("ARBEX_TOKENS_FILE", "gone")];
    let ended = arbex_with(directory.path(), &["healthcheck"], &variables);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
    assert!(ended.err.contains(&format!("http://{listen}/readyz: ")), "{ended:?}");
}

#[test]
fn a_health_check_reads_the_status() {
    use std::io::{Read as _, Write as _};

    let directory = files(&[]);
    for (answer, code) in [
        ("HTTP/1.1 200 OK\r\n\r\n", 0),
        ("HTTP/1.1 204 No Content\r\n\r\n", 0),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 1),
        ("HTTP/1.1 20 Odd\r\n\r\n", 1),
        ("220 mail.example ESMTP\r\n", 1),
        ("", 1),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/readyz?x=1", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = connection.read(&mut request).unwrap();
            connection.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let ended = arbex(directory.path(), &["healthcheck", "--url", &url]);
        assert_eq!(ended.code, code, "{answer:?}: {ended:?}");
        assert!(server.join().unwrap().starts_with("GET /readyz?x=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
    }
}

#[test]
fn an_address_in_use_is_code_69() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = files(&[]);
    let args = ["serve", "--listen", &address, "--admin-listen", "same", "--allocation", "on-demand"];
    let ended = arbex(directory.path(), &args);
    assert_eq!((ended.code, ended.out.as_str()), (69, ""), "{ended:?}");
    assert!(ended.err.contains(&address) && ended.err.contains("--listen"), "{ended:?}");
}

/// The whole life of a service: it says where it listens, answers, stops on SIGTERM with code 0, and its log, at the loudest,
/// has no word of what it ran.
#[test]
fn a_service_keeps_scripts_inputs_and_outputs_out_of_its_log() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::process::Stdio;

    /// Whatever fails below, no service stays behind.
    struct Service(std::process::Child);
    impl Drop for Service {
        fn drop(&mut self) {
            let _ = self.0.kill();
        }
    }

    let service = Command::new(env!("CARGO_BIN_EXE_arbex"))
        .env_clear()
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "same", "--allocation", "on-demand"])
        .args(["--log", "trace", "--log-format", "json"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut service = Service(service);
    let mut log = BufReader::new(service.0.stderr.take().unwrap());
    let mut said = String::new();
    let address = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "{said}");
        said += &line;
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        if event["flag"] == "--listen" {
            break event["address"].as_str().unwrap().to_owned();
        }
    };

    let script = "async function run(ctx) { console.log('canary'); const r = await ctx.inputs.latest.openTabularReader(); \
                  return 'canary' + (await r.readRow()).a; }";
    let body = serde_json::json!({
        "configuration": { "script": script },
        "inputs": [ { "descriptor": { "dataPath": "canary.csv" }, "content": { "text": "a\ncanary\n" } } ]
    });
    let body = body.to_string();
    for (body, status) in
        [(body.as_str(), "200"), ("{ \"canary\" }", "400"), ("{ \"configuration\": \"canary\" }", "422")]
    {
        let mut connection = std::net::TcpStream::connect(&address).unwrap();
        let head = "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n";
        write!(connection, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(status != "200" || answer.contains("\"canarycanary\""), "{answer}");
    }

    let process = service.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    log.read_to_string(&mut said).unwrap();
    assert_eq!(service.0.wait().unwrap().code(), Some(0), "{said}");
    assert!(said.contains("\"status\":200") && !said.to_lowercase().contains("canary"), "{said}");
}
