//! Tests for both languages. Tables of readings are in `tests/arabic_readings.rs` and `tests/english_readings.rs`.

mod arabic_readings;
mod cldr;
mod english_readings;
mod nemo;
mod nouns;
mod rbnf;
mod readings;

use super::*;
use Language::{Arabic, English};

/// Checks a table of (written, spoken), and that spoken text is not changed again.
fn check(language: Language, table: &[(&str, &str)]) {
    for (written, spoken) in table {
        let read = normalize(written, language);
        assert_eq!(read, *spoken, "{written}");
        assert_eq!(normalize(&read, language), read, "{written} again");
    }
}

#[test]
fn plain_text_is_unchanged() {
    for text in [
        "",
        " ",
        "السَّلامُ عَلَيْكُم، كَيْفَ حَالُكَ؟",
        "Hello, world! It's a well-known fact (really).",
        "نعم\t\n\r\u{200f}لا",
        "\u{e9}t\u{e9} ـــ \u{0}\u{7}",
        "$ € % + - / : . , # ﷼ ° < > ~ ( ) ـ",
        "--- ... ::: /// +++ 😀 漢字",
        "ملغ كغ ر.س mg SAR am pm هـ",
    ] {
        for language in [Arabic, English] {
            assert_eq!(normalize(text, language), text);
        }
    }
}

#[test]
fn digits_of_three_scripts_are_equal() {
    for language in [Arabic, English] {
        let western = normalize("1234567890", language);
        assert_eq!(normalize("١٢٣٤٥٦٧٨٩٠", language), western);
        assert_eq!(normalize("۱۲۳۴۵۶۷۸۹۰", language), western);
        assert_eq!(normalize("١٢٬٣٤٥٫٦", language), normalize("12,345.6", language));
    }
}

#[test]
fn digits_of_every_script_are_read() {
    for text in ["１２", "१२", "১২", "๑๒", "༡༢", "᠑᠒", "𝟏𝟐", "𝟙𝟚", "۱۲", "꘡꘢", "𞥑𞥒", "⑫", "⓬", "⒓", "⑿", "🯱🯲"]
    {
        assert_eq!(normalize(text, English), "twelve", "{text}");
        assert_eq!(normalize(text, Arabic), "اثنا عشر", "{text}");
    }
    for (text, spoken) in [
        ("①②", "one two"),
        ("❶ ➂ ⓿", "one three zero"),
        ("H₂O", "H two O"),
        ("2⅐", "two and one seventh"),
        ("10⁻³ and 5² and 2³", "ten to the power of minus three and five squared and two cubed"),
        ("5️⃣", "five"),
        ("1\u{200b}2\u{ad}3", "one hundred twenty-three"),
        (
            "1\u{2009}234\u{2009}567 1 000 000",
            "one million two hundred thirty-four thousand five hundred sixty-seven one million",
        ),
        ("㎏ 5㎏ 2㎡", "kg five kilograms two square meters"),
    ] {
        assert_eq!(normalize(text, English), spoken, "{text}");
    }
}

#[test]
fn compatibility_letters_become_plain() {
    for (text, plain) in [
        ("ﻣﺮﺣﺒﺎ ﻻ", "مرحبا لا"),
        ("ﷺ محمدﷺ", "صلى الله عليه وسلم محمد صلى الله عليه وسلم"),
        ("کتاب علی", "كتاب علي"),
        ("ﬁne oﬃce ＡＢＣ 𝓗𝓲 Ⓐ", "fine office ABC Hi A"),
        ("cafe\u{301} ا\u{653}", "café آ"),
        ("soft\u{ad}ware", "software"),
    ] {
        assert_eq!(normalize(text, Arabic), plain, "{text}");
    }
}

/// No digit of a script and no letter is lost, whatever its form.
#[test]
fn every_character_is_kept_or_read() {
    for character in ('\0'..=char::MAX).filter(|c| c.is_alphanumeric()) {
        for language in [Arabic, English] {
            let read = normalize(&format!("x {character} x"), language);
            let rest = read.trim_start_matches("x ").trim_end_matches(" x");
            assert!(!rest.trim().is_empty(), "{character:?}: {read:?}");
        }
    }
}

