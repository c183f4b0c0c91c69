//! Doses: how often, per what, of which material, and at which times of the day.

use super::arabic::{self, Case, Gender, Noun, feminine};
use super::number::{Number, lex, pause};
use super::scan::{Place, Reading, blank, ends, is_digit, is_letter, listed, small, word};
use super::{nouns, units};

/// How often something is done.
pub(super) static TIME: Noun = feminine!("مر");

/// How often a dose is taken, in Arabic: 2.5 مل × 3. `after` is the text after the sign.
pub(super) fn how_often(place: &Place, after: &str) -> Option<(String, usize)> {
    const FORMS: &str =
        "حبة قرص كبسولة ملعقة قطرة جرعة بخة حقنة إبرة كيس لصقة تحميلة حبتين قرصين قطرتين بختين";
    let (value, len) = small(after, 2).filter(|(value, _)| (2..=10).contains(value))?;
    let rest = &after[len..];
    let dose =
        place.word.is_empty() && place.near().trim_end().ends_with(is_letter) || listed(FORMS, place.word);
    if !place.is_arabic() || !dose || !ends(rest) || rest.starts_with('=') {
        return None;
    }
    let next = word(&rest[blank(rest)..]);
    if matches!(next, "مرات" | "مرة" | "مره") {
        return Some((String::new(), 0));
    }
    let alone =
        units::read(rest, place.language).is_none() && !nouns::follows(rest) && !nouns::is_counted(rest);
    alone.then(|| (arabic::count(value, &TIME, Case::Oblique), len))
}

/// Doses of the morning, noon and evening: 10-0-12 units.
pub(super) fn schedule(place: &Place) -> Option<Reading> {
    let mut doses = Vec::new();
    let mut len = 0;
    loop {
        let (value, digits) = small(&place.rest[len..], 3)?;
        doses.push(value);
        len += digits;
        match place.rest[len..].strip_prefix('-') {
            Some(_) if doses.len() < 4 => len += 1,
            _ => break,
        }
    }
    let last = *doses.last().filter(|_| doses.len() >= 3)?;
    let after = &place.rest[len..];
    let gap = blank(after);
    let unit = ["units", "unit", "U", "tablets", "tabs", "وحدة", "وحدات", "وحده", "حبة", "قرص"];
    if place.before.is_some_and(|c| matches!(c, '-' | '/')) || !unit.contains(&word(&after[gap..])) {
        return None;
    }
    let number = |value: &u64| Number::integer(*value).words(place.language);
    let mut words: Vec<String> = doses[..doses.len() - 1].iter().map(number).collect();
    let (found, more) =
        units::read(after, place.language).map_or((None, 0), |(unit, more)| (unit.arabic().0, more));
    words.push(match found.filter(|_| place.is_arabic()) {
        Some(noun) => Number::integer(last).count(noun, Case::Nominative),
        None => number(&last),
    });
    let more = if place.is_arabic() { more } else { 0 };
    Some(Reading::new(words.join(pause(place.language)), len + more))
}

/// A divisor with a number: 250 mg/5 mL.
pub(super) fn per_amount(place: &Place, after: &str, of: &[String; 2]) -> Option<(String, usize)> {
    let rest = after.strip_prefix('/').filter(|rest| rest.starts_with(is_digit))?;
    let run = lex(rest, place.language)?;
    let (number, len) = (run.number?, run.text.len());
    // mg/24 h: no other word can follow.
    let gap = blank(&rest[len..]);
    let (unit, more) = units::read(&rest[len..], place.language)
        .or_else(|| units::read(&rest[len + gap..], place.language).map(|(unit, more)| (unit, gap + more)))?;
    // 500 mg/65 mg: the doses of two substances.
    let both = unit.english() == *of;
    let words = if place.is_arabic() {
        let (noun, tail) = unit.arabic();
        let counted = match noun {
            Some(noun) => number.count(noun, Case::Oblique),
            None => number.arabic(Gender::Masculine, Case::Oblique),
        };
        let link = if both { "على" } else { "لكل" };
        format!(" {link} {counted}{tail}")
    } else if both {
        format!(" slash {} {}", number.english(), unit.english()[usize::from(!number.is_one())])
    } else {
        format!(" per {} {}", number.english(), unit.english()[usize::from(!number.is_one())])
    };
    Some((words, 1 + len + more))
}

/// The words for a counted noun before the material that it is of: كيسا دم, أحد عشر كوب ماء.
pub(super) fn of_material(words: String, noun: &Noun, after: &str) -> String {
    const MATERIALS: &str = "\
        دم ماء حليب شاي قهوة عسل سكر ملح زيت خل عصير لبن زبادي بلازما محلول شراب دواء طعام أرز دقيق طحين مرق شوربة \
        ليمون زنجبيل كركم خميرة تمر لحم دجاج سمك ثلج كريم مرهم معجون صابون أكسجين ملوحة مضمضة فواكه خضار مكسرات علاج أشعة ليزر تنظيف تبييض";
    if blank(after) == 0 || !listed(MATERIALS, word(&after[blank(after)..])) {
        return words;
    }
    for dual in &noun.two {
        if words.ends_with(dual) {
            return words.strip_suffix('ن').unwrap_or(&words).to_owned();
        }
    }
    match words.strip_suffix(noun.many) {
        Some(number) => format!("{number}{}", noun.one),
        None => words,
    }
}
