//! The cases that are not about UTF-8.

use std::time::Duration;

use voice_tests::echo::MAX_MESSAGE;
use voice_tests::wire::{Frame, Wire};

use super::utf8;

/// What is sent, and what should come of it.
pub(super) struct Case {
    /// Its number in the testsuite.
    pub(super) number: String,
    pub(super) frames: Vec<Frame>,
    pub(super) chop: Chop,
    /// What is sent only if nothing has come by then.
    pub(super) late: Option<Late>,
    /// What comes back before the end.
    pub(super) expected: Vec<Frame>,
    pub(super) end: End,
}

/// How the bytes are handed to the network.
#[derive(Debug, Clone)]
pub(super) enum Chop {
    /// These instead of the frames: the beginning of one.
    Raw(Vec<u8>),
    /// In one piece.
    Whole,
    Frames,
    Octets(usize),
}

pub(super) struct Late {
    pub(super) wait: Duration,
    pub(super) rest: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The client closes, once everything has come.
    Close,
    /// The client has closed already; the server answers with one of these codes.
    Answered(Vec<Option<u16>>),
    /// The server closes with this code.
    Fails(u16),
}

impl Chop {
    pub(super) fn send(&self, wire: &mut Wire, frames: &[Frame]) {
        let bytes: Vec<_> = frames.iter().map(Frame::to_bytes).collect();
        match self {
            Self::Raw(bytes) => wire.send(bytes, usize::MAX),
            Self::Whole => wire.send(&bytes.concat(), usize::MAX),
            Self::Frames => bytes.iter().for_each(|frame| wire.send(frame, usize::MAX)),
            Self::Octets(size) => wire.send(&bytes.concat(), *size),
        }
    }
}

impl Case {
    /// Messages that come back as they are.
    pub(super) fn echoed(number: impl Into<String>, frames: Vec<Frame>, expected: Vec<Frame>) -> Self {
        Self { number: number.into(), frames, chop: Chop::Frames, late: None, expected, end: End::Close }
    }

    pub(super) fn fails(number: impl Into<String>, code: u16, frames: Vec<Frame>) -> Self {
        Self { end: End::Fails(code), ..Self::echoed(number, frames, Vec::new()) }
    }

    /// The beginning of a frame, whose rest comes late.
    pub(super) fn begun(number: impl Into<String>, code: u16, bytes: Vec<u8>) -> Self {
        Self::fails(number, code, Vec::new()).chop(Chop::Raw(bytes))
    }

    fn answered(number: impl Into<String>, codes: &[Option<u16>], frames: Vec<Frame>) -> Self {
        Self { end: End::Answered(codes.to_vec()), ..Self::echoed(number, frames, Vec::new()) }
    }

    pub(super) fn chop(self, chop: Chop) -> Self {
        Self { chop, ..self }
    }

    fn expecting(self, expected: Vec<Frame>) -> Self {
        Self { expected, ..self }
    }

    pub(super) fn late(self, wait: Duration, rest: Vec<u8>) -> Self {
        Self { late: Some(Late { wait, rest }), ..self }
    }

    /// The number of its group.
    pub(super) fn group(&self) -> u8 {
        self.number.split('.').next().and_then(|group| group.parse().ok()).expect("a number")
    }
}

/// Every case, in order.
pub(super) fn all() -> Vec<Case> {
    let mut cases = framing();
    cases.extend(pings());
    cases.extend(reserved());
    cases.extend(fragmentation());
    cases.extend(utf8::cases());
    cases.extend(closing());
    cases.extend(limits());
    cases
}

fn stars(length: usize) -> Vec<u8> {
    vec![b'*'; length]
}

fn framing() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, message) in [(1, Frame::text as fn(Vec<u8>) -> Frame), (2, Frame::binary)] {
        for (number, length) in (1..).zip([0, 125, 126, 127, 128, 65_535, 65_536]) {
            let frame = message(stars(length));
            cases.push(Case::echoed(format!("1.{kind}.{number}"), vec![frame.clone()], vec![frame]));
        }
        let frame = message(stars(65_536));
        let chopped = Case::echoed(format!("1.{kind}.8"), vec![frame.clone()], vec![frame]);
        cases.push(chopped.chop(Chop::Octets(997)));
    }
    cases
}

