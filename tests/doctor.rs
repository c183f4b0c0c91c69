//! `voice-server doctor` as an operator types it, against the real server.

use std::process::{Command, Output};

use serde_json::Value;
use voice_tests::server::{self, Server};

fn doctor(arguments: &[&str]) -> Output {
    Command::new(server::program()).arg("doctor").args(arguments).env("VOICE_CA_FILE", "").output().unwrap()
}

fn outcomes(output: &Output) -> Vec<(String, String)> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let field = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| (field(row, "check"), field(row, "outcome"))).collect()
}

#[test]
fn the_rows_that_need_no_secret_are_looked_at() {
    let server = Server::start();
    let output = doctor(&["--json", &format!("http://{}", server.address())]);
    let outcomes = outcomes(&output);
    let of = |check: &str| {
        let row = outcomes.iter().find(|(name, _)| name == check);
        row.map(|(_, outcome)| outcome.as_str())
    };
    for check in
        ["reachable", "encrypted", "service", "version", "health", "models", "errors", "compression", "cors"]
    {
        assert_eq!(of(check), Some("ok"), "{check}: {outcomes:?}");
    }
    // Everybody may speak here, and that is worth a word.
    assert_eq!(of("basic"), Some("warning"));
    assert_eq!(of("token"), Some("skipped"));
    for closed in ["metrics", "admin-closed"] {
        assert_eq!(of(closed), Some("ok"), "a door without a secret is closed: {outcomes:?}");
    }
    server.wait_until_idle();
    assert!(!server.log().contains(" ERROR "), "{}", server.log());
}

#[test]
fn a_server_as_the_guide_describes_it_passes_every_row() {
    let server = Server::secured()
        .env("VOICE_SERVICE_ENV", "production")
        .env("VOICE_BASIC", "false")
        .env("RATE_LIMIT_PER_MINUTE", "60")
        .start();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, server::ADMIN_SECRET).unwrap();
    let address = format!("http://{}", server.address());
    let output = doctor(&["--json", "--admin-secret-file", secret.to_str().unwrap(), &address]);
    for (check, outcome) in outcomes(&output) {
        assert_eq!(outcome, "ok", "{check} in {}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_code_of_the_trouble_table_is_documented() {
    let read = |name: &str| std::fs::read_to_string(voice_tests::root().join("docs").join(name)).unwrap();
    let (guide, errors) = (read("deploy.md"), read("errors.md"));
    let (_, trouble) = guide.split_once("## When something is wrong").expect("a table of trouble");
    // Every code of a row's first cell: what stands between two marks.
    let cells = trouble.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    let cells = cells.filter(|cell| cell.starts_with('`'));
    let codes = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let mut count = 0;
    for code in codes.filter(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')) {
        assert!(errors.contains(&format!("| `{code}` |")), "docs/errors.md has no {code}");
        count += 1;
    }
    assert!(count > 5, "{count} codes");
}

#[test]
fn the_health_check_of_a_container_is_one_question() {
    let server = Server::start();
    let healthy = doctor(&["--health", &format!("http://{}", server.address())]);
    assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
    // Without an address it asks the server that this configuration describes.
    let own = Command::new(server::program())
        .args(["doctor", "--health"])
        .env("PORT", server.address().port().to_string())
        .output()
        .unwrap();
    assert_eq!(own.status.code(), Some(0), "{own:?}");
    let broken = Server::builder().env("VOSK_MODEL_PATH", "/nowhere").start_unready();
    broken.wait_for("unhealthy");
    let unhealthy = doctor(&["--health", &format!("http://{}", broken.address())]);
    assert_eq!(unhealthy.status.code(), Some(1), "{unhealthy:?}");
}

#[test]
fn a_server_that_is_not_there_is_one_failed_row() {
    // The port that no server can have.
    let output = doctor(&["--timeout", "2", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("FAILED   reachable"), "{table}");
    assert!(table.ends_with("\nok 0, warning 0, failed 1, skipped 24\n"), "{table}");
}

#[test]
fn what_cannot_begin_is_told_apart() {
    let wrong = [
        vec!["voice.example.com"],
        vec!["http://127.0.0.1:1", "--admin-secret-file", "/nowhere/secret"],
        vec!["http://127.0.0.1:1", "--timeout", "0"],
    ];
    for arguments in wrong {
        let output = doctor(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    }
}

#[test]
fn the_secret_is_in_no_output() {
    let server = Server::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    let canary = "canary-of-the-doctor-0123456789abcdef";
    std::fs::write(file.path(), format!("{canary}\n")).unwrap();
    let url = format!("http://{}", server.address());
    let output = doctor(&["--admin-secret-file", file.path().to_str().unwrap(), &url]);
    for stream in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(stream).contains(canary));
    }
    assert!(!server.log().contains(canary));
}
