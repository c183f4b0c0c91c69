//! Access: tokens, tickets, origins, limits.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;
use voice_tests::client::{Client, texts};
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::{ADMIN_SECRET, Server, TOKEN_SECRET};

type Refused = (u16, String);

fn secure(server: &Server, headers: &[(&'static str, &str)]) -> Result<Client, Refused> {
    Client::with_headers(server.address(), "/secure", headers)
}

fn with_token(server: &Server, token: &str) -> Result<Client, Refused> {
    secure(server, &[("authorization", &format!("Bearer {token}"))])
}

/// Whether a session works: silence gets a reply.
fn answers(mut client: Client) -> bool {
    client.audio(vec![0; 3_200])["partial"] == ""
}

#[test]
fn own_origin_may_connect_in_production() {
    let server = Server::secured().env("VOICE_SERVICE_ENV", "production").env("VOICE_BASIC", "true").start();
    let address = server.address();
    let from = |origin: &str| Client::with_headers(address, "/ws", &[("origin", origin)]).map(answers);
    assert_eq!(from(&format!("http://{address}")), Ok(true));
    let refused = Err((403, "origin_forbidden".to_owned()));
    let other_port = format!("http://127.0.0.1:{}", address.port() ^ 1);
    for foreign in
        [&format!("https://{address}"), &other_port, "http://127.0.0.1", "https://evil.example", "null"]
    {
        assert_eq!(from(foreign), refused, "{foreign}");
    }
}

#[test]
fn routes_without_their_secret_are_closed() {
    let server = Server::start();
    for (method, path) in
        [("GET", "/auth/token"), ("POST", "/auth/revoke"), ("GET", "/admin/sessions"), ("GET", "/metrics")]
    {
        let answer = server.admin(method, path, "");
        assert_eq!((answer.status, &*answer.code()), (403, "not_configured"), "{path}");
    }
    for headers in [&[][..], &[("authorization", "Bearer x.y.z")]] {
        assert_eq!(secure(&server, headers).err(), Some((403, "not_configured".to_owned())));
    }
}

#[test]
fn token_is_accepted_in_every_place() {
    let data = recordings_or_skip!();
    let server = Server::secured().start();
    let token = server.token("clinic-7", "speech", 60);
    let mut client = with_token(&server, &token).unwrap().configured(&json!({"sample_rate": 16_000}));
    assert_eq!(client.transcribe(&keyword(&data, recordings::SPEAKER, "seven")), "سبعة");

    for offered in [format!("vosk, bearer.{token}"), format!("bearer, {token}")] {
        assert!(answers(secure(&server, &[("sec-websocket-protocol", &offered)]).unwrap()));
    }
    for message in [json!({"token": token}), json!({"auth": {"token": token}})] {
        let mut client = secure(&server, &[]).unwrap();
        client.send(Message::text(message.to_string()));
        assert!(answers(client));
    }
    let same = Client::with_headers(
        server.address(),
        "/ws/secure",
        &[("authorization", &format!("Bearer {token}"))],
    );
    assert!(answers(same.unwrap()));
    let answer = server.admin("GET", "/auth/token?subject=a%20b&scopes=speech&lifetime_seconds=60", "");
    assert_eq!(answer.json()["subject"], "a b");
    assert!(answers(with_token(&server, answer.json()["token"].as_str().unwrap()).unwrap()));
}

#[test]
fn foreign_tokens_are_refused() {
    let server = Server::secured().start();
    let token = server.token("clinic-7", "speech", 60);
    let parts: Vec<_> = token.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let tampered = format!("{}.{}A.{}", parts[0], parts[1], parts[2]);
    for wrong in ["", "x", ADMIN_SECRET, TOKEN_SECRET, &unsigned, &tampered, &token[1..]] {
        let (status, code) = with_token(&server, wrong).err().expect(wrong);
        assert_eq!(status, 401, "{wrong}");
        assert!(code == "token_invalid" || wrong.is_empty(), "{wrong}: {code}");
    }
    let other =
        Server::secured().env("VOICE_SERVICE_TOKEN", "another-secret-Jf5Gs8Wq1Xe6Rb0Ut7Oz4Ah").start();
    assert_eq!(with_token(&other, &token).err(), Some((401, "token_invalid".to_owned())));
    let healthcare = server.token("clinic-7", "healthcare", 60);
    assert_eq!(with_token(&server, &healthcare).err(), Some((403, "scope_missing".to_owned())));
}

#[test]
fn healthcare_needs_its_scope_and_its_protocol() {
    let server = Server::secured().start();
    let connect = |token: &str| {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", &*authorization)];
        let headers = if token.is_empty() { &[][..] } else { &headers };
        Client::with_headers(server.address(), "/secure/healthcare", headers).err().unwrap()
    };
    assert_eq!(connect(""), (401, "token_missing".to_owned()));
    assert_eq!(connect(&server.token("a", "speech", 60)), (403, "scope_missing".to_owned()));
    let authorization = format!("Bearer {}", server.token("a", "healthcare", 60));
    let headers = [("authorization", &*authorization), ("sec-websocket-protocol", "vosk")];
    let refused = Client::with_headers(server.address(), "/secure/healthcare", &headers).err().unwrap();
    assert_eq!(refused, (400, "handshake_invalid".to_owned()));
}

#[test]
fn first_message_without_a_token_ends_the_session() {
    let server = Server::secured().start();
    for first in
        [Message::text("{\"eof\": 1}"), Message::binary(vec![0; 320]), Message::text("{\"token\": \"x\"}")]
    {
        let mut client = secure(&server, &[]).unwrap();
        client.send(first);
        let code = client.receive()["error"]["code"].as_str().unwrap().to_owned();
        let close = client.closed().unwrap();
        assert_eq!(close.code, CloseCode::Policy);
        assert!(close.reason.starts_with(&code) && code.starts_with("token_"), "{code}: {}", close.reason);
    }
    let mut silent = secure(&server, &[]).unwrap();
    assert_eq!(silent.receive()["error"]["code"], "token_missing");
    assert_eq!(silent.closed().unwrap().code, CloseCode::Policy);
    server.wait_until_idle();
}

#[test]
fn ticket_opens_one_session() {
    let server = Server::secured().start();
    let token = server.token("clinic-7", "speech", 60);
    let authorization = format!("Bearer {token}");
    let answer = server.request("POST", "/auth/ticket", &[("authorization", &authorization)], "");
    let ticket = answer.json()["ticket"].as_str().unwrap().to_owned();
    let path = format!("/secure?ticket={ticket}");
    assert!(answers(Client::connect(server.address(), &path)));
    let again = Client::with_headers(server.address(), &path, &[]).err();
    assert_eq!(again, Some((401, "ticket_invalid".to_owned())));
    let nobody = server.request("POST", "/auth/ticket", &[], "");
    assert_eq!((nobody.status, &*nobody.code()), (401, "token_missing"));
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
}

#[test]
fn session_ends_with_its_token_and_a_final() {
    let data = recordings_or_skip!();
    let server = Server::secured().start();
    let began = Instant::now();
    let token = server.token("clinic-7", "speech", 2);
    let mut client = with_token(&server, &token).unwrap().configured(&json!({"sample_rate": 16_000}));
    client.stream(&keyword(&data, recordings::SPEAKER, "seven"));
    assert_eq!(texts(&[client.receive()]), "سبعة");
    let close = client.closed().unwrap();
    assert_eq!(close.code, CloseCode::Policy);
    assert!(close.reason.starts_with("token_expired"), "{}", close.reason);
    assert!(began.elapsed() >= Duration::from_secs(1), "not before its time");
    assert_eq!(with_token(&server, &token).err(), Some((401, "token_expired".to_owned())));
}

#[test]
fn revoked_token_ends_its_sessions() {
    let server = Server::secured().start();
    let answer = server.admin("POST", "/auth/token", r#"{"subject": "clinic-7"}"#).json();
    let (token, id) = (answer["token"].as_str().unwrap(), answer["jti"].as_str().unwrap());
    let mut client = with_token(&server, token).unwrap();
    client.audio(vec![0; 3_200]);
    let other = with_token(&server, &server.token("clinic-7", "speech", 60)).unwrap();
    let revoked = server.admin("POST", "/auth/revoke", &json!({"jti": id}).to_string());
    assert_eq!(revoked.json()["sessions_ended"], 1);
    assert!(client.closed().unwrap().reason.starts_with("token_revoked"));
    assert_eq!(with_token(&server, token).err(), Some((401, "token_revoked".to_owned())));
    assert!(answers(other));
}

#[test]
fn foreign_origins_are_refused() {
    let server = Server::secured().env("VOICE_ALLOWED_ORIGINS", "https://app.example").start();
    let from = |origin| Client::with_headers(server.address(), "/", &[("origin", origin)]);
    assert!(answers(from("https://app.example").unwrap()));
    for origin in ["https://app.example.evil.test", "http://app.example", "https://evil.test", "null"] {
        assert_eq!(from(origin).err(), Some((403, "origin_forbidden".to_owned())), "{origin}");
    }
    let readable = |origin| {
        let answer = server.request("GET", "/health", &[("origin", origin)], "");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(readable("https://app.example").as_deref(), Some("https://app.example"));
    assert_eq!(readable("https://evil.test"), None);
    let preflight = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    let answer = server.request("OPTIONS", "/auth/ticket", &preflight, "");
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-headers").unwrap().contains("authorization"));
}

#[test]
fn unsecured_sessions_can_be_switched_off() {
    let server = Server::secured().env("VOICE_BASIC", "false").start();
    for path in ["/", "/ws"] {
        let refused = Client::with_headers(server.address(), path, &[]).err();
        assert_eq!(refused, Some((403, "basic_off".to_owned())));
    }
    assert_eq!(server.get("/").1["protocols"]["vosk"], json!([]));
    assert!(answers(with_token(&server, &server.token("a", "speech", 60)).unwrap()));
}

#[test]
fn rate_limit_says_when_to_retry() {
    let server =
        Server::secured().env("RATE_LIMIT_PER_MINUTE", "3").env("VOICE_TRUSTED_PROXIES", "1").start();
    let ask = |address: &str| {
        server.request("POST", "/auth/ticket", &[("x-forwarded-for", &format!("6.6.6.6, {address}"))], "")
    };
    for left in ["2", "1", "0"] {
        let answer = ask("203.0.113.77");
        assert_eq!(answer.code(), "token_missing");
        assert_eq!(answer.header("ratelimit-remaining"), Some(left));
    }
    let refused = ask("203.0.113.77");
    assert_eq!((refused.status, &*refused.code()), (429, "rate_limited"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").is_some() && refused.header("ratelimit-policy").is_some());
    assert_eq!(ask("203.0.113.78").status, 401, "another address has its own");
    let upgrade = Client::with_headers(server.address(), "/", &[("x-forwarded-for", "203.0.113.77")]);
    assert_eq!(upgrade.err(), Some((429, "rate_limited".to_owned())));
    assert_eq!(server.get("/health").0, 200, "health is free");
    assert!(!server.log().contains("203.0.113.77"), "an address in full");
}

#[test]
fn requests_that_are_refused_early_count() {
    let limited = || Server::secured().env("RATE_LIMIT_PER_MINUTE", "3").env("VOICE_TRUSTED_PROXIES", "1");
    let (open, closed) = (limited().start(), limited().env("VOICE_BASIC", "false").start());
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ];
    let evil = ("origin", "https://evil.example");
    let with = |header| [&upgrade[..], &[header]].concat();
    let ways = [
        (&open, "POST", "/v1/audio/speech", vec![], "{", "body_invalid"),
        (&open, "POST", "/v1/audio/speech", vec![evil], "{}", "origin_forbidden"),
        (&open, "GET", "/ws", with(evil), "", "origin_forbidden"),
        (&open, "GET", "/ws", upgrade[..3].to_vec(), "", "handshake_invalid"),
        (&open, "GET", "/ws?language=xx", upgrade.to_vec(), "", "model_not_found"),
        (&open, "GET", "/ws?spoken_errors=1", upgrade.to_vec(), "", "option_invalid"),
        (&open, "GET", "/secure", with(("authorization", "Basic YTpi")), "", "token_invalid"),
        (&open, "GET", "/secure/healthcare", with(("authorization", "Bearer x")), "", "token_invalid"),
        (&open, "GET", "/ws", vec![], "", "upgrade_required"),
        (&open, "PUT", "/auth/ticket", vec![], "", "method_not_allowed"),
        (&open, "GET", "/", vec![("host", "other")], "", "head_ambiguous"),
        (&closed, "GET", "/ws", upgrade.to_vec(), "", "basic_off"),
    ];
    for (number, (server, method, path, mut headers, body, code)) in ways.into_iter().enumerate() {
        let address = format!("203.0.113.{number}");
        headers.push(("x-forwarded-for", &address));
        let codes: Vec<_> = (0..4).map(|_| server.request(method, path, &headers, body).code()).collect();
        assert_eq!(codes, [code, code, code, "rate_limited"], "{method} {path}");
    }
}

#[test]
fn session_limits_hold() {
    let server = Server::secured()
        .env("MAX_CONCURRENT_SESSIONS", "4")
        .env("VOICE_SESSIONS_PER_IP", "3")
        .env("VOICE_SESSIONS_PER_SUBJECT", "1")
        .env("VOICE_TRUSTED_PROXIES", "1")
        .start();
    let from = |address: &str, subject: &str| {
        let token = format!("Bearer {}", server.token(subject, "speech", 60));
        secure(&server, &[("authorization", &token), ("x-forwarded-for", address)])
    };
    let first = from("192.0.2.1", "a").unwrap();
    assert_eq!(from("192.0.2.2", "a").err(), Some((429, "session_limit".to_owned())));
    let more = [from("192.0.2.1", "b").unwrap(), from("192.0.2.1", "c").unwrap()];
    assert_eq!(from("192.0.2.1", "d").err(), Some((429, "session_limit".to_owned())));
    let last = from("192.0.2.2", "d").unwrap();
    assert_eq!(from("192.0.2.2", "e").err(), Some((503, "session_limit".to_owned())));
    assert!(answers(last) && more.into_iter().all(answers));
    first.close();
    server.wait_until_idle();
    assert!(answers(from("192.0.2.1", "a").unwrap()), "a place is free again");
}

#[test]
fn session_keeps_its_connection() {
    let server = Server::builder().env("VOICE_MAX_CONNECTIONS", "8").start();
    // A connection that the server has answered and keeps open, if it accepts one.
    let connect = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: test\r\n\r\n").ok()?;
        (stream.read(&mut [0; 1_024]).unwrap_or(0) > 0).then_some(stream)
    };
    // A slot is free a moment after its connection has ended.
    let soon = || {
        let deadline = Instant::now() + Duration::from_secs(10);
        std::iter::repeat_with(connect).take_while(|_| Instant::now() < deadline).find_map(|stream| stream)
    };
    let mut sessions: Vec<_> = (0..7).map(|_| Client::connect(server.address(), "/")).collect();
    let mut eighth = soon().expect("a place for it");
    // Sessions are connections too, and stay open: the ninth connection replaces an idle one.
    let _ninth = soon().expect("the place of the eighth");
    assert_eq!(eighth.read(&mut [0; 16]).unwrap_or(0), 0);
    assert_eq!(Client::try_connect(server.address(), "/").err(), Some(503));
    for session in &mut sessions {
        assert_eq!(session.ask(r#"{"reset": 1}"#), json!({"text": ""}));
    }
    sessions.pop();
    let deadline = Instant::now() + Duration::from_secs(10);
    while Client::try_connect(server.address(), "/").is_err() {
        assert!(Instant::now() < deadline, "no place is free again");
    }
}

#[test]
fn similar_paths_are_refused() {
    let server = Server::secured().start();
    for path in ["/secure/", "/Secure", "/ws/../secure", "/secure%00", "/any", "/health"] {
        let (status, _) = Client::with_headers(server.address(), path, &[]).err().expect(path);
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    let mut client = Client::connect(server.address(), "/");
    client.stream(&silence(200));
}
