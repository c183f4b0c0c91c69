//! Text to speech over HTTP, and access to it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::Message;
use voice_core::audio::wav;
use voice_tests::client::Client;
use voice_tests::server::{Builder, Server};
use voice_tests::{has_espeak, has_program};

const PATH: &str = "/v1/audio/speech";

fn speaking(builder: Builder) -> Server {
    let server = builder.env("VOICE_TTS_VOICES", "ar=espeak,en=espeak").start();
    server.wait_until("speaking", |health| {
        health["models"]["tts"]
            .as_array()
            .is_some_and(|voices| voices.iter().all(|voice| voice["state"] == "ready"))
    });
    server
}

/// Sends `wanted`, in HTTP 1.0, whose bodies end with their connection.
fn ask(server: &Server, headers: &str, wanted: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = wanted.len();
    write!(stream, "POST {PATH} HTTP/1.0\r\nhost: test\r\n{headers}content-length: {length}\r\n\r\n{wanted}")
        .unwrap();
    stream
}

/// The head of the answer and its body.
fn speak(server: &Server, wanted: &Value) -> (String, Vec<u8>) {
    let mut answer = Vec::new();
    ask(server, "", &wanted.to_string()).read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer.split_off(end + 4))
}

/// Far more than fits into the buffers between server and client.
fn long_text() -> String {
    "This goes on and on. ".repeat(190)
}

#[test]
fn server_recognizes_its_own_speech() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::secured());
    let wanted = json!({"input": "سبعة", "response_format": "pcm", "sample_rate": 16_000, "speed": 0.8});
    let (head, sound) = speak(&server, &wanted);
    assert!(head.contains("200 OK") && head.contains("voice-sample-rate: 16000"), "{head}");
    let samples: Vec<_> = sound.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    let padding = vec![0; 8_000];
    assert_eq!(client.transcribe(&[&padding[..], &samples, &padding].concat()), "سبعة");
    let metrics = server.admin("GET", "/metrics", "").body;
    assert!(metrics.contains("voice_first_audio_seconds_count 1"), "{metrics}");
}

#[test]
fn speech_is_wav_or_raw_pcm() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::builder());
    // As clients of other services send it.
    let wanted =
        json!({"model": "any", "input": "Hello.", "instructions": "kindly", "voice": {"id": "espeak-ng-en"}});
    let (head, sound) = speak(&server, &wanted);
    assert!(head.contains("content-type: audio/wav"), "{head}");
    let mut reader = wav::Reader::new(&*sound).unwrap();
    assert_eq!(reader.format().sample_rate(), 22_050);
    let mut block = Vec::new();
    reader.read(60_000, &mut block).unwrap();
    assert_eq!(block, sound[44..]);
    let key = [("authorization", "Bearer of-another-service")];
    let silence = r#"{"input": "<speak><break/></speak>", "ssml": true, "response_format": "pcm"}"#;
    assert_eq!(server.request("POST", PATH, &key, silence).status, 200, "there are no tokens to be wrong");
    let (head, bare) = speak(&server, &json!({"input": "Hello.", "response_format": "pcm"}));
    assert!(head.contains("audio/pcm") && head.contains("voice-sample-rate: 24000"), "{head}");
    let seconds = |bytes: usize, rate: f32| bytes as f32 / 2.0 / rate;
    assert!((seconds(bare.len(), 24_000.0) - seconds(block.len(), 22_050.0)).abs() < 0.01);
    let marked =
        json!({"input": "<speak>a<break time='2s'/>b</speak>", "ssml": true, "response_format": "pcm"});
    assert!(seconds(speak(&server, &marked).1.len(), 24_000.0) > 2.0);
}

