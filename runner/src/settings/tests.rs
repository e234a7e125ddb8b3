use std::path::Path;

use super::*;

fn check(flags: &[&str], variables: &[(&str, &str)]) -> Result<Checked, Vec<String>> {
    let arguments = ["arbex-runner"].iter().chain(flags);
    let matches =
        manual::explain(Settings::command()).try_get_matches_from(arguments).map_err(|e| vec![e.to_string()])?;
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let checked = Settings::from_arg_matches(&matches).unwrap().check(&variables);
    checked.map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn each_number_has_two_bounds() {
    manual::explain(Settings::command()).debug_assert();
    for (flag, least, most) in [
        ("--poll-ms", 10, 60_000),
        ("--signal-ms", 100, 3_600_000),
        ("--core-timeout-ms", 100, 600_000),
        ("--keep-ms", 0, 600_000),
        ("--margin-ms", 100, 600_000),
        ("--retry-budget-ms", 0, 3_600_000),
        ("--max-tasks", 1, 256),
        ("--max-inline-mb", 1, 1024),
        ("--drain-grace-ms", 0, 3_600_000),
    ] {
        for (value, fits) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            assert_eq!(check(&[flag, &value.to_string()], &[]).is_ok(), fits, "{flag} {value}");
        }
    }
}

#[test]
fn all_faults_are_told_at_once_each_where_it_was_given() {
    let faults = check(
        &["--max-tasks", "0", "--service-url", "arbex:8080", "--inputs", "mail", "--log", "a=b=c"],
        &[
            ("ARBEX_RUNNER_POLL_MS", "5"),
            ("ARBEX_RUNNER_SERVICE_TOKEN", "hu\u{1}sh"),
            ("ARBEX_RUNNER_CORE_URL", "http://u:p@h"),
        ],
    );
    assert_eq!(
        faults.unwrap_err(),
        [
            "ARBEX_RUNNER_CORE_URL: must be a URL that begins with http:// or https://, without user and query, got \"http://u:p@h\"",
            "ARBEX_RUNNER_POLL_MS: must be a whole number from 10 to 60000 ms, got \"5\"",
            "--service-url: must be a URL that begins with http:// or https://, without user and query, got \"arbex:8080\"",
            "ARBEX_RUNNER_SERVICE_TOKEN: must be text that a header can hold",
            "--max-tasks: must be a whole number from 1 to 256, got \"0\"",
            "--inputs: must be url or inline, got \"mail\"",
            "--log: must be levels (error, warn, info, debug, trace, off), by module where wanted, got \"a=b=c\"",
        ]
    );
    for flags in [&["--service-ca-file", "Cargo.toml"][..], &["--service-ca-file", "nowhere"]] {
        assert!(check(flags, &[]).unwrap_err()[0].contains("certificates in PEM"));
    }
    assert!(check(&["--once", "--node", "1"], &[]).is_err());
}

#[test]
fn a_misspelt_variable_is_told_with_what_was_meant() {
    for (name, value, meant) in [
        ("ARBEX_RUNNER_MAX_TASK", "1", "; did you mean ARBEX_RUNNER_MAX_TASKS?"),
        ("ARBEX_RUNNER_SERVCE_URL", "x", "; did you mean ARBEX_RUNNER_SERVICE_URL?"),
        ("ARBEX_RUNNER_", "", ""),
    ] {
        let faults = check(&[], &[(name, value)]).unwrap_err();
        assert!(
            faults.len() == 1 && faults[0].starts_with(&format!("{name}: is no setting of this version{meant}")),
            "{faults:?}"
        );
    }
    let link = [("ARBEX_RUNNER_SERVICE_HOST", "10.0.0.1"), ("ARBEX_RUNNER_PORT", "tcp://10.0.0.1:9091")];
    assert!(check(&[], &link).is_ok());
}

#[test]
fn a_flag_wins_over_its_variable_and_that_over_the_default() {
    let variables = [("ARBEX_RUNNER_TAG", "of-variable"), ("ARBEX_RUNNER_POLL_MS", " 2_000 ")];
    let checked = check(&["--tag", "of-flag"], &variables).unwrap();
    assert_eq!((checked.tag.as_str(), checked.claiming.polling_interval), ("of-flag", Duration::from_secs(2)));
    assert_eq!((checked.keep, checked.inputs.by), (Duration::from_secs(5), InputsBy::Url));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "no setting of the runner")]
fn the_table_of_settings_is_up_to_date() {
    let made = manual::markdown();
    assert_eq!(
        made.matches("\n| `--").count(),
        Settings::command().get_arguments().count() - 2,
        "all but --once and --node"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/runner-settings.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == committed, "docs/runner-settings.md is stale; UPDATE_EXPECT=1 cargo test writes it");
}
