//! Numbers with a unit, a currency, a noun of the text, or nothing.

use super::amount::{Amount, Thing};
use super::arabic::{self, Case, Gender};
use super::number::{Number, lex, spelled};
use super::scan::{Place, Reading, blank, ends, is_digit, is_equation, sign_and_digit, small, whole, word};
use super::{
    agreement, calendar, context, dose, english, gender, money, nouns, roman, spelling, time, units,
};

/// Reads the number at the start, with everything that belongs to it.
pub(super) fn read(place: &Place) -> Option<Reading> {
    if let Some(reading) = fixed(place).or_else(|| hexadecimal(place)).or_else(|| years(place)) {
        return Some(reading);
    }
    let Some((amount, len)) = Amount::lex(place) else {
        // 100,50 €
        let money = money::european(place).and_then(|(amount, len)| {
            let (spoken, more) = money::suffixed(&amount, place, &place.rest[len..])?;
            Some(Reading::new(spoken, len + more))
        });
        return money.or_else(|| marks_and_digits(place));
    };
    let after = &place.rest[len..];
    if let Amount::Number(number) = &amount
        && let Some((spoken, more)) = year(number, place, after).or_else(|| suffix(number, place, after))
    {
        return Some(Reading::new(spoken, len + more));
    }
    if let Some(reading) = dose::schedule(place) {
        return Some(reading);
    }
    let ending = era_of_range(&amount, place, after)
        .or_else(|| aged(place, after))
        .or_else(|| hyphenated(place, after))
        .or_else(|| label(place, after));
    if let Some((words, more)) = ending {
        return Some(Reading::new(format!("{}{words}", amount.say(None, place, "")), len + more));
    }
    if let Amount::Number(number) = &amount
        && let Some(rank) = number.value().and_then(|value| roman::rank(value, place))
        && ends(after)
        && units::read(after, place.language).is_none()
    {
        return Some(Reading::new(rank, len));
    }
    let (amount, len) = multiplied(amount, len, place);
    let after = &place.rest[len..];
    if let Some((spoken, more)) = money::suffixed(&amount, place, after) {
        return Some(Reading::new(spoken, len + more));
    }
    if let Some((spoken, more)) = measured(&amount, place, len) {
        return Some(Reading::new(spoken, len + more));
    }
    if let Some((spoken, more)) = counted(&amount, place, after) {
        return Some(Reading::new(spoken, len + more));
    }
    // A label does not agree with the next noun: مبنى 7 شقة 4.
    let named = place.is_arabic() && context::is_label(place);
    if let Amount::Number(number) = &amount
        && let Some((power, more)) = scientific(number, place, after)
    {
        return Some(Reading::new(power, len + more));
    }
    let words = amount.say(None, place, if named { "" } else { after });
    if let Some((per, more)) = units::divisor(after, place.language).filter(|&(_, more)| ends(&after[more..]))
    {
        return Some(Reading::new(words + &per, len + more));
    }
    if let Some((of, more)) = score(&amount, place, after) {
        return Some(Reading::new(words + &of, len + more));
    }
    if let Some(words) = multiplier(&amount, &words, place, after) {
        return Some(Reading::new(words, len + 1));
    }
    if sign_and_digit(after, '-') && is_equation(&after[1..]) {
        let minus = if place.is_arabic() { "ناقص" } else { "minus" };
        return Some(Reading::new(format!("{words} {minus}"), len + 1));
    }
    // A dash that is neither a range nor a minus sign: codes, scores, phone numbers without a known form.
    if sign_and_digit(after, '-') {
        let dash = if place.is_arabic() { "شرطة" } else { "dash" };
        return Some(Reading::new(format!("{words} {dash}"), len + 1));
    }
    Some(Reading::new(words, len))
}

