//! Stored answers, through the routes of the server and its command line, on SQLite and PostgreSQL.

#[path = "../../voice-server/src/store/tests/postgres.rs"]
mod postgres;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use voice_tests::server::{Answer, Server, program};

use self::postgres::PostgresProcess;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A database of one test.
enum Database {
    Sqlite(TempDir),
    Postgres(PostgresProcess),
}

impl Database {
    /// Those that are installed.
    fn all() -> impl Iterator<Item = Self> {
        let sqlite = Self::Sqlite(tempfile::tempdir().unwrap());
        std::iter::once(sqlite).chain(PostgresProcess::start().map(Self::Postgres))
    }

    fn variable(&self) -> (&'static str, String) {
        match self {
            Self::Sqlite(folder) => {
                ("VOICE_STORE_PATH", folder.path().join("interviews.sqlite").display().to_string())
            }
            Self::Postgres(process) => ("DATABASE_URL", process.url()),
        }
    }

    fn server(&self) -> Server {
        let (name, value) = self.variable();
        let server = Server::secured().env(name, value).env("VOICE_STORE_KEYS", KEY).start_unready();
        server.wait_until("open", |health| health["interviews"] == "ok");
        server
    }

    /// The program with this database.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        let (name, value) = self.variable();
        command.env_clear().env(name, value).env("VOICE_STORE_KEYS", KEY).args(arguments);
        command
    }

    /// What `try-store` prints, line by line.
    fn try_store(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.command(&["try-store"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The id of an interview of `subject` with this number.
    fn interview(&self, subject: &str, number: u64, form: &str) -> String {
        let lines = self.try_store(&["count", &number.to_string(), "--subject", subject, "--form", form]);
        lines[0]["id"].as_str().unwrap().to_owned()
    }
}

fn with_token(server: &Server, method: &str, path: &str, token: &str) -> Answer {
    server.request(method, path, &[("authorization", &format!("Bearer {token}"))], "")
}

const PATH: &str = "/v1/questionnaire-responses";

/// The lines of an export, which is sent in chunks of a line each.
fn lines(export: &Answer) -> Vec<Value> {
    let lines = export.body.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn answers_are_read_listed_exported_and_deleted() {
    for database in Database::all() {
        let server = database.server();
        let ours: Vec<_> =
            (0..3).map(|n| database.interview("clinic-7", n + 1, &format!("urn:f:{n}"))).collect();
        let theirs = database.interview("clinic-8", 2, "urn:f:0");
        let token = server.token("clinic-7", "healthcare", 600);
        let get = |path: &str| with_token(&server, "GET", path, &token);

        let answer = get(&format!("{PATH}/{}", ours[1]));
        assert_eq!((answer.status, answer.header("etag")), (200, Some("W/\"3\"")));
        assert_eq!(answer.header("content-type"), Some("application/fhir+json; charset=utf-8"));
        let resource = answer.json();
        assert_eq!(resource["resourceType"], "QuestionnaireResponse");
        assert_eq!((&resource["id"], &resource["meta"]["versionId"]), (&json!(ours[1]), &json!("3")));
        assert_eq!(resource["item"][0]["answer"][0]["valueInteger"], 2);
        let authorization = format!("Bearer {token}");
        let known = [("authorization", &*authorization), ("if-none-match", "W/\"3\"")];
        assert_eq!(server.request("GET", &format!("{PATH}/{}", ours[1]), &known, "").status, 304);

        let other = get(&format!("{PATH}/{theirs}"));
        assert_eq!((other.status, &*other.code()), (404, "interview_unknown"));
        let none = get(&format!("{PATH}/{}", "0".repeat(32)));
        assert_eq!((none.status, none.code()), (404, other.code()), "as if there were none");

        let mut found = Vec::new();
        let mut next = Some(format!("{PATH}?_count=2&status=completed"));
        while let Some(path) = next {
            let bundle = get(&path).json();
            assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
            let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
            found.extend(entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()));
            let links = bundle["link"].as_array().unwrap();
            let link = links.iter().find(|link| link["relation"] == "next");
            next = link.map(|link| link["url"].as_str().unwrap().to_owned());
        }
        assert_eq!(found, ours);
        let of_form = get(&format!("{PATH}?questionnaire=urn:f:0%7C1")).json();
        assert_eq!(of_form["entry"].as_array().unwrap().len(), 1);
        let since = resource["meta"]["lastUpdated"].as_str().unwrap();
        let since = get(&format!("{PATH}?_lastUpdated=gt{since}")).json();
        assert_eq!(since["entry"].as_array().unwrap().len(), 1);
        assert_eq!((get(&format!("{PATH}?patient=7")).status), 400);

        for path in ["$export", "%24export"] {
            let export = get(&format!("{PATH}/{path}"));
            assert_eq!(export.header("content-type"), Some("application/fhir+ndjson"));
            assert_eq!(lines(&export).len(), 3);
        }
        let all = server.token("analyst", "healthcare:read", 600);
        assert_eq!(lines(&with_token(&server, "GET", &format!("{PATH}/$export"), &all)).len(), 4);
        let refused = with_token(&server, "DELETE", &format!("{PATH}/{theirs}"), &all);
        assert_eq!((refused.status, &*refused.code()), (403, "scope_missing"));

        assert_eq!(with_token(&server, "DELETE", &format!("{PATH}/{theirs}"), &token).status, 404);
        assert_eq!(with_token(&server, "DELETE", &format!("{PATH}/{}", ours[0]), &token).status, 204);
        assert_eq!(get(&format!("{PATH}/{}", ours[0])).status, 404);
        let officer = server.token("officer", "healthcare:delete", 600);
        assert_eq!(with_token(&server, "DELETE", &format!("{PATH}/{theirs}"), &officer).status, 204);

        for (token, code) in
            [("", "token_missing"), (&*server.token("clinic-7", "speech", 60), "scope_missing")]
        {
            let headers: &[_] = &[("authorization", &*format!("Bearer {token}"))];
            let answer = server.request("GET", PATH, if token.is_empty() { &[] } else { headers }, "");
            assert_eq!(answer.code(), code);
        }
        for action in ["interview_read", "interviews_listed", "interviews_exported", "interview_deleted"] {
            server.wait_for_log(action);
        }
        let metrics = server.admin("GET", "/metrics", "").body;
        for metric in
            ["voice_store_operation_seconds_count{operation=\"delete\"} ", "voice_store_available 1.0"]
        {
            assert!(metrics.contains(metric), "{metric}: {metrics}");
        }
    }
}

/// A client that does not read holds a bounded part of an export in the server's memory.
#[test]
fn long_export_is_complete() {
    let Some(database) = Database::all().next() else { return };
    let server = database.server();
    for _ in 0..45 {
        database.interview("clinic-7", 1, "urn:f:0");
    }
    let token = server.token("clinic-7", "healthcare", 600);
    let export = with_token(&server, "GET", &format!("{PATH}/$export"), &token);
    assert_eq!(lines(&export).len(), 45);
    assert!(export.body.ends_with("0\r\n\r\n"), "it has its end");
}

#[test]
fn rotated_key_is_not_needed_any_more() {
    for database in Database::all() {
        let id = database.interview("clinic-7", 5, "urn:f:0");
        let both = format!("new:{OTHER_KEY},old:{KEY}");
        let run = |keys: &str, arguments: &[&str]| {
            let output = database.command(arguments).env("VOICE_STORE_KEYS", keys).output().unwrap();
            let text = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8(text).unwrap())
        };
        let (is_done, text) = run(&both, &["store", "rotate"]);
        assert!(is_done && text.starts_with("1 interviews"), "{text}");
        let (is_done, text) = run(KEY, &["store", "rotate"]);
        assert!(!is_done && text.contains("not in VOICE_STORE_KEYS"), "{text}");
        let (name, value) = database.variable();
        let server = Server::secured().env(name, value).env("VOICE_STORE_KEYS", OTHER_KEY).start_unready();
        server.wait_until("open", |health| health["interviews"] == "ok");
        let token = server.token("clinic-7", "healthcare", 600);
        assert_eq!(with_token(&server, "GET", &format!("{PATH}/{id}"), &token).status, 200);
    }
}

#[test]
fn server_serves_without_its_database() {
    let unreachable = "postgres://voice:canary-password@127.0.0.1:1/voice";
    let server =
        Server::secured().env("DATABASE_URL", unreachable).env("VOICE_STORE_KEYS", KEY).start_unready();
    server.wait_until("failing", |health| health["interviews"] == "unavailable");
    server.wait_until("degraded", |health| health["status"] == "degraded");
    let token = server.token("clinic-7", "healthcare", 600);
    let answer = with_token(&server, "GET", PATH, &token);
    assert_eq!((answer.status, &*answer.code()), (503, "storage_unavailable"));
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn interviews_are_off_in_production_without_a_key() {
    let server = Server::secured().env("VOICE_SERVICE_ENV", "production").start_unready();
    let token = server.token("clinic-7", "healthcare", 600);
    let answer = with_token(&server, "GET", PATH, &token);
    assert_eq!((answer.status, &*answer.code()), (403, "interviews_off"));
    assert!(server.log().contains("VOICE_STORE_KEYS is not set"), "{}", server.log());
}

#[test]
fn local_server_makes_its_key_and_says_so() {
    let server = Server::secured().start_unready();
    server.wait_until("open", |health| health["interviews"] == "ok");
    server.wait_for_log("the key of the answers was made in ");
}

/// A program that counts in an interview, and the numbers that it has told.
struct Counter {
    child: Child,
    lines: BufReader<ChildStdout>,
    token: String,
    id: String,
    saved: u64,
}

impl Counter {
    fn start(database: &Database, resume: Option<&str>) -> Self {
        let mut command = database.command(&["try-store", "count", "1000000000"]);
        if let Some(token) = resume {
            command.args(["--resume", token]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut counter = Self { child, lines, token: String::new(), id: String::new(), saved: 0 };
        let first = counter.line().expect("it begins");
        let text = |name: &str| first[name].as_str().unwrap().to_owned();
        (counter.token, counter.id) = (text("token"), text("id"));
        counter.saved = first["number"].as_u64().unwrap();
        counter
    }

    fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        // The last line of a killed program may be cut.
        line.ends_with('\n').then(|| serde_json::from_str(&line).unwrap())
    }

    /// Kills it after a while, and returns the last number that it had told to be saved.
    fn kill_after(mut self, time: Duration) -> (String, u64) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.read();
        }
        self.child.kill().unwrap();
        while self.read() {}
        self.child.wait().unwrap();
        (self.token, self.saved)
    }

    fn read(&mut self) -> bool {
        let Some(line) = self.line() else { return false };
        self.saved = line["saved"].as_u64().unwrap_or(self.saved);
        true
    }
}

/// Each round kills the program while it saves, and goes on with what is stored. `VOICE_KILLS` sets the number of rounds.
#[test]
fn no_saved_answer_is_lost_when_the_program_is_killed() {
    let rounds = std::env::var("VOICE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    for database in Database::all() {
        let mut counter = Counter::start(&database, None);
        let (id, mut all) = (counter.id.clone(), 0);
        for round in 0..rounds {
            let (token, saved) = counter.kill_after(Duration::from_millis(fastrand::u64(0..150)));
            // Two programs show the same token: one of them gets the interview.
            let clients = [(); 2].map(|()| {
                let mut command = database.command(&["try-store", "resume", &token]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            });
            let answers = clients.map(|client| client.wait_with_output().unwrap());
            let winners: Vec<_> = answers.iter().filter(|answer| answer.status.success()).collect();
            let told = answers.each_ref().map(|answer| String::from_utf8_lossy(&answer.stderr).into_owned());
            assert_eq!(winners.len(), 1, "round {round}: {told:?}");
            assert!(told.iter().any(|told| told.contains("resume_token_invalid")), "{told:?}");
            let state: Value = serde_json::from_slice(&winners[0].stdout).unwrap();
            let stored = state["number"].as_u64().unwrap();
            // The number that was being saved when the program ended may be stored too.
            assert!(
                (saved..=saved + 1).contains(&stored),
                "round {round}: {saved} was saved, {stored} is stored"
            );
            assert_eq!(state["id"], id);
            all = stored;
            counter = Counter::start(&database, state["token"].as_str());
            assert_eq!(counter.saved, stored);
        }
        let (_, saved) = counter.kill_after(Duration::ZERO);
        println!("{rounds} kills, {} numbers saved in {}", saved.max(all), database.variable().0);
    }
}

/// The database itself is killed while the program saves: what was told to be saved is there, and what was held in
/// memory is saved later.
#[test]
fn no_answer_is_lost_when_postgres_is_killed() {
    let rounds = std::env::var("VOICE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(2);
    let Some(process) = PostgresProcess::start() else { return };
    let mut database = Database::Postgres(process);
    let mut counter = Counter::start(&database, None);
    let mut held = 0;
    for round in 0..rounds {
        let Database::Postgres(process) = &mut database else { unreachable!() };
        let before = counter.saved;
        while counter.saved < before + 5 {
            assert!(counter.read(), "round {round}");
        }
        process.kill();
        let mut last = 0;
        while last == 0 {
            last = counter.line().unwrap()["held"].as_u64().unwrap_or(0);
        }
        held += 1;
        process.restart();
        let start = Instant::now();
        while counter.saved < last {
            assert!(counter.read() && start.elapsed() < Duration::from_mins(1), "round {round}");
        }
    }
    let (token, saved) = counter.kill_after(Duration::ZERO);
    let state = &database.try_store(&["resume", &token])[0];
    let stored = state["number"].as_u64().unwrap();
    assert!((saved..=saved + 1).contains(&stored), "{saved} was saved, {stored} is stored");
    println!("{rounds} kills of PostgreSQL, {held} with answers held in memory, {stored} numbers saved");
}
