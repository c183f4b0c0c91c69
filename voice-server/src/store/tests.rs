//! The store on both databases, which are real.

mod postgres;

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _, Row as _};
use url::Url;

use self::postgres::PostgresProcess;
use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn options(target: Target) -> StoreOptions {
    let keys = Some(Secret::new(KEY.as_bytes()));
    StoreOptions { target, keys, retention: Duration::from_hours(1), fhir_server: None }
}

async fn open(target: &Target) -> Store {
    Store::open(options(target.clone()), StoreMetrics::new()).await.unwrap()
}

fn new(subject: &str) -> NewInterview {
    NewInterview {
        subject: subject.to_owned(),
        form_url: "urn:example:form".to_owned(),
        form_version: "2".to_owned(),
        language: "ar".to_owned(),
    }
}

fn at(number: u64) -> Progress {
    Progress {
        status: Status::InProgress,
        state: format!("state {number} نعم").into_bytes(),
        response: format!("{{\"number\": {number}}}").into_bytes(),
    }
}

async fn begun(store: &Store, subject: &str) -> (OpenInterview, ResumeToken) {
    store.create(&new(subject), |_| at(0)).await.unwrap()
}

/// A connection of the test itself.
async fn other_connection(target: &Target) -> AnyConnection {
    let url = match target {
        Target::Sqlite(path) => format!("sqlite://{}", path.display()),
        Target::Postgres(url) => url.to_string(),
    };
    AnyConnection::connect(&url).await.unwrap()
}