#[test]
fn direction_marks_are_ignored() {
    assert_eq!(normalize("\u{200f}5\u{200f}%\u{202c}", Arabic), "خمسة في المئة");
    assert_eq!(normalize("\u{202b}١٠\u{200e} mg\u{202c}", Arabic), "عشرة مليغرامات");
    assert_eq!(normalize("\u{2066}-5\u{2069}", English), "minus five");
}

#[test]
fn huge_numbers_are_read_by_digit() {
    assert_eq!(normalize("1000000000000000", English), "one quadrillion");
    assert_eq!(normalize("1000000000000000", Arabic), "كوادريليون");
    let beyond = normalize("1000000000000001", English);
    assert_eq!(beyond.matches("zero").count(), 14);
    assert_eq!(beyond.matches("one").count(), 2);
    assert_eq!(normalize("99999999999999999999", Arabic).matches("تسعة").count(), 20);
}

/// Pieces that readers match, combined at random.
fn scrambled(random: &mut fastrand::Rng) -> String {
    const PIECES: &[&str] = &[
        "0",
        "1",
        "2",
        "5",
        "07",
        "12",
        "99",
        "100",
        "2024",
        "1445",
        "0501234567",
        "٣",
        "۷",
        "½",
        " ",
        " ",
        " ",
        ".",
        ",",
        "،",
        "٫",
        "٬",
        "-",
        "–",
        "/",
        ":",
        "+",
        "(",
        ")",
        "%",
        "٪",
        "$",
        "€",
        "ر.س",
        "SAR",
        "د.ك",
        "mg",
        "ملغ",
        "كغ",
        "°C",
        "م",
        "ص",
        "هـ",
        "AH",
        "am",
        "pm",
        "May",
        "مايو",
        "صفر",
        "الـ",
        "و",
        "بـ",
        "st",
        "th",
        "s",
        "B",
        "H",
        "@",
        "a.com",
        "http://",
        "www.",
        "T",
        "Z",
        "مليون",
        "million",
        "M",
        "Dr.",
        "د.",
        "No.",
        "ألف",
        "ساعة",
        "يوم",
        "\u{200f}",
        "\u{64b}",
        "'",
        "\n",
        "<",
        "×",
        "#",
        "\0",
        "é",
        "漢",
    ];
    (0..random.usize(1..12)).map(|_| PIECES[random.usize(..PIECES.len())]).collect()
}

#[test]
fn every_digit_is_read() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let text = scrambled(&mut random);
        for language in [Arabic, English] {
            let read = normalize(&text, language);
            assert!(!read.contains(char::is_numeric), "{text:?}: {read:?}");
            assert!(read.len() <= 64 * text.len(), "{text:?}: {} bytes", read.len());
        }
    }
}

#[test]
fn random_text_does_not_panic() {
    let mut random = fastrand::Rng::with_seed(8);
    let all = [
        SayAs::Cardinal,
        SayAs::Ordinal,
        SayAs::Digits,
        SayAs::Date,
        SayAs::Time,
        SayAs::Telephone,
        SayAs::Characters,
    ];
    for _ in 0..20_000 {
        let text = scrambled(&mut random);
        for how in all {
            for language in [Arabic, English] {
                let read = say_as(&text, how, language);
                assert!(
                    !read.is_some_and(|read| read.contains(|c: char| c.is_ascii_digit())),
                    "{text:?} {how:?}"
                );
            }
        }
    }
}

#[test]
fn megabyte_of_digits_is_read() {
    // The longest text once; for the other pieces a part of it is enough, since the time is linear.
    for (piece, size) in [
        ("7", MAX_TEXT),
        ("7.", MAX_TEXT / 8),
        ("7,", MAX_TEXT / 8),
        ("1,234,", MAX_TEXT / 8),
        ("٣", MAX_TEXT / 8),
        ("a", MAX_TEXT / 8),
        ("ب1;", MAX_TEXT / 8),
    ] {
        let text = piece.repeat(size / piece.len());
        for language in [Arabic, English] {
            let read = normalize(&text, language);
            assert!(read.len() <= 64 * text.len(), "{piece:?}: {} bytes", read.len());
            assert!(!read.contains(char::is_numeric), "{piece:?}");
        }
    }
}

