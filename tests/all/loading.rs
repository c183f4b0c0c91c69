//! The life of models in a running server: first downloads, damage, reloads, stand-ins.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use voice_tests::client::{Client, texts};
use voice_tests::folder::{Copy, FILES, OPTIONAL};
use voice_tests::mirror::{Manner, Mirror};
use voice_tests::recordings::{self, keyword};
use voice_tests::recordings_or_skip;
use voice_tests::server::{self, Builder, Server};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const NAME: &str = "vosk-model-test";

fn quick() -> Builder {
    Server::builder().env("VOICE_RETRY_SECONDS", "1").env("VOICE_LOAD_ATTEMPTS", "1").env("NO_PROXY", "*")
}

fn first(health: &Value) -> &Value {
    &health["models"]["stt"][0]
}

/// The shipped model as an archive, and a manifest that says where it is and what else is `known` of it.
fn published(manner: Manner, known: &str) -> (Mirror, String) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in FILES.iter().chain(&[OPTIONAL]) {
        zip.start_file(format!("{NAME}/{file}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(voice_tests::shipped_model().join(file)).unwrap()).unwrap();
    }
    let archive = zip.finish().unwrap().into_inner();
    let hash =
        Sha256::digest(&archive).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let size = archive.len();
    let mirror = Mirror::start(archive, manner);
    let manifest = format!(
        "version = 1\n[[model]]\nname = '{NAME}'\naliases = ['nickname']\ntask = 'stt'\nlanguages = ['ar']\n\
         engine = 'vosk'\nlicense = 'CC0-1.0'\n{known}\n[[model.file]]\nurl = '{}/m.zip'\npath = 'm.zip'\n\
         size = {size}\nsha256 = '{hash}'\nunpack = 'zip'\n",
        mirror.url()
    );
    (mirror, manifest)
}

/// Ends the stream and returns what was said since the last reply.
fn end(client: &mut Client) -> String {
    texts(&[client.ask(r#"{"eof": 1}"#)])
}

fn write(folder: &Path, manifest: &str) -> std::path::PathBuf {
    let path = folder.join("manifest.toml");
    fs::write(&path, manifest).unwrap();
    path
}

#[test]
fn a_model_that_is_missing_is_brought_at_the_first_start() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let (mirror, manifest) = published(Manner::Status(500), "");
    let manifest = write(folder.path(), &manifest);
    let start = || {
        quick()
            .env("VOICE_MANIFEST", &manifest)
            // By its other name, in a folder of the deployment's choice.
            .env("VOSK_MODEL_PATH", folder.path().join("models/nickname"))
            .start_unready()
    };
    let server = start();
    let health = server.wait_until("downloading", |health| first(health)["state"] == "loading");
    assert_eq!(health["status"], "starting");
    assert_eq!(first(&health)["name"], NAME);
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let early = server.ask("/", &format!("{upgrade}connection: close\r\n"));
    assert!(early.starts_with("HTTP/1.1 503") && early.contains("retry-after: "), "{early}");
    assert!(early.contains("model_loading"), "{early}");

    mirror.behave(Manner::Good);
    server.wait_for("healthy");
    let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
    client.stream(&keyword(&data, recordings::SPEAKER, "seven"));
    assert_eq!(end(&mut client), "سبعة");
    drop(server);
    let requests = mirror.requests();
    start().wait_for("healthy");
    assert_eq!(mirror.requests(), requests, "the second start finds it");
}

#[test]
fn a_model_that_is_missing_offline_or_too_large_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (mirror, manifest) = published(Manner::Good, "memory = 1_000_000_000_000_000");
    let manifest = write(folder.path(), &manifest);
    let server = || {
        quick()
            .env("VOICE_MANIFEST", &manifest)
            .env("VOICE_MODELS_DIR", folder.path().join("models"))
            .env("VOSK_MODEL_PATH", NAME)
    };
    let offline = server().env("VOICE_OFFLINE", "true").start_unready();
    assert_eq!(first(&offline.wait_for("unhealthy"))["code"], "offline");
    assert_eq!(mirror.requests(), 0);
    let server = server().start_unready();
    assert_eq!(first(&server.wait_for("unhealthy"))["code"], "memory_insufficient");
}

#[test]
fn a_reload_takes_a_good_model_and_leaves_a_bad_one() {
    let data = recordings_or_skip!();
    let copy = Copy::new();
    let server = quick().env("VOSK_MODEL_PATH", copy.root()).start();
    let speak = |client: &mut Client| {
        client.stream(&keyword(&data, recordings::SPEAKER, "seven"));
    };
    let configured = || server.connect().configured(&json!({"sample_rate": 16_000}));
    let mut client = configured();
    speak(&mut client);

    // libvosk aborts at this one: only a process of its own can try it.
    copy.poison();
    server.signal("HUP");
    let health = server.wait_until("refusing", |health| first(health)["code"] == "model_invalid");
    assert_eq!((&health["status"], &first(&health)["state"]), (&json!("healthy"), &json!("ready")));
    assert!(server.log().contains("does not survive"), "{}", server.log());
    assert!(!first(&health)["reason"].as_str().unwrap().contains(copy.root().to_str().unwrap()), "{health}");
    assert_eq!(end(&mut client), "سبعة");

    copy.restore();
    let mut client = configured();
    speak(&mut client);
    server.signal("HUP");
    server.wait_until("reloaded", |health| first(health)["code"].is_null());
    assert_eq!(end(&mut client), "سبعة", "a session finishes on the model that it began with");
    let mut client = configured();
    speak(&mut client);
    assert_eq!(end(&mut client), "سبعة");
}

#[test]
fn another_model_stands_in_until_the_first_heals() {
    let copy = Copy::new();
    let hidden = copy.root().with_file_name("hidden");
    fs::rename(copy.root(), &hidden).unwrap();
    let server = quick()
        .env("VOSK_MODEL_PATH", copy.root())
        .env("VOICE_STT_MODELS", format!("en=/nowhere/english,{}", voice_tests::shipped_model().display()))
        .start_unready();
    let health = server.wait_for("degraded");
    assert_eq!(server.get("/health").0, 200);
    assert_eq!(health["models"]["stt"][2]["in_use"], true, "{health}");
    assert_eq!(server.get("/").1["model"]["name"], "ar-commands");
    let refused =
        |language: &str| Client::try_connect(server.address(), &format!("/?language={language}")).err();
    assert_eq!(refused("ar-SA"), None);
    assert_eq!(refused("en"), Some(503));
    assert_eq!(refused("%00"), Some(400));
    fs::rename(&hidden, copy.root()).unwrap();
    let health = server.wait_for("healthy");
    assert_eq!(first(&health)["in_use"], true, "it came back by itself");
}

#[test]
fn a_language_without_a_model_is_refused_for_good() {
    let server = Server::start();
    for language in ["ko", "en"] {
        let path = format!("/?language={language}");
        assert_eq!(Client::try_connect(server.address(), &path).err(), Some(404), "{language}");
    }
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let refusal = server.ask("/?language=ko", &format!("{upgrade}connection: close\r\n"));
    assert!(refusal.contains("model_not_found") && refusal.contains("ask for ar"), "{refusal}");
    assert!(!refusal.contains("retry-after"), "{refusal}");
}

#[test]
fn a_model_is_for_the_language_that_its_name_or_its_user_tells() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("vosk-model-small-ko-0.22");
    let copy = Copy::new();
    fs::rename(copy.root(), &named).unwrap();
    let languages = |model: String| {
        let server = quick().env("VOSK_MODEL_PATH", model).start();
        first(&server.get("/health").1)["languages"].clone()
    };
    assert_eq!(languages(named.display().to_string()), json!(["ko"]));
    assert_eq!(languages(format!("tlh={}", named.display())), json!(["tlh"]));
}

/// Runs the server's program on a model and returns what it said; it must not die of it.
fn survives(copy: &Copy, audio: &Path) -> Result<(), String> {
    let output = Command::new(server::program())
        .args(["transcribe", "--model"])
        .args([copy.root(), audio])
        .env_remove("VOICE_MANIFEST")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(said),
        _ => panic!("{}: {said}", output.status),
    }
}

