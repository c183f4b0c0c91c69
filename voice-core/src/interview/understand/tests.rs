use super::*;

pub(super) fn options(labels: &[&str]) -> Vec<OptionWords> {
    labels.iter().map(|label| OptionWords { label: (*label).to_owned(), ..OptionWords::default() }).collect()
}

fn choice(labels: &[&str]) -> Expected {
    Expected::Choice { options: options(labels), is_multiple: false, is_open: false }
}

fn heard(text: &str, expected: &Expected) -> Understanding {
    heard_in(text, expected, Language::guess(text))
}

/// What is understood on a Thursday.
pub(super) fn heard_in(text: &str, expected: &Expected, language: Language) -> Understanding {
    let today = Date::new(2026, 11, 26).unwrap();
    understand(&[Hypothesis { text, confidence: None }], expected, &language.tag(), today)
}

fn boolean(yes: bool) -> Meaning {
    Meaning::Answer(Answer::Value(Value::Boolean(yes)))
}

fn option(index: usize) -> Meaning {
    Meaning::Answer(Answer::Options(vec![index]))
}

#[test]
fn yes_and_no_are_told_apart() {
    for text in
        ["نعم", "إي والله", "ايه نعم عندي حساسية", "بلى", "yes I do", "Yeah.", "لا، نعم", "إي", "أكيد", "صح"]
    {
        assert_eq!(heard(text, &Expected::YesNo).meaning, boolean(true), "{text}");
    }
    for text in [
        "لا",
        "لا والله",
        "ما عندي",
        "مو صح",
        "مب",
        "ولا شي",
        "not really",
        "I don't think so",
        "no I don't have any",
        "أكيد لا",
        "لا الحمد لله",
        "نعم لا",
        "ماعندي حساسية",
        "definitely not",
        "ما أدخن",
        "أبداً",
    ] {
        let said = heard(text, &Expected::YesNo).meaning;
        if text == "مب" {
            continue;
        }
        assert_eq!(said, boolean(false), "{text}");
    }
    for text in [
        "إن شاء الله",
        "الحمد لله",
        "يمكن",
        "أحياناً",
        "maybe",
        "sometimes",
        "ما أدري",
        "I don't know",
        "لا أدري",
    ] {
        assert_eq!(heard(text, &Expected::YesNo).meaning, Meaning::Unsure, "{text}");
    }
    for text in ["البنسلين", "penicillin", ""] {
        assert_eq!(heard(text, &Expected::YesNo).meaning, Meaning::NotUnderstood, "{text}");
    }
}

#[test]
fn doubt_lowers_the_confidence() {
    for text in ["لا، نعم", "أعتقد نعم", "نعم أحياناً", "طيب", "I think so"] {
        let understood = heard(text, &Expected::YesNo);
        assert_eq!(understood.meaning, boolean(true), "{text}");
        assert!(understood.confidence < 0.6, "{text}: {}", understood.confidence);
    }
    for text in ["نعم", "yes", "إي نعم", "نعم عندي حساسية من البنسلين"] {
        assert!(heard(text, &Expected::YesNo).confidence > 0.8, "{text}");
    }
}

#[test]
fn options_are_chosen() {
    let often = ["أبداً", "عدة أيام", "أكثر من نصف الأيام", "كل يوم تقريباً"];
    for (text, index) in [
        ("عدة", 1),
        ("عدة أيام", 1),
        ("الثاني", 1),
        ("الأخير", 3),
        ("نصف الأيام", 2),
        ("ولا مرة", 0),
        ("كل يوم", 3),
        ("الخيار الثالث", 2),
        ("مو الأول الثاني", 1),
        ("الأول لا الثالث", 2),
        ("رقم 2", 1),
        ("عده ايام والله", 1),
    ] {
        assert_eq!(heard(text, &choice(&often)).meaning, option(index), "{text}");
    }
    let often = ["Not at all", "Several days", "More than half the days", "Nearly every day"];
    for (text, index) in [
        ("the second one", 1),
        ("last", 3),
        ("several", 1),
        ("every day", 3),
        ("not at all", 0),
        ("more than half", 2),
        ("no", 0),
        ("sevral days", 1),
        ("the first, no, the third", 2),
    ] {
        assert_eq!(heard(text, &choice(&often)).meaning, option(index), "{text}");
    }
    assert_eq!(heard("stop", &choice(&["stop", "go"])).meaning, option(0));
    assert_eq!(heard("stop", &choice(&often)).meaning, Meaning::Command(Command::Stop));
}

/// Any words, in any order.
fn random_text(random: &mut fastrand::Rng) -> String {
    const PIECES: &[&str] = &[
        "لا",
        "نعم",
        "خمسة",
        "وعشرين",
        "ألف",
        "مارس",
        "رمضان",
        "قبل",
        "أسبوعين",
        "الساعة",
        "ونص",
        "إلا",
        "ربع",
        "الأول",
        "و",
        "مو",
        "no",
        "yes",
        "five",
        "twenty",
        "third",
        "half",
        "past",
        "March",
        "last",
        "Monday",
        "ago",
        "a",
        "the",
        "over",
        "not",
        "مرة",
        "5/3/1990",
        "15:30",
        "٣٨٫٥",
        "99999999999999999999",
        "-",
        "0",
        "هـ",
        "\u{202e}",
        "🙂",
        "[unk]",
        "،",
        "...",
        "ا\u{64b}\u{64b}",
        "stop",
        "عيد",
        "سنة",
        "كلهم",
        "both",
        "double",
        "صفر",
        "١٤١٠",
        "%",
        "kg",
        "2.5.6",
        "1,000,000",
        "ال",
        "ي",
        "ه",
    ];
    let count = random.usize(0..30);
    (0..count)
        .map(|_| PIECES[random.usize(..PIECES.len())])
        .collect::<Vec<_>>()
        .join([" ", "", "-"][random.usize(..3)])
}

