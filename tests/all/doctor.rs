//! `voice-server doctor` against the real server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
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
fn rows_without_the_secret_are_examined() {
    let server = Server::start();
    let output = doctor(&["--json", &format!("http://{}", server.address())]);
    let outcomes = outcomes(&output);
    for (check, outcome) in &outcomes {
        let due = match &**check {
            // Sessions without a token are allowed here, which is a warning.
            "basic" => "warning",
            "admin-open" | "limits" | "client-address" | "token" | "ticket" | "expiry" => "skipped",
            // Routes without a secret are closed to everyone, too.
            _ => "ok",
        };
        assert_eq!(outcome, due, "{check} in {}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(output.status.code(), Some(0));
    server.wait_until_idle();
    assert!(!server.log().contains(" ERROR "), "{}", server.log());
}

#[test]
fn server_of_the_guide_passes_every_row() {
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

/// Words of /health in the table of trouble that are not codes.
const OF_HEALTH: [&str; 6] = ["shared_limits", "ok", "audit_log", "failing", "interviews", "unavailable"];

#[test]
fn codes_of_the_trouble_table_are_documented() {
    let read = |name: &str| std::fs::read_to_string(voice_tests::root().join("docs").join(name)).unwrap();
    let (guide, errors) = (read("deploy.md"), read("errors.md"));
    let (_, trouble) = guide.split_once("## When something is wrong").expect("a table of trouble");
    let cells = trouble.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    // Every second piece is between backticks.
    let codes = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let is_code = |code: &&str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let mut count = 0;
    for code in codes.filter(is_code).filter(|code| !OF_HEALTH.contains(code)) {
        assert!(errors.contains(&format!("| `{code}` |")), "docs/errors.md has no {code}");
        count += 1;
    }
    assert!(count > 20, "{count} codes");
}

#[test]
fn health_check_is_one_request() {
    let server = Server::start();
    let healthy = doctor(&["--health", &format!("http://{}", server.address())]);
    assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
    // Without an address it examines the server of this configuration.
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
fn own_server_is_found_by_the_configuration() {
    let made = rcgen::generate_simple_self_signed(["voice.example.com".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    // Not the address that is used without a configured one.
    let host = if cfg!(target_os = "linux") { "127.0.0.2" } else { "127.0.0.1" };
    let server = Server::builder()
        .env("VOICE_HOST", host)
        .env("VOICE_TLS_CERT", &certificate)
        .env("VOICE_TLS_KEY", &key)
        .start_unready();
    let own = |arguments: &[&str]| {
        Command::new(server::program())
            .arg("doctor")
            .args(arguments)
            .env("PORT", server.address().port().to_string())
            .env("VOICE_HOST", host)
            .env("VOICE_TLS_CERT", &certificate)
            .env("VOICE_TLS_KEY", &key)
            .output()
            .unwrap()
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while own(&["--health"]).status.code() != Some(0) {
        assert!(Instant::now() < deadline, "{:?}: {}", own(&["--health"]), server.log());
    }
    let all = own(&["--json"]);
    assert_eq!(all.status.code(), Some(0), "{}", String::from_utf8_lossy(&all.stdout));
    // At an address that was given, the server's certificate is checked.
    let elsewhere = own(&["--health", &format!("https://{}", server.address())]);
    assert_eq!(elsewhere.status.code(), Some(1), "{elsewhere:?}");
    assert!(String::from_utf8_lossy(&elsewhere.stdout).contains("no TLS"), "{elsewhere:?}");
}

#[test]
fn self_signed_certificate_is_one_failed_row() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, server::ADMIN_SECRET).unwrap();
    let server =
        Server::secured().env("VOICE_TLS_CERT", &certificate).env("VOICE_TLS_KEY", &key).start_unready();
    server.wait_for_log("model ready");
    let url = format!("https://localhost:{}", server.address().port());
    let output = doctor(&["--json", "--admin-secret-file", secret.to_str().unwrap(), &url]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for (check, outcome) in outcomes(&output) {
        let due = match &*check {
            "encrypted" => "failed",
            "basic" => "warning",
            "admin-open" | "limits" | "client-address" | "token" | "ticket" | "expiry" => "skipped",
            _ => "ok",
        };
        assert_eq!(outcome, due, "{check} in {}", String::from_utf8_lossy(&output.stdout));
    }
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("VOICE_CA_FILE") && !report.contains("OtherError"), "{report}");
}

#[test]
fn missing_server_is_one_failed_row() {
    // The port that no server can have.
    let output = doctor(&["--timeout", "2", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("FAILED   reachable"), "{table}");
    assert!(table.ends_with("\nok 0, warning 0, failed 1, skipped 25\n"), "{table}");
}

#[test]
fn wrong_arguments_have_a_separate_exit_code() {
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

/// A proxy in front of `server` that adds this many entries to `X-Forwarded-For`, as that many proxies would.
fn proxy(server: SocketAddr, entries: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || pass_on(client, server, entries));
        }
    });
    address
}

fn pass_on(mut client: TcpStream, server: SocketAddr, entries: usize) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let (sent, others): (Vec<_>, Vec<_>) =
        head.trim_end().lines().partition(|line| line.to_ascii_lowercase().starts_with("x-forwarded-for:"));
    let sent = sent.first().and_then(|line| line.split_once(": ")).map(|(_, value)| value.to_owned());
    let added = ["203.0.113.9", "172.71.95.118", "10.19.64.237"].map(str::to_owned);
    let all: Vec<_> = sent.into_iter().chain(added.into_iter().take(entries)).collect();
    let mut upstream = TcpStream::connect(server)?;
    write!(upstream, "{}\r\nx-forwarded-for: {}\r\n\r\n", others.join("\r\n"), all.join(", "))?;
    let (mut from, mut to) = (client.try_clone()?, upstream.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    std::io::copy(&mut upstream, &mut client)?;
    client.shutdown(Shutdown::Both)
}

#[test]
fn trusted_proxies_are_counted() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), server::ADMIN_SECRET).unwrap();
    for (trusted, added, outcome, advice) in [
        ("3", 3, "ok", ""),
        ("3", 2, "failed", "set VOICE_TRUSTED_PROXIES=2"),
        ("1", 3, "warning", "set VOICE_TRUSTED_PROXIES=3"),
    ] {
        let server = Server::secured().env("VOICE_TRUSTED_PROXIES", trusted).start();
        let url = format!("http://{}", proxy(server.address(), added));
        let output = doctor(&["--json", "--admin-secret-file", file.path().to_str().unwrap(), &url]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let row =
            report["rows"].as_array().unwrap().iter().find(|row| row["check"] == "client-address").unwrap();
        assert_eq!((&row["outcome"], &row["advice"]), (&json!(outcome), &json!(advice)), "{row}");
        assert_eq!(report["failed"], u64::from(outcome == "failed"), "{report:#}");
    }
}

#[test]
fn secret_is_not_sent_unencrypted() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), server::ADMIN_SECRET).unwrap();
    let secret = ["--admin-secret-file", file.path().to_str().unwrap()];
    // Addresses of documentation and an invalid name: nothing could answer there.
    for url in ["http://192.0.2.1", "ws://[2001:db8::1]:2700", "http://voice.invalid"] {
        let output = doctor(&[&secret[..], &["--timeout", "1", url]].concat());
        assert_eq!(output.status.code(), Some(1), "{url}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("the admin secret was not sent") && told.contains("https://"), "{told}");
    }
}

#[test]
fn secret_is_in_no_output() {
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
