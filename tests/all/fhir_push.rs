//! Finished responses on their way to a FHIR server that is down, talks nonsense, refuses, and at last takes them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use voice_tests::server::{Server, program};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What the FHIR server answers.
#[derive(Clone, Copy)]
enum Manner {
    /// As FHIR says.
    Proper,
    /// These bytes, whatever they are.
    Raw(&'static str),
}

/// A FHIR server of the test: it creates or updates by identifier.
struct FhirServer {
    state: Arc<Mutex<State>>,
}

struct State {
    manner: Manner,
    resources: BTreeMap<String, Value>,
    requests: usize,
}

impl FhirServer {
    fn listen(at: &str) -> Self {
        let listener = TcpListener::bind(at).unwrap();
        let state = State { manner: Manner::Proper, resources: BTreeMap::new(), requests: 0 };
        let server = Self { state: Arc::new(Mutex::new(state)) };
        let state = Arc::clone(&server.state);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = answer(stream, &state);
            }
        });
        server
    }

    fn behave(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        reader.read_line(&mut head)?;
        let line = head[start..].trim().to_ascii_lowercase();
        if let Some(given) = line.strip_prefix("content-length:") {
            length = given.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut state = state.lock().unwrap();
    state.requests += 1;
    match state.manner {
        Manner::Raw(bytes) => stream.write_all(bytes.as_bytes()),
        Manner::Proper => {
            assert!(
                head.contains("authorization: Bearer canary-fhir")
                    || head.contains("Authorization: Bearer canary-fhir")
            );
            let target = head.split(' ').nth(1).unwrap().to_owned();
            assert!(
                head.starts_with("PUT /r4/QuestionnaireResponse?identifier=urn%3Alibvoice%3Ainterview%7C"),
                "{head}"
            );
            let resource: Value = serde_json::from_slice(&body).unwrap();
            let status =
                if state.resources.insert(target, resource).is_some() { "200 OK" } else { "201 Created" };
            write!(
                stream,
                "HTTP/1.1 {status}\r\nlocation: /r4/QuestionnaireResponse/1/_history/1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
        }
    }
}

struct Setup {
    folder: TempDir,
    base: String,
}

impl Setup {
    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("VOICE_STORE_PATH", self.folder.path().join("interviews.sqlite").display().to_string()),
            ("VOICE_STORE_KEYS", KEY.to_owned()),
            ("FHIR_BASE_URL", self.base.clone()),
            ("FHIR_BEARER_TOKEN", "canary-fhir".to_owned()),
        ]
    }

    fn server(&self) -> Server {
        let builder = self
            .variables()
            .into_iter()
            .fold(Server::secured(), |builder, (name, value)| builder.env(name, value));
        let server = builder.start_unready();
        server.wait_until("open", |health| health["interviews"] == "ok");
        server
    }

    /// Completes an interview, and returns its id.
    fn complete(&self) -> String {
        let mut command = Command::new(program());
        command.env_clear().envs(self.variables()).args(["try-store", "count", "3"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let first = String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned();
        serde_json::from_str::<Value>(&first).unwrap()["id"].as_str().unwrap().to_owned()
    }
}

/// Waits until the outbox is as `wanted`; until then, everything is sent again each time that the last attempt failed.
fn wait_for_outbox(server: &Server, what: &str, wanted: impl Fn(&[Value]) -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let outbox = server.admin("GET", "/admin/outbox", "").json();
        let rows = outbox["responses"].as_array().unwrap().clone();
        if wanted(&rows) {
            return;
        }
        assert!(Instant::now() < deadline, "never {what}: {outbox}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn finished_response_reaches_the_fhir_server_after_all() {
    // A port at which nothing listens yet.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let setup = Setup { folder: tempfile::tempdir().unwrap(), base: format!("http://{address}/r4") };
    let server = setup.server();
    let id = setup.complete();
    let retry = || assert_eq!(server.admin("POST", "/admin/outbox", "").json()["retried"], 1);
    let reason = |reason: &'static str| move |rows: &[Value]| rows.len() == 1 && rows[0]["reason"] == reason;
    retry();
    wait_for_outbox(&server, "unreachable", reason("unreachable"));
    let fhir = FhirServer::listen(&address.to_string());
    for (bytes, code) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 14\r\n\r\n<html>Welcome!",
            "not_fhir",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "not_fhir"),
        ("HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n", "http_302"),
        ("HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops", "http_500"),
        ("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", "http_401"),
        ("HTTP/1.1 201 Created\r\nlocation: /x\r\ncontent-length: 99\r\n\r\n{\"resourceType\"", "not_fhir"),
        ("220 mail.example.com ESMTP\r\n", "no_http"),
    ] {
        fhir.behave(Manner::Raw(bytes));
        retry();
        wait_for_outbox(&server, code, |rows| reason(code)(rows) && rows[0]["state"] == "waiting");
    }
    let metrics = server.admin("GET", "/metrics", "").body;
    assert!(metrics.contains("voice_outbox_responses{state=\"waiting\"}"), "{metrics}");

    fhir.behave(Manner::Raw("HTTP/1.1 422 Unprocessable\r\ncontent-length: 0\r\n\r\n"));
    retry();
    wait_for_outbox(&server, "parked", |rows| reason("http_422")(rows) && rows[0]["state"] == "parked");
    fhir.behave(Manner::Proper);
    let requests = fhir.state.lock().unwrap().requests;
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(fhir.state.lock().unwrap().requests, requests, "what is parked is not sent");
    // Another instance finds it too.
    drop(server);
    let server = setup.server();
    assert_eq!(server.admin("POST", "/admin/outbox", "").json()["retried"], 1);
    wait_for_outbox(&server, "delivered", <[Value]>::is_empty);
    let state = fhir.state.lock().unwrap();
    let [resource] = &state.resources.values().collect::<Vec<_>>()[..] else { panic!("one resource") };
    assert_eq!(resource["identifier"], json!({"system": "urn:libvoice:interview", "value": id}));
    assert_eq!(
        (&resource["status"], &resource["item"][0]["answer"][0]["valueInteger"]),
        (&json!("completed"), &json!(3))
    );
}
