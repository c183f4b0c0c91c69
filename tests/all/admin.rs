//! The admin routes, and what the logs record of them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::Message;
use voice_tests::client::{Client, texts};
use voice_tests::folder;
use voice_tests::recordings::{self, bytes, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::{ADMIN_SECRET, Server, TOKEN_SECRET, program};

#[test]
fn wrong_secrets_are_refused_and_limited() {
    let server = Server::secured().start();
    let ask = |secret: &str| {
        let authorization = format!("Bearer {secret}");
        server.request("GET", "/admin/health", &[("authorization", &authorization)], "")
    };
    let almost = format!("{ADMIN_SECRET}x");
    let mut codes = Vec::new();
    for secret in ["", "x", &ADMIN_SECRET[1..], &almost, TOKEN_SECRET, "x", "x", "x"] {
        codes.push(ask(secret).code());
    }
    assert_eq!(codes[..5], ["admin_secret_invalid"; 5].map(str::to_owned));
    assert_eq!(codes.last().unwrap(), "rate_limited");
    assert_eq!(ask(ADMIN_SECRET).status, 429, "guessing is over, even with the right guess");
}

#[test]
fn sessions_are_listed_and_can_be_ended() {
    let server = Server::secured().start();
    let token = format!("Bearer {}", server.token("clinic-7", "speech", 60));
    let headers = [("authorization", &*token), ("x-request-id", "my-request.1")];
    let mut client = Client::with_headers(server.address(), "/secure", &headers).unwrap();
    client.audio(vec![0; 3_200]);
    let sessions = server.admin("GET", "/admin/sessions", "").json();
    let session = &sessions["sessions"][0];
    assert_eq!(session["subject"], "clinic-7");
    assert_eq!(session["path"], "/secure");
    assert_eq!(session["bytes"], 3_200);
    assert_eq!(session["address"], "127.0.0.0/24");
    assert_eq!(session["request_id"], "my-request.1");
    let path = format!("/admin/sessions/{}", session["id"]);
    assert_eq!(server.admin("DELETE", &path, "").status, 200);
    assert!(client.closed().unwrap().reason.starts_with("session_closed"));
    server.wait_until_idle();
    let again = server.admin("DELETE", &path, "");
    assert_eq!((again.status, &*again.code()), (404, "session_unknown"));
}

#[test]
fn ended_session_answers_received_audio() {
    const WORDS: usize = 12;
    let data = recordings_or_skip!();
    let server = Server::secured().start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let word = bytes(&[keyword(&data, recordings::SPEAKER, "seven"), silence(1_000)].concat());
    for _ in 0..WORDS {
        client.send(Message::binary(word.clone()));
    }
    let sent = word.len() * WORDS;
    let deadline = Instant::now() + Duration::from_secs(20);
    let session = loop {
        let session = server.admin("GET", "/admin/sessions", "").json()["sessions"][0].clone();
        if session["bytes"] == sent {
            break session;
        }
        assert!(Instant::now() < deadline, "{session}");
    };
    assert_eq!(server.admin("DELETE", &format!("/admin/sessions/{}", session["id"]), "").status, 200);
    let (replies, close) = client.rest();
    assert_eq!(texts(&replies), ["سبعة"; WORDS].join(" "));
    assert!(close.unwrap().reason.starts_with("session_closed"));
}

#[test]
fn failed_reload_keeps_the_old_model() {
    let model = folder::Copy::new();
    let server = Server::secured().env("VOSK_MODEL_PATH", model.root()).start();
    let good = server.admin("POST", "/admin/models/reload", "");
    assert_eq!((good.status, &good.json()["models"][0]["outcome"]), (200, &json!("ok")));
    std::fs::remove_file(model.path("am/final.mdl")).unwrap();
    let bad = server.admin("POST", "/admin/models/reload", "");
    assert_eq!((bad.status, &bad.json()["models"][0]["outcome"]), (207, &json!("model_incomplete")));
    Client::connect(server.address(), "/").audio(vec![0; 3_200]);
    let metrics = server.admin("GET", "/metrics", "").body;
    assert!(metrics.contains("state=\"ready\"} 1.0"), "{metrics}");
}

#[test]
fn reload_is_audited_after_a_disconnect() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let server = Server::secured().env("VOICE_AUDIT_LOG", &file).start();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = "POST /admin/models/reload HTTP/1.1\r\nhost: test";
    write!(stream, "{head}\r\nauthorization: Bearer {ADMIN_SECRET}\r\n\r\n").unwrap();
    server.wait_for_log("reloading the models");
    drop(stream);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !std::fs::read_to_string(&file).unwrap().contains("models_reloaded") {
        assert!(Instant::now() < deadline, "nothing in the audit log");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn metrics_and_health_report_activity() {
    let data = recordings_or_skip!();
    let server = Server::secured().start();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    client.transcribe(&keyword(&data, recordings::SPEAKER, "seven"));
    client.closed();
    server.get("/nowhere");
    server.wait_until_idle();
    let answer = server.admin("GET", "/metrics", "");
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "voice_sessions_total 1",
        "voice_sessions_active 0.0",
        "voice_final_latency_seconds_count 1",
        "voice_admission_seconds_count 1",
        "voice_refusals_total{code=\"path_unknown\"} 1",
        "voice_stt_model_state{model=\"ar-commands\",state=\"ready\"} 1.0",
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line} is missing from\n{}", answer.body);
    }
    assert!(answer.body.contains("voice_queue_wait_seconds_bucket"));
    assert!(answer.body.ends_with("# EOF\n"));
    let health = server.admin("GET", "/admin/health", "").json();
    assert_eq!(health["refusals"]["path_unknown"], 1);
    assert_eq!(health["limits"]["sessions"], 1_000);
    assert!(health["memory_bytes"].as_u64().unwrap() > 1 << 20);
    assert_eq!(health["models"]["stt"][0]["state"], "ready");
}

