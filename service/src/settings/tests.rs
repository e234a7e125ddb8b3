use std::ffi::OsString;
use std::path::Path;

use super::*;
use crate::caller::Capabilities;
use crate::cli::{self, Command};

fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Surroundings { variables, ..Surroundings::default() }
}

fn settings(args: &[&str]) -> Settings {
    let args = ["arbex", "serve"].iter().chain(args).map(OsString::from);
    match cli::parse(args) {
        Ok(Command::Serve(serve)) => serve.settings,
        other => panic!("{other:?}"),
    }
}

fn check(args: &[&str], variables: &[(&str, &str)]) -> Result<Checked, Vec<String>> {
    let checked = settings(args).check(&surroundings(variables));
    checked.map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

/// The variable of a flag.
fn variable(name: &str) -> String {
    format!("ARBEX_{}", name.replace('-', "_").to_uppercase())
}

fn effective(checked: &Checked, name: &str) -> Effective {
    checked.effective.iter().find(|setting| setting.name == name).unwrap_or_else(|| panic!("{name}")).clone()
}

/// Settings that are whole numbers: name, least, most, and the whole rule.
fn whole_numbers() -> Vec<(&'static str, u64, u64, String)> {
    let number = |text: Option<&str>| text.unwrap().parse().unwrap();
    let all = check(&[], &[]).unwrap().effective.into_iter().filter_map(|setting| {
        let mut words = setting.rule.strip_prefix("a whole number from ")?.split([' ', ',']);
        let least = number(words.next());
        let most = number(words.nth(1));
        Some((setting.name, least, most, setting.rule))
    });
    all.collect()
}

#[test]
fn every_bound_holds_on_both_sides() {
    let numbers = whole_numbers();
    assert_eq!(numbers.len(), 32, "{numbers:?}");
    for (name, least, most, rule) in numbers {
        let flag = format!("--{name}");
        for within in [least, most] {
            let text = within.to_string();
            // A default may be as large as its ceiling.
            let ceiling = flag.replace("--default-", "--max-");
            let mut args = vec![flag.as_str(), text.as_str()];
            if ceiling != flag {
                args.extend([ceiling.as_str(), text.as_str()]);
            }
            let checked = check(&args, &[]).unwrap_or_else(|faults| panic!("{args:?}: {faults:?}"));
            let setting = effective(&checked, name);
            assert_eq!((setting.value, setting.source), (text, Source::Flag), "{name}");
        }
        let below = least.checked_sub(1).map_or("-1".to_owned(), |below| below.to_string());
        let above = (u128::from(most) + 1).to_string();
        for beyond in [below.as_str(), above.as_str(), "", "x", "1.5", "+5", "99999999999999999999999"] {
            let message = format!("must be {rule}, got {beyond:?}");
            let as_flag = check(&[&format!("{flag}={beyond}")], &[]).unwrap_err();
            assert_eq!(as_flag, [format!("{flag}: {message}")]);
            let variable = variable(name);
            let as_variable = check(&[], &[(&variable, beyond)]).unwrap_err();
            assert_eq!(as_variable, [format!("{variable}: {message}")]);
        }
    }
}

#[test]
fn other_values_are_checked_too() {
    for (name, good, bad, rule) in [
        ("listen", ["127.0.0.1:1", "[::1]:0"], ["localhost:80", "8080"], "an IP address with a port"),
        ("admin-listen", ["same", "0.0.0.0:9"], ["off", ":9090"], ", or same"),
        ("allow-anonymous", ["true", "false"], ["yes", "1"], "true or false"),
        (
            "anonymous-capabilities",
            ["none", "execute, system"],
            ["all", "execute,"],
            "some of execute, system, exec, admin",
        ),
        (
            "input-origins",
            ["none", "https://h, http://[::1]:9000"],
            ["https://h/a", "https://h,,http://i"],
            "origins such as",
        ),
        ("console-overflow", ["cut", "fail"], ["CUT", "drop"], "cut or fail"),
        ("allocation", ["pooling", "on-demand"], ["pool", "ondemand"], "pooling or on-demand"),
        ("memory-budget-mb", ["off", "16"], ["none", "15"], "or off"),
        ("log-format", ["json", "text"], ["JSON", "pretty"], "json or text"),
        ("log", ["debug", "info,arbex::sandbox=debug"], ["arbex=loud", "=,="], "a level or a list"),
        ("fuel", ["1_000_000", " 5000000 "], ["1e9", "5 000 000"], "a whole number"),
    ] {
        for value in good {
            let checked =
                check(&[&format!("--{name}={value}")], &[]).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(effective(&checked, name).value, value.trim(), "{name}");
        }
        for value in bad {
            let faults = check(&[&format!("--{name}={value}")], &[]).unwrap_err();
            let [fault] = faults.as_slice() else { panic!("{name}: {faults:?}") };
            assert!(fault.starts_with(&format!("--{name}: must be ")) && fault.contains(rule), "{fault}");
            assert!(fault.ends_with(&format!("got {value:?}")), "{fault}");
        }
    }
}

#[test]
fn all_faults_come_out_together() {
    let faults = check(
        &["--slots", "0", "--max-timeout-ms", "100", "--default-timeout-ms", "200", "--listen", "0.0.0.0:8080"],
        &[("ARBEX_CACHE_MB", "many"), ("ARBEX_SLOT", "8"), ("ARBEX_FUEL", "1")],
    );
    assert_eq!(
        faults.unwrap_err(),
        [
            "--listen: must be a loopback address, got 0.0.0.0:8080: whoever reaches that address could run scripts. Give \
             --tokens-file, so that callers need a token; or --allow-anonymous, where something else decides who gets through",
            "--slots: must be a whole number from 1 to 4096, got \"0\"",
            "ARBEX_CACHE_MB: must be a whole number from 1 to 16777216 MiB, got \"many\"",
            "ARBEX_FUEL: must be a whole number from 1000000 to 1000000000000000000 units, got \"1\"",
            "--default-timeout-ms: must not be above --max-timeout-ms (100), got 200",
            "ARBEX_SLOT: is no setting of this version; did you mean ARBEX_SLOTS? `arbex serve --help` lists them all",
        ]
    );
}

#[test]
fn a_flag_wins_over_its_variable_and_that_over_the_default() {
    let variable = [("ARBEX_SLOTS", "7")];
    for (args, variables, slots, source) in [
        (&[][..], &[][..], 32, Source::Default),
        (&[], &variable, 7, Source::Variable),
        (&["--slots", "9"], &[], 9, Source::Flag),
        (&["--slots", "9"], &variable, 9, Source::Flag),
        // What is not used is not checked.
        (&["--slots", "9"], &[("ARBEX_SLOTS", "x")], 9, Source::Flag),
    ] {
        let checked = check(args, variables).unwrap();
        assert_eq!((checked.sandbox.slots, effective(&checked, "slots").source), (slots, source));
    }
}

#[test]
fn unknown_variables_are_faults_unless_something_else_made_them() {
    for name in ["ARBEX_SLOT", "ARBEX_", "ARBEX_slots", "ARBEX_PORT", "ARBEX_TIMEOUT_MS"] {
        let faults = check(&[], &[(name, "1")]).unwrap_err();
        let [fault] = faults.as_slice() else { panic!("{name}: {faults:?}") };
        assert!(fault.starts_with(&format!("{name}: is no setting of this version")), "{fault}");
        assert!(fault.ends_with(" `arbex serve --help` lists them all"), "{fault}");
    }
    let made_by_builds = ["GUEST", "GUEST_FEATURES", "GUEST_SHA256", "COMMIT", "BUILD_UTC", "WASMTIME_VERSION"];
    for name in made_by_builds {
        check(&[], &[(&format!("ARBEX_{name}"), "x")]).unwrap();
    }
    // Kubernetes makes these for a service named `arbex`, another named `arbex-admin`, and each of their ports.
    let made_by_kubernetes = [
        ("ARBEX_SERVICE_HOST", "10.0.0.1"),
        ("ARBEX_SERVICE_PORT", "8080"),
        ("ARBEX_SERVICE_PORT_HTTP", "8080"),
        ("ARBEX_PORT", "tcp://10.0.0.1:8080"),
        ("ARBEX_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("ARBEX_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("ARBEX_PORT_8080_TCP_PORT", "8080"),
        ("ARBEX_PORT_8080_TCP_PROTO", "tcp"),
        ("ARBEX_ADMIN_SERVICE_HOST", "10.0.0.2"),
        ("ARBEX_ADMIN_PORT_9090_TCP_ADDR", "10.0.0.2"),
    ];
    check(&[], &made_by_kubernetes).unwrap();
}

#[test]
fn only_loopback_is_open_to_all_without_being_told() {
    for (address, is_loopback) in [
        ("127.0.0.1:80", true),
        ("127.8.8.8:80", true),
        ("[::1]:80", true),
        ("[::ffff:127.0.0.1]:80", true),
        ("0.0.0.0:80", false),
        ("[::]:80", false),
        ("192.168.1.1:80", false),
        ("[::ffff:10.0.0.1]:80", false),
    ] {
        assert_eq!(check(&["--listen", address], &[]).is_ok(), is_loopback, "{address}");
        assert_eq!(check(&[], &[("ARBEX_LISTEN", address)]).is_ok(), is_loopback, "{address}");
        let checked = check(&["--listen", address, "--allow-anonymous"], &[]).unwrap();
        assert_eq!(checked.http.authentication, AuthenticationSettings::default());
        check(&["--listen", address], &[("ARBEX_ALLOW_ANONYMOUS", "true")]).unwrap();
        assert_eq!(check(&["--listen", address, "--allow-anonymous=false"], &[]).is_ok(), is_loopback, "{address}");
    }
}

#[test]
fn a_file_of_tokens_decides_who_calls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    let file = format!("--tokens-file={}", path.display());
    std::fs::write(&path, format!("ci:{}:execute\n", "0".repeat(64))).unwrap();
    for (args, tokens, anonymous) in [
        (&["--listen=0.0.0.0:80", file.as_str()][..], 1, None),
        (&["--anonymous-capabilities=admin", &file], 1, None),
        (&["--listen=0.0.0.0:80", "--allow-anonymous", &file], 1, Some("execute")),
        (&["--listen=0.0.0.0:80", "--allow-anonymous"], 0, Some("execute")),
        (&["--anonymous-capabilities=execute,system"], 0, Some("execute,system")),
    ] {
        let AuthenticationSettings { tokens: found, anonymous: may } = check(args, &[]).unwrap().http.authentication;
        assert_eq!(found.map_or(0, |file| file.tokens().len()), tokens, "{args:?}");
        assert_eq!(may, anonymous.map(|names| Capabilities::parse(names).unwrap()), "{args:?}");
    }
    let none = check(&["--anonymous-capabilities=none"], &[]).unwrap().http.authentication.anonymous;
    assert_eq!(none, Some(Capabilities::default()));

    // A file that is faulty by itself is all there is to tell.
    std::fs::write(&path, "# ours\nSECRET\n").unwrap();
    let fault = format!("{}: line 2: must be name:sha256-of-token:capabilities", path.display());
    assert_eq!(check(&["--listen=0.0.0.0:80", &file], &[]).unwrap_err(), [format!("--tokens-file: {fault}")]);
    let variable = ("ARBEX_TOKENS_FILE", path.to_str().unwrap());
    assert_eq!(check(&[], &[variable]).unwrap_err(), [format!("ARBEX_TOKENS_FILE: {fault}")]);
    assert!(check(&["--tokens-file="], &[]).unwrap_err()[0].contains("must be a readable file, or none"));
}

#[test]
fn the_listeners_must_not_collide() {
    for (listen, admin, is_good) in [
        ("127.0.0.1:80", "127.0.0.1:80", false),
        ("127.0.0.1:80", "0.0.0.0:80", false),
        ("127.0.0.1:80", "127.0.0.2:80", true),
        ("127.0.0.1:80", "127.0.0.1:81", true),
        ("127.0.0.1:0", "127.0.0.1:0", true),
        ("127.0.0.1:80", "same", true),
    ] {
        let checked = check(&["--listen", listen, "--admin-listen", admin], &[]);
        assert_eq!(checked.is_ok(), is_good, "{listen} {admin}");
    }
    assert_eq!(check(&["--admin-listen", "same"], &[]).unwrap().http.admin_listen, None);
}

#[test]
fn a_chosen_default_must_fit_its_ceiling_and_ours_is_lowered() {
    let checked = check(&["--max-memory-mb", "64", "--max-timeout-ms", "5000"], &[]).unwrap();
    let memory = effective(&checked, "default-memory-mb");
    assert_eq!((memory.value.as_str(), memory.source), ("64", Source::Default));
    assert_eq!(checked.ceilings.default_memory_mb, 64);
    assert_eq!(checked.ceilings.default_timeout_ms, 5000);
    assert_eq!(checked.sandbox.max_memory_bytes, 64 * 1024 * 1024);

    let faults = check(&["--default-memory-mb", "65"], &[("ARBEX_MAX_MEMORY_MB", "64")]).unwrap_err();
    assert_eq!(faults, ["--default-memory-mb: must not be above ARBEX_MAX_MEMORY_MB (64), got 65"]);
    // A default that is too large for the standing ceiling names that.
    let faults = check(&["--default-memory-mb", "641"], &[]).unwrap_err();
    assert_eq!(faults, ["--default-memory-mb: must not be above --max-memory-mb (640), got 641"]);
    // What is wrong by itself is not compared.
    let faults = check(&["--default-memory-mb", "641", "--max-memory-mb", "x"], &[]).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn the_longest_fits_the_room_for_all() {
    let body = (["max-body-mb", "max-inflight-body-mb"], 64, 512);
    let input = (["max-input-mb", "input-budget-mb"], 64, 512);
    for ([one, all], one_mb, all_mb) in [body, input] {
        let given = |name: &str, mb: usize| format!("--{name}={mb}");
        for (args, expected) in [
            (vec![], (one_mb, all_mb)),
            (vec![given(one, 1024)], (1024, 1024)),
            (vec![given(all, 16)], (16, 16)),
            (vec![given(one, 8), given(all, 8)], (8, 8)),
        ] {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let checked = check(&args, &[]).unwrap();
            let told = [one, all].map(|name| effective(&checked, name).value);
            assert_eq!(told, [expected.0.to_string(), expected.1.to_string()]);
            let bytes = match one {
                "max-body-mb" => (checked.http.max_body_bytes, checked.http.max_inflight_body_bytes),
                _ => (checked.sandbox.fetch.max_bytes, checked.sandbox.fetch.budget_bytes),
            };
            assert_eq!(bytes, (expected.0 << 20, expected.1 << 20), "{args:?}");
        }
        let faults = check(&[&given(one, 9), &given(all, 8)], &[]).unwrap_err();
        assert_eq!(faults, [format!("--{one}: must not be above --{all} (8), got 9")]);
    }
}

#[test]
fn as_many_large_inputs_are_worked_on_at_once_as_there_are_threads() {
    for (variables, threads) in [(&[][..], 6), (&[("ARBEX_WORKER_THREADS", "2")], 2)] {
        let checked = Settings::default().check(&Surroundings { cpu_count: 6, ..surroundings(variables) }).unwrap();
        assert_eq!([checked.worker_threads, checked.sandbox.fetch.max_workers], [threads; 2]);
    }
}

#[test]
fn nothing_may_be_fetched_unless_it_is_listed() {
    assert_eq!(check(&[], &[]).unwrap().sandbox.fetch.origins, []);
    let checked = check(&[], &[("ARBEX_INPUT_ORIGINS", "https://H:443, http://h:9000")]).unwrap();
    let origins: Vec<String> = checked.sandbox.fetch.origins.iter().map(ToString::to_string).collect();
    assert_eq!(origins, ["https://h", "http://h:9000"]);
}

#[test]
fn a_file_of_certificates_is_read_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = rcgen::generate_simple_self_signed(["h".to_owned()]).unwrap().cert.pem();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, good) in [
        (certificate.clone(), true),
        (format!("{certificate}{certificate}"), true),
        (String::new(), false),
        ("no certificate".to_owned(), false),
        (format!("{certificate}{broken}"), false),
    ] {
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, &text).unwrap();
        let arg = format!("--input-ca-file={}", path.display());
        assert_eq!(check(&[&arg], &[]).is_ok(), good, "{text}");
    }
    let faults = check(&["--input-ca-file", "/is/not/there"], &[]).unwrap_err();
    let rule = "--input-ca-file: must be a readable file of certificates in PEM, or none, got \"/is/not/there\"";
    assert_eq!(faults, [rule]);
}

