//! The cases about UTF-8: which sequences are text, and how soon others are refused.

use std::time::Duration;

use voice_tests::wire::Frame;

use super::cases::Case;

/// As in the testsuite: "κόσμε" with an accent of another block, and text on both sides of it.
const KOSME: &str = "κ\u{1f79}σμε";

/// Sequences by the number of their group, each with whether it is text. After Markus Kuhn's stress test.
const SEQUENCES: &[(&str, bool, &[&[u8]])] = &[
    // Some text, and characters of one to four bytes.
    (
        "6.5",
        true,
        &[
            b"Hello\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1",
            b"\xe2\x82\xac\xe2\x98\x83",
            b"\xef\xbf\xbd",
            b"\xf0\x90\x80\x80",
            b"\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",
        ],
    ),
    // The first of each length.
    ("6.7", true, &[b"\0", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"]),
    ("6.8", false, &[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"]),
    // The last of each length.
    ("6.9", true, &[b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"]),
    ("6.10", false, &[b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"]),
    // Beside the surrogates and at the end of Unicode.
    ("6.11", true, &[b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf"]),
    ("6.11.5", false, &[b"\xf4\x90\x80\x80"]),
    // Continuations that continue nothing.
    (
        "6.12",
        false,
        &[
            b"\x80",
            b"\xbf",
            b"\x80\xbf",
            b"\x80\xbf\x80",
            b"\x80\xbf\x80\xbf",
            b"\x80\xbf\x80\xbf\x80",
            b"\x80\xbf\x80\xbf\x80\xbf",
            b"\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f",
        ],
    ),
    // Beginnings that nothing continues.
    (
        "6.13",
        false,
        &[b"\xc0 \xc1 \xc2 \xdf ", b"\xe0 \xe7 \xef ", b"\xf0 \xf4 \xf7 ", b"\xf8 \xfb ", b"\xfc \xfd "],
    ),
    // Sequences without their last byte.
    (
        "6.14",
        false,
        &[
            b"\xc0",
            b"\xe0\x80",
            b"\xf0\x80\x80",
            b"\xf8\x80\x80\x80",
            b"\xfc\x80\x80\x80\x80",
            b"\xdf",
            b"\xef\xbf",
            b"\xf7\xbf\xbf",
            b"\xfb\xbf\xbf\xbf",
            b"\xfd\xbf\xbf\xbf\xbf",
        ],
    ),
    (
        "6.15",
        false,
        &[b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\xdf\xef\xbf\xf7\xbf\xbf"],
    ),
    // Bytes that are never there.
    ("6.16", false, &[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"]),
    // A slash that is longer than it must be.
    (
        "6.17",
        false,
        &[
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xf0\x80\x80\xaf",
            b"\xf8\x80\x80\x80\xaf",
            b"\xfc\x80\x80\x80\x80\xaf",
        ],
    ),
    (
        "6.18",
        false,
        &[
            b"\xc1\xbf",
            b"\xe0\x9f\xbf",
            b"\xf0\x8f\xbf\xbf",
            b"\xf8\x87\xbf\xbf\xbf",
            b"\xfc\x83\xbf\xbf\xbf\xbf",
        ],
    ),
    (
        "6.19",
        false,
        &[
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xf0\x80\x80\x80",
            b"\xf8\x80\x80\x80\x80",
            b"\xfc\x80\x80\x80\x80\x80",
        ],
    ),
    // Halves of pairs of UTF-16.
    (
        "6.20",
        false,
        &[
            b"\xed\xa0\x80",
            b"\xed\xad\xbf",
            b"\xed\xae\x80",
            b"\xed\xaf\xbf",
            b"\xed\xb0\x80",
            b"\xed\xbe\x80",
            b"\xed\xbf\xbf",
        ],
    ),
    (
        "6.21",
        false,
        &[
            b"\xed\xa0\x80\xed\xb0\x80",
            b"\xed\xa0\x80\xed\xbf\xbf",
            b"\xed\xad\xbf\xed\xb0\x80",
            b"\xed\xad\xbf\xed\xbf\xbf",
            b"\xed\xae\x80\xed\xb0\x80",
            b"\xed\xae\x80\xed\xbf\xbf",
            b"\xed\xaf\xbf\xed\xb0\x80",
            b"\xed\xaf\xbf\xed\xbf\xbf",
        ],
    ),
    (
        "6.23",
        true,
        &[
            b"\xef\xbf\xb9",
            b"\xef\xbf\xba",
            b"\xef\xbf\xbb",
            b"\xef\xbf\xbc",
            b"\xef\xbf\xbd",
            b"\xef\xbf\xbe",
            b"\xef\xbf\xbf",
        ],
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = empty();
    cases.extend(pieces());
    cases.extend(fail_fast());
    for (group, is_text, sequences) in SEQUENCES {
        for (number, sequence) in (1..).zip(*sequences) {
            cases.push(case(format!("{group}.{number}"), sequence, *is_text));
        }
    }
    // "κόσμε", one byte longer each time.
    for length in 1..=KOSME.len() {
        let sequence = &KOSME.as_bytes()[..length];
        cases.push(case(format!("6.6.{length}"), sequence, KOSME.is_char_boundary(length)));
    }
    // The last two of each plane: no characters, and yet text.
    for (number, plane) in (1..).zip(0..=16u32) {
        for (offset, last) in [(0, 0xfffe), (1, 0xffff)] {
            let sequence = char::from_u32(plane << 16 | last).map(String::from).unwrap_or_default();
            cases.push(case(format!("6.22.{}", 2 * number - 1 + offset), sequence.as_bytes(), true));
        }
    }
    cases
}

fn case(number: String, sequence: &[u8], is_text: bool) -> Case {
    let frame = Frame::text(sequence);
    if is_text {
        Case::echoed(number, vec![frame.clone()], vec![frame])
    } else {
        Case::fails(number, 1_007, vec![frame])
    }
}

fn empty() -> Vec<Case> {
    let parts = |middle: &str| {
        vec![Frame::text("").unfinished(), Frame::continuation(middle).unfinished(), Frame::continuation("")]
    };
    vec![
        Case::echoed("6.1.1", vec![Frame::text("")], vec![Frame::text("")]),
        Case::echoed("6.1.2", parts(""), vec![Frame::text("")]),
        Case::echoed("6.1.3", parts("middle frame payload"), vec![Frame::text("middle frame payload")]),
    ]
}

fn pieces() -> Vec<Case> {
    let valid = "Hello-µ@ßöäüàá-UTF-8!!";
    let whole = Frame::text(valid);
    let (left, right) = valid.split_at(valid.find('ß').unwrap_or_default());
    let halves = vec![Frame::text(left).unfinished(), Frame::continuation(right)];
    let broken = [KOSME.as_bytes(), b"\xed\xa0\x80", b"edited"].concat();
    vec![
        Case::echoed("6.2.1", vec![whole.clone()], vec![whole.clone()]),
        Case::echoed("6.2.2", halves, vec![whole.clone()]),
        Case::echoed("6.2.3", whole.clone().fragments(1), vec![whole]),
        Case::echoed("6.2.4", Frame::text(KOSME).fragments(1), vec![Frame::text(KOSME)]),
        Case::fails("6.3.1", 1_007, vec![Frame::text(&*broken)]),
        Case::fails("6.3.2", 1_007, Frame::text(broken).fragments(1)),
    ]
}

/// What cannot become text any more is refused before the message is whole: strictly at once, and at the latest
/// with its frame.
fn fail_fast() -> Vec<Case> {
    /// Long enough for any machine: a server that fails fast does not let it pass.
    const PATIENCE: Duration = Duration::from_secs(10);
    /// For servers that look at whole frames, for which it passes in any case.
    const MOMENT: Duration = Duration::from_millis(300);
    // Two kinds of fault: one behind the end of Unicode, which needs its byte, and one that four bytes make.
    let fault = |number: u8, bytes: &'static [u8]| {
        let frames = vec![Frame::text(KOSME).unfinished(), Frame::continuation(bytes).unfinished()];
        let rest = Frame::continuation("edited").to_bytes();
        Case::fails(format!("6.4.{number}"), 1_007, frames).late(PATIENCE, rest)
    };
    let within_frame = |number: u8, bytes: &'static [u8]| {
        let whole = Frame::text([KOSME.as_bytes(), bytes, b"edited"].concat()).to_bytes();
        // The head, the mask, and everything up to the fault.
        let (begun, rest) = whole.split_at(6 + KOSME.len() + bytes.len());
        Case::begun(format!("6.4.{number}"), 1_007, begun.to_vec()).late(MOMENT, rest.to_vec())
    };
    vec![
        fault(1, b"\xf4\x90\x80\x80"),
        fault(2, b"\xf4\x90"),
        within_frame(3, b"\xf4\x90\x80\x80"),
        within_frame(4, b"\xf4\x90"),
    ]
}
