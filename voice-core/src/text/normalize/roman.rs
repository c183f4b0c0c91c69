//! Roman numerals after a name or a word that is numbered: Henry VIII, Chapter IV, المرحلة III.

use super::arabic::{self, Gender};
use super::scan::{Place, Reading, is_letter, listed, word};
use super::{agreement, english};

/// Words whose numerals are cardinal numbers.
const NUMBERED: &str = "\
    war chapter part stage phase type volume act scene book section article grade class level bowl title appendix \
    figure table unit factor group category tier mark lesson module division paragraph zone vol vols ch chap nyha";

/// Rulers and popes, whose numerals are ordinal numbers.
const RULERS: &str = "\
    henry elizabeth paul louis charles george edward william james richard philip philippe napoleon pius benedict \
    gregory nicholas peter catherine alexander frederick leopold ivan victor emmanuel carlos felipe alfonso mary ramses \
    ptolemy mehmed murad selim hassan abdullah hussein francis innocent clement leo urban sixtus baldwin robert \
    john margaret christian gustav otto rudolf maximilian ferdinand joseph constantine theodosius justinian harald";

/// Words that start a sentence and are no name.
const OPENING: &str = "\
    the a an this that these those my your his her its our their i you he she it we they see use open try run press \
    type write read take give start stop set add make find choose select call is are was were do does did can has \
    have no not and or but if in on at for with from to of by what which who when why how";

/// Arabic words whose numerals are ordinal numbers, also in figures.
const RANKED: &str = "المرحلة النوع الدرجة القرن المستوى الفئة الأسبوع الجرعة";

/// Reads the numeral at the start.
pub(super) fn read(place: &Place) -> Option<Reading> {
    let run = word(place.rest);
    // Stage IIIB.
    let part = run.strip_suffix(['A', 'B', 'C']).filter(|_| {
        listed("stage grade type class", &place.word.to_ascii_lowercase()) && value(run).is_none()
    });
    let letter = part.map_or("", |part| &run[part.len()..]);
    let numeral = part.unwrap_or(run);
    if numeral.len() > 15 || !numeral.bytes().all(|byte| b"IVXLCDM".contains(&byte)) || !place.is_start() {
        return None;
    }
    let value = value(numeral)?;
    // Vol. III
    let abbreviation = place.near().trim_end().strip_suffix('.').filter(|_| place.word.is_empty());
    let before = match abbreviation.and_then(|near| near.rsplit(|c| !is_letter(c)).next()) {
        Some(before @ ("Vol" | "vol" | "Vols" | "Ch" | "Chap" | "ch")) => before,
        _ => place.word,
    };
    let small = numeral.bytes().all(|byte| b"IVX".contains(&byte));
    let reading = |mut words: String| {
        if !letter.is_empty() {
            words += " ";
            words += &super::spelling::spell(letter, place.language);
        }
        Some(Reading::new(words, run.len()))
    };
    if place.is_arabic() {
        let arabic = before.chars().next().is_some_and(|c| !c.is_ascii());
        let definite = before.starts_with("ال");
        let divided = listed("الفصل الباب الجزء القسم المجلد الملك البابا الكتاب", before);
        let sure =
            numeral.len() > 1 && (divided || !matches!(numeral, "IV" | "CD" | "DC" | "MC" | "CV" | "MD"));
        if !arabic || !(listed(RANKED, before) || sure && (small || definite)) {
            return None;
        }
        let gender = if before.ends_with('ة') { Gender::Feminine } else { Gender::Masculine };
        return reading(arabic::ordinal(value, gender, agreement::case_of_word(place)));
    }
    let lower = before.to_ascii_lowercase();
    if numeral.len() > 1 && place.rest[numeral.len()..].strip_prefix(' ').map(word) == Some("century") {
        return reading(english::ordinal(value));
    }
    if listed(NUMBERED, &lower) && (numeral.len() > 1 || before.starts_with(char::is_uppercase)) {
        return reading(english::cardinal(value));
    }
    let capital = before.starts_with(char::is_uppercase) && before.contains(char::is_lowercase);
    if numeral.len() > 1 && capital && small {
        if listed(RULERS, &lower) {
            return reading(format!("the {}", english::ordinal(value)));
        }
        // "Start IV fluids" is no numeral, and neither is "The XX chromosome" or "Use VI".
        let back = place.near().trim_end().strip_suffix(before).unwrap_or_default().trim_end();
        let starts = back.is_empty() || back.ends_with(['.', '!', '?', ':', '\n']);
        let is_word = matches!(numeral, "VI" | "XI" | "XX" | "XXX");
        if numeral == "IV" || starts && (is_word || listed(OPENING, &lower)) {
            return None;
        }
        return reading(english::cardinal(value));
    }
    let after = &place.rest[numeral.len()..];
    let next = word(after.trim_start_matches(' '));
    if numeral.len() == 1
        && small
        && listed(RULERS, &lower)
        && capital
        && matches!(next, "" | "of" | "and" | "was")
    {
        return reading(format!("the {}", english::ordinal(value)));
    }
    let year = numeral.len() >= 4 && numeral.starts_with('M') && (1_500..2_200).contains(&value);
    if year { reading(english::year(value)) } else { None }
}

/// The ordinal of a number in figures after a word that takes one: القرن 21, النوع 2.
pub(super) fn rank(value: u64, place: &Place) -> Option<String> {
    let gender = if place.word.ends_with('ة') { Gender::Feminine } else { Gender::Masculine };
    let ranked = place.is_arabic()
        && (1..100).contains(&value)
        && listed(RANKED, place.word)
        && place.word != "الدرجة";
    ranked.then(|| arabic::ordinal(value, gender, agreement::case_of_word(place)))
}

/// The value of a numeral in its usual form.
fn value(numeral: &str) -> Option<u64> {
    const PARTS: [(&str, u64); 13] = [
        ("M", 1_000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1),
    ];
    let mut rest = numeral;
    let mut value = 0;
    for (part, worth) in PARTS {
        let most = if part.len() == 2 || matches!(part, "D" | "L" | "V") { 1 } else { 3 };
        for _ in 0..most {
            let Some(after) = rest.strip_prefix(part) else { break };
            rest = after;
            value += worth;
        }
    }
    (rest.is_empty() && value > 0).then_some(value)
}