/// The number with the unit after it, which ends at `len`, and the length of the unit.
fn measured(amount: &Amount, place: &Place, len: usize) -> Option<(String, usize)> {
    let after = &place.rest[len..];
    let (unit, more) = degrees(amount, place, after).or_else(|| units::read(after, place.language))?;
    let (noun, tail) = unit.arabic();
    let tail_is_empty = tail.is_empty();
    let thing = Thing { english: unit.english(), noun, tail };
    let (per, further) = dose::per_amount(place, &after[more..], &thing.english).unwrap_or_default();
    // خذ حبة 2 مرات: how often something is done is in the accusative.
    let often = noun.is_some_and(|noun| noun.one == "مرة") && !place.word.is_empty();
    let at = if often { Place { word: "كل", ..*place } } else { *place };
    let mut words = amount.say(Some(&thing), &at, after);
    if let Some(noun) = noun.filter(|_| tail_is_empty && per.is_empty()) {
        words = dose::of_material(words, noun, &after[more..]);
    }
    let mut further = further;
    if is_two(amount)
        && noun.is_some()
        && place.is_arabic()
        && let Some((adjective, len)) = nouns::dual_adjective(&after[more..], agreement::case(place))
    {
        words += &adjective;
        further = len;
    }
    // The full stop of an abbreviated unit within a sentence: 5 mg. daily.
    let end = len + more + further;
    let rest = &place.rest[end..];
    // 10 U insulin
    if !place.is_arabic() && place.rest[..end].ends_with('U') && rest.starts_with(" insulin") {
        words += " of";
    }
    let stop = rest.strip_prefix(". ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    // 6 lbs. 11 oz.
    let next = rest.strip_prefix(". ").and_then(|rest| small(rest, 3).map(|(_, digits)| &rest[digits..]));
    let stop = stop || next.is_some_and(|next| units::read(next, place.language).is_some());
    let stop = stop || [".,", ".;", ".)", ".:"].iter().any(|marks| rest.starts_with(marks));
    let stop = stop && place.rest[..end].ends_with(|c: char| c.is_ascii_alphabetic());
    Some((words + &per, end - len + usize::from(stop)))
}

/// The number with the letter x after it: 2x + 1, 2x3, 10x.
fn multiplier(amount: &Amount, words: &str, place: &Place, after: &str) -> Option<String> {
    let rest = after.strip_prefix(['x', 'X']).filter(|_| !place.rest.starts_with('0'))?;
    if ends(rest) && rest.trim_start_matches(' ').starts_with(['+', '=', '-', '−']) {
        return Some(format!("{words} {}", spelling::spell("x", place.language)));
    }
    let by = rest.starts_with(is_digit);
    if place.is_arabic() && !by && ends(rest) {
        let thing =
            Thing { english: [String::new(), String::new()], noun: Some(&dose::TIME), tail: String::new() };
        return Some(amount.say(Some(&thing), place, ""));
    }
    let times = if place.is_arabic() { "في" } else { "times" };
    (by || ends(rest)).then(|| format!("{words} {times}"))
}

/// A number with an Arabic noun of the text, in the form that the number requires.
fn counted(amount: &Amount, place: &Place, after: &str) -> Option<(String, usize)> {
    let case = agreement::case(place);
    let two = is_two(amount);
    if let Some((noun, mut len)) = nouns::read(place, amount.value(), after) {
        let thing = Thing { english: [String::new(), String::new()], noun: Some(noun), tail: String::new() };
        let mut words = amount.say(Some(&thing), place, after);
        if two && let Some((adjective, more)) = nouns::dual_adjective(&after[len..], case) {
            words += &adjective;
            len += more;
        }
        return Some((dose::of_material(words, noun, &after[len..]), len));
    }
    if !place.is_arabic() || matches!(place.word, "رقم" | "الرقم") || context::is_label(place) {
        return None;
    }
    let Amount::Number(number) = amount else { return None };
    if two && let Some(read) = nouns::feminine_dual(after, case) {
        return Some(read);
    }
    let counts = place.word.is_empty() || agreement::governs(place.word);
    let value = number.value().filter(|_| counts && nouns::follows(after))?;
    nouns::other(value, place, after, case)
}

/// The era after a range of years, and its length: 1447-1448هـ.
fn era_of_range(amount: &Amount, place: &Place, after: &str) -> Option<(String, usize)> {
    let Amount::Range(_, last) = amount else { return None };
    last.value().filter(|year| (1_000..3_000).contains(year))?;
    let (era, len) = calendar::era(after, true).filter(|(era, _)| !era.is_empty())?;
    Some((calendar::era_words(era, place.language).to_owned(), len))
}

/// The age of a patient: 67 y/o M.
fn aged(place: &Place, after: &str) -> Option<(String, usize)> {
    if place.is_arabic() {
        return None;
    }
    let gap = blank(after).max(usize::from(after.starts_with('-')));
    let len = ["y/o", "yo", "y.o.", "Y/O", "YO"].iter().find_map(|sign| whole(&after[gap..], sign))?;
    let rest = &after[gap + len..];
    let sexes = [(" M", "male"), (" F", "female"), ("M", "male"), ("F", "female")];
    let sex = sexes.iter().find(|(sign, _)| rest.strip_prefix(sign).is_some_and(ends));
    let words = sex.map_or_else(String::new, |(_, word)| format!(" {word}"));
    let years = if matches!(place.word, "a" | "an" | "A" | "An" | "this" | "the") { "year" } else { "years" };
    Some((format!(" {years} old{words}"), gap + len + sex.map_or(0, |(sign, _)| sign.len())))
}

/// A unit after a hyphen, as an adjective: a 5-min walk.
fn hyphenated(place: &Place, after: &str) -> Option<(String, usize)> {
    let rest = after.strip_prefix('-').filter(|rest| !place.is_arabic() && blank(rest) == 0)?;
    let (unit, len) = units::read(rest, place.language)?;
    let sign = &rest[..len];
    let letters =
        sign.len() >= 2 && sign != "st" && sign.bytes().all(|b| b.is_ascii_alphabetic() || b == b'/');
    let goes_on = rest[len..].starts_with(['-', '/']) && !rest[len..].starts_with("-old");
    (letters && !goes_on).then(|| (format!("-{}", unit.english()[0]), 1 + len))
}

fn is_two(amount: &Amount) -> bool {
    matches!(amount, Amount::Number(number) if number.value() == Some(2))
}

/// The exponent of a number in scientific notation: 1.5e-3.
fn scientific(number: &Number, place: &Place, after: &str) -> Option<(String, usize)> {
    let rest = after.strip_prefix(['e', 'E'])?;
    let sign = usize::from(rest.starts_with(['+', '-']));
    let (exponent, digits) = small(&rest[sign..], 3)?;
    let sure = sign > 0 || !number.fraction.is_empty() || after.starts_with('e');
    if !sure || !ends(&rest[sign + digits..]) {
        return None;
    }
    let exponent = Number::integer(exponent).words(place.language);
    let negative = rest.starts_with('-');
    let words = match (place.is_arabic(), negative) {
        (true, false) => format!("في عشرة أس {exponent}"),
        (true, true) => format!("في عشرة أس سالب {exponent}"),
        (false, false) => format!("times ten to the power of {exponent}"),
        (false, true) => format!("times ten to the power of minus {exponent}"),
    };
    Some((format!("{} {words}", number.words(place.language)), 1 + sign + digits))
}

/// The largest value of a score with decimals: 4.5/5.
fn score(amount: &Amount, place: &Place, after: &str) -> Option<(String, usize)> {
    let Amount::Number(number) = amount else { return None };
    let (most, digits) =
        small(after.strip_prefix('/')?, 3).filter(|(most, _)| matches!(most, 5 | 10 | 20 | 100))?;
    let rest = &after[1 + digits..];
    let goes_on = ['/', '.', ',', '-', ':'].iter().any(|&sign| sign_and_digit(rest, sign)) || !ends(rest);
    let words = if place.is_arabic() {
        format!(" من {}", arabic::cardinal(most, Gender::Masculine, Case::Oblique))
    } else {
        format!(" out of {}", english::cardinal(most))
    };
    (!goes_on && !number.fraction.is_empty()).then_some((words, 1 + digits))
}

/// Expressions that are read in their own way.
fn fixed(place: &Place) -> Option<Reading> {
    let table: &[(&str, &str)] = if place.is_arabic() {
        &[("24/7", "على مدار الساعة طوال الأسبوع")]
    } else {
        &[
            ("24/7", "twenty-four seven"),
            ("50/50", "fifty fifty"),
            ("9/11", "nine eleven"),
            ("20/20", "twenty twenty"),
        ]
    };
    let (written, spoken) = table.iter().find(|(written, _)| {
        place
            .rest
            .strip_prefix(written)
            .is_some_and(|rest| ends(rest) && !rest.starts_with(['/', '-', '%', '°']))
    })?;
    let alone = place.before.is_none_or(|c| !matches!(c, '/' | '-' | '.' | ','));
    let counted = units::read(&place.rest[written.len()..], place.language).is_some();
    // "9/11 patients" is a fraction.
    let next = word(place.rest[written.len()..].trim_start_matches(' '));
    let named = *written != "9/11"
        || matches!(
            &*place.word.to_ascii_lowercase(),
            "the" | "of" | "since" | "before" | "after" | "on" | "post"
        )
        || matches!(
            next,
            "" | "is" | "was" | "and" | "attack" | "attacks" | "memorial" | "victims" | "survivors"
        );
    (alone && !counted && named).then(|| Reading::new(*spoken, written.len()))
}

/// 0x1F, character by character.
fn hexadecimal(place: &Place) -> Option<Reading> {
    let rest = place.rest.strip_prefix("0x").or_else(|| place.rest.strip_prefix("0X"))?;
    let len = rest.bytes().take(32).take_while(u8::is_ascii_hexdigit).count();
    if len == 0 || !ends(&rest[len..]) {
        return None;
    }
    Some(Reading::new(spelling::one_by_one(&place.rest[..2 + len], place.language), 2 + len))
}

/// English ranges of years: 1914-1918, 1914–18, and "from 1914 to 1918".
fn years(place: &Place) -> Option<Reading> {
    if place.is_arabic() || place.before.is_some_and(|c| matches!(c, '/' | '-' | '.' | ',' | ':' | '$')) {
        return None;
    }
    let is_year = |value: u64| (1_100..=2_100).contains(&value);
    let (first, digits) = small(place.rest, 4).filter(|&(value, digits)| digits == 4 && is_year(value))?;
    let rest = &place.rest[digits..];
    if let Some(after) = rest.strip_prefix(" to ").filter(|_| place.word.eq_ignore_ascii_case("from")) {
        let (last, more) = small(after, 4).filter(|&(value, digits)| digits == 4 && is_year(value))?;
        let free = ends(&after[more..]) && units::read(&after[more..], place.language).is_none();
        let words = format!("{} to {}", english::year(first), english::year(last));
        return (free && last > first).then(|| Reading::new(words, digits + 4 + more));
    }
    let dash = rest.chars().next().filter(|c| matches!(c, '-' | '–'))?.len_utf8();
    let (last, more) = small(&rest[dash..], 4).filter(|&(_, digits)| digits == 4 || digits == 2)?;
    let after = &rest[dash + more..];
    let rises = if more == 4 { last > first && is_year(last) } else { last > first % 100 && last > 12 };
    let goes_on = ['-', '/', '.', ',', ':'].iter().any(|&sign| sign_and_digit(after, sign));
    if !rises
        || goes_on
        || !ends(after)
        || units::read(after, place.language).is_some()
        || after.starts_with('%')
    {
        return None;
    }
    let last = if more == 4 { english::year(last) } else { english::cardinal(last) };
    Some(Reading::new(format!("{} to {last}", english::year(first)), digits + dash + more))
}

/// C or F after a blank, if the number or the words before show that it is a temperature.
fn degrees(amount: &Amount, place: &Place, after: &str) -> Option<(units::Found, usize)> {
    let gap = blank(after);
    if let Some(rest) = after[gap..].strip_prefix('م')
        && place.is_arabic()
        && ends(rest)
        && context::is_heat(place)
    {
        return Some((units::celsius()?, gap + 'م'.len_utf8()));
    }
    let letter = after[gap..].chars().next().filter(|letter| gap > 0 && matches!(letter, 'C' | 'F'))?;
    let Amount::Number(number) = amount else { return None };
    let usual = match letter {
        'C' => 34..=43,
        _ => 93..=110,
    };
    let sure = number.whole_value().is_some_and(|value| usual.contains(&value)) || context::is_heat(place);
    let (unit, len) =
        units::read(&after[gap..], place.language).filter(|_| sure && !context::is_label(place))?;
    (len == 1).then_some((unit, gap + 1))
}

/// The letter that belongs to a number, as in seat 14F, and its length.
fn label(place: &Place, after: &str) -> Option<(String, usize)> {
    if let Some(label) = arabic_label(place, after) {
        return Some(label);
    }
    let letter = after.chars().next().filter(char::is_ascii_alphabetic)?;
    // 5G: Arabic voices have no Latin letters.
    let named =
        place.is_arabic() && letter.is_ascii_uppercase() && units::read(after, place.language).is_none();
    (ends(&after[1..]) && (context::is_label(place) || named))
        .then(|| (format!(" {}", spelling::spell(letter.encode_utf8(&mut [0; 4]), place.language)), 1))
}

/// The same for an Arabic letter: المبنى 12أ, الفقرة 2/ب.
fn arabic_label(place: &Place, after: &str) -> Option<(String, usize)> {
    let rest = after.strip_prefix(['/', '-']).unwrap_or(after);
    let letter = word(rest);
    let single =
        letter.chars().nth(1).is_none() && letter.starts_with(|c| ('\u{621}'..='\u{64a}').contains(&c));
    let fits = place.is_arabic() && single && ends(&rest[letter.len()..]) && context::is_label(place);
    fits.then(|| {
        (format!(" {}", spelling::spell(letter, place.language)), after.len() - rest.len() + letter.len())
    })
}

/// Reads a run of digits and marks that is not a number, such as 2,5 in English, with its unit.
fn marks_and_digits(place: &Place) -> Option<Reading> {
    let run = lex(place.rest, place.language)?.text;
    let mut spoken = spelled(run, place.language);
    let Some((unit, len)) = units::read(&place.rest[run.len()..], place.language) else {
        return Some(Reading::new(spoken, run.len()));
    };
    if place.is_arabic() {
        let (noun, tail) = unit.arabic();
        spoken.extend(noun.map(|noun| format!(" {}", noun.one)));
        spoken += &tail;
    } else {
        spoken = format!("{spoken} {}", unit.english()[1]);
    }
    Some(Reading::new(spoken, run.len() + len))
}

/// 5 مليون is one number: the following noun agrees with all of it.
fn multiplied(amount: Amount, len: usize, place: &Place) -> (Amount, usize) {
    let after = &place.rest[len..];
    let gap = blank(after);
    if let Amount::Number(number) = &amount
        && place.is_arabic()
        && gap > 0
        && let Some(value) = number.value()
        && let Some(scale) = arabic::scale(word(&after[gap..]))
        && let Some(product) = value.checked_mul(scale).filter(|product| *product <= 1_000_000_000_000_000)
    {
        return (Amount::Number(Number::integer(product)), len + gap + word(&after[gap..]).len());
    }
    (amount, len)
}

/// Reads a year, if the words around it show that it is one.
fn year(number: &Number, place: &Place, after: &str) -> Option<(String, usize)> {
    let value = number.value().filter(|value| (1_000..3_000).contains(value))?;
    let named = calendar::is_month(place.word)
        || match place.word.to_lowercase().as_str() {
            "in" | "since" | "year" | "until" | "by" | "circa" | "founded" | "ad" => !place.is_arabic(),
            "" => {
                !place.is_arabic()
                    && ["est. ", "Est. ", "c. ", "ca. ", "© "].iter().any(|head| place.near().ends_with(head))
            }
            "عام" | "العام" | "لعام" | "بعام" | "سنة" | "السنة" | "لسنة" => {
                place.is_arabic()
            }
            _ => false,
        };
    let (era, more) = calendar::era(after, named).unwrap_or(("", 0));
    if more == 0 {
        let gap = blank(after);
        let alone = ends(after)
            && !after.starts_with(['-', '/', '%'])
            && units::read(after, place.language).is_none();
        let counts = place.is_arabic() && !named || gap > 0 && after[gap..].starts_with(is_digit);
        if !named || !alone || counts {
            return None;
        }
    }
    let words = if place.is_arabic() {
        let case = if named { Case::Oblique } else { agreement::case(place) };
        arabic::cardinal(value, gender::of_counted(place, ""), case)
    } else {
        english::year(value)
    };
    Some((format!("{words}{}", calendar::era_words(era, place.language)), more))
}

/// Endings of English numbers: 21st, 1960s.
fn suffix(number: &Number, place: &Place, after: &str) -> Option<(String, usize)> {
    let value = number.value().filter(|_| !place.is_arabic())?;
    if let Some(len) = whole(after, english::ordinal_ending(value)) {
        return Some((english::ordinal(value), len));
    }
    let short = (20..=90).contains(&value)
        && (matches!(place.before, Some('\'' | '’'))
            || ["mid-", "early-", "late-", "Mid-", "Early-", "Late-"]
                .iter()
                .any(|head| place.near().ends_with(head))
            || matches!(
                place.word.to_ascii_lowercase().as_str(),
                "the" | "mid" | "early" | "late" | "his" | "her" | "their" | "my" | "our" | "your" | "in"
            ));
    let decade = value % 10 == 0 && (short || (1_100..=2_090).contains(&value));
    let ending = if after.starts_with("'s") { "'s" } else { "s" };
    let len = whole(after, ending).filter(|_| decade)?;
    Some((english::decade(value), len))
}

/// Arabic ordinals, المرة الـ3, and numbers with the article before a noun, الـ24 ساعة.
pub(super) fn definite(place: &Place) -> Option<Reading> {
    let (article, rest) =
        ["الـ", "ال"].iter().find_map(|article| Some((*article, place.rest.strip_prefix(article)?)))?;
    let gap = blank(rest);
    let run = lex(&rest[gap..], place.language)?;
    let len = article.len() + gap + run.text.len();
    let after = &place.rest[len..];
    let value = run.number?.value().filter(|_| ends(after))?;
    let case = agreement::case(place);
    if let Some((unit, _)) = units::read(after, place.language)
        && let (Some(noun), _) = unit.arabic()
    {
        return Some(Reading::new(arabic::definite(value, noun.gender, case), len));
    }
    if after.starts_with(['%', '-', '/']) {
        let percent = if after.starts_with('%') { " في المئة" } else { "" };
        let words = arabic::definite(value, Gender::Masculine, case);
        return Some(Reading::new(format!("{words}{percent}"), len + usize::from(!percent.is_empty())));
    }
    // الـ11 صباحًا is an hour.
    let hour =
        matches!(place.word, "الساعة" | "الساعه") || (1..=12).contains(&value) && time::part_of_day(after);
    let feminine = place.word.ends_with('ة') || hour;
    let gender = if feminine { Gender::Feminine } else { Gender::Masculine };
    Some(Reading::new(arabic::ordinal(value, gender, agreement::case_of_word(place)), len))
}

/// A percent sign before its number, as is common in Arabic.
pub(super) fn percent_first(place: &Place) -> Option<Reading> {
    let rest = place.rest.strip_prefix('%')?;
    let gap = blank(rest);
    let (amount, len) = Amount::lex(&Place { before: None, ..place.further(1 + gap) })?;
    let end = 1 + gap + len;
    if !place.is_open() || !ends(&place.rest[end..]) {
        return None;
    }
    let unit = units::percent();
    let (noun, tail) = unit.arabic();
    let thing = Thing { english: unit.english(), noun, tail };
    Some(Reading::new(amount.say(Some(&thing), place, ""), end))
}