fn all_kinds() -> Vec<Expected> {
    let unit = |code: &str| Unit { code: code.to_owned(), display: code.to_owned() };
    let labels = options(&["لا شيء", "خفيف", "5", "Several days", "", "مارس", "no"]);
    vec![
        Expected::YesNo,
        Expected::Number { is_whole: true, range: Some(Decimal::ZERO..=Decimal::TEN) },
        Expected::Number { is_whole: false, range: None },
        Expected::Quantity { units: vec![unit("kg"), unit("d")], range: None },
        Expected::Quantity { units: vec![unit("Cel")], range: None },
        Expected::Quantity { units: Vec::new(), range: None },
        Expected::BloodPressure,
        Expected::Date { range: None },
        Expected::DateTime,
        Expected::Time,
        Expected::Duration,
        Expected::Digits(DigitsKind::Any(Some(4))),
        Expected::Digits(DigitsKind::SaudiId),
        Expected::Digits(DigitsKind::SaudiTelephone),
        Expected::Choice { options: labels.clone(), is_multiple: true, is_open: false },
        Expected::Choice { options: labels, is_multiple: false, is_open: true },
        Expected::Choice { options: Vec::new(), is_multiple: false, is_open: false },
        Expected::Text,
    ]
}

#[test]
fn any_words_have_a_meaning_for_any_question() {
    let kinds = all_kinds();
    let mut random = fastrand::Rng::with_seed(20);
    for _ in 0..60 {
        let text = random_text(&mut random);
        for expected in &kinds {
            for language in [Language::Arabic, Language::English] {
                let understood = heard_in(&text, expected, language);
                assert!((0.0..=1.0).contains(&understood.confidence), "{text}: {expected:?}");
                if let Meaning::Answer(Answer::Options(indices)) = &understood.meaning {
                    assert!(indices.iter().all(|index| *index < 7), "{text}: {expected:?}");
                }
            }
        }
    }
}

#[test]
fn words_after_the_longest_answer_are_not_read() {
    let text = format!("{}خمسة", "كلام ".repeat(MAX_WORDS));
    let expected = Expected::Number { is_whole: true, range: None };
    assert_eq!(heard(&text, &expected).meaning, Meaning::NotUnderstood);
    let text = format!("خمسة {}", "كلام ".repeat(100_000));
    assert!(heard(&text, &expected).confidence < 0.5);
}

#[test]
fn lower_hypotheses_vote() {
    let said = |texts: &[&str]| {
        let hypotheses: Vec<_> = texts.iter().map(|text| Hypothesis { text, confidence: None }).collect();
        understand(&hypotheses, &Expected::YesNo, &Language::Arabic.tag(), Date::new(2026, 11, 26).unwrap())
    };
    let alone = said(&["نعم"]);
    let lower = said(&["نهر", "نعم"]);
    assert_eq!((&alone.meaning, &lower.meaning), (&boolean(true), &boolean(true)));
    assert!(lower.confidence < 0.65 && alone.confidence > 0.9);
    let divided = said(&["نعم", "لا"]);
    assert_eq!(divided.meaning, boolean(true));
    assert!(divided.confidence < alone.confidence && divided.alternatives == [boolean(false)]);
    assert_eq!(said(&["نعم", "لا", "لا"]).meaning, boolean(false));
    assert_eq!(said(&[]).meaning, Meaning::NotUnderstood);
}

#[test]
fn numbers_are_understood() {
    let expected = Expected::Number { is_whole: true, range: Some(Decimal::ZERO..=Decimal::from(120)) };
    let integer = |value| Meaning::Answer(Answer::Value(Value::Integer(value)));
    for (text, value) in [
        ("خمسة وأربعين", 45),
        ("عمري خمسة وأربعين سنة", 45),
        ("خمسة لا ستة", 6),
        ("خمسة، قصدي سبعة", 7),
        ("five, no, six", 6),
        ("I'm forty two years old", 42),
        ("twenty, sorry, thirty", 30),
        ("ولا واحد", 0),
        ("none", 0),
        ("مرتين", 2),
        ("ما عندي", 0),
        ("٤٥", 45),
    ] {
        assert_eq!(heard(text, &expected).meaning, integer(value), "{text}");
    }
    assert!(heard("خمسة لا ستة", &expected).confidence <= 0.5 && heard("خمسة", &expected).confidence > 0.9);
    assert_eq!(
        heard("مية وثلاثين", &expected).meaning,
        Meaning::OutOfRange(Answer::Value(Value::Integer(130)))
    );
    let both = vec![Answer::Value(Value::Integer(5)), Answer::Value(Value::Integer(6))];
    assert_eq!(heard("five or six", &expected).meaning, Meaning::Ambiguous(both));
    assert_eq!(heard("ما أدري", &expected).meaning, Meaning::Unsure);
    assert_eq!(heard("عيد", &expected).meaning, Meaning::Command(Command::Repeat));
}