#[test]
fn invalid_requests_get_a_reason() {
    let server = Server::secured().start();
    for (method, path, body, status, code) in [
        ("DELETE", "/health", "", 405, "method_not_allowed"),
        ("PUT", "/auth/token", "{}", 405, "method_not_allowed"),
        ("GET", "/secure", "", 426, "upgrade_required"),
        ("GET", "/ws", "", 426, "upgrade_required"),
        ("GET", "/admin", "", 404, "path_unknown"),
        ("POST", "/auth/token", "{", 400, "body_invalid"),
        ("POST", "/auth/token", "[1]", 400, "body_invalid"),
        ("POST", "/auth/token", r#"{"subject": ""}"#, 400, "body_invalid"),
        ("POST", "/auth/token", r#"{"lifetime_seconds": 99999999}"#, 400, "body_invalid"),
        ("POST", "/auth/token", r#"{"role": "root"}"#, 400, "body_invalid"),
        ("GET", "/auth/token?lifetime_seconds=x", "", 400, "body_invalid"),
        ("POST", "/auth/revoke", "{}", 400, "body_invalid"),
        ("DELETE", "/admin/sessions/77", "", 404, "session_unknown"),
    ] {
        let answer = server.admin(method, path, body);
        assert_eq!((answer.status, &*answer.code()), (status, code), "{method} {path} {body}");
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let huge = format!("{{\"subject\": \"{}\"}}", "a".repeat(20_000));
    assert_eq!(server.admin("POST", "/auth/token", &huge).code(), "body_too_large");
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = "POST /auth/token HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\nconnection: close";
    write!(stream, "{head}\r\nauthorization: Bearer {ADMIN_SECRET}\r\n\r\nno chunk\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("body_invalid"), "{answer}");
    assert_eq!(server.admin("PATCH", "/health", "").header("allow"), Some("GET"));
    let echoed = server.request("GET", "/livez", &[("x-request-id", "abc-1")], "");
    assert_eq!((echoed.status, echoed.header("x-request-id")), (200, Some("abc-1")));
    let forged = server.request("GET", "/livez", &[("x-request-id", "a b=\"c\"")], "");
    assert_ne!(forged.header("x-request-id"), Some("a b=\"c\""));
}

#[test]
fn audit_log_records_actions_and_detects_changes() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let server = Server::secured().env("VOICE_AUDIT_LOG", &file).start();
    let issued = server.admin("POST", "/auth/token", r#"{"subject": "clinic-7"}"#).json();
    let token = issued["token"].as_str().unwrap();
    let headers = [("authorization", &*format!("Bearer {token}"))];
    let client = Client::with_headers(server.address(), "/secure", &headers).unwrap();
    client.configured(&json!({"sample_rate": 16_000})).transcribe(&keyword(
        &data,
        recordings::SPEAKER,
        "seven",
    ));
    server.wait_until_idle();
    server.request("GET", "/admin/health", &[("authorization", "Bearer guess")], "");
    assert_eq!(server.terminate(), Some(0));

    let log = std::fs::read_to_string(&file).unwrap();
    for event in [
        "server_started",
        "token_issued",
        "session_opened",
        "session_ended",
        "access_refused",
        "server_stopped",
    ] {
        assert_eq!(log.matches(&format!("\"action\":\"{event}\"")).count(), 1, "{event} in\n{log}");
    }
    assert!(log.contains("\"actor\":\"clinic-7\"") && log.contains("\"address\":\"127.0.0.0/24\""));
    let issuing = format!("\"object\":{},\"subject\":\"clinic-7\"", issued["jti"]);
    assert!(log.contains(&issuing), "{issuing} in\n{log}");
    for secret in [token, ADMIN_SECRET, TOKEN_SECRET, "guess", "127.0.0.1", "سبعة"] {
        assert!(!log.contains(secret), "{secret} in the audit log");
    }
    let verify = || Command::new(program()).args(["audit", "verify"]).arg(&file).output().unwrap();
    assert!(verify().status.success());
    std::fs::write(&file, log.replacen("clinic-7", "clinic-8", 1)).unwrap();
    assert!(String::from_utf8(verify().stderr).unwrap().contains("the log was changed"));
}

#[test]
fn flood_does_not_fill_the_audit_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let server = Server::secured().env("VOICE_AUDIT_LOG", &file).env("RATE_LIMIT_PER_MINUTE", "5").start();
    let wrong = [("authorization", "Bearer x")];
    for _ in 0..20 {
        server.request("GET", "/admin/health", &[], "");
        server.request("GET", "/admin/health", &wrong, "");
        server.request("POST", "/auth/ticket", &wrong, "");
        let _ = Client::with_headers(server.address(), "/secure", &wrong);
    }
    let log = std::fs::read_to_string(&file).unwrap();
    let refused = |code: &str| log.matches(&format!("\"outcome\":\"{code}\"")).count();
    // One attempt becomes available every twelve seconds.
    assert!((10..20).contains(&refused("admin_secret_invalid")), "{log}");
    assert!((5..15).contains(&refused("token_invalid")), "a wrong token is in the log\n{log}");
    assert_eq!(refused("rate_limited"), 0);
}

#[test]
fn configuration_is_shown_without_secrets() {
    let output = Command::new(program())
        .arg("config")
        .env("VOICE_SERVICE_SECRET", ADMIN_SECRET)
        .env("REDIS_URL", "redis://:password@127.0.0.1/")
        .env("PORT", "8080")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for line in
        ["PORT=8080", "VOICE_SERVICE_SECRET=(set, not shown)", "# default: MAX_CONCURRENT_SESSIONS=10"]
    {
        assert!(shown.lines().any(|found| found == line), "{line} is missing from\n{shown}");
    }
    assert!(!shown.contains(ADMIN_SECRET) && !shown.contains("password"));
}

#[test]
fn production_does_not_start_without_strong_secrets() {
    let start = |admin: &str, token: &str| {
        let output = Command::new(program())
            .env("VOICE_SERVICE_ENV", "production")
            .env("VOICE_SERVICE_SECRET", admin)
            .env("VOICE_SERVICE_TOKEN", token)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, complaint) = start("", "changeme");
    assert_eq!(code, Some(2));
    assert!(complaint.contains("VOICE_SERVICE_SECRET") && complaint.contains("VOICE_SERVICE_TOKEN"));
    assert!(!complaint.contains("changeme"));
    assert_eq!(start(ADMIN_SECRET, ADMIN_SECRET).0, Some(2), "one secret for both");
}

#[test]
fn logs_contain_no_secret_or_speech() {
    let data = recordings_or_skip!();
    let server = Server::secured().start();
    let token = server.token("clinic-7", "speech", 60);
    let headers = [("authorization", &*format!("Bearer {token}"))];
    let client = Client::with_headers(server.address(), "/secure", &headers).unwrap();
    let mut client = client.configured(&json!({"sample_rate": 16_000}));
    assert_eq!(client.transcribe(&keyword(&data, recordings::SPEAKER, "seven")), "سبعة");
    server.request("GET", "/metrics", &[("authorization", "Bearer wrong-canary")], "");
    let answer = server.request("POST", "/auth/ticket", &headers, "");
    let ticket = answer.json()["ticket"].as_str().unwrap().to_owned();
    drop(Client::connect(server.address(), &format!("/secure?ticket={ticket}")));
    server.wait_until_idle();
    let log = server.log();
    assert!(log.contains("session ended"), "{log}");
    // The server's own address is not a client's.
    let log: String = log.lines().filter(|line| !line.contains("listening")).collect();
    for secret in [&*token, &ticket, ADMIN_SECRET, TOKEN_SECRET, "wrong-canary", "127.0.0.1:", "سبعة"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}