fn pings() -> Vec<Case> {
    let answered = |number: &str, payload: &[u8]| {
        Case::echoed(number, vec![Frame::ping(payload)], vec![Frame::pong(payload)])
    };
    let ten: Vec<_> = (0..10).map(|n| Frame::ping(format!("payload-{n}"))).collect();
    let pongs: Vec<_> = ten.iter().map(|ping| Frame::pong(&*ping.payload)).collect();
    let unasked = |number: &str, payload: &[u8]| {
        // Nothing comes of a pong: the close is the first that is answered.
        Case::answered(number, &[Some(1_000)], vec![Frame::pong(payload), Frame::close(1_000, b"")])
    };
    let both = vec![Frame::pong("unasked"), Frame::ping("asked")];
    vec![
        answered("2.1", b""),
        answered("2.2", b"Hello, world!"),
        answered("2.3", &[0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff]),
        answered("2.4", &[0xfe; 125]),
        Case::fails("2.5", 1_002, vec![Frame::ping(vec![0xfe; 126])]),
        answered("2.6", &[0xfe; 125]).chop(Chop::Octets(1)),
        unasked("2.7", b""),
        unasked("2.8", b"unasked"),
        Case::echoed("2.9", both, vec![Frame::pong("asked")]),
        Case::echoed("2.10", ten.clone(), pongs.clone()),
        Case::echoed("2.11", ten, pongs).chop(Chop::Octets(1)),
    ]
}

fn reserved() -> Vec<Case> {
    let hello = || Frame::text("Hello, world!");
    let behind_hello = |number: &str, bad: Frame, chop| {
        let case = Case::fails(number, 1_002, vec![hello(), bad, Frame::ping("")]);
        case.expecting(vec![hello()]).chop(chop)
    };
    let mut cases = vec![
        Case::fails("3.1", 1_002, vec![hello().reserved(1)]),
        behind_hello("3.2", hello().reserved(2), Chop::Whole),
        behind_hello("3.3", hello().reserved(3), Chop::Frames),
        behind_hello("3.4", hello().reserved(4), Chop::Octets(1)),
        Case::fails("3.5", 1_002, vec![Frame::binary(vec![0; 8]).reserved(5)]),
        Case::fails("3.6", 1_002, vec![Frame::ping("Hello").reserved(6)]),
        Case::fails("3.7", 1_002, vec![Frame::close(1_000, b"").reserved(7)]),
    ];
    for (group, first) in [(1, 3), (2, 11)] {
        let frame = |offset: u8, payload: &str| Frame::new(first + offset, payload);
        cases.extend([
            Case::fails(format!("4.{group}.1"), 1_002, vec![frame(0, "")]),
            Case::fails(format!("4.{group}.2"), 1_002, vec![frame(1, "reserved")]),
            behind_hello(&format!("4.{group}.3"), frame(2, ""), Chop::Whole),
            behind_hello(&format!("4.{group}.4"), frame(3, "reserved"), Chop::Frames),
            behind_hello(&format!("4.{group}.5"), frame(4, "reserved"), Chop::Octets(1)),
        ]);
    }
    cases
}

/// The three ways in which the testsuite repeats a case.
const CHOPS: [Chop; 3] = [Chop::Whole, Chop::Frames, Chop::Octets(1)];

fn fragmentation() -> Vec<Case> {
    let more = |payload: &str| Frame::text(payload).unfinished();
    let next = |payload: &str| Frame::continuation(payload);
    let whole = || vec![Frame::text("onetwo")];
    let mut cases = vec![
        Case::fails("5.1", 1_002, vec![Frame::ping("one").unfinished(), next("two")]),
        Case::fails("5.2", 1_002, vec![Frame::pong("one").unfinished(), next("two")]),
    ];
    let of_three = |first: usize, frames: Vec<Frame>, expected: Vec<Frame>, code: Option<u16>| {
        let cases = CHOPS.into_iter().zip(first..);
        let case = cases.map(move |(chop, number)| {
            let case = Case::echoed(format!("5.{number}"), frames.clone(), expected.clone()).chop(chop);
            match code {
                Some(code) => Case { end: End::Fails(code), ..case },
                None => case,
            }
        });
        case.collect::<Vec<_>>()
    };
    let pong = || Frame::pong("between");
    let mut ponged = vec![pong()];
    ponged.extend(whole());
    cases.extend(of_three(3, vec![more("one"), next("two")], whole(), None));
    cases.extend(of_three(6, vec![more("one"), Frame::ping("between"), next("two")], ponged, None));
    cases.extend(of_three(9, vec![next("alone"), Frame::text("Hello")], vec![], Some(1_002)));
    cases.extend(of_three(12, vec![next("alone").unfinished(), Frame::text("Hello")], vec![], Some(1_002)));
    let message = || vec![more("one"), next("two")];
    let behind = [message(), vec![next("alone").unfinished(), Frame::text("Hello")]].concat();
    let orphan = |is_final: bool| {
        let orphan = Frame { is_final, ..next("alone") };
        vec![orphan.clone(), more("one"), next("two"), orphan, more("one"), next("two")]
    };
    cases.extend([
        Case::fails("5.15", 1_002, behind).expecting(whole()),
        Case::fails("5.16", 1_002, orphan(false)),
        Case::fails("5.17", 1_002, orphan(true)),
        Case::fails("5.18", 1_002, vec![more("one"), Frame::text("two")]),
    ]);
    let five = vec![
        more("one"),
        next("two").unfinished(),
        Frame::ping("first"),
        next("three").unfinished(),
        next("four").unfinished(),
        Frame::ping("second"),
        next("five"),
    ];
    let expected = vec![Frame::pong("first"), Frame::pong("second"), Frame::text("onetwothreefourfive")];
    cases.push(Case::echoed("5.19", five.clone(), expected.clone()));
    cases.push(Case::echoed("5.20", five, expected).chop(Chop::Whole));
    cases
}

