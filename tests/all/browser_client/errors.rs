//! What users are told when something fails.

use serde_json::{Value, json};
use voice_tests::browser::{Browser, Microphone};
use voice_tests::has_espeak;
use voice_tests::recordings::silence;
use voice_tests::server::Server;

use super::stage::{Stage, shows_arabic, site};

#[test]
fn refusals_of_the_server_are_told_apart() {
    if !has_espeak() {
        return;
    }
    let builder = Server::secured().env("MAX_CONCURRENT_SESSIONS", "1");
    let Some(mut stage) = Stage::new(builder, &silence(1_000)) else { return };
    let good = stage.options(&json!({}));
    let refused = |stage: &mut Stage, code: &str, change: &dyn Fn(&mut Value)| {
        let mut options = good.clone();
        change(&mut options);
        stage.browser.evaluate("delete window.outcome");
        assert_eq!(stage.connect(&options), code);
        assert!(shows_arabic(stage), "{code}");
    };
    refused(&mut stage, "token_invalid", &|options| options["credential"]["token"] = "nonsense".into());
    refused(&mut stage, "token_missing", &|options| options["credential"] = json!({}));
    refused(&mut stage, "model_not_found", &|options| options["start"]["language"] = "xx".into());
    let expired = stage.server.token("patient", "speech", 1);
    let scopeless = stage.server.token("patient", "healthcare", 60);
    std::thread::sleep(std::time::Duration::from_secs(2));
    refused(&mut stage, "token_expired", &|options| options["credential"]["token"] = expired.clone().into());
    refused(&mut stage, "scope_missing", &|options| {
        options["credential"]["token"] = scopeless.clone().into();
    });
    // A ticket opens one session.
    let token = good["credential"]["token"].as_str().unwrap().to_owned();
    let answer =
        stage.server.request("POST", "/auth/ticket", &[("authorization", &format!("Bearer {token}"))], "");
    let ticket = answer.json()["ticket"].as_str().unwrap().to_owned();
    let mut by_ticket = good.clone();
    by_ticket["credential"] = json!({"ticket": ticket});
    stage.browser.evaluate("delete window.outcome");
    assert_eq!(stage.connect(&by_ticket), "ok");
    stage.browser.evaluate("window.first = client; true");
    // The only place is taken.
    refused(&mut stage, "session_limit", &|_| {});
    refused(&mut stage, "session_limit", &|options| options["credential"] = json!({"ticket": "used"}));
    stage.browser.evaluate("first.close().then(() => true)");
    stage.server.wait_until_idle();
    refused(&mut stage, "ticket_invalid", &|options| options["credential"] = json!({"ticket": ticket}));
    stage.network.fail();
    refused(&mut stage, "server_unreachable", &|_| {});
    assert_eq!(stage.browser.exceptions(), Vec::<String>::new());
}

#[test]
fn too_many_attempts_are_told() {
    if !has_espeak() {
        return;
    }
    let builder = Server::secured().env("RATE_LIMIT_PER_MINUTE", "2");
    let Some(mut stage) = Stage::new(builder, &silence(1_000)) else { return };
    let options = stage.options(&json!({}));
    // Attempts are allowed again after half a minute.
    let outcomes: Vec<_> = (0..10)
        .map(|_| {
            stage.browser.evaluate("delete window.outcome");
            stage.connect(&options)
        })
        .take_while(|outcome| outcome == "ok")
        .collect();
    assert!((1..10).contains(&outcomes.len()), "{outcomes:?}");
    assert_eq!(stage.browser.evaluate("window.outcome"), "rate_limited");
    assert!(shows_arabic(&mut stage));
}

#[test]
fn devices_that_fail_are_told() {
    if !has_espeak() {
        return;
    }
    let cases = [(Microphone::Missing, "microphone_missing"), (Microphone::Refused, "microphone_refused")];
    for (microphone, code) in cases {
        let Some(browser) = Browser::launch(microphone) else { return };
        let mut stage = Stage::of(browser, Server::secured(), tempfile::tempdir().unwrap());
        let options = stage.options(&json!({}));
        assert_eq!(stage.connect(&options), "ok");
        let refused = stage.browser.evaluate(
            "client.listen().catch((error) => { client.emit('problem', error); return error.code; })",
        );
        assert_eq!(refused, code);
        assert!(shows_arabic(&mut stage));
        // The conversation goes on.
        stage.browser.evaluate("client.say('نعم')");
        stage.browser.wait_until("count('spoken') === 1");
        stage.browser.evaluate("client.end().then(() => true)");
        stage.assert_no_problems();
    }
}

