//! WebSocket libraries of other programs, with the headers that each sends by itself, against a production server.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use voice_tests::client::texts;
use voice_tests::recordings::{self, bytes, keyword, silence};
use voice_tests::server::Server;
use voice_tests::{has_espeak, recordings_or_skip};

/// Runs a session of `client`, which gets the server's address and a file of samples, and returns the recognized text.
fn converse(client: &mut Command, host: &str, data: &Path) -> String {
    let samples = [keyword(data, recordings::SPEAKER, "seven"), silence(1_500)].concat();
    let audio = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(audio.path(), bytes(&samples)).unwrap();
    let server = Server::secured().env("VOICE_SERVICE_ENV", "production").env("VOICE_BASIC", "true").start();
    let url = format!("ws://{host}:{}", server.address().port());
    let output = client.arg(url).arg(audio.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}\n{}", server.log());
    let replies: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect("a reply is JSON"))
        .collect();
    // One for each piece of 200 ms, and one for the end.
    assert_eq!(replies.len(), samples.len().div_ceil(3_200) + 1, "{replies:?}");
    texts(&replies)
}

fn script(name: &str) -> PathBuf {
    voice_tests::root().join("tests/clients").join(name)
}

/// Python with the libraries that `scripts/clients.py` installs; `None`, with a printed reason, if they are missing,
/// and a failure in CI.
fn python() -> Option<Command> {
    let program =
        Command::new("python3").arg(voice_tests::root().join("scripts/clients.py")).arg("--path").output();
    let folder = program.ok().filter(|output| output.status.success());
    let folder = folder.map(|output| String::from_utf8(output.stdout).unwrap().trim().to_owned());
    let wheels = folder.as_deref().and_then(|folder| Path::new(folder).read_dir().ok()).into_iter().flatten();
    let wheels: Vec<_> = wheels
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    if wheels.len() < 2 {
        assert!(
            std::env::var_os("CI").is_none(),
            "Python's WebSocket libraries are missing; CI must have them"
        );
        println!("skipped: no WebSocket libraries for Python; run scripts/clients.py");
        return None;
    }
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", std::env::join_paths(wheels).unwrap()).env("PYTHONIOENCODING", "utf-8");
    Some(python)
}

#[test]
fn python_websocket_client_is_served() {
    let data = recordings_or_skip!();
    // It sends an Origin that is the address it connects to.
    for host in ["127.0.0.1", "localhost"] {
        let Some(mut client) = python() else { return };
        let heard = converse(client.arg(script("with_websocket_client.py")), host, &data);
        assert_eq!(heard, "سبعة", "{host}");
    }
}

#[test]
fn python_websockets_is_served() {
    let data = recordings_or_skip!();
    let Some(mut client) = python() else { return };
    let heard = converse(client.arg(script("with_websockets.py")), "127.0.0.1", &data);
    assert_eq!(heard, "سبعة");
}

#[test]
fn python_websockets_stays_connected_while_sending_a_file() {
    let Some(mut client) = python() else { return };
    let server = Server::builder().env("VOICE_AUDIO_RATE", "4").start();
    let url = format!("ws://{}", server.address());
    // The second of the two minutes is read in 15 s. Without a limit, the first ping waits until all of it is read.
    let output = client.arg(script("pinging.py")).args([&url, "8"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "121");
}

#[test]
fn node_websocket_is_served() {
    let data = recordings_or_skip!();
    // Behind a flag in version 20; enabled in later versions.
    let node = || {
        let mut node = Command::new("node");
        node.arg("--experimental-websocket");
        node
    };
    let has_one = node().args(["-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]).output();
    if !has_one.is_ok_and(|output| output.status.success()) {
        println!("skipped: no Node.js with a WebSocket of its own (20.10 or later)");
        return;
    }
    let heard = converse(node().arg(script("with_node.js")), "127.0.0.1", &data);
    assert_eq!(heard, "سبعة");
}

/// The example of a conversation with an unchanged library.
#[test]
fn python_websockets_has_a_conversation() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let Some(mut client) = python() else { return };
    let server = Server::secured().env("VOICE_TTS_VOICES", "ar=espeak").start();
    server.wait_until("speaking", |health| health["models"]["tts"][0]["state"] == "ready");
    let token = server.token("patient", "speech", 600);
    let url = format!("ws://{}/secure", server.address());
    let example = voice_tests::root().join("examples/python/server_conversation.py");
    client.arg(example).args([&*url, &token, "هل لديك حساسية؟", "هل أنت متأكد؟"]);
    let mut client =
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It answers each question when it has been silent for a second.
    let (mut microphone, mut loudspeaker) = (client.stdin.take().unwrap(), client.stdout.take().unwrap());
    let mut answers = ["no", "yes"].map(|word| bytes(&keyword(&data, recordings::SPEAKER, word))).into_iter();
    let (mut saying, mut silent, mut has_spoken, mut sound) = (Vec::new(), 0, false, 0);
    let mut frame = [0; 640];
    while loudspeaker.read_exact(&mut frame).is_ok() {
        let is_silent = frame.iter().all(|byte| *byte == 0);
        has_spoken |= !is_silent;
        sound += usize::from(!is_silent);
        silent = if is_silent { silent + 1 } else { 0 };
        if has_spoken && silent == 50 {
            saying = answers.next().unwrap_or_default();
            has_spoken = false;
        }
        let mut said: Vec<_> = saying.drain(..saying.len().min(640)).collect();
        said.resize(640, 0);
        if microphone.write_all(&said).is_err() {
            break;
        }
    }
    let output = client.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}\n{}", server.log());
    assert_eq!(told, "heard: لا\nheard: نعم\n");
    assert!(sound > 50, "{sound} frames");
}
