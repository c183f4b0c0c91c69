//! The doctor finds each fault and nothing else, and no server makes it wait.

mod service;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::checklist;
use super::checklist::Check::{self, *};
use super::client::Client;
use super::destination::Destination;
use super::outcome::{Finding, Outcome, Report, Row};
use super::target::Target;
use super::visit::Visit;
use service::{Fault, SECRET};

async fn examine(address: SocketAddr, secret: Option<&str>, time_limit: Duration) -> Report {
    checklist::examine(Visit::new(client(address, time_limit).await, secret)).await
}

async fn client(address: SocketAddr, time_limit: Duration) -> Client {
    let target = Target::parse(&format!("http://{address}")).unwrap();
    Client::new(Destination::resolve(target, time_limit).await, None, time_limit).unwrap()
}

/// The check of a row.
fn check(row: &Row) -> Check {
    *Check::ALL.iter().find(|check| check.id() == row.id).unwrap()
}

/// The rows that failed, and the rows with a warning.
fn troubled(report: &Report) -> (Vec<Check>, Vec<Check>) {
    let with = |wanted: fn(&Outcome) -> bool| {
        report.rows.iter().filter(|row| wanted(&row.outcome)).map(check).collect()
    };
    (
        with(|outcome| matches!(outcome, Err(Finding::Failure { .. }))),
        with(|outcome| matches!(outcome, Err(Finding::Warning { .. }))),
    )
}

#[tokio::test]
async fn each_fault_is_found() {
    let cases: [(Option<Fault>, &[Check], &[Check]); 29] = [
        (None, &[], &[Basic]),
        (Some(Fault::RootIsAPage), &[Service, Basic], &[]),
        (Some(Fault::NoVersion), &[Service], &[Basic]),
        (Some(Fault::NotLive), &[Live], &[Basic]),
        (Some(Fault::NotReady), &[Ready], &[Basic]),
        (Some(Fault::Degraded), &[], &[Health, Models, Basic]),
        (Some(Fault::ModelFailed), &[Health, Models], &[Basic]),
        (Some(Fault::PlainErrors), &[Errors], &[Basic]),
        (Some(Fault::NoHeaders), &[Headers], &[Basic]),
        (Some(Fault::NoRequestId), &[RequestId], &[Basic]),
        (Some(Fault::BasicIsSilent), &[Basic], &[]),
        (Some(Fault::BasicIsHidden), &[Basic], &[]),
        (Some(Fault::BasicIsRefused), &[Basic, Compression], &[]),
        (Some(Fault::Compresses), &[Compression], &[Basic]),
        (Some(Fault::AnyOrigin), &[Origin], &[Basic]),
        (Some(Fault::AnyReader), &[Cors], &[Basic]),
        (Some(Fault::AdminIsAPage), &[AdminOpen], &[Basic]),
        (Some(Fault::NoLimits), &[Limits], &[Basic]),
        (Some(Fault::TrustsTooMany), &[ClientAddress], &[Basic]),
        (Some(Fault::TrustsTooFew), &[], &[ClientAddress, Basic]),
        (Some(Fault::OpenMetrics), &[Metrics], &[Basic]),
        (Some(Fault::AnySecret), &[AdminClosed], &[Basic]),
        (Some(Fault::OpenSecure), &[SecureClosed], &[Basic]),
        (Some(Fault::NoRateHeaders), &[RateHeaders], &[Basic]),
        (Some(Fault::NoTokens), &[Token, Expiry], &[Basic]),
        (Some(Fault::AnyToken), &[Forged], &[Basic]),
        (Some(Fault::ReusableTickets), &[Ticket], &[Basic]),
        (Some(Fault::ImmortalSessions), &[Expiry], &[Basic]),
        (Some(Fault::ImmortalTokens), &[Expiry], &[Basic]),
    ];
    let visits = cases.map(|(fault, failed, warned)| {
        tokio::spawn(async move {
            let address = service::start(fault).await;
            let report = examine(address, Some(SECRET), Duration::from_secs(5)).await;
            let expected = (failed.to_vec(), warned.to_vec());
            assert_eq!(troubled(&report), expected, "{fault:?}\n{}", report.table());
            if fault.is_none() {
                let skipped =
                    report.rows.iter().find(|row| matches!(row.outcome, Err(Finding::Skipped { .. })));
                assert!(skipped.is_none(), "{}", report.table());
            }
        })
    });
    for visit in visits {
        visit.await.unwrap();
    }
}

