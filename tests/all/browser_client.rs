//! The client module for browsers (`examples/browser/voice-client`) in Chromium, with human recordings as its microphone.

mod errors;
mod sound;
mod stage;

use std::path::Path;
use std::process::Command;

use serde_json::json;
use voice_core::audio::wav;
use voice_tests::browser::{Browser, Microphone};
use voice_tests::recordings;
use voice_tests::server::Server;
use voice_tests::site::Site;
use voice_tests::{has_espeak, recordings_or_skip, root};

use self::stage::{Stage, started, words};

#[test]
fn speech_becomes_text_on_the_page() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let samples = words(&data, &["one", "seven", "no"]);
    let Some(mut stage) = Stage::new(Server::secured(), &samples) else { return };
    let options = stage.options(&json!({"words": true}));
    assert_eq!(stage.connect(&options), "ok");
    stage.browser.evaluate("client.listen().then(() => true)");
    stage.browser.wait_until("count('turn_ended') >= 3");
    let text = stage.browser.evaluate("document.getElementById('text').textContent");
    assert_eq!(text, "واحد سبعة لا ");
    // The meter has shown silence and voice.
    assert_eq!(
        stage.browser.evaluate("levels.some((rms) => rms < 0.01) && levels.some((rms) => rms > 0.02)"),
        true
    );
    stage.browser.evaluate("client.end().then(() => true)");
    assert_eq!(stage.browser.evaluate("[client.state, find('closed').code]"), json!(["closed", "ok"]));
    assert_eq!(stage.browser.evaluate("problems"), json!([]));
    stage.assert_no_problems();
}

#[test]
fn lost_connection_loses_no_word() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let samples = words(&data, &["one", "seven", "no", "three", "nine"]);
    let Some(mut stage) = Stage::new(Server::secured(), &samples) else { return };
    let options = stage.options(&json!({}));
    assert_eq!(stage.connect(&options), "ok");
    stage.browser.evaluate("client.listen().then(() => true)");
    stage.browser.wait_until("count('final') === 1");
    // The second word is spoken while there is no network.
    stage.network.fail();
    stage.browser.wait_until("client.state === 'reconnecting'");
    stage.browser.evaluate("client.say('نعم', { id: 'kept' })");
    stage.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 2500))");
    stage.network.repair();
    stage.browser.wait_until("count('reconnected') === 1");
    assert_eq!(stage.browser.evaluate("find('reconnected').resumed"), true);
    stage.browser.wait_until("count('spoken') === 1");
    assert_eq!(stage.browser.evaluate("find('spoken').id"), "kept");
    // The browser says that it is offline, and the old connection gives no sign.
    stage.browser.set_offline(true);
    stage.browser.wait_until("count('reconnected') === 2 || client.state === 'reconnecting'");
    stage.browser.set_offline(false);
    stage.browser.wait_until("count('reconnected') === 2");
    assert_eq!(stage.browser.evaluate("find('reconnected').resumed"), true);
    stage.browser.wait_until("count('final') === 5");
    let text = stage.browser.evaluate("document.getElementById('text').textContent");
    assert_eq!(text, "واحد سبعة لا ثلاثة تسعة ");
    assert_eq!(stage.browser.evaluate("problems"), json!([]));
    stage.browser.evaluate("client.end().then(() => true)");
    assert_eq!(stage.browser.exceptions(), Vec::<String>::new());
}

#[test]
fn restarted_server_gets_a_new_session() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let samples = words(&data, &["one", "seven", "no"]);
    let Some(mut stage) = Stage::new(Server::secured(), &samples) else { return };
    let options = stage.options(&json!({}));
    assert_eq!(stage.connect(&options), "ok");
    stage.browser.evaluate("client.update({ words: true }); client.listen().then(() => true)");
    stage.browser.wait_until("count('final') === 1");
    let new = started(Server::secured());
    let old = std::mem::replace(&mut stage.server, new);
    stage.network.lead_to(stage.server.address());
    assert_eq!(old.terminate(), Some(0));
    stage.browser.wait_until("count('reconnected') === 1");
    assert_eq!(
        stage.browser.evaluate("[find('reconnected').resumed, problems]"),
        json!([false, ["stopping"]])
    );
    stage.browser.wait_until("count('final') >= 3");
    let text = stage.browser.evaluate("document.getElementById('text').textContent");
    assert_eq!(text, "واحد سبعة لا ");
    // The settings are those of the last update.
    assert_eq!(stage.browser.evaluate("find('final').words.length"), 1);
    stage.browser.evaluate("client.close().then(() => true)");
    assert_eq!(stage.browser.exceptions(), Vec::<String>::new());
}

