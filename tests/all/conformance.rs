//! The WebSocket layer against the cases of the Autobahn testsuite, by their numbers (`docs/conformance.md`).

mod cases;
mod utf8;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use voice_tests::echo;
use voice_tests::server::Server;
use voice_tests::wire::{Frame, Wire, opcode};

use cases::{Case, End, all};

/// How a server did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Behaviour {
    Ok,
    /// Allowed, though a stricter server would have seen the fault earlier.
    NonStrict,
}

/// Runs a case against an echo.
fn run(address: SocketAddr, case: &Case) -> Result<Behaviour, String> {
    let (mut wire, _) = Wire::open(address, "");
    case.chop.send(&mut wire, &case.frames);
    let mut behaviour = Behaviour::Ok;
    if let Some(late) = &case.late
        && !wire.hears_within(late.wait)
    {
        behaviour = Behaviour::NonStrict;
        wire.send(&late.rest, usize::MAX);
    }
    let mut expected = case.expected.iter();
    let mut received = None;
    while let Some(frame) = wire.receive() {
        if frame.opcode == opcode::CLOSE {
            received = Some(frame);
            break;
        }
        match expected.next() {
            Some(wanted) if *wanted == frame => {}
            wanted => return Err(format!("{} instead of {}", brief(Some(&frame)), brief(wanted))),
        }
        if expected.len() == 0 && case.end == End::Close {
            wire.send(&Frame::close(1_000, b"").to_bytes(), usize::MAX);
        }
    }
    let code = received.as_ref().and_then(Frame::code);
    let is_complete = expected.len() == 0;
    match &case.end {
        End::Close if is_complete && code == Some(1_000) => {}
        End::Answered(codes) if is_complete && received.is_some() && codes.contains(&code) => {}
        End::Fails(wanted) if code == Some(*wanted) => {
            // What came before the fault may go unanswered.
            if !is_complete {
                behaviour = Behaviour::NonStrict;
            }
        }
        end => return Err(format!("closed with {code:?} instead of {end:?}, {} unanswered", expected.len())),
    }
    match wire.receive() {
        None => Ok(behaviour),
        frame => Err(format!("{} after the close", brief(frame.as_ref()))),
    }
}

fn brief(frame: Option<&Frame>) -> String {
    frame.map_or("nothing".into(), |frame| format!("frame {} of {} bytes", frame.opcode, frame.payload.len()))
}

#[test]
fn the_layer_behaves_in_every_case_as_it_should() {
    let cases = all();
    let address = echo::start(cases.len());
    let mut groups = BTreeMap::<u8, BTreeMap<Behaviour, usize>>::new();
    let mut wrong = Vec::new();
    let mut lenient = Vec::new();
    for case in &cases {
        match run(address, case) {
            Ok(behaviour) => {
                if behaviour == Behaviour::NonStrict {
                    lenient.push(case.number.clone());
                }
                *groups.entry(case.group()).or_default().entry(behaviour).or_default() += 1;
            }
            Err(what) => wrong.push(format!("{}: {what}", case.number)),
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));

    let document = std::fs::read_to_string(voice_tests::root().join("docs/conformance.md")).unwrap();
    let count = |counts: &BTreeMap<_, _>, behaviour| counts.get(&behaviour).copied().unwrap_or(0);
    let rows = groups
        .iter()
        .map(|(group, counts)| (*group, count(counts, Behaviour::Ok), count(counts, Behaviour::NonStrict)));
    let outdated: Vec<_> = rows
        .filter(|(group, ok, lenient)| {
            let is_row = |line: &str| {
                line.starts_with(&format!("| {group} |")) && line.ends_with(&format!("| {ok} | {lenient} |"))
            };
            !document.lines().any(is_row)
        })
        .collect();
    assert!(
        outdated.is_empty(),
        "docs/conformance.md says otherwise of (group, OK, non-strict) {outdated:?}"
    );
    assert!(document.contains(&lenient.join(", ")), "non-strict: {}", lenient.join(", "));
}

#[test]
fn compression_is_offered_in_vain() {
    let address = echo::start(4);
    let server = Server::builder().start_unready();
    server.wait_for("healthy");
    for address in [address, server.address()] {
        for offer in
            ["permessage-deflate", "permessage-deflate; client_max_window_bits; server_no_context_takeover"]
        {
            let headers = format!("Sec-WebSocket-Extensions: {offer}\r\n");
            let (mut wire, head) = Wire::open(address, &headers);
            assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{head}");
            wire.send(&Frame::text("x").reserved(4).to_bytes(), usize::MAX);
            assert_eq!(wire.receive().and_then(|frame| frame.code()), Some(1_002));
        }
    }
}

/// What no echo is needed for, against the real server: it has to name the fault, close in order, and go on.
#[test]
fn the_server_closes_with_the_code_that_the_fault_has() {
    let server = Server::start();
    let mut count = 0;
    for case in all() {
        let End::Fails(wanted) = case.end else { continue };
        // The server has answers of its own to messages that are whole.
        if !case.expected.is_empty() || case.late.is_some() {
            continue;
        }
        let (mut wire, _) = Wire::open(server.address(), "");
        case.chop.send(&mut wire, &case.frames);
        let close = std::iter::from_fn(|| wire.receive()).find(|frame| frame.opcode == opcode::CLOSE);
        let close = close.unwrap_or_else(|| panic!("{}: no close frame", case.number));
        assert_eq!(close.code(), Some(wanted), "{}", case.number);
        assert!(close.payload.len() > 2, "{}: no reason", case.number);
        wire.end();
        assert_eq!(wire.receive(), None, "{}: more after the close", case.number);
        count += 1;
    }
    assert!(count > 80, "only {count} cases");
    server.wait_until_idle();
    assert_eq!(server.get("/health").1["status"], "healthy");
}

#[test]
fn frames_that_no_client_sends_are_refused_and_control_frames_are_answered() {
    let server = Server::start();
    let (mut wire, _) = Wire::open(server.address(), "");
    wire.send(&Frame::ping("are you there?").to_bytes(), 1);
    assert_eq!(wire.receive(), Some(Frame::pong("are you there?")));
    wire.send(&Frame::close(1_000, b"bye").to_bytes(), usize::MAX);
    assert_eq!(wire.receive().and_then(|frame| frame.code()), Some(1_000));
    assert_eq!(wire.receive(), None);

    let (mut wire, _) = Wire::open(server.address(), "");
    wire.send(&Frame::text("{}").to_bytes_unmasked(), usize::MAX);
    assert_eq!(wire.receive().and_then(|frame| frame.code()), Some(1_002));

    // A length that no client could send is refused before its payload comes.
    let (mut wire, _) = Wire::open(server.address(), "");
    wire.send(&[0x82, 0xff, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], usize::MAX);
    assert_eq!(wire.receive().and_then(|frame| frame.code()), Some(1_009));
    wire.end();
    assert_eq!(wire.receive(), None);
}