#[test]
fn the_memory_budget_is_a_share_of_the_containers_limit() {
    const MB: u64 = 1024 * 1024;
    let settings = settings(&[]);
    for (limit_bytes, budget_bytes) in
        [(None, None), (Some(4096 * MB), Some(3072 * MB)), (Some(1024 * MB), Some(768 * MB)), (Some(MB), Some(16 * MB))]
    {
        let surroundings = Surroundings { memory_limit_bytes: limit_bytes, ..Surroundings::default() };
        let checked = settings.check(&surroundings).unwrap();
        // Whole megabytes, rounded down.
        let budget_mb = checked.sandbox.memory_budget_bytes.map(|bytes| bytes / MB);
        let difference = budget_mb.unwrap_or_default().abs_diff(budget_bytes.unwrap_or_default() / MB);
        assert!(difference <= 1 && budget_mb.is_some() == budget_bytes.is_some(), "{limit_bytes:?} {budget_mb:?}");
    }
    for (text, bytes) in [("max\n", None), ("1048576\n", Some(MB)), ("9223372036854771712\n", None), ("", None)] {
        assert_eq!(surroundings::parse_memory_limit(text), bytes, "{text:?}");
    }
}

#[test]
fn the_standing_values_are_those_of_the_code_they_are_for() {
    let checked = check(&[], &[]).unwrap();
    assert_eq!(checked.ceilings, Ceilings::default());
    assert_eq!(checked.http.max_body_bytes, 64 * 1024 * 1024);
    assert_eq!(checked.http.max_connections, 1024);
    assert_eq!(checked.http.idempotency, IdempotencySettings::default());
    assert_eq!(checked.log, LogSettings { format: LogFormat::Json, filter: "info".to_owned() });
    let on_a_terminal = Surroundings { stderr_is_terminal: true, ..Surroundings::default() };
    assert_eq!(settings(&[]).check(&on_a_terminal).unwrap().log.format, LogFormat::Text);
}

