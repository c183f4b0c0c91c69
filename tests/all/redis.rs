//! Two servers that share their limits through Redis, and continue without it.

#[path = "../../voice-server/src/security/admission/shared/tests/server/process.rs"]
mod process;

use std::time::{Duration, Instant};

use serde_json::json;
use voice_tests::client::Client;
use voice_tests::server::Server;

use self::process::RedisProcess;

fn server(redis: &RedisProcess) -> Server {
    Server::secured()
        .env("REDIS_URL", format!("redis://127.0.0.1:{}", redis.port))
        .env("MAX_CONCURRENT_SESSIONS", "3")
        .start_unready()
}

fn metric(server: &Server, name: &str) -> String {
    let metrics = server.admin("GET", "/metrics", "").body;
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in {metrics}")).to_owned()
}

#[test]
fn two_instances_share_limits_and_survive_an_outage() {
    let arguments = |port: u16| vec!["--port".to_owned(), port.to_string()];
    let Some(mut redis) = RedisProcess::start(arguments) else { return };
    let (one, two) = (server(&redis), server(&redis));
    for server in [&one, &two] {
        server
            .wait_until("shared", |health| health["shared_limits"] == "ok" && health["status"] == "healthy");
    }
    let connect = |server: &Server| Client::with_headers(server.address(), "/", &[]);
    let answer = one.admin("POST", "/auth/token", r#"{"subject": "clinic-7"}"#).json();
    let authorization = format!("Bearer {}", answer["token"].as_str().unwrap());
    let ticket = one.request("POST", "/auth/ticket", &[("authorization", &authorization)], "").json();
    let path = format!("/secure?ticket={}", ticket["ticket"].as_str().unwrap());
    let mut elsewhere = Client::with_headers(two.address(), &path, &[]).unwrap();
    elsewhere.audio(vec![0; 3_200]);
    let again = Client::with_headers(one.address(), &path, &[]).err();
    assert_eq!(again, Some((401, "ticket_invalid".to_owned())), "a ticket of both is good once");
    one.admin("POST", "/auth/revoke", &json!({"jti": answer["jti"]}).to_string());
    assert!(elsewhere.closed().unwrap().reason.starts_with("token_revoked"), "on the other instance");

    let mut sessions =
        [&one, &two, &one].map(|server| until_admitted(|| connect(server))).map(|mut client| {
            client.audio(vec![0; 3_200]);
            client
        });
    for server in [&one, &two] {
        assert_eq!(connect(server).err(), Some((503, "session_limit".to_owned())), "three for both");
    }

    redis.kill();
    one.wait_until("degraded", |health| health["status"] == "degraded");
    assert_eq!(sessions[2].audio(vec![0; 3_200])["partial"], "", "sessions live on");
    connect(&one).unwrap();
    assert_eq!(metric(&one, "voice_shared_limits_degraded"), "1.0");
    assert_eq!(one.get("/health").0, 200);

    redis.restart();
    one.wait_until("shared again", |health| health["shared_limits"] == "ok" && health["status"] == "healthy");
    assert_eq!(metric(&one, "voice_shared_limits_degraded"), "0.0");
    assert_eq!(one.terminate(), Some(0));
}

/// A released session is free after a moment.
fn until_admitted(connect: impl Fn() -> Result<Client, (u16, String)>) -> Client {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match connect() {
            Ok(client) => return client,
            Err(refused) => assert!(Instant::now() < deadline, "{refused:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
