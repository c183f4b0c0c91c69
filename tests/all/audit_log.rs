//! The audit log's file in operation: after a crash, with a second server, and with many clients without a token.

use std::path::Path;
use std::process::{Command, Output};

use voice_tests::server::{ADMIN_SECRET, Server, TOKEN_SECRET, program};

fn logging_to(file: &Path) -> voice_tests::server::Builder {
    Server::secured().env("VOICE_AUDIT_LOG", file)
}

fn verify(file: &Path) -> Output {
    let mut verify = Command::new(program());
    verify.args(["audit", "verify"]).arg(file).env("VOICE_SERVICE_SECRET", ADMIN_SECRET);
    verify.output().unwrap()
}

#[test]
fn unfinished_line_after_a_crash_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let server = logging_to(&file).start();
    server.admin("GET", "/admin/health", "");
    // Dropping it kills the process.
    drop(server);
    let log = std::fs::read(&file).unwrap();
    std::fs::write(&file, &log[..log.len() - 30]).unwrap();
    assert!(!verify(&file).status.success());
    let server = logging_to(&file).start();
    assert_eq!(server.get("/health").1["audit_log"], serde_json::json!({"state": "ok", "entries_lost": 0}));
    assert_eq!(server.terminate(), Some(0));
    let report = verify(&file);
    assert!(report.status.success(), "{report:?}");
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(
        report.contains("belong to an unfinished line") && report.contains("have a MAC, and it is right")
    );

    // An end that is cut off at a line is detected too.
    let log = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = log.split_inclusive('\n').collect();
    std::fs::write(&file, lines[..lines.len() - 1].concat()).unwrap();
    let report = verify(&file);
    assert_eq!(report.status.code(), Some(1));
    assert!(String::from_utf8(report.stderr).unwrap().contains("1 entries at the end are missing"));
    drop(logging_to(&file).start());
}

#[test]
fn moved_log_is_continued_at_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let (file, moved) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
    let server = logging_to(&file).start();
    std::fs::rename(&file, &moved).unwrap();
    server.signal("HUP");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !file.exists() {
        assert!(std::time::Instant::now() < deadline, "{}", server.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(server.terminate(), Some(0));
    for log in [&moved, &file] {
        assert!(verify(log).status.success(), "{:?}", verify(log));
    }
}

#[test]
fn second_server_cannot_use_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let server = logging_to(&file).start();
    let second = Command::new(program())
        .envs([("VOICE_HOST", "127.0.0.1"), ("PORT", "0"), ("VOICE_SERVICE_SECRET", ADMIN_SECRET)])
        .env("VOICE_SERVICE_TOKEN", TOKEN_SECRET)
        .env("VOICE_AUDIT_LOG", &file)
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains("VOICE_AUDIT_LOG=") && told.contains("another process writes"), "{told}");
    assert_eq!(server.terminate(), Some(0));
    assert!(verify(&file).status.success());
}

#[test]
fn unwritable_file_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let server = logging_to(folder.path()).start_unready();
    let health = server.wait_for("degraded");
    assert_eq!(health["audit_log"]["state"], "failing");
    assert!(health["audit_log"]["entries_lost"].as_u64().unwrap() > 0, "{health}");
    assert!(server.log().contains("VOICE_AUDIT_LOG=") && server.log().contains("server_started"));
}

#[test]
fn flood_of_networks_fills_a_bounded_part() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let server = logging_to(&file).env("VOICE_TRUSTED_PROXIES", "1").start();
    for network in 0..700 {
        let from = format!("2001:db8:{network:x}::1");
        let headers = [("authorization", "Bearer wrong"), ("x-forwarded-for", &*from)];
        assert_eq!(server.request("POST", "/auth/ticket", &headers, "").status, 401);
    }
    assert_eq!(server.terminate(), Some(0));
    let log = std::fs::read_to_string(&file).unwrap();
    // The minute may have ended meanwhile.
    let written = log.matches("\"action\":\"access_refused\"").count();
    assert!((600..=700).contains(&written), "{written}");
    if written == 600 {
        assert!(log.contains("\"action\":\"entries_omitted\",\"object\":\"access_refused\""), "{log}");
        assert!(log.contains("\"count\":100"), "{log}");
    }
    assert!(verify(&file).status.success());
}
