mod nemo;
mod spoken;

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
fn numbers_before_nouns_are_read() {
    for (at, before, after) in [(0, "", "كتاب"), (0, "", "ورقة"), (1, "من ", "كتاب"), (1, "من ", "ورقة")]
    {
        // One and two are forms of the noun.
        for count in sample().filter(|count| !matches!(count % 100, 1 | 2)) {
            let spoken = normalize(&format!("{before}{count} {after}"), Arabic);
            let words = Words::new(&spoken);
            let found = number(&words, at, Arabic).map(|found| (found.value.to_string(), found.words.end));
            assert_eq!(found, Some((count.to_string(), words.len() - 1)), "{spoken}");
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

/// Written texts whose spoken form says all that is written.
fn round_trips(texts: impl Iterator<Item = String>, language: Language) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for text in texts {
        let spoken = normalize(&text, language);
        let found = written(&spoken, language);
        if found != text {
            wrong.push(format!("{text}: {spoken}: {found}"));
        }
        count += 1;
    }
    assert!(count > 0 && wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn numbers_come_back_from_the_normalizer() {
    for language in [Arabic, English] {
        round_trips(sample().map(|number| number.to_string()), language);
        round_trips((1..2_000).step_by(7).map(|number| format!("-{number}")), language);
        let decimals =
            ["0.5", "0.05", "37.5", "98.6", "3.14", "120.25", "6.0", "9876.125", "1000.1", "36.60", "0.125"];
        round_trips(decimals.map(str::to_owned).into_iter(), language);
        round_trips(
            (1..1_000).step_by(13).map(|number| format!("{number}.{:02}", number % 89 + 10)),
            language,
        );
        round_trips((0..=100).map(|number| format!("{number}%")), language);
        round_trips((2..30).map(|number| format!("{number} 1/2")), language);
        let fractions = ["1/2", "3/4", "2/3", "5 2/3", "7 3/4", "120/80", "135/85", "7/10", "85/100", "9/10"];
        round_trips(fractions.map(str::to_owned).into_iter(), language);
    }
}

#[test]
fn signs_come_back_from_the_normalizer() {
    let counts = [1, 2, 3, 5, 10, 11, 12, 20, 25, 99, 100, 101, 102, 103, 111, 200, 250, 1_000, 2_000, 5_000];
    let with =
        |form: &'static str| counts.into_iter().map(move |count| form.replace('N', &count.to_string()));
    for form in ["N كغ", "N ملغ", "N سم", "N مل", "N كم", "N°م", "$N", "€N", "د.ك\u{200b}N", "ر.س\u{200b}N"]
    {
        let form: &'static str = match form {
            "د.ك\u{200b}N" => "د.كN",
            "ر.س\u{200b}N" => "ر.سN",
            other => other,
        };
        round_trips(with(form), Arabic);
    }
    for form in
        ["N kg", "N mg", "N cm", "N km", "N°C", "N°F", "N bpm", "N mmHg", "$N", "€N", "SAR N", "KWD N"]
    {
        round_trips(with(form), English);
    }
    for cents in ["$7.50", "$7.05", "$0.99", "€20.10", "$1.01"] {
        round_trips(std::iter::once(cents.to_owned()), English);
        round_trips(std::iter::once(cents.to_owned()), Arabic);
    }
}

#[test]
fn groups_of_digits_have_other_readings() {
    let readings = |text: &str, language, count| {
        let words = Words::new(text);
        digits_of(&words, 0..words.len(), language, count)
    };
    assert_eq!(readings("twenty three four", English, None), ["234", "2034"]);
    assert_eq!(readings("twenty three four", English, Some(4)), ["2034"]);
    assert_eq!(readings("خمسة وعشرين سبعة", Arabic, Some(4)), ["5207"]);
    assert_eq!(readings("مية وخمسة وعشرين", Arabic, None), ["125", "10025", "100520"]);
    assert_eq!(readings("eight hundred one twenty", English, Some(6)), ["800120"]);
    assert_eq!(readings("five three", English, Some(3)), Vec::<String>::new());
    assert_eq!(readings("my number is five, then six", English, Some(2)), ["56"]);
    let many = vec!["twenty three"; 200].join(" ");
    assert_eq!(readings(&many, English, None), Vec::<String>::new());
    assert_eq!(readings(&vec!["twenty three"; 20].join(" "), English, Some(40)), ["23".repeat(20)]);
}

mod saudi {
    use super::super::saudi::*;
    use super::*;

    /// Identity numbers that pass the check.
    fn identities() -> impl Iterator<Item = String> {
        (0..2_000_u64).filter_map(|seed| {
            let digits = 1_000_000_000 + seed * 7_919 % 1_000 * 987_653 + (seed % 2) * 1_000_000_000;
            (0..10).map(|last| (digits / 10 * 10 + last).to_string()).find(|digits| is_identity(digits))
        })
    }

    #[test]
    fn identity_numbers_pass_the_check() {
        assert!(["1000000008", "2000000006"].into_iter().all(is_identity));
        for other in ["1000000007", "3000000004", "100000008", "10000000080", "١٠٠٠٠٠٠٠٠٨", "", "1-00000008"]
        {
            assert!(!is_identity(other), "{other}");
        }
        assert_eq!(identities().count(), 2_000);
    }

    #[test]
    fn one_confused_digit_is_repaired_or_asked_again() {
        let mut repaired = 0;
        let mut confused = 0;
        for identity in identities() {
            assert_eq!(repair(&identity, Arabic), Repair::Valid);
            for (at, digit) in identity.char_indices().filter(|(_, digit)| matches!(digit, '7' | '9')) {
                let other = if digit == '7' { "9" } else { "7" };
                let heard = format!("{}{other}{}", &identity[..at], &identity[at + 1..]);
                match repair(&heard, Arabic) {
                    Repair::One(one) => {
                        assert_eq!(one, identity);
                        repaired += 1;
                    }
                    other => assert_eq!(other, Repair::Many),
                }
                confused += 1;
            }
        }
        assert!(confused > 1_000 && repaired * 2 > confused, "{repaired} of {confused}");
        assert_eq!(repair("12345", Arabic), Repair::None);
        assert_eq!(repair("1111111111", Arabic), Repair::None);
    }

    #[test]
    fn other_readings_are_chosen_by_the_check() {
        assert_eq!(choose(["1000000008", "2000000006"]), Repair::Valid);
        assert_eq!(choose(["1000000007", "2000000006", "2000000006"]), Repair::One("2000000006".to_owned()));
        assert_eq!(choose(["1000000007", "2000000006", "1000000008"]), Repair::Many);
        assert_eq!(choose(["1000000007", "1"]), Repair::None);
        assert_eq!(choose([]), Repair::None);
    }

    #[test]
    fn telephone_numbers_have_one_form() {
        for (digits, kind, international, national) in [
            ("0551234567", TelephoneKind::Mobile, "+966551234567", "0551234567"),
            ("551234567", TelephoneKind::Mobile, "+966551234567", "0551234567"),
            ("966551234567", TelephoneKind::Mobile, "+966551234567", "0551234567"),
            ("+966551234567", TelephoneKind::Mobile, "+966551234567", "0551234567"),
            ("00966551234567", TelephoneKind::Mobile, "+966551234567", "0551234567"),
            ("9660551234567", TelephoneKind::Mobile, "+966551234567", "0551234567"),
            ("0579012345", TelephoneKind::Mobile, "+966579012345", "0579012345"),
            ("0112345678", TelephoneKind::Fixed, "+966112345678", "0112345678"),
            ("126543210", TelephoneKind::Fixed, "+966126543210", "0126543210"),
            ("8001234567", TelephoneKind::TollFree, "+9668001234567", "8001234567"),
            ("920001234", TelephoneKind::Shared, "+966920001234", "920001234"),
        ] {
            let found = telephone(digits).unwrap();
            let found = (found.kind, found.international.as_str(), found.national.as_str());
            assert_eq!(found, (kind, international, national), "{digits}");
        }
        for digits in
            ["", "05512345", "05512345678", "0521234567", "0579212345", "0101234567", "937", "05a1234567"]
        {
            assert_eq!(telephone(digits), None, "{digits}");
        }
    }
}

#[test]
fn units_of_one_kind_are_converted() {
    let converted =
        |value: &str, from, to| convert(value.parse().unwrap(), from, to).map(|value| value.to_string());
    assert_eq!(converted("98.6", "[degF]", "Cel").as_deref(), Some("37"));
    assert_eq!(converted("38.5", "Cel", "[degF]").as_deref(), Some("101.30"));
    assert_eq!(converted("66", "[in_i]", "cm").as_deref(), Some("167.64"));
    assert_eq!(converted("160", "[lb_av]", "kg").as_deref(), Some("72.5748"));
    assert_eq!(converted("1.5", "h", "min").as_deref(), Some("90"));
    assert_eq!(converted("5", "kg", "cm"), None);
    assert_eq!(converted("5", "{tbl}", "{tbl}").as_deref(), Some("5"));
}

/// Text of every kind in long runs.
#[test]
fn steps_grow_with_the_length_of_the_text() {
    let steps = |text: &str, language| {
        items::STEPS.set(0);
        let found = written(text, language);
        assert!(found.len() <= 2 * text.len());
        items::STEPS.get()
    };
    for part in [
        "مية ",
        "خمسة ",
        "وخمسة ",
        "و ",
        "ألف ومية و",
        "نقطة ",
        "خمسة و",
        "خمسة من ",
        "خمسة على ",
        "متر و",
        "five ",
        "one hundred and ",
        "point ",
        "minus ",
        "twenty-",
        "five over ",
        "half a ",
        "5 ",
        "5/",
        "double ",
        "kg ",
        "a ",
        "دولار و",
        "مئة دولار ",
    ] {
        for language in [Arabic, English] {
            let (short, long) = (part.repeat(400), part.repeat(1_600));
            let (short, long) = (steps(&short, language), steps(&long, language));
            assert!(long <= 5 * short + 1_000, "{part} {language:?}: {short} and {long}");
            assert!(long <= 100 * 1_600, "{part} {language:?}: {long}");
        }
    }
}

/// Words of numbers in any order.
#[test]
fn readers_take_any_words() {
    const PARTS: &str = "خمسة|وعشرين|مية|ألف|ألفين|مليون|ونص|إلا|ربع|فاصلة|ناقص|أرباع|من|عشرة|على|دبل|أصفار|كيلو|متر|وسبعين|ريال|\
        هللة|بالمية|درجة|مئوية|الحادي|عشر|بعد|المئة|احدعش|و|واحد|كيلوين|تحت|الصفر|بخمسين|one|twenty-|hundred|and|\
        thousand|million|point|half|a|quarters|minus|oh|double|over|out|of|dollars|cents|kilos|feet|six|degrees|first|\
        0551234567|1,234.5|٣٧٫٥|120/80|9999999999999999999999999999|70kg|$5|،|-|quadrillion|billion|صفر|dozen";
    let parts: Vec<_> = PARTS.split('|').collect();
    let mut random = fastrand::Rng::with_seed(20);
    for round in 0..2_000 {
        let count = random.usize(1..9);
        let text: Vec<_> = (0..count).map(|_| parts[random.usize(..parts.len())]).collect();
        let text = text.join(if round % 5 == 0 { "" } else { " " });
        let words = Words::new(&text);
        for language in [Arabic, English] {
            let _ = written(&text, language);
            for at in 0..=words.len() {
                let ranges = [
                    number(&words, at, language).map(|found| found.words),
                    ordinal(&words, at, language).map(|found| found.words),
                    year(&words, at, language).map(|found| found.words),
                    fraction(&words, at, language).map(|found| found.words),
                    rating(&words, at, language).map(|found| found.words),
                    blood_pressure(&words, at, language).map(|found| found.words),
                    temperature(&words, at, language).map(|found| found.words),
                    glucose(&words, at, language).map(|found| found.words),
                    weight(&words, at, language).map(|found| found.words),
                    height(&words, at, language).map(|found| found.words),
                    percent(&words, at, language).map(|found| found.words),
                    money(&words, at, language).map(|found| found.words),
                    digits(&words, at, language).map(|found| found.words),
                ];
                for range in ranges.into_iter().flatten() {
                    assert!(range.start == at && range.end > at && range.end <= words.len(), "{text}");
                }
            }
        }
    }
}
