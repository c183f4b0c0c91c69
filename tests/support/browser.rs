//! Chromium, driven by its `DevTools` protocol: a page with a microphone that plays a recording.

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

/// The longest wait for anything. The browser shares the machine with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

/// The names of the program.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What the page's microphone is.
#[derive(Clone, Copy)]
pub enum Microphone<'a> {
    /// A WAV file, played once from the moment at which the page opens the microphone. The page is allowed to.
    Plays(&'a Path),
    /// One that the user does not allow.
    Refused,
    /// None is connected.
    Missing,
}

/// A browser with one page. It ends with its owner.
pub struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    commands: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

/// The name of the installed Chromium. Without one the reason is printed; in CI it is an error.
pub fn chromium() -> Option<&'static str> {
    let runs = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    let found = PROGRAMS.into_iter().find(runs);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "chromium is missing; CI must have it");
        println!("skipped: chromium is not installed");
    }
    found
}

impl Browser {
    /// Starts Chromium with an empty page; `None`, with a printed reason, if it is not installed.
    pub fn launch(microphone: Microphone) -> Option<Self> {
        let profile = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(chromium()?);
        command
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--remote-debugging-port=0", "--window-size=1280,800"])
            // A name that is not this machine's, for pages that are not secure.
            .arg("--host-resolver-rules=MAP voice.test 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.path().display()));
        match microphone {
            Microphone::Plays(sound) => {
                command
                    .args(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"])
                    .arg(format!("--use-file-for-fake-audio-capture={}%noloop", sound.display()));
            }
            Microphone::Refused => {
                command.arg("--use-fake-device-for-media-stream");
            }
            Microphone::Missing => {
                command.arg("--use-fake-ui-for-media-stream");
            }
        }
        let mut child = command
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("chromium starts");
        let address = devtools_address(&mut child);
        let stream =
            TcpStream::connect(address.trim_start_matches("ws://").split('/').next().expect("a host"))
                .expect("chromium listens");
        // Recordings of a page come back in one message.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (socket, _) =
            tungstenite::client::client_with_config(address, stream, Some(config)).expect("a handshake");
        socket.get_ref().set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        let mut browser = Self {
            child,
            socket,
            session: String::new(),
            commands: 0,
            events: Vec::new(),
            _profile: profile,
        };
        browser.attach();
        if matches!(microphone, Microphone::Refused) {
            browser.set_microphone("denied");
        }
        Some(browser)
    }

    fn attach(&mut self) {
        let targets = self.send("Target.getTargets", &json!({}));
        let infos = targets["targetInfos"].as_array().expect("targets");
        let page = infos.iter().find(|info| info["type"] == "page").expect("a page");
        let attached =
            self.send("Target.attachToTarget", &json!({"targetId": page["targetId"], "flatten": true}));
        attached["sessionId"].as_str().expect("a session").clone_into(&mut self.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.send(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// Allows the microphone, or not: `granted` or `denied`.
    pub fn set_microphone(&mut self, setting: &str) {
        let session = std::mem::take(&mut self.session);
        let permission = json!({"permission": {"name": "microphone"}, "setting": setting});
        self.send("Browser.setPermission", &permission);
        self.session = session;
    }

    /// Opens an address, and waits until the page has loaded.
    pub fn open(&mut self, url: &str) {
        self.events.clear();
        let answer = self.send("Page.navigate", &json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        self.wait_for_event("Page.loadEventFired");
    }

    /// The value of an expression. If it is a promise, its result.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.send("Runtime.evaluate", &parameters);
        let exception = &answer["exceptionDetails"];
        assert!(exception.is_null(), "{expression}: {exception:#}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true, and returns its value.
    pub fn wait_until(&mut self, expression: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let value = self.evaluate(expression);
            if !matches!(value, Value::Null | Value::Bool(false)) && value != "" && value != 0 {
                return value;
            }
            if Instant::now() > end {
                let page = self.evaluate("document.body.innerText");
                panic!("not {expression}; the page shows {page}, and told {:#?}", self.problems());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks on an element as a user does.
    pub fn click(&mut self, selector: &str) {
        let place = self.evaluate(&format!(
            "(() => {{ const element = document.querySelector({}); element.scrollIntoView();
              const box = element.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            Value::from(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.send("Input.dispatchMouseEvent", &event);
        }
    }

    /// Opens another page in front of this one.
    pub fn hide(&mut self) {
        let session = std::mem::take(&mut self.session);
        let page = self.send("Target.createTarget", &json!({"url": "about:blank"}));
        self.send("Target.activateTarget", &json!({"targetId": page["targetId"]}));
        self.session = session;
        self.wait_until("document.visibilityState === 'hidden'");
    }

    /// Cuts the page off from the network, or connects it again.
    pub fn set_offline(&mut self, is_offline: bool) {
        let conditions =
            json!({"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.send("Network.emulateNetworkConditions", &conditions);
    }

    /// Errors of the console, exceptions, and violations of the page's policy.
    pub fn problems(&self) -> Vec<String> {
        let events = self.events.iter().filter_map(|event| {
            let parameters = &event["params"];
            let shown = match event["method"].as_str()? {
                "Log.entryAdded" if parameters["entry"]["level"] == "error" => &parameters["entry"],
                "Runtime.exceptionThrown" => &parameters["exceptionDetails"],
                "Runtime.consoleAPICalled" if parameters["type"] == "error" => &parameters["args"],
                _ => return None,
            };
            Some(shown.to_string())
        });
        events.collect()
    }

    /// The same without connections that failed, which browsers report as errors of the page.
    pub fn exceptions(&mut self) -> Vec<String> {
        self.evaluate("0");
        let mut problems = self.problems();
        problems.retain(|problem| {
            !problem.contains("\"source\":\"network\"") && !problem.contains("WebSocket connection to")
        });
        problems
    }

    /// The parameters of all events of this name since the page was opened.
    pub fn events(&mut self, method: &str) -> Vec<Value> {
        self.evaluate("0");
        let events = self.events.iter().filter(|event| event["method"] == method);
        events.map(|event| event["params"].clone()).collect()
    }

    /// A picture of the page, as PNG in base64.
    pub fn screenshot(&mut self) -> String {
        let answer = self.send("Page.captureScreenshot", &json!({"format": "png"}));
        answer["data"].as_str().expect("a picture").to_owned()
    }

    /// The result of a command of the protocol.
    pub fn send(&mut self, method: &str, parameters: &Value) -> Value {
        self.command(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn command(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        self.commands += 1;
        let id = self.commands;
        let mut command = json!({"id": id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            command["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(command.to_string())).expect("chromium reads");
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(message) = self.receive() {
                if message["id"] == id {
                    return match message.get("error") {
                        Some(error) => Err(error.clone()),
                        None => Ok(message["result"].clone()),
                    };
                }
                if message["method"].is_string() {
                    self.events.push(message);
                }
            }
            assert!(Instant::now() < end, "no answer to {method}");
        }
    }

    fn wait_for_event(&mut self, method: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.events.iter().any(|event| event["method"] == method) {
            if let Some(message) = self.receive() {
                self.events.push(message);
            }
            assert!(Instant::now() < end, "no {method}");
        }
    }

    fn receive(&mut self) -> Option<Value> {
        match self.socket.read() {
            Ok(Message::Text(text)) => Some(serde_json::from_str(&text).expect("JSON")),
            Ok(_) => None,
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                None
            }
            Err(error) => panic!("chromium has ended: {error}"),
        }
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

/// The address that Chromium prints. The rest of what it prints is read and dropped.
fn devtools_address(child: &mut Child) -> String {
    let stderr = child.stderr.take().expect("stderr is piped");
    let (send, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                let _ = send.send(address.to_owned());
            }
        }
    });
    address.recv_timeout(PATIENCE).expect("the address of chromium")
}