/// Against ffmpeg's and opus-tools' decoders, which are the reference decoder of Opus, and the samples of the same text.
#[test]
fn speech_in_opus_is_that_of_the_samples() {
    if !has_espeak() || !has_program("ffmpeg") {
        return;
    }
    let server = speaking(Server::builder());
    let folder = tempfile::tempdir().unwrap();
    for (text, rate) in [
        ("Hello. Your appointment is on Monday at half past ten.", None),
        ("موعدك يوم الاثنين.", Some(48_000)),
    ] {
        let mut wanted = json!({"input": text, "response_format": "opus", "sample_rate": rate});
        let (head, stream) = speak(&server, &wanted);
        assert!(head.contains("content-type: audio/ogg"), "{head}");
        let rate = rate.unwrap_or(24_000);
        assert!(head.contains(&format!("voice-sample-rate: {rate}")), "{head}");
        wanted["response_format"] = "pcm".into();
        wanted["sample_rate"] = rate.into();
        let samples: Vec<f32> = speak(&server, &wanted)
            .1
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32_768.0)
            .collect();
        let path = folder.path().join("speech.opus");
        std::fs::write(&path, &stream).unwrap();
        for program in ["ffmpeg", "opusdec"] {
            let mut command = Command::new(program);
            match program {
                "ffmpeg" => command.args(["-v", "error", "-c:a", "libopus", "-i"]).arg(&path).args([
                    "-ar",
                    &rate.to_string(),
                    "-f",
                    "f32le",
                    "-",
                ]),
                _ if !has_program(program) => continue,
                _ => command
                    .args(["--quiet", "--float", "--no-dither", "--rate", &rate.to_string()])
                    .arg(&path)
                    .arg("-"),
            };
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let decoded: Vec<f32> =
                output.stdout.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            let late = decoded.len() as f64 - samples.len() as f64;
            assert!(
                late.abs() < f64::from(rate) * 0.02,
                "{program}: {} instead of {} samples",
                decoded.len(),
                samples.len()
            );
            let correlation = correlation(&samples, &decoded);
            println!(
                "{program}: {} bytes for {} samples at {rate} Hz, {late} samples longer, correlation {correlation:.4}",
                stream.len(),
                samples.len()
            );
            assert!(correlation > 0.95, "{program}: {correlation}");
        }
        if has_program("opusinfo") {
            let output = Command::new("opusinfo").arg(&path).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("WARNING"), "{said}");
        }
    }
}

/// The highest correlation of two signals, shifted by up to 100 samples.
fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let product =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum() };
    let whole = (product(a, a) * product(b, b)).sqrt();
    (0..=100).flat_map(|lag| [product(&a[lag..], b), product(a, &b[lag..])]).fold(0.0, f64::max) / whole
}

#[test]
fn text_outside_the_alphabet_crashes_nothing() {
    if !has_espeak() {
        return;
    }
    let neural = voice_tests::root().join("tests/voices/tiny-piper.onnx");
    let voices = format!("ar=espeak,en={},en=espeak", neural.display());
    let server = Server::builder().env("VOICE_TTS_VOICES", voices).start();
    server.wait_until("speaking", |health| {
        health["models"]["tts"]
            .as_array()
            .is_some_and(|voices| voices.iter().all(|voice| voice["state"] == "ready"))
    });
    for text in ["⣟b", "\u{28ef}b", "\u{28ff}b", "ب⣟b", "Ⓜ", "a\u{1d165}b", "漢\u{e000}"] {
        for language in ["ar", "en"] {
            let (head, _) = speak(&server, &json!({"input": text, "language": language}));
            assert!(head.contains("200 OK"), "{text} in {language}: {head}");
        }
    }
    assert_eq!(server.get("/health").1["status"], "healthy");
    assert!(speak(&server, &json!({"input": "نعم", "language": "ar"})).1.len() > 10_000);
}