#[test]
fn a_single_run_reads_its_own_settings_only() {
    let run = RunSettings::default();
    let (sandbox, ceilings) = run.check(&surroundings(&[("ARBEX_MAX_TIMEOUT_MS", "7"), ("ARBEX_SLOTS", "0")])).unwrap();
    assert_eq!((sandbox.slots, sandbox.pooling, ceilings.max_timeout_ms), (1, false, 7));
    let faults = run.check(&surroundings(&[("ARBEX_FUEL", "x")])).unwrap_err();
    assert_eq!(faults.first().map(|fault| fault.place.as_str()), Some("ARBEX_FUEL"));
}

#[test]
fn every_flag_is_a_setting_with_a_manual_and_a_line_in_the_listing() {
    let checked = check(&["--slots", "9"], &[("ARBEX_CACHE_MB", "8")]).unwrap();
    let listing = checked.listing();
    let command = cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    for arg in serve.get_arguments().filter(|arg| arg.get_id() != "check_config") {
        let name = arg.get_long().unwrap();
        let setting = effective(&checked, name);
        assert!(listing.contains(&format!("{name} = ")), "{name}");
        let manual = arg.get_long_help().unwrap().to_string();
        assert!(manual.contains(&setting.rule) && manual.contains(&variable(name)), "{manual}");
    }
    assert_eq!(serve.get_arguments().count() - 1, checked.effective.len());
    for line in ["slots = 9 (flag)\n", "cache-mb = 8 (ARBEX_CACHE_MB)\n", "listen = 127.0.0.1:8080 (default)\n"] {
        assert!(listing.contains(line), "{listing}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "not a setting of the service")]
fn the_table_of_settings_is_up_to_date() {
    let made = manual::markdown();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/settings.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == committed, "docs/settings.md is stale; UPDATE_EXPECT=1 cargo test writes it");
}
