use super::*;
use crate::text::Language::{self, Arabic, English};
use crate::text::normalize;

/// The value of a text that is one number.
fn value(text: &str, language: Language) -> Option<String> {
    let words = Words::new(text);
    let found = number(&words, 0, language)?;
    (found.words == (0..words.len())).then(|| found.value.normalize().to_string())
}

/// Numbers of all lengths up to a million.
fn sample() -> impl Iterator<Item = u64> {
    (0..2_100).chain((2_100..1_000_000).step_by(397)).chain([
        999_999,
        1_000_000,
        2_000_000,
        11_000_001,
        123_456_789,
    ])
}

#[test]
fn numbers_of_the_normalizer_are_read() {
    for language in [Arabic, English] {
        for number in sample() {
            let spoken = normalize(&number.to_string(), language);
            assert_eq!(value(&spoken, language).as_deref(), Some(&*number.to_string()), "{spoken}");
        }
    }
}

#[test]
fn ordinals_of_the_normalizer_are_read() {
    for language in [Arabic, English] {
        for number in (1..=130).chain([200, 300, 305, 1_000]) {
            let spoken =
                crate::text::say_as(&number.to_string(), crate::text::SayAs::Ordinal, language).unwrap();
            let words = Words::new(&spoken);
            let found = ordinal(&words, 0, language).map(|found| (found.value, found.words.end));
            assert_eq!(found, Some((number, words.len())), "{spoken}");
        }
    }
}

#[test]
fn digits_are_said_in_groups() {
    for (text, expected) in [
        ("صفر خمسة خمسة", "055"),
        ("صفر خمسة وخمسين واحد اثنين ثلاثة", "055123"),
        ("دبل خمسة ثلاث أصفار خمسة وستة", "5500056"),
        ("تسعمية وستة وستين خمسة صفرين", "966500"),
        ("٠٥٥ ١٢٣", "055123"),
        ("تسعة، ستة، ستة", "966"),
    ] {
        let words = Words::new(text);
        let found = digits(&words, 0, Arabic).unwrap();
        assert_eq!((found.value.as_str(), found.words), (expected, 0..words.len()), "{text}");
    }
    for (text, expected) in [
        ("oh five double five twenty-three one hundred", "0555231"),
        ("nine six six triple zero", "966000"),
        ("055 1 2 3", "055123"),
    ] {
        let words = Words::new(text);
        let found = digits(&words, 0, English).unwrap();
        assert!(found.value.starts_with(expected) && found.words.end == words.len(), "{text} {found:?}");
    }
}

#[test]
fn numbers_have_decimals_shares_and_signs() {
    for (text, expected) in [
        ("سبعة وثلاثين ونص", "37.5"),
        ("سبعة وثلاثين فاصلة خمسة", "37.5"),
        ("ستة إلا ربع", "5.75"),
        ("ثلاثة أرباع", "0.75"),
        ("نص مليون", "500000"),
        ("مليون ونص", "1500000"),
        ("ناقص خمسة", "-5"),
        ("خمسة تحت الصفر", "-5"),
        ("صفر فاصلة صفر خمسة", "0.05"),
        ("١٬٢٣٤٫٥", "1234.5"),
        ("احدعش", "11"),
        ("ألف وتسعمية وخمسة وثمانين", "1985"),
        ("ثلاث مية وثمنطعش", "318"),
        ("خمسة آلاف", "5000"),
        ("5 آلاف", "5000"),
        ("وخمسة", "5"),
    ] {
        assert_eq!(value(text, Arabic).as_deref(), Some(expected), "{text}");
    }
    for (text, expected) in [
        ("a hundred and five", "105"),
        ("one oh five", "105"),
        ("one twenty", "120"),
        ("two and a half", "2.5"),
        ("three quarters", "0.75"),
        ("thirty seven point five", "37.5"),
        ("minus five", "-5"),
        ("half a million", "500000"),
        ("fifteen hundred", "1500"),
        ("a dozen", "12"),
        ("1,234.5", "1234.5"),
        ("one and a half million", "1500000"),
    ] {
        assert_eq!(value(text, English).as_deref(), Some(expected), "{text}");
    }
}
