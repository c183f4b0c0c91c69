//! Tests of the segmenter.

use super::*;

/// All clauses of a text pushed in one piece.
fn clauses(text: &str) -> Vec<Clause> {
    clauses_of(SegmentOptions::default(), [text])
}

fn clauses_of<'a>(options: SegmentOptions, pieces: impl IntoIterator<Item = &'a str>) -> Vec<Clause> {
    let mut segmenter = Segmenter::new(options);
    let mut clauses = Vec::new();
    for piece in pieces {
        segmenter.push(piece);
        clauses.extend(std::iter::from_fn(|| segmenter.next_clause()));
    }
    segmenter.finish();
    clauses.extend(std::iter::from_fn(|| segmenter.next_clause()));
    clauses
}

/// The text with a bar between clauses.
fn cut(text: &str) -> String {
    clauses(text).iter().map(|clause| clause.text.as_str()).collect::<Vec<_>>().join("|")
}

fn ends(text: &str) -> Vec<(String, Boundary)> {
    clauses(text).into_iter().map(|clause| (clause.text, clause.end)).collect()
}

/// Each line is a text with bars where it must be split.
fn check(table: &[&str]) {
    for &expected in table {
        let text = expected.replace('|', " ");
        assert_eq!(cut(&text), expected);
    }
}

/// The same, for splits without white space.
fn check_tight(table: &[&str]) {
    for &expected in table {
        assert_eq!(cut(&expected.replace('|', "")), expected);
    }
}

#[test]
fn marks_end_clauses_in_both_languages() {
    check(&[
        "One sentence stands here.|Another one!|And a third?|Yes.",
        "When the weather is fine,|we go to the harbour;|you may come along:|everybody does.",
        "He waited for hours…|Nobody came to the door.",
        "The plan is simple —|we leave at dawn.",
        "هذه جملة أولى كاملة.|وهذه جملة ثانية!|هل هذه ثالثة؟|نعم.",
        "عندما يكون الطقس جميلا،|نذهب إلى الميناء؛|يمكنك أن تأتي معنا:|الجميع يأتي.",
        "انتظر ساعات طويلة…|لم يأت أحد.",
        "یہ پہلا جملہ ہے۔|یہ دوسرا ہے۔",
        "Arabic السلام عليكم.|Then English again!|ثم العربية؟",
    ]);
}

#[test]
fn marks_without_a_space_end_clauses_too() {
    check_tight(&[
        "هذه جملة أولى كاملة.|وهذه جملة ثانية!|وهذه جملة ثالثة؟|نعم",
        "في بداية الأمر قال،|ثم سكت قليلا؛|ثم أضاف قائلا:|نعم",
        "انتهى عام 2020.|ثم بدأ عام جديد",
        "What a lovely day!|Shall we go out?|Yes",
        "The plan is simple—|we leave at dawn",
        "I was thinking...|maybe not",
        "That is so funny!|😀",
        "قال المعلم للطلاب:|«اقرؤوا الدرس»",
    ]);
}

#[test]
fn numbers_dates_times_and_versions_stay_whole() {
    check(&[
        "The price of it is 3.5 dollars or 1,000.50 pounds at 10:30.|Fine.",
        "Version 1.2.3-beta of the library came before v2.0.|Fine.",
        "It lies between 0...5 and .5 at 192.168.1.1:8080 there.",
        "On 24.11.2026 the score was 3:2 in the end.",
        "السعر الكامل هو ٣٫٥ ريال أو ٣,٥ أو ٣،٥ أو ١٬٠٠٠ أو 1,000,000 عند ١٠:٣٠.|نعم.",
        "سورة البقرة 2:255 معروفة",
        "The years 1990–1995 and 2000 – 2005 were good.",
        "They counted up to 1 000 000 in the end.",
    ]);
}

#[test]
fn abbreviations_and_initials_end_nothing() {
    check(&[
        "I met Dr. Smith and Mrs. Jones in St. Petersburg.|Fine.",
        "Bring some fruit (e.g., apples or pears i.e. what we have).|Fine.",
        "J. R. R. Tolkien and P. Smith met John F. Kennedy.|Fine.",
        "He lives in the U.S. Virgin Islands near Washington D.C. today.",
        "The U.S.'s economy and Yahoo!'s shares grew.",
        "التقيت د. أحمد مع أ.د. سالم و م. علي.|نعم.",
        "اكتب إلى ص.ب. 123 في الرياض.|نعم.",
        "قامت جمهورية ج.م.ع. بذلك في سنة 5 ق.م. تقريبا",
        "She saw (Dr. Who) and \"Mr. Bean\" and **Dr. No** on television.",
        "Dr.\u{a0}Smith came home.|Fine.",
    ]);
}