/// The processes that the process `parent` has started, with their arguments.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<(u32, String)> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> =
        lists.flat_map(|list| list.split(' ').filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect();
    let with = |id: u32| std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
    children.into_iter().map(|id| (id, with(id))).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn espeak_helper_may_crash_and_inherits_nothing() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::builder().env("VOICE_SERVICE_ENV", "development"));
    let helper = || {
        let found: Vec<_> =
            children(server.id()).into_iter().filter(|(_, with)| with.contains("espeak-helper")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].0
    };
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", server.id())).unwrap();
    assert!(!maps.contains("libespeak"), "the server has loaded the library itself");
    let first = helper();
    let open = std::fs::read_dir(format!("/proc/{first}/fd")).unwrap().flatten();
    let open: Vec<_> = open.map(|entry| std::fs::read_link(entry.path()).unwrap()).collect();
    let is_own = |path: &std::path::PathBuf| {
        path == std::path::Path::new("/dev/null") || path.to_string_lossy().starts_with("socket:")
    };
    assert!(open.len() <= 4 && open.iter().all(is_own), "{open:?}");
    let sockets: std::collections::HashSet<_> =
        open.iter().filter(|path| path.starts_with("socket:")).collect();
    assert!(sockets.len() <= 1, "{open:?}");
    let environment = std::fs::read_to_string(format!("/proc/{first}/environ")).unwrap();
    assert!(!environment.contains("VOICE_"), "{environment:?}");

    let say = |text: &str| speak(&server, &json!({"input": text, "language": "en"}));
    assert!(say("one").1.len() > 10_000);
    // Each text is new, so none comes from the cache.
    for text in ["two", "three", "four"] {
        let killed = std::process::Command::new("kill").args(["-KILL", &helper().to_string()]).status();
        assert!(killed.unwrap().success());
        let (head, sound) = say(text);
        assert!(head.contains("200 OK") && sound.len() > 10_000, "{head}");
    }
    let last = helper();
    assert_ne!(first, last);
    drop(server);
    let ends = |_| {
        std::thread::sleep(Duration::from_millis(20));
        let state = std::fs::read_to_string(format!("/proc/{last}/stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    };
    assert!((0..500).any(ends), "it outlives the server");
}

#[test]
fn invalid_requests_fail_before_any_audio() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::builder().env("RATE_LIMIT_PER_MINUTE", "1000"));
    let long = "a".repeat(4_097);
    for (wanted, status, code) in [
        (json!({}), 400, "body_invalid"),
        (json!({"input": "a", "loud": true}), 400, "body_invalid"),
        (json!({"input": " \n"}), 400, "text_empty"),
        (json!({"input": "..."}), 400, "text_empty"),
        (json!({"input": "\u{202e}\u{200b} —"}), 400, "text_empty"),
        (json!({"input": "<speak><mark name='a'/></speak>", "ssml": true}), 400, "text_empty"),
        (json!({"input": "a", "response_format": "mp3"}), 400, "option_invalid"),
        (json!({"input": "a", "stream_format": "sse"}), 400, "option_invalid"),
        (json!({"input": "a", "speed": 100}), 400, "option_invalid"),
        (json!({"input": "a", "sample_rate": 5}), 400, "audio_format_unsupported"),
        (json!({"input": "a", "language": "../x"}), 400, "option_invalid"),
        (json!({"input": "<speak>", "ssml": true}), 400, "ssml_invalid"),
        (json!({"input": long}), 413, "text_too_large"),
        (json!({"input": "a", "voice": "nobody"}), 404, "model_not_found"),
        (json!({"input": "a", "voice": "espeak-ng-fr"}), 404, "model_not_found"),
        (json!({"input": "a", "language": "fr"}), 404, "model_not_found"),
    ] {
        let answer = server.request("POST", PATH, &[], &wanted.to_string());
        assert_eq!((answer.status, &*answer.code()), (status, code), "{wanted}: {}", answer.body);
    }
    // Halves of characters beyond the basic plane.
    for escapes in
        ["\\ud800", "\\udc00", "\\udc00\\ud800", "a\\ud83dz", "\\ud83d\\u0041", "\\ud83d\\ud83d\\ude00"]
    {
        let answer = server.request("POST", PATH, &[], &format!("{{\"input\": \"five {escapes} pills\"}}"));
        assert_eq!((answer.status, &*answer.code()), (400, "body_invalid"), "{escapes}: {}", answer.body);
    }
    let whole =
        server.request("POST", PATH, &[], r#"{"input": "five \ud83d\ude00", "response_format": "pcm"}"#);
    assert_eq!(whole.status, 200, "{}", whole.body);
    assert_eq!(server.get(PATH).0, 405);
    // No session is left.
    server.wait_until_idle();
    let answer = server.request("POST", PATH, &[], r#"{"input": "?!", "response_format": "pcm"}"#);
    assert_eq!((answer.status, &*answer.code()), (400, "text_empty"), "no file without audio");
}

#[test]
fn named_voice_has_no_fallback() {
    if !has_espeak() {
        return;
    }
    let server = Server::builder()
        .env("VOICE_TTS_VOICES", "en=/nowhere/absent.onnx,en=espeak,ar=espeak")
        .env("VOICE_LOAD_ATTEMPTS", "1")
        .start_unready();
    let health = server.wait_until("the first voice failed", |health| {
        let states = &health["models"]["tts"];
        states[0]["state"] == "failed" && states[1]["state"] == "ready" && states[2]["state"] == "ready"
    });
    let ask = |voice: Value| {
        let wanted = json!({"input": "hello", "voice": voice, "response_format": "pcm"});
        server.request("POST", PATH, &[], &wanted.to_string())
    };
    for name in [json!("absent"), json!("absent.onnx"), json!({"id": "absent"})] {
        let answer = ask(name.clone());
        assert_eq!((answer.status, &*answer.code()), (404, "model_not_found"), "{name}: {}", answer.body);
    }
    let unknown = ask(json!("alloy"));
    assert!(unknown.body.contains("alloy") && unknown.body.contains("espeak-ng-ar"), "{}", unknown.body);
    for shown in health["models"]["tts"].as_array().unwrap().iter().skip(1) {
        assert_eq!(ask(shown["name"].clone()).status, 200, "{shown}");
    }
    for name in ["espeak", "espeak-ng"] {
        assert_eq!(ask(json!(name)).status, 200, "{name}");
    }
}

#[test]
fn server_without_voices_is_404() {
    let server = Server::start();
    let answer = server.request("POST", PATH, &[], r#"{"input": "a"}"#);
    assert_eq!((answer.status, &*answer.code()), (404, "model_not_found"));
}

#[test]
fn speech_counts_as_a_session() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::secured().env("VOICE_BASIC", "false").env("MAX_CONCURRENT_SESSIONS", "1"));
    let ask_with = |headers: &[(&str, &str)]| {
        server.request(
            "POST",
            PATH,
            headers,
            r#"{"input": "<speak><break/></speak>", "ssml": true, "response_format": "pcm"}"#,
        )
    };
    assert_eq!(ask_with(&[]).code(), "token_missing");
    assert_eq!(ask_with(&[("authorization", "Bearer x")]).code(), "token_invalid");
    let other = format!("Bearer {}", server.token("clinic-7", "healthcare", 60));
    assert_eq!(ask_with(&[("authorization", &other)]).code(), "scope_missing");
    let token = format!("Bearer {}", server.token("clinic-7", "speech", 60));
    let good = [("authorization", &*token)];
    assert_eq!(ask_with(&good).status, 200);
    server.wait_until_idle();
    assert_eq!(ask_with(&[good[0], ("origin", "https://elsewhere.example")]).code(), "origin_forbidden");

    // A client that does not read keeps the only session until an administrator ends it.
    let wanted = json!({"input": long_text(), "response_format": "pcm"}).to_string();
    let mut stream = ask(&server, &format!("authorization: {token}\r\n"), &wanted);
    stream.read_exact(&mut [0; 64]).unwrap();
    assert_eq!(ask_with(&good).code(), "session_limit");
    let sessions = server.admin("GET", "/admin/sessions", "").json();
    assert_eq!(sessions["sessions"][0]["path"], PATH);
    assert_eq!(sessions["sessions"][0]["subject"], "clinic-7");
    let id = &sessions["sessions"][0]["id"];
    assert_eq!(server.admin("DELETE", &format!("/admin/sessions/{id}"), "").status, 200);
    server.wait_until_idle();
    assert_eq!(ask_with(&good).status, 200, "its place is free, although it still does not read");
    server.wait_until_idle();
    drop(stream);

    // A truncated answer is not taken for a complete one: the last chunk of HTTP 1.1, of length 0, never comes.
    let head =
        format!("POST {PATH} HTTP/1.1\r\nhost: test\r\nauthorization: {token}\r\nconnection: close\r\n");
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{head}content-length: {}\r\n\r\n{wanted}", wanted.len()).unwrap();
    stream.read_exact(&mut [0; 64]).unwrap();
    let id = &server.admin("GET", "/admin/sessions", "").json()["sessions"][0]["id"];
    assert_eq!(server.admin("DELETE", &format!("/admin/sessions/{id}"), "").status, 200);
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(ended.is_err() || !rest.ends_with(b"\r\n0\r\n\r\n"), "{} bytes", rest.len());
}

#[test]
fn client_disconnect_stops_synthesis() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::builder());
    let wanted = json!({"input": long_text()}).to_string();
    let mut stream = ask(&server, "", &wanted);
    stream.read_exact(&mut [0; 4_096]).unwrap();
    drop(stream);
    server.wait_until_idle();
    server.wait_for_log("close=\"gone\"");
}