#[test]
fn page_in_the_background_listens_and_speaks() {
    if !has_espeak() {
        return;
    }
    let data = recordings_or_skip!();
    let Some(mut stage) = Stage::new(Server::secured(), &words(&data, &["one", "seven", "no"])) else {
        return;
    };
    let options = stage.options(&json!({}));
    assert_eq!(stage.connect(&options), "ok");
    stage.browser.hide();
    stage.browser.evaluate("client.say('نعم'); client.listen().then(() => true)");
    stage.browser.wait_until("count('turn_ended') === 3 && count('spoken') === 1 && words.length === 1");
    let text = stage.browser.evaluate("document.getElementById('text').textContent");
    assert_eq!(text, "واحد سبعة لا ");
    assert_eq!(stage.browser.evaluate("document.visibilityState"), "hidden");
    stage.browser.evaluate("client.close().then(() => true)");
    stage.assert_no_problems();
}

#[test]
fn smallest_page_transcribes_the_microphone() {
    let data = recordings_or_skip!();
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("microphone.wav");
    let mut writer = wav::Writer::create(&sound, recordings::RATE).unwrap();
    writer.write(&words(&data, &["one", "seven", "no"])).and_then(|()| writer.finish()).unwrap();
    let Some(mut browser) = Browser::launch(Microphone::Plays(&sound)) else { return };
    // Its script is in the page.
    let policy = "default-src 'none'; script-src 'self' 'unsafe-inline'; connect-src *";
    let site = Site::start(vec![("/", root().join("examples/browser"))], policy);
    let server = started(Server::builder().env("VOICE_ALLOWED_ORIGINS", site.origin()));
    browser.open(&format!("{}/microphone.html", site.origin()));
    browser.evaluate(&format!("document.querySelector('[name=url]').value = 'ws://{}/'", server.address()));
    browser.click("button");
    browser.wait_until("document.querySelector('span').textContent.trim().split(' ').length === 3");
    assert_eq!(browser.evaluate("document.querySelector('span').textContent"), "واحد سبعة لا ");
    browser.click("button");
    browser.wait_until("document.querySelector('[role=status]').textContent === 'closed'");
    assert_eq!(browser.problems(), Vec::<String>::new());
}

#[test]
fn module_has_the_names_of_its_types() {
    let script = root().join("scripts/typescript.py");
    let program = Command::new("python3").arg(script).arg("--path").output();
    let compiler = program.ok().filter(|output| output.status.success());
    let compiler = compiler.map(|output| String::from_utf8(output.stdout).unwrap().trim().to_owned());
    let has_node = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    let Some(compiler) = compiler.filter(|path| has_node && Path::new(path).is_file()) else {
        println!("skipped: Node.js or TypeScript is missing; run scripts/typescript.py");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let module = root().join("examples/browser/voice-client");
    // Once with its types, and once without them, so that the compiler reads the scripts.
    let (package, scripts) =
        (folder.path().join("node_modules/@libvoice/client"), folder.path().join("module"));
    for target in [&package, &scripts] {
        std::fs::create_dir_all(target).unwrap();
    }
    for entry in module.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap();
        std::fs::copy(&entry, package.join(name)).unwrap();
        if entry.extension().is_some_and(|extension| extension == "js") {
            std::fs::copy(&entry, scripts.join(name)).unwrap();
        }
    }
    std::fs::copy(module.join("example.ts"), folder.path().join("example.ts")).unwrap();
    std::fs::copy(root().join("tests/clients/browser/check.ts"), folder.path().join("check.ts")).unwrap();
    let output = Command::new("node")
        .arg(compiler)
        .args(["--noEmit", "--strict", "--allowJs", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"])
        .args(["--module", "nodenext", "--moduleResolution", "nodenext", "check.ts", "example.ts"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn types_name_every_message_of_the_server() {
    let module = root().join("examples/browser/voice-client");
    let types = std::fs::read_to_string(module.join("index.d.ts")).unwrap();
    let description = std::fs::read_to_string(root().join("docs/voice-v1.asyncapi.yaml")).unwrap();
    let messages = description.lines().filter_map(|line| line.strip_prefix("    server_")?.strip_suffix(':'));
    let messages: Vec<_> = messages.filter(|name| *name != "samples").collect();
    assert!(messages.len() > 15);
    for message in messages {
        assert!(types.contains(&format!("\n  {message}: ")), "{message}");
    }
}
