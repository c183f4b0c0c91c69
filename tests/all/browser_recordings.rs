//! What a browser records: Chromium with a human recording as its microphone, and `MediaRecorder`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use voice_core::audio::wav;
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::{self, Server};

/// The longest time from the start of the browser to its last recording.
const PATIENCE: Duration = Duration::from_mins(3);

/// Records the microphone in all forms at once. Each part of the `WebM` goes to the server while it is recorded.
const PAGE: &str = r#"<!DOCTYPE html><script>
const post = (path, body) => fetch(path, {method: "POST", body});
(async () => {
    const audio = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
    const stream = await navigator.mediaDevices.getUserMedia({audio});
    const socket = new WebSocket("ws://SERVER/");
    const replies = [];
    socket.onmessage = message => replies.push(JSON.parse(message.data));
    await new Promise(opened => socket.onopen = opened);
    const record = (type, slice, onpart) => new Promise(done => {
        if (!MediaRecorder.isTypeSupported(type)) return done(null);
        const recorder = new MediaRecorder(stream, {mimeType: type});
        const parts = [];
        recorder.ondataavailable = event => { parts.push(event.data); onpart(event.data); };
        recorder.onstop = () => done(new Blob(parts));
        recorder.start(slice);
        setTimeout(() => recorder.stop(), LENGTH);
    });
    const live = record("audio/webm;codecs=opus", 250, part => socket.send(part));
    const others = ["audio/mp4", "audio/mp4;codecs=opus", "audio/mp4;codecs=mp4a.40.2"]
        .map(type => [type, record(type, undefined, () => {})]);
    await post("/recorded?audio/webm", await live);
    socket.send('{"eof" : 1}');
    await new Promise(closed => socket.onclose = closed);
    await post("/replies", JSON.stringify(replies));
    for (const [type, recorded] of others) {
        const blob = await recorded;
        if (blob) await post("/recorded?" + type, blob);
    }
    await post("/end", "");
})().catch(error => post("/failed", String(error)));
</script>"#;

/// A browser that ends with its owner.
struct Browser {
    child: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens `address` in Chromium, whose microphone gives `sound` once.
    fn open(program: &str, address: &str, sound: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"])
            .arg(format!("--use-file-for-fake-audio-capture={}%noloop", sound.display()))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, _profile: profile }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        for _ in 0..100 {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers a request with the page, and returns its path and body.
fn serve(mut stream: &TcpStream, page: &str) -> Option<(String, Vec<u8>)> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let length = page.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all((head + page).as_bytes()).ok()?;
    Some((path, body))
}

fn transcribed(path: &Path) -> String {
    let mut command = Command::new(server::program());
    command.arg("transcribe").env_remove("VOSK_MODEL_PATH").current_dir(std::env::temp_dir());
    let output = command.arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number of words that differ, of two texts of equally many words.
fn differences(a: &str, b: &str) -> usize {
    assert_eq!(a.split(' ').count(), b.split(' ').count(), "{a} / {b}");
    a.split(' ').zip(b.split(' ')).filter(|(a, b)| a != b).count()
}

#[test]
fn words_are_those_of_the_wav_file() {
    let data = recordings_or_skip!();
    let Some(chromium) = voice_tests::browser::chromium() else { return };
    let words = ["one", "seven", "three", "open", "left", "stop", "nine", "yes"];
    let mut samples = silence(2_000);
    for word in words {
        samples.extend(keyword(&data, recordings::SPEAKER, word));
        samples.extend(silence(700));
    }
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("microphone.wav");
    let mut writer = wav::Writer::create(&sound, recordings::RATE).unwrap();
    writer.write(&samples).and_then(|()| writer.finish()).unwrap();
    let expected = transcribed(&sound);
    assert_eq!(expected.split(' ').count(), words.len(), "{expected}");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().env("VOICE_ALLOWED_ORIGINS", &origin).start();
    let length = samples.len() as u32 / (recordings::RATE / 1_000) + 1_500;
    let page = PAGE.replace("SERVER", &server.address().to_string()).replace("LENGTH", &length.to_string());
    let _browser = Browser::open(chromium, &origin, &sound);
    let mut recorded: Vec<(String, PathBuf)> = Vec::new();
    let mut replies = None;
    let end = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < end, "the browser sent {recorded:?} only");
        let Ok((stream, _)) = listener.accept() else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        let Some((path, body)) = serve(&stream, &page) else { continue };
        if let Some(kind) = path.strip_prefix("/recorded?") {
            let file = folder.path().join(format!("recording-{}", recorded.len()));
            std::fs::write(&file, body).unwrap();
            recorded.push((kind.to_owned(), file));
        } else if path == "/replies" {
            replies = Some(serde_json::from_slice::<Vec<Value>>(&body).unwrap());
        } else if path == "/failed" {
            panic!("the page failed: {}", String::from_utf8_lossy(&body));
        } else if path == "/end" {
            break;
        }
    }
    assert!(recorded.iter().any(|(kind, _)| kind == "audio/webm"));
    for (kind, file) in &recorded {
        let text = transcribed(file);
        println!("{kind}: {} bytes: {text}", std::fs::metadata(file).unwrap().len());
        assert!(differences(&text, &expected) <= 1, "{kind}: {text} instead of {expected}");
    }
    let replies = replies.expect("the replies to the parts");
    println!("{} replies to parts of 250 ms", replies.len());
    assert!(replies.iter().all(|reply| reply.get("warning").is_none()), "{replies:?}");
    let text = voice_tests::client::texts(&replies);
    println!("audio/webm while it is recorded: {text}");
    assert!(differences(&text, &expected) <= 1, "{text} instead of {expected}");
}