fn closing() -> Vec<Case> {
    let hello = || Frame::text("Hello, world!");
    let close = || Frame::close(1_000, b"");
    let regular = [Some(1_000)];
    let large = || Frame::text(stars(256 << 10));
    let mut cases = vec![
        Case::answered("7.1.1", &regular, vec![hello(), close()]).expecting(vec![hello()]),
        Case::answered("7.1.2", &regular, vec![close(), close()]),
        Case::answered("7.1.3", &regular, vec![close(), Frame::ping("late")]),
        Case::answered("7.1.4", &regular, vec![close(), hello()]),
        Case::answered("7.1.5", &regular, vec![hello().unfinished(), close(), Frame::continuation("late")]),
        Case::answered("7.1.6", &regular, vec![large(), close(), Frame::ping("late")])
            .expecting(vec![large()]),
        // Where the client gives no code, none is the answer, or that of a regular end.
        Case::answered("7.3.1", &[None, Some(1_000)], vec![Frame::new(8, "")]),
        Case::fails("7.3.2", 1_002, vec![Frame::new(8, "a")]),
        Case::answered("7.3.3", &regular, vec![close()]),
        Case::answered("7.3.4", &regular, vec![Frame::close(1_000, b"Hello, world!")]),
        Case::answered("7.3.5", &regular, vec![Frame::close(1_000, &stars(123))]),
        Case::fails("7.3.6", 1_002, vec![Frame::close(1_000, &stars(124))]),
        Case::fails("7.5.1", 1_007, vec![Frame::close(1_000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")]),
    ];
    let valid = [1_000, 1_001, 1_002, 1_003, 1_007, 1_008, 1_009, 1_010, 1_011, 3_000, 3_999, 4_000, 4_999];
    for (number, code) in (1..).zip(valid) {
        cases.push(Case::answered(format!("7.7.{number}"), &[Some(code)], vec![Frame::close(code, b"")]));
    }
    for (number, code) in (1..).zip([0, 999, 1_004, 1_005, 1_006, 1_016, 1_100, 2_000, 2_999]) {
        cases.push(Case::fails(format!("7.9.{number}"), 1_002, vec![Frame::close(code, b"")]));
    }
    for (number, code) in (1..).zip([5_000, 65_535]) {
        cases.push(Case::fails(format!("7.13.{number}"), 1_002, vec![Frame::close(code, b"")]));
    }
    cases
}

/// The testsuite goes up to 16 MiB; the server takes 1 MiB in one message, so that larger ones must be refused.
fn limits() -> Vec<Case> {
    let mut cases = Vec::new();
    let kinds = [Frame::text as fn(Vec<u8>) -> Frame, Frame::binary];
    for (kind, message) in (1..).zip(kinds) {
        for (number, size) in (1..).zip([64 << 10, 256 << 10, MAX_MESSAGE, 4 << 20, 8 << 20, 16 << 20]) {
            let frame = message(stars(size));
            let name = format!("9.{kind}.{number}");
            cases.push(if size <= MAX_MESSAGE {
                Case::echoed(name, vec![frame.clone()], vec![frame])
            } else {
                Case::fails(name, 1_009, vec![frame])
            });
        }
        let whole = || message(stars(MAX_MESSAGE));
        let sizes = [64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];
        for (number, size) in (1..).zip(sizes) {
            let name = format!("9.{}.{number}", kind + 2);
            cases.push(Case::echoed(name, whole().fragments(size), vec![whole()]).chop(Chop::Whole));
        }
        // Beyond the testsuite: a message that grows too large by its fragments.
        let over = message(stars(MAX_MESSAGE + 1)).fragments(64 << 10);
        cases.push(Case::fails(format!("9.{}.9", kind + 2), 1_009, over));
        for (number, size) in (1..).zip([64, 128, 256, 512, 1_024, 2_048]) {
            let name = format!("9.{}.{number}", kind + 4);
            cases.push(Case::echoed(name, vec![whole()], vec![whole()]).chop(Chop::Octets(size)));
        }
        for (number, size) in (1..).zip([0, 16, 64, 256, 1_024]) {
            let messages = vec![message(stars(size)); 200];
            cases.push(Case::echoed(format!("9.{}.{number}", kind + 6), messages.clone(), messages));
        }
    }
    let frame = Frame::text(stars(65_536));
    cases.push(Case::echoed("10.1.1", frame.clone().fragments(1_300), vec![frame]));
    cases
}