#[tokio::test]
async fn rows_without_the_secret_are_skipped() {
    let report = examine(service::start(None).await, None, Duration::from_secs(5)).await;
    assert_eq!(troubled(&report), (vec![], vec![Basic]), "{}", report.table());
    let skipped = report.rows.iter().filter(|row| matches!(row.outcome, Err(Finding::Skipped { .. })));
    let skipped: Vec<_> = skipped.map(check).collect();
    assert_eq!(skipped, [AdminOpen, Limits, ClientAddress, Token, Ticket, Expiry]);
    let (table, json) = (report.table(), report.json());
    assert!(table.contains("skipped  admin-open") && table.contains("--admin-secret-file"), "{table}");
    assert!(table.ends_with("\nok 19, warning 1, failed 0, skipped 6\n"), "{table}");
    assert_eq!(json["failed"], 0);
    assert_eq!(json["rows"].as_array().unwrap().len(), Check::ALL.len());
    assert_eq!(json["rows"][0]["outcome"], "ok");
}

/// What a broken server does after it has sent its `head`.
#[derive(Clone, Copy)]
enum Then {
    Ends,
    Waits,
    /// Sends one byte at a time, for ever.
    Drips,
    /// Sends as much as the client accepts, for ever.
    Floods,
}

/// A server that treats every connection alike.
fn odd(head: &'static str, then: Then) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || behave(stream, head, then));
        }
    });
    address
}

fn behave(mut stream: TcpStream, head: &str, then: Then) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(head.as_bytes());
    let (piece, pause): (&[u8], _) = match then {
        Then::Ends => return,
        Then::Waits => (b"", Duration::from_secs(1)),
        Then::Drips => (b"x", Duration::from_millis(50)),
        Then::Floods => (&[b'x'; 4096], Duration::ZERO),
    };
    // Until the client has closed the connection, or the test is over.
    for _ in 0..100_000 {
        std::thread::sleep(pause);
        if stream.write_all(piece).is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn broken_servers_do_not_delay_the_doctor() {
    const OK: &str = "HTTP/1.1 200 OK\r\n\r\n";
    let servers = [
        ("closes at once", "", Then::Ends),
        ("never answers", "", Then::Waits),
        ("speaks something else", "SSH-2.0-OpenSSH_9.2\r\n", Then::Ends),
        ("drips its head", "HTTP/1.1 200 OK\r\nx: ", Then::Drips),
        ("never ends its head", "HTTP/1.1 200 OK\r\n", Then::Floods),
        ("drips its body", OK, Then::Drips),
        ("never ends its body", OK, Then::Floods),
        ("cuts its body short", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour", Then::Ends),
    ];
    for (what, head, then) in servers {
        let visit = examine(odd(head, then), Some(SECRET), Duration::from_millis(500));
        // Far more than needed, so that a busy machine causes no failure.
        let report = tokio::time::timeout(Duration::from_secs(30), visit).await.expect(what);
        assert_eq!(troubled(&report), (vec![Reachable], vec![]), "{what}\n{}", report.table());
    }
}

#[tokio::test]
async fn invalid_json_fails_single_rows() {
    let address = odd("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi", Then::Ends);
    let report = examine(address, Some(SECRET), Duration::from_secs(5)).await;
    let (failed, _) = troubled(&report);
    for check in [Service, Health, Errors, Headers, AdminOpen, AdminClosed, SecureClosed] {
        assert!(failed.contains(&check), "{}", report.table());
    }
}

#[tokio::test]
async fn handshake_without_proof_is_refused() {
    let head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                sec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
    let client = client(odd(head, Then::Waits), Duration::from_secs(5)).await;
    let Err(failure) = client.upgrade("/ws", &[]).await else { panic!("it was taken for one") };
    assert!(failure.to_string().contains("Sec-WebSocket-Accept"), "{failure}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = elsewhere.local_addr().unwrap();
    let head = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{location}/\r\ncontent-length: 0\r\n\r\n"
    );
    let report = examine(odd(head.leak(), Then::Ends), Some(SECRET), Duration::from_secs(5)).await;
    assert!(troubled(&report).0.contains(&AdminOpen), "{}", report.table());
    let asked = elsewhere.accept().map(|(_, peer)| peer);
    assert_eq!(asked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