#[test]
fn unread_speech_is_not_rendered() {
    if !has_espeak() {
        return;
    }
    let server = speaking(Server::secured());
    let spoken = || {
        let metrics = server.admin("GET", "/metrics", "").body;
        let line = metrics.lines().find_map(|line| line.strip_prefix("voice_speech_seconds_total "));
        line.and_then(|seconds| seconds.parse::<f64>().ok()).unwrap_or_default()
    };
    for version in ["1.0", "1.1"] {
        let before = spoken();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let wanted = json!({"input": long_text()}).to_string();
        let length = wanted.len();
        write!(
            stream,
            "POST {PATH} HTTP/{version}\r\nhost: test\r\ncontent-length: {length}\r\n\r\n{wanted}"
        )
        .unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        // Until nothing has been computed for a while.
        let mut computed = spoken();
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let now = spoken();
            if now.to_bits() == computed.to_bits() {
                break;
            }
            computed = now;
        }
        // The whole speech is four minutes long.
        let ahead = computed - before;
        assert!((1.0..25.0).contains(&ahead), "{ahead} s are computed for a client that does not read");
        drop(stream);
        server.wait_until_idle();
    }
}

#[test]
fn spoken_error_explains_a_missing_model() {
    if !has_espeak() {
        return;
    }
    let absent = || Server::builder().env("VOSK_MODEL_PATH", "/nowhere").env("VOICE_LOAD_ATTEMPTS", "1");
    let refused = |server: &Server, path: &str| Client::try_connect(server.address(), path).err();
    let silent = absent().start_unready();
    silent.wait_until("without a model", |health| health["models"]["stt"][0]["state"] == "failed");
    assert_eq!(refused(&silent, "/?spoken_errors=16000"), Some(503), "nobody can say it");
    let server = absent().env("VOICE_TTS_VOICES", "ar=espeak,en=espeak").start_unready();
    server.wait_until("without a model, with voices", |health| {
        health["models"]["stt"][0]["state"] == "failed" && health["models"]["tts"][0]["state"] == "ready"
    });
    assert_eq!(refused(&server, "/"), Some(503));
    assert_eq!(refused(&server, "/?spoken_errors=5"), Some(400));
    let mut seconds = Vec::new();
    for path in ["/?spoken_errors=16000", "/ws?language=en&spoken_errors=16000"] {
        let mut client = Client::connect(server.address(), path);
        assert_eq!(client.receive()["error"]["code"], "model_not_found", "{path}");
        let mut sound = Vec::new();
        let close = loop {
            match client.message() {
                Message::Binary(samples) => sound.extend_from_slice(&samples),
                Message::Close(close) => break close.unwrap(),
                other => panic!("{other}"),
            }
        };
        assert_eq!(u16::from(close.code), 1013, "{}", close.reason);
        assert!(sound.iter().any(|byte| *byte != 0));
        seconds.push(sound.len() as f32 / 32_000.0);
    }
    assert!(seconds.iter().all(|seconds| (2.0..10.0).contains(seconds)), "{seconds:?}");
    assert_ne!(seconds[0].to_bits(), seconds[1].to_bits(), "each in its own language");
    server.wait_until_idle();
}

