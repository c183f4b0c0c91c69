//! A production server: closed by default, mistakes in variables, and what clients learn about the machine.

use std::process::{Command, Output};

use voice_tests::client::Client;
use voice_tests::server::{ADMIN_SECRET, Server, TOKEN_SECRET, program};

fn production() -> voice_tests::server::Builder {
    Server::secured().env("VOICE_SERVICE_ENV", "production")
}

/// A start that must fail at once.
fn fails(variables: &[(&str, &str)]) -> Output {
    Command::new(program())
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "LD_LIBRARY_PATH"))
        .envs([("VOICE_HOST", "127.0.0.1"), ("PORT", "0"), ("VOICE_SERVICE_ENV", "production")])
        .envs([("VOICE_SERVICE_SECRET", ADMIN_SECRET), ("VOICE_SERVICE_TOKEN", TOKEN_SECRET)])
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn production_needs_a_token_by_default() {
    let server = production().env("VOICE_TTS_VOICES", "en=espeak").start_unready();
    server.wait_until("serving", |health| health["models"]["stt"][0]["state"] == "ready");
    for path in ["/", "/ws"] {
        let refused = Client::with_headers(server.address(), path, &[]).err();
        assert_eq!(refused, Some((403, "basic_off".to_owned())), "{path}");
    }
    let speech = server.request("POST", "/v1/audio/speech", &[], r#"{"input": "Hello."}"#);
    assert_eq!((speech.status, speech.code().as_str()), (401, "token_missing"));
    assert!(server.log().contains("need a token; VOICE_BASIC=true opens them"), "{}", server.log());
    let token = format!("Bearer {}", server.token("clinic", "speech", 60));
    Client::with_headers(server.address(), "/secure", &[("authorization", &token)]).unwrap();

    let open = production().env("VOICE_BASIC", "true").start();
    Client::connect(open.address(), "/ws");
    assert!(open.log().contains("need no token; VOICE_BASIC=false requires one"), "{}", open.log());
}

#[test]
fn misspelt_variable_suggests_the_right_one() {
    let output = fails(&[("VOICE_MAX_SESSIONS", "5"), ("VOICE_ALLOWED_ORIGIN", "https://x.example")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains(
            "VOICE_MAX_SESSIONS is not a variable of this program; the nearest one is MAX_CONCURRENT_SESSIONS"
        ),
        "{told}"
    );
    assert!(
        told.contains(
            "VOICE_ALLOWED_ORIGIN is not a variable of this program; the nearest one is VOICE_ALLOWED_ORIGINS"
        ),
        "{told}"
    );

    let development = Server::builder().env("VOICE_MAX_SESSIONS", "5").start();
    assert!(development.log().contains("VOICE_MAX_SESSIONS is not a variable"), "{}", development.log());
}

#[test]
fn unreadable_file_names_its_variable() {
    for (variable, beside) in [
        ("VOICE_TLS_CERT", &[("VOICE_TLS_KEY", "/nowhere/key.pem")][..]),
        ("VOICE_TOKEN_ED25519_KEY", &[]),
        ("VOICE_CA_FILE", &[("REDIS_URL", "rediss://127.0.0.1:1")]),
    ] {
        let output = fails(&[&[(variable, "/nowhere/file.pem")], beside].concat());
        assert_eq!(output.status.code(), Some(1), "{variable}: {output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(&format!("{variable}=/nowhere/file.pem")), "{told}");
    }
}

#[test]
fn clients_learn_no_path_of_the_machine() {
    let server = Server::secured()
        .env("VOSK_MODEL_PATH", "/srv/models/of-the-clinic")
        .env("VOICE_TTS_VOICES", "en=/srv/voices/of-the-clinic.onnx")
        .start_unready();
    server.wait_for("unhealthy");
    let refused = Client::with_headers(server.address(), "/ws", &[]).err();
    assert_eq!(refused.unwrap().0, 503);
    let speech = r#"{"input": "Hello.", "language": "en"}"#;
    for (method, path, body) in [
        ("GET", "/", ""),
        ("GET", "/health", ""),
        ("GET", "/readyz", ""),
        ("POST", "/v1/audio/speech", speech),
        ("POST", "/v1/audio/speech", r#"{"input": "Hello.", "voice": "of-the-clinic"}"#),
    ] {
        let answer = server.request(method, path, &[], body);
        assert!(!answer.body.contains("/srv"), "{path}: {}", answer.body);
    }
    let handshake = "connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let answer = server.ask("/ws", handshake);
    assert!(
        answer.contains("503") && answer.contains("model_not_found") && !answer.contains("/srv"),
        "{answer}"
    );
    assert!(server.admin("GET", "/admin/health", "").body.contains("/srv/models/of-the-clinic"));
    assert!(server.log().contains("/srv/models/of-the-clinic"));
}

#[test]
fn health_checks_do_not_count_against_the_rate() {
    let server = Server::builder().env("RATE_LIMIT_PER_MINUTE", "3").start();
    let statuses = ["/", "/no-such-path", "/.well-known/jwks.json", "/", "/no-such-path"]
        .map(|path| server.request("GET", path, &[], "").status);
    assert_eq!(statuses, [200, 404, 403, 429, 429]);
    assert!(server.request("GET", "/", &[], "").header("retry-after").is_some());
    for path in ["/health", "/livez", "/readyz"] {
        assert!((0..5).all(|_| server.get(path).0 == 200), "{path}");
    }
}

#[test]
fn configuration_shows_the_paths_in_force() {
    let output =
        Command::new(program()).arg("config").env_clear().env("HOME", "/home/of-somebody").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for line in [
        "# default: VOICE_MODELS_DIR=/home/of-somebody/.local/share/libvoice/models",
        "# default: TTS_HOME=/home/of-somebody/.local/share/libvoice/models",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line} is missing from\n{shown}");
    }
    let model = shown.lines().find_map(|line| line.strip_prefix("# default: VOSK_MODEL_PATH=")).unwrap();
    assert!(model.ends_with("models/ar-commands"), "{model}");
}