#[test]
fn microphone_that_is_withdrawn_is_told_and_can_come_back() {
    if !has_espeak() {
        return;
    }
    let Some(mut stage) = Stage::new(Server::secured(), &silence(60_000)) else { return };
    let options = stage.options(&json!({}));
    assert_eq!(stage.connect(&options), "ok");
    stage.browser.set_microphone("granted");
    stage.browser.evaluate("client.listen().then(() => true)");
    stage.browser.wait_until("levels.length > 10");
    // Chromium cannot be made to mute a track.
    stage.browser.evaluate("client.microphone.stream.getTracks()[0].dispatchEvent(new Event('mute'))");
    assert_eq!(stage.browser.evaluate("problems"), json!(["microphone_silenced"]));
    stage.browser.set_microphone("denied");
    stage.browser.wait_until("problems.length === 2");
    assert_eq!(
        stage.browser.evaluate("[problems[1], find('microphone'), client.state]"),
        json!(["microphone_lost", "off", "open"])
    );
    assert!(shows_arabic(&mut stage));
    stage.browser.set_microphone("granted");
    stage.browser.evaluate("client.listen().then(() => { levels.length = 0; })");
    stage.browser.wait_until("levels.length > 10");
    stage.browser.evaluate("client.muted = true");
    assert_eq!(stage.browser.evaluate("[client.muted, find('microphone')]"), json!([true, "muted"]));
    stage.browser.evaluate("client.close().then(() => true)");
    assert_eq!(stage.browser.evaluate("problems.length"), 2);
    stage.assert_no_problems();
}

#[test]
fn pages_that_cannot_speak_are_told_why() {
    if !has_espeak() {
        return;
    }
    let Some(mut stage) = Stage::new(Server::secured(), &silence(1_000)) else { return };
    let options = stage.options(&json!({}));
    let page = site();
    let failed = stage.browser.evaluate(&format!(
        "make({{ ...{options}, credential: async () => {{ throw new Error('no'); }} }}).connect().catch((error) => error.code)"
    ));
    assert_eq!(failed, "credential_failed");
    // Without a peer connection, sound is played in another way.
    stage.browser.evaluate("delete window.RTCPeerConnection");
    assert_eq!(stage.connect(&options), "ok");
    assert_eq!(stage.browser.evaluate("find('output')"), "direct");
    stage.browser.evaluate("client.say('نعم')");
    stage.browser.wait_until("count('spoken') === 1 && count('word_heard') === 1");
    stage
        .browser
        .evaluate("client.end().then(() => { delete window.outcome; delete window.AudioWorkletNode; })");
    assert_eq!(stage.connect(&options), "browser_unsupported");
    stage.assert_no_problems();
    // A page of an origin that the server does not know.
    stage.browser.open(&format!("{}/page/page.html", page.origin()));
    assert_eq!(stage.connect(&options), "origin_forbidden");
    assert!(shows_arabic(&mut stage));
    // A page without https.
    stage.browser.open(&format!("{}/page/page.html", page.insecure_origin()));
    assert_eq!(stage.connect(&options), "page_insecure");
    assert!(shows_arabic(&mut stage));
}

#[test]
fn network_that_does_not_come_back_ends_the_conversation() {
    if !has_espeak() {
        return;
    }
    let Some(mut stage) = Stage::new(Server::secured(), &silence(1_000)) else { return };
    let mut options = stage.options(&json!({}));
    options["reconnect"] = json!({"firstMs": 50, "giveUpMs": 500});
    assert_eq!(stage.connect(&options), "ok");
    stage.network.fail();
    stage.browser.wait_until("client.state === 'closed'");
    assert_eq!(stage.browser.evaluate("problems"), json!(["network_lost"]));
    assert!(shows_arabic(&mut stage));
    assert_eq!(stage.browser.exceptions(), Vec::<String>::new());
}

#[test]
fn blocked_sound_is_told_and_comes_with_a_click() {
    if !has_espeak() {
        return;
    }
    let Some(mut stage) = Stage::new(Server::secured(), &silence(1_000)) else { return };
    let options = stage.options(&json!({}));
    stage.browser.evaluate(&format!("make({options}).connect().then(() => true)"));
    stage.browser.wait_until("problems.length === 1");
    assert_eq!(stage.browser.evaluate("problems"), json!(["sound_blocked"]));
    assert!(shows_arabic(&mut stage));
    stage.browser.evaluate("document.getElementById('begin').onclick = () => client.unblock()");
    stage.browser.evaluate("client.say('نعم')");
    assert_eq!(stage.browser.evaluate("count('played')"), 0);
    stage.browser.click("#begin");
    stage.browser.wait_until("count('word_heard') === 1 && count('spoken') === 1");
    stage.browser.evaluate("client.close().then(() => true)");
    stage.assert_no_problems();
}