#[test]
fn lexicon_is_reloaded_and_its_errors_name_the_line() {
    if !has_espeak() {
        return;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "SQL\tsequel\n").unwrap();
    let server = speaking(Server::builder().env("VOICE_TTS_LEXICON", file.path()));
    let sound = |text: &str| {
        let (head, sound) = speak(&server, &json!({"input": text, "response_format": "pcm"}));
        assert!(head.contains("200 OK") && !sound.is_empty(), "{head}");
        sound.len()
    };
    // After the voice is reloaded, its audio may be some samples longer.
    let alike = |one: &str, other: &str| sound(one).abs_diff(sound(other)) < 200;
    assert!(!alike("banana", "sequel"));
    assert!(alike("SQL", "sequel"));
    std::fs::write(file.path(), "SQL\tbanana\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("lexicon read");
    assert!(alike("SQL", "banana"));
    std::fs::write(file.path(), "SQL\tbanana\nX-ray\t/HELLO/\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("the old lexicon stays");
    assert!(server.log().contains("line 2: "), "{}", server.log());
    assert!(alike("SQL", "banana"));
    drop(server);

    let output = std::process::Command::new(voice_tests::server::program())
        .envs([("VOICE_HOST", "127.0.0.1"), ("PORT", "0")])
        .env("VOICE_TTS_LEXICON", file.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        complaint.contains("line 2: ") && complaint.contains(&*file.path().to_string_lossy()),
        "{complaint}"
    );
}