async fn events(target: &Target, id: InterviewId) -> Vec<String> {
    let mut connection = other_connection(target).await;
    let rows = sqlx::query("SELECT action FROM interview_events WHERE interview = $1 ORDER BY number")
        .bind(id.to_string())
        .fetch_all(&mut connection)
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn saved_state_is_resumed_once(target: &Target) {
    let store = open(target).await;
    let (mut interview, token) = begun(&store, "clinic").await;
    interview.save(&at(1)).await.unwrap();
    interview.save(&at(2)).await.unwrap();
    assert!(store.resume(&token, "other").await.is_err(), "of another subject");
    let (mut again, resumed, next) = store.resume(&token, "clinic").await.unwrap();
    assert_eq!((again.id(), resumed.state), (interview.id(), at(2).state));
    assert_eq!(
        (&*resumed.form_url, &*resumed.form_version, &*resumed.language),
        ("urn:example:form", "2", "ar")
    );
    assert_eq!(resumed.status, Status::InProgress);
    assert_eq!(store.resume(&token, "clinic").await.err(), Some(StoreError::TokenInvalid));
    assert_eq!(interview.save(&at(9)).await, Err(StoreError::TakenOver));
    again.save(&at(3)).await.unwrap();
    // Another instance goes on with it.
    let elsewhere = open(target).await;
    let (_, resumed, _) = elsewhere.resume(&next, "clinic").await.unwrap();
    assert_eq!(resumed.state, at(3).state);
    assert_eq!(again.save(&at(9)).await, Err(StoreError::TakenOver));
    assert_eq!(store.resume(&ResumeToken::sent(""), "clinic").await.err(), Some(StoreError::TokenInvalid));
    assert_eq!(events(target, interview.id()).await, ["created", "resumed", "resumed"]);
}

async fn one_of_many_clients_resumes(target: &Target) {
    let (one, two) = (open(target).await, open(target).await);
    for _ in 0..10 {
        let (_, token) = begun(&one, "clinic").await;
        let clients = (0..8).map(|index| {
            let (store, token) = (if index % 2 == 0 { &one } else { &two }.clone(), token.clone());
            tokio::spawn(async move { store.resume(&token, "clinic").await.map(drop) })
        });
        let mut outcomes = Vec::new();
        for client in clients.collect::<Vec<_>>() {
            outcomes.push(client.await.unwrap());
        }
        outcomes.sort_by_key(Result::is_err);
        assert_eq!(outcomes[0], Ok(()), "{outcomes:?}");
        assert!(outcomes[1..].iter().all(|lost| *lost == Err(StoreError::TokenInvalid)), "{outcomes:?}");
    }
}

/// A write that arrives late, or twice, changes nothing.
async fn writes_may_repeat_in_any_order(target: &Target) {
    let store = open(target).await;
    let (interview, token) = begun(&store, "clinic").await;
    let change = |version: i64, number| {
        let row = interview.id().to_string();
        let seal = |column, text: &[u8]| {
            store.keys().unwrap().seal(keys::Place { row: &row, column }, text).unwrap()
        };
        unsaved::Change {
            id: interview.id(),
            writer: interview.writer().to_owned(),
            version,
            status: Status::InProgress,
            key_id: store.keys().unwrap().current(),
            state: seal("state", &at(number).state),
            response: seal("response", &at(number).response),
        }
    };
    let (second, third) = (change(2, 2), change(3, 3));
    for change in [&third, &second, &third, &second] {
        assert_eq!(store.write(change).await, Ok(()));
    }
    let (_, resumed, _) = store.resume(&token, "clinic").await.unwrap();
    assert_eq!(resumed.state, at(3).state);
}

async fn responses_are_listed_and_deleted(target: &Target) {
    let store = open(target).await;
    let mut ids = Vec::new();
    for (index, subject) in ["a", "b", "a", "a", "b"].into_iter().enumerate() {
        let new = NewInterview { form_url: format!("urn:form:{}", index % 2), ..new(subject) };
        let (mut interview, _) = store.create(&new, |_| at(0)).await.unwrap();
        let status = if index == 3 { Status::Completed } else { Status::InProgress };
        interview.save(&Progress { status, ..at(index as u64) }).await.unwrap();
        ids.push(interview.id());
    }
    let mut found = Vec::new();
    let filter = Filter { subject: Some("a".to_owned()), ..Filter::default() };
    let mut after = None;
    loop {
        let page = store.page(&filter, after, 2).await.unwrap();
        found.extend(page.iter().map(|stored| stored.id));
        let Some(last) = page.last() else { break };
        assert_eq!(last.version, 2);
        after = Some(Cursor { updated: last.updated, id: last.id });
    }
    assert_eq!(found, [ids[0], ids[2], ids[3]]);
    let of_form = |form_url: &str, version: &str| Filter {
        form_url: Some(form_url.to_owned()),
        form_version: Some(version.to_owned()),
        ..Filter::default()
    };
    let completed = Filter { statuses: vec![Status::Completed, Status::Amended], ..Filter::default() };
    for (filter, count) in [(of_form("urn:form:1", "2"), 2), (of_form("urn:form:1", "3"), 0), (completed, 1)]
    {
        assert_eq!(store.page(&filter, None, 100).await.unwrap().len(), count, "{filter:?}");
    }
    let read = store.read(ids[2], Some("a"), "a").await.unwrap();
    assert_eq!(read.response, at(2).response);
    assert_eq!(store.read(ids[2], Some("b"), "b").await.err(), Some(StoreError::Unknown));
    assert_eq!(store.delete(ids[2], Some("b"), "b").await, Err(StoreError::Unknown));
    assert_eq!(store.delete(ids[2], None, "clinic").await, Ok(()));
    assert_eq!(store.delete(ids[2], None, "clinic").await, Err(StoreError::Unknown));
    assert_eq!(store.read(ids[2], None, "clinic").await.err(), Some(StoreError::Unknown));
    assert_eq!(events(target, ids[2]).await, ["created", "read", "deleted"]);
}

async fn rotation_seals_all_answers_again(target: &Target) {
    let store = open(target).await;
    let (_, token) = begun(&store, "clinic").await;
    let with =
        |keys: &str| StoreOptions { keys: Some(Secret::new(keys.as_bytes())), ..options(target.clone()) };
    let only_new = || Store::open(with(OTHER_KEY), StoreMetrics::new());
    let problem = only_new().await.err().unwrap();
    assert!(problem.contains("not in VOICE_STORE_KEYS"), "{problem}");
    let both = Store::open(with(&format!("{OTHER_KEY},{KEY}")), StoreMetrics::new()).await.unwrap();
    assert!(both.rotate().await.unwrap() > 0);
    assert_eq!(both.rotate().await, Ok(0));
    let (_, resumed, _) = only_new().await.unwrap().resume(&token, "clinic").await.unwrap();
    assert_eq!(resumed.state, at(0).state);
}

async fn interviews_end_with_their_time(target: &Target) {
    let store = open(target).await;
    let (mut kept, _) = begun(&store, "clinic").await;
    let (mut over, token) = begun(&store, "clinic").await;
    let mut connection = other_connection(target).await;
    sqlx::query("UPDATE interviews SET expires = 5 WHERE id = $1")
        .bind(over.id().to_string())
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(store.purge().await, Ok(1));
    assert_eq!(store.resume(&token, "clinic").await.err(), Some(StoreError::TokenInvalid));
    assert_eq!(over.save(&at(1)).await, Err(StoreError::Unknown));
    assert_eq!(events(target, over.id()).await, ["created", "expired"]);
    kept.save(&at(1)).await.unwrap();
    let options = StoreOptions { retention: Duration::ZERO, ..options(target.clone()) };
    let shortened = Store::open(options, StoreMetrics::new()).await.unwrap();
    assert!(shortened.purge().await.unwrap() >= 1, "the time was shortened");
    assert_eq!(kept.save(&at(2)).await, Err(StoreError::Unknown));
}

/// Every test on an empty database of its kind.
async fn check_all(target: &Target) {
    saved_state_is_resumed_once(target).await;
    one_of_many_clients_resumes(target).await;
    writes_may_repeat_in_any_order(target).await;
    responses_are_listed_and_deleted(target).await;
    interviews_end_with_their_time(target).await;
    rotation_seals_all_answers_again(target).await;
}

fn sqlite(folder: &Path) -> Target {
    Target::Sqlite(folder.join("a folder/interviews.sqlite"))
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_mins(1), "never {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_interviews() {
    let folder = tempfile::tempdir().unwrap();
    check_all(&sqlite(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_interviews() {
    let Some(postgres) = PostgresProcess::start() else { return };
    check_all(&Target::Postgres(Url::parse(&postgres.url()).unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_survive_an_outage_of_postgres() {
    let Some(mut postgres) = PostgresProcess::start() else { return };
    let target = Target::Postgres(Url::parse(&postgres.url()).unwrap());
    let store = open(&target).await;
    let (mut interview, token) = begun(&store, "clinic").await;
    let (mut other, other_token) = begun(&store, "clinic").await;
    interview.save(&at(1)).await.unwrap();
    postgres.kill();
    for number in 2..=4 {
        assert_eq!(interview.save(&at(number)).await, Err(StoreError::Unavailable));
    }
    assert_eq!(other.save(&at(7)).await, Err(StoreError::Unavailable));
    assert_eq!((store.unsaved(), store.health()), (2, StoreHealth::Failing));
    assert_eq!(store.resume(&token, "clinic").await.err(), Some(StoreError::Unavailable));
    postgres.restart();
    until("saved", async || store.unsaved() == 0).await;
    interview.save(&at(5)).await.unwrap();
    assert_eq!(store.health(), StoreHealth::Ready);
    let elsewhere = open(&target).await;
    for (token, number) in [(token, 5), (other_token, 7)] {
        assert_eq!(elsewhere.resume(&token, "clinic").await.unwrap().1.state, at(number).state);
    }
}

/// The resume of a client that was cut off by the same outage finds what this instance holds in memory.
#[tokio::test(flavor = "multi_thread")]
async fn answers_survive_a_locked_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let target = sqlite(folder.path());
    let store = open(&target).await;
    let (mut interview, token) = begun(&store, "clinic").await;
    let mut connection = other_connection(&target).await;
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
    assert_eq!(interview.save(&at(1)).await, Err(StoreError::Unavailable));
    assert_eq!(interview.save(&at(2)).await, Err(StoreError::Unavailable));
    sqlx::raw_sql("COMMIT").execute(&mut connection).await.unwrap();
    let (_, resumed, _) = store.resume(&token, "clinic").await.unwrap();
    assert_eq!(resumed.state, at(2).state);
}

#[tokio::test]
async fn key_is_made_for_a_new_database_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let Target::Sqlite(path) = sqlite(folder.path()) else { unreachable!() };
    let without = || StoreOptions { keys: None, ..options(Target::Sqlite(path.clone())) };
    let store = Store::open(without(), StoreMetrics::new()).await.unwrap();
    let (_, token) = begun(&store, "clinic").await;
    let key = path.with_extension("key");
    for file in [&path, &key] {
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
    let again = Store::open(without(), StoreMetrics::new()).await.unwrap();
    again.resume(&token, "clinic").await.unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let problem = Store::open(without(), StoreMetrics::new()).await.err().unwrap();
    assert!(problem.contains("others can read it"), "{problem}");
    std::fs::remove_file(&key).unwrap();
    let problem = Store::open(without(), StoreMetrics::new()).await.err().unwrap();
    assert!(problem.contains("cannot be opened without it"), "{problem}");
    assert!(!key.exists(), "no other key is made");
}

#[tokio::test]
async fn answers_are_sealed_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let target = sqlite(folder.path());
    let store = open(&target).await;
    let (mut interview, token) = begun(&store, "clinic").await;
    interview.save(&at(77)).await.unwrap();
    let Target::Sqlite(path) = &target else { unreachable!() };
    let mut files = 0;
    for file in path.parent().unwrap().read_dir().unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        files += 1;
        for secret in ["state 77", "\"number\"", "نعم", token.as_str()] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
    }
    assert!(files >= 2, "the database and its log");
}

/// What is deleted is neither in the database file nor in its log.
#[tokio::test]
async fn deleted_answers_are_gone_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let target = sqlite(folder.path());
    let store = open(&target).await;
    let (interview, _) = begun(&store, "clinic").await;
    let mut connection = other_connection(&target).await;
    let row = sqlx::query("SELECT state FROM interviews").fetch_one(&mut connection).await.unwrap();
    let sealed: Vec<u8> = row.get(0);
    connection.close().await.unwrap();
    let Target::Sqlite(path) = &target else { unreachable!() };
    let is_there = || {
        path.parent().unwrap().read_dir().unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(sealed.len()).any(|part| part == sealed)
        })
    };
    assert!(is_there());
    store.delete(interview.id(), None, "clinic").await.unwrap();
    assert!(!is_there());
}