#[test]
fn no_damage_to_any_file_takes_the_process_down() {
    let audio = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    let mut writer = voice_core::audio::wav::Writer::create(audio.path(), recordings::RATE).unwrap();
    // Loud enough to be decoded: a buzz.
    let buzz: Vec<_> = (0..16_000).map(|at| if at % 130 < 20 { 12_000 } else { -2_000 }).collect();
    writer.write(&buzz).unwrap();
    writer.finish().unwrap();
    let copy = Copy::new();
    survives(&copy, audio.path()).unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    for file in FILES.iter().chain(&[OPTIONAL]) {
        let path = copy.path(file);
        let whole = fs::read(&path).unwrap();
        let damage = |bytes: Option<Vec<u8>>, what: &str| {
            match &bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let outcome = survives(&copy, audio.path());
            if let Err(said) = &outcome {
                assert!(said.contains("voice-server: model_"), "{file} {what}: {said}");
            }
            outcome
        };
        let missing = damage(None, "missing");
        assert_eq!(missing.is_ok(), *file == OPTIONAL, "{file} missing");
        let noise: Vec<_> = (0..whole.len().max(64)).map(|_| random.u8(..)).collect();
        let replaced = damage(Some(noise), "replaced by random bytes");
        assert!(replaced.is_err() || *file == "graph/disambig_tid.int", "{file} replaced");
        for share in [1, 3, 5, 7, 9] {
            let _ = damage(Some(whole[..whole.len() * share / 10].to_vec()), "cut short");
        }
        for _ in 0..3 {
            let mut bytes = whole.clone();
            for _ in 0..bytes.len().div_ceil(500).min(20) {
                let at = random.usize(..bytes.len());
                bytes[at] ^= 1 << random.u8(..8);
            }
            let _ = damage(Some(bytes), "with bits flipped");
        }
        copy.restore();
    }
}
