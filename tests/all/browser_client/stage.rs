//! A page with the client module, its browser, and its server.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use voice_core::audio::wav;
use voice_tests::browser::{Browser, Microphone};
use voice_tests::recordings::{self, SPEAKER, keyword, silence};
use voice_tests::root;
use voice_tests::server::{Builder, Server};
use voice_tests::site::{Network, Site};

pub(super) const PROMPT: &str =
    "مرحبا بك في عيادة الأسنان. يمكنك حجز موعد جديد، أو تغيير موعدك الحالي، أو التحدث إلى موظف الاستقبال.";

/// The policy of the test page: the client needs no inline script, no blob and no `eval`.
pub(super) const POLICY: &str =
    "default-src 'none'; script-src 'self'; connect-src *; img-src 'self'; media-src 'self'";

/// A page, its browser, and a server behind a network that can fail.
pub(super) struct Stage {
    pub(super) browser: Browser,
    pub(super) server: Server,
    pub(super) network: Network,
    _sound: TempDir,
}

impl Stage {
    /// A stage whose microphone gives `samples`; `None` without a browser.
    pub(super) fn new(builder: Builder, samples: &[i16]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let sound = folder.path().join("microphone.wav");
        let mut writer = wav::Writer::create(&sound, recordings::RATE).unwrap();
        writer.write(samples).and_then(|()| writer.finish()).unwrap();
        let browser = Browser::launch(Microphone::Plays(&sound))?;
        Some(Self::of(browser, builder, folder))
    }

    pub(super) fn of(mut browser: Browser, builder: Builder, sound: TempDir) -> Self {
        let site = site();
        let server = started(builder.env("VOICE_ALLOWED_ORIGINS", site.origin()));
        let network = Network::to(server.address());
        browser.open(&format!("{}/page/page.html", site.origin()));
        Self { browser, server, network, _sound: sound }
    }

    /// The options of a client with a new token, and with these settings of `start`.
    pub(super) fn options(&self, start: &Value) -> Value {
        let token = self.server.token("patient", "speech", 600);
        let url = format!("ws://{}/secure", self.network.address());
        let mut settings = json!({"language": "ar"});
        settings.as_object_mut().unwrap().extend(start.as_object().unwrap().clone());
        json!({"url": url, "credential": {"token": token}, "start": settings})
    }

    /// Connects by a click, and returns `ok` or the code of the error.
    pub(super) fn connect(&mut self, options: &Value) -> String {
        self.browser.evaluate(&format!("connectOnClick({options}); true"));
        self.browser.click("#begin");
        self.browser.wait_until("window.outcome").as_str().unwrap().to_owned()
    }

    /// Fails if the console has an error or the policy was violated.
    pub(super) fn assert_no_problems(&mut self) {
        self.browser.evaluate("0");
        assert_eq!(self.browser.problems(), Vec::<String>::new());
    }
}

impl Stage {
    /// The rate of the browser's audio. Audio of this rate is played sample by sample.
    pub(super) fn rate(&mut self) -> u32 {
        let rate = self
            .browser
            .evaluate("(() => { const c = new AudioContext(); c.close(); return c.sampleRate; })()");
        u32::try_from(rate.as_u64().unwrap()).unwrap()
    }

    /// The samples of a recording of the page, without the silence around them.
    pub(super) fn recording(&mut self, name: &str) -> Vec<i16> {
        let samples = self.browser.evaluate(&format!("samples({name})"));
        trimmed(&decoded(samples.as_str().unwrap())).to_vec()
    }

    /// All audio that the server has sent, as the browser's network has seen it, with the places at which a new run begins.
    pub(super) fn sent(&mut self) -> (Vec<i16>, Vec<usize>) {
        let (mut samples, mut runs) = (Vec::new(), Vec::new());
        for frame in self.browser.events("Network.webSocketFrameReceived") {
            let response = &frame["response"];
            let payload = response["payloadData"].as_str().unwrap();
            if response["opcode"] == 2 {
                samples.extend(decoded(payload));
            } else if serde_json::from_str::<Value>(payload).unwrap()["type"] == "audio" {
                runs.push(samples.len());
            }
        }
        (samples, runs)
    }
}

pub(super) fn site() -> Site {
    let page = root().join("tests/clients/browser");
    let client = root().join("examples/browser/voice-client");
    Site::start(vec![("/page/", page), ("/voice-client/", client)], POLICY)
}

pub(super) fn started(builder: Builder) -> Server {
    let server = builder.env("VOICE_TTS_VOICES", "ar=espeak,en=espeak").start();
    server.wait_until("speaking", |health| {
        health["models"]["tts"]
            .as_array()
            .is_some_and(|voices| voices.iter().all(|voice| voice["state"] == "ready"))
    });
    server
}

/// Words with pauses between them.
pub(super) fn words(data: &Path, words: &[&str]) -> Vec<i16> {
    let mut samples = silence(1_500);
    for word in words {
        samples.extend(keyword(data, SPEAKER, word));
        samples.extend(silence(1_200));
    }
    samples
}

/// Whether the page shows the sentence of the last error, in its language.
pub(super) fn shows_arabic(stage: &mut Stage) -> bool {
    let shown = stage.browser.evaluate("document.getElementById('problem').textContent");
    shown.as_str().unwrap().contains(|letter: char| ('\u{600}'..='\u{6ff}').contains(&letter))
}

/// 16-bit samples in base64.
pub(super) fn decoded(text: &str) -> Vec<i16> {
    let bytes = BASE64.decode(text).unwrap();
    bytes.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)).collect()
}

pub(super) fn trimmed(samples: &[i16]) -> &[i16] {
    let begin = samples.iter().position(|&sample| sample != 0).unwrap_or(samples.len());
    let end = samples.iter().rposition(|&sample| sample != 0).map_or(begin, |last| last + 1);
    &samples[begin..end]
}