#[test]
fn long_repetitions_take_linear_time() {
    for piece in [
        "7 ", "7-", "7/", "7:", "77-", "1/2 ", "a-", "a1", "a.", "a:", "a@", "(a", "((", "+7", "$", "$7",
        "%7", "٪", "5 م", "5 ملغ", "5م", "*", "5\"", "[a](", "1 000 ", "x1 ", "'5 ", "الـ", "و5", "د. ",
        "May ", "5 May ", "د.م. ", "777'777'", "ب12 ", "A- ", "may 5. ", "1-", "No. A1 ", "UTC+3 ",
        "Q1 2024 ", "-", "\u{200f}", "\u{64b}", " ",
    ] {
        let text = piece.repeat(8_192 / piece.len());
        for language in [Arabic, English] {
            let read = normalize(&text, language);
            assert!(read.len() <= 64 * text.len(), "{piece:?}: {} bytes", read.len());
        }
    }
}

#[test]
fn text_after_the_limit_is_passed_on() {
    let text = "word ".repeat(MAX_TEXT / 5) + "12345 and 67890";
    let read = normalize(&text, English);
    let after = read.strip_prefix(&"word ".repeat(MAX_TEXT / 5 - 1)).unwrap();
    assert_eq!(after, "word 12345 and 67890");
}

#[test]
fn say_as_reads_the_given_kind() {
    use SayAs::{Cardinal, Characters, Date, Digits, Ordinal, Telephone, Time};
    for (text, how, language, spoken) in [
        ("1,234.5", Cardinal, English, "one thousand two hundred thirty-four point five"),
        (" -3 ", Cardinal, Arabic, "سالب ثلاثة"),
        ("٢٣", Ordinal, Arabic, "الثالث والعشرون"),
        ("23rd", Ordinal, English, "twenty-third"),
        ("105", Ordinal, Arabic, "الخامس بعد المئة"),
        ("1445", Digits, English, "one four four five"),
        ("12-34", Digits, Arabic, "واحد اثنان، ثلاثة أربعة"),
        ("1/2/2024", Date, English, "the first of February, twenty twenty-four"),
        ("May 5", Date, English, "May fifth"),
        ("10:05", Time, Arabic, "الساعة العاشرة وخمس دقائق"),
        ("999", Telephone, English, "nine nine nine"),
        (
            "+966 11 123 4567",
            Telephone,
            Arabic,
            "زائد تسعة ستة ستة، واحد واحد، واحد اثنان ثلاثة، أربعة خمسة ستة سبعة",
        ),
        ("MRI-2", Characters, English, "M R I dash two"),
        ("سَـب٣", Characters, Arabic, "سين باء ثلاثة"),
    ] {
        assert_eq!(say_as(text, how, language).as_deref(), Some(spoken), "{text} {how:?}");
    }
}

#[test]
fn say_as_refuses_other_text() {
    use SayAs::{Cardinal, Characters, Date, Digits, Ordinal, Telephone, Time};
    for (text, how) in [
        ("", Cardinal),
        ("five", Cardinal),
        ("5 mg", Cardinal),
        ("1.2.3", Cardinal),
        ("2th", Ordinal),
        ("-2", Ordinal),
        ("1.5", Ordinal),
        ("12a", Digits),
        ("1--2", Digits),
        ("31/2/2024", Date),
        ("today", Date),
        ("25:00", Time),
        ("10:30 tomorrow", Time),
        ("1234567890123456", Telephone),
        ("112 or 911", Telephone),
        ("...", Characters),
        ("", Characters),
    ] {
        assert_eq!(say_as(text, how, English), None, "{text} {how:?}");
    }
    assert_eq!(say_as(&"7".repeat(5_000), SayAs::Digits, English), None);
}