#[test]
fn abbreviation_at_its_number_stays_whole() {
    check(&[
        "السعر 50ر.س فقط.|نعم.",
        "السعر 50ر.س أو 5د.ك أو 100د.إ اليوم.|نعم.",
        "Rev. Jones met Cpl. Smith in Apt. 5 on Wed. the 5th.|Fine.",
        "Take 5 mg. twice a day.|Then wait.",
        "The acct. no. 5 is in Bldg. C or Apt. B now.|Fine.",
        "He lives in the apt.|Call him.",
        "From Oct. 1–Dec. 15 it is open.|Fine.",
    ]);
}

#[test]
fn number_and_unit_are_not_parted() {
    for (expression, glue) in [
        ("500 mg", "500 mg"),
        ("120 / 80 mmHg", "120 / 80 mmHg"),
        ("5 million dollars", "5 million dollars"),
        ("SAR 500", "SAR 500"),
        ("250 ريال", "250 ريال"),
        ("15 ألف ريال", "15 ألف ريال"),
        ("4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("ر.س 20", "ر.س 20"),
    ] {
        for words in 20..60 {
            let text = format!("{}{expression} more", "word ".repeat(words));
            let given = clauses(&text);
            assert!(given.iter().any(|clause| clause.text.contains(glue)), "{given:?}");
        }
    }
}

#[test]
fn ambiguous_abbreviation_waits_for_the_next_word() {
    check(&[
        "We sell apples and pears etc. at low prices.",
        "We sell apples and pears etc.|Come and buy.",
        "We meet at 10 a.m. tomorrow.|Fine.",
        "We meet at 10 a.m.|Tomorrow is fine.",
        "Apple Inc. makes phones.|Others belong to Acme Inc.|They make tools.",
        "It is no. 5 on the list.|The answer is no.|Then he left.",
        "See fig. 3 and vol. 2 of Jan. 5 there.",
        "I ate a fig.|Then I slept.",
        "We sell many things etc.|(See the list.)",
    ]);
}

#[test]
fn addresses_paths_and_names_stay_whole() {
    check(&[
        "Look at https://example.com/a,b;c?d=e.f!g:h for details.|Fine.",
        "Look at www.example.com/?q=x,y and example.org:80/z?a!b then.|Fine.",
        "Write to first.last@mail.example.com,|or call us.",
        "The file ../src/main.rs uses Node.js and .NET and std::vec::Vec here.",
        "Open C:\\Temp\\a.b,c now.|Fine.",
        "زوروا موقع example.com للمزيد.|شكرا.",
    ]);
}

#[test]
fn list_numbers_belong_to_their_items() {
    check(&[
        "1. Open the door.|2. Close the door.",
        "a. Open the door.|b. Close the door.",
        "**1. Open** the door.",
        "١. افتح الباب.|٢. أغلق الباب.",
        "It was in 2024.|Then came more.",
    ]);
}

#[test]
fn consecutive_marks_count_as_one() {
    check(&[
        "What is that?!|Nothing at all...|Really!!!|Yes.",
        "Apples and pears etc.,|are what we sell.",
        "ماذا تقول؟!|لا شيء...|حقا!!|نعم.",
    ]);
    assert_eq!(
        ends("“Come over here!”, he said."),
        [("“Come over here!”,".into(), Boundary::Comma), ("he said.".into(), Boundary::Sentence)]
    );
}

#[test]
fn closing_quotes_and_brackets_join_the_clause() {
    check(&[
        "\"Come here.\"|She came.|(So did he.)|[All of them!]|‘Fine.’|Good.",
        "«تعال إلى هنا.»|فجاء.|(وجاءت هي أيضا.)|﴿قل هو الله أحد.﴾|نعم.",
        "**This is bold.**|_This is not._|Fine.",
        "Bold emoji at the end!\u{200d}\u{fe0f}\u{200f}|Next.",
    ]);
    check_tight(&["\"Come over here.\"|He came"]);
    assert_eq!(
        cut("قال لهم المعلم:\"نعم\""),
        "قال لهم المعلم:|\"نعم\"",
        "a quote that opens belongs to the next"
    );
}

#[test]
fn first_clause_is_early() {
    check(&[
        "Yes, of course, I can help.",
        "Certainly, sir,|I can help you,|with this, and that,|if you like.",
        "Unfortunately,|that is late.|So, yes, we will,|in time, come.",
    ]);
    let eager = SegmentOptions { first_comma_letters: 3, comma_letters: 100, ..SegmentOptions::default() };
    let texts: Vec<_> = clauses_of(eager, ["Yes, of course, I can, if you like."]);
    assert_eq!(
        texts.iter().map(|clause| &*clause.text).collect::<Vec<_>>(),
        ["Yes,", "of course, I can, if you like."]
    );
}

#[test]
fn lines_end_clauses() {
    use Boundary::{End, Paragraph, Sentence};
    let expect = |text: &str, first: Boundary| {
        assert_eq!(ends(text), [("Title".into(), first), ("Text".into(), End)], "{text:?}");
    };
    for text in ["Title\nText", "Title\r\nText", "Title\rText", "Title \n  Text", "Title\u{2028}Text"] {
        expect(text, Sentence);
    }
    for text in ["Title\n\nText", "Title\r\n\r\nText", "Title \n \t\n\n\n Text", "Title\u{2029}Text"] {
        expect(text, Paragraph);
    }
    assert_eq!(ends("نص.\n\nنص")[0].1, Paragraph);
    assert_eq!(ends("- apples\n- pears etc.\n- plums").len(), 3);
}

#[test]
fn pauses_of_skipped_parts_are_kept() {
    let before = |text: &str| clauses(text).last().map(|clause| clause.before).unwrap();
    assert_eq!(before("One. \n\nTwo."), Some(Boundary::Paragraph), "the first was given out at the space");
    assert_eq!(before("One.\n\nTwo."), None, "the first ends a paragraph itself");
    assert_eq!(before("One of many things,\n***\nTwo."), Some(Boundary::Sentence));
    assert_eq!(before("One.\n***\n\nTwo."), Some(Boundary::Paragraph));
    assert_eq!(before("One.\n\n***\n\nTwo."), None);
    assert_eq!(before("\n\n!!! Two."), None, "nothing was said yet");
}

#[test]
fn punctuation_alone_gives_no_clause() {
    for text in [
        "",
        " ",
        "...",
        "?!",
        "\n\n\n",
        "*** --- ===",
        "( )",
        "—",
        "\u{200f}\u{200e}",
        "\0\u{7}\u{1b}",
        "|---|---|",
    ] {
        assert_eq!(clauses(text), [], "{text:?}");
    }
    assert_eq!(cut("*** Hello. ... !!! *** World."), "*** Hello.|*** World.");
    assert_eq!(cut("100%"), "100%");
    assert_eq!(cut("👍"), "👍");
}

#[test]
fn mark_at_piece_end_waits() {
    let mut segmenter = Segmenter::default();
    segmenter.push("It costs 3.");
    assert_eq!(segmenter.next_clause(), None);
    segmenter.push("5 dollars.");
    assert_eq!(segmenter.next_clause(), None);
    segmenter.push(" ");
    let clause = segmenter.next_clause().unwrap();
    assert_eq!(
        (&*clause.text, clause.span, clause.end),
        ("It costs 3.5 dollars.", 0..21, Boundary::Sentence)
    );
}

#[test]
fn flush_returns_the_pending_text() {
    let mut segmenter = Segmenter::default();
    segmenter.push("Half a sen");
    segmenter.flush();
    segmenter.push("tence.");
    segmenter.flush();
    segmenter.flush();
    let given: Vec<_> = std::iter::from_fn(|| segmenter.next_clause()).map(|c| (c.span, c.end)).collect();
    assert_eq!(given, [(0..10, Boundary::Forced), (10..16, Boundary::Sentence)]);
}

#[test]
fn finish_starts_a_new_text() {
    let mut segmenter = Segmenter::default();
    segmenter.push("One");
    segmenter.finish();
    segmenter.push("\n\nUnfortunately, two");
    segmenter.finish();
    let given: Vec<_> =
        std::iter::from_fn(|| segmenter.next_clause()).map(|c| (c.span, c.end, c.before)).collect();
    assert_eq!(
        given,
        [(0..3, Boundary::End, None), (5..19, Boundary::Comma, None), (20..23, Boundary::End, None)]
    );
}

#[test]
fn clear_resets_the_state() {
    let mut segmenter = Segmenter::default();
    segmenter.push("One. Two. Thr");
    segmenter.clear();
    assert_eq!(segmenter.next_clause(), None);
    segmenter.push("Four. ");
    assert_eq!(segmenter.next_clause().unwrap().span, 0..5);
}

#[test]
fn long_clauses_are_split_between_words() {
    let text = "word ".repeat(100);
    let given = clauses(&text);
    assert!(given.len() == 3 && given[0].end == Boundary::Forced, "{given:?}");
    assert!(given.iter().all(|clause| clause.text.len() <= 200 && clause.text.ends_with("word")));
    let arabic = "كلمة ".repeat(100);
    assert!(
        clauses(&arabic)
            .iter()
            .all(|clause| clause.text.ends_with("كلمة") && clause.text.chars().count() <= 200)
    );
    let titled = "It was said by Dr. Smith there ".repeat(20);
    assert!(clauses(&titled).iter().all(|clause| !clause.text.ends_with("Dr.")), "not after an abbreviation");
    let just = "x".repeat(100) + " " + &"y".repeat(99) + ". Next";
    assert_eq!(clauses(&just).len(), 2, "the mark just past the limit ends the clause");
    assert_eq!(clauses(&(just[..200].to_owned() + ".\nNext")).len(), 2);
}

#[test]
fn endless_words_are_split_between_grapheme_clusters() {
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    for unit in ["a", "كَ", "e\u{301}", family, "🇸🇦", "👍🏽", "1", "...", "\u{200f}x"] {
        let text = unit.repeat(2_000);
        let given = clauses(&text);
        assert!(
            given.iter().all(|c| c.text.chars().count() <= 200 + SLACK && c.text.len() % unit.len() == 0),
            "{unit}"
        );
        assert!(given.iter().rev().skip(1).all(|clause| clause.end == Boundary::Forced));
    }
    // A base with endless marks is not kept together.
    let zalgo = "a".to_owned() + &"\u{301}".repeat(10_000);
    assert!(clauses(&zalgo).iter().all(|clause| clause.text.chars().count() <= 200));
}

#[test]
fn options_are_clamped() {
    for max_chars in [0, usize::MAX] {
        let options = SegmentOptions { max_chars, ..SegmentOptions::default() };
        let text = "ab ".repeat(20_000);
        let longest = clauses_of(options, [&*text]).iter().map(|clause| clause.text.len()).max().unwrap();
        assert!((15..=10_000).contains(&longest), "{longest}");
    }
}

#[test]
fn at_most_one_clause_is_held() {
    for unit in [
        "a",
        " ",
        "\n",
        ".",
        ", ",
        "etc. ",
        "\u{301}",
        "\u{200f}",
        "( ",
        "a. ",
        "— ",
        "\"",
        "كلمة ",
        "\r",
        "x (– ",
    ] {
        let mut segmenter = Segmenter::default();
        for _ in 0..(1 << 18) / unit.len() {
            segmenter.push(unit);
            while segmenter.next_clause().is_some() {}
            assert!(segmenter.pending.len() < 1_000, "{unit:?}");
        }
        assert!(segmenter.pending.capacity() < 4_000);
    }
}

/// Pieces of text that trigger every rule, combined at random.
const PARTS: &[&str] = &[
    "word",
    "كلمة",
    "Dr",
    "etc",
    "U.S",
    "د",
    "ص.ب",
    "3",
    "٣",
    "1,000",
    "a.m",
    "no",
    ".",
    ".",
    ",",
    "،",
    "؟",
    "!",
    "…",
    "—",
    "–",
    ":",
    "؛",
    "...",
    " ",
    " ",
    " ",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\u{a0}",
    "\"",
    "'",
    ")",
    "(",
    "»",
    "«",
    "**",
    "😀",
    "👍🏽",
    "\u{200f}",
    "\u{202b}",
    "\u{301}",
    "َ",
    "\u{200d}",
    "\u{0}",
    "\u{7f}",
    "https://x.y/z",
    "me@x.com",
    "v1.2",
    "-",
    "/",
    "%",
    "supercalifragilisticexpialidocious",
    "مستشفيات",
    "\u{2029}",
    "\u{feff}",
    "🇸🇦",
];

#[test]
fn clauses_do_not_depend_on_the_pieces() {
    for seed in 0..1_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let text: String = (0..random.usize(1..300)).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
        let max_chars = random.usize(20..220);
        let options = SegmentOptions { max_chars, ..SegmentOptions::default() };
        let whole = clauses_of(options, [&*text]);

        let mut pieces = Vec::new();
        let mut rest = &*text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.ceil_char_boundary(random.usize(1..20).min(rest.len())));
            pieces.push(piece);
            rest = after;
        }
        assert_eq!(clauses_of(options, pieces), whole, "{text:?}");

        let mut at = 0;
        for clause in &whole {
            let skipped = &text[at..clause.span.start];
            assert!(!skipped.chars().any(speaks), "{skipped:?} was lost of {text:?}");
            assert_eq!(text[clause.span.clone()], clause.text);
            assert_eq!(clause.text.trim(), clause.text);
            assert!(clause.text.chars().any(speaks) && clause.text.chars().count() <= max_chars + SLACK);
            at = clause.span.end;
        }
        assert!(!text[at..].chars().any(speaks), "the end of {text:?} was lost");
    }
}
