//! Numbers in Arabic words, and the nouns that they count.
//!
//! Three to ten take the opposite gender of the noun (ثلاثة أيام، ثلاث ساعات) and its plural; eleven to ninety-nine
//! take its singular in the accusative (أحد عشر يومًا); hundreds and thousands its singular in the genitive. Duals
//! and tens show two cases in writing, and a dual loses its ن before a noun. Source: W. Wright, *A Grammar of the
//! Arabic Language*, vol. II, §§ 96–109.

/// The gender of the counted noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Masculine,
    Feminine,
}

/// The cases that duals and tens distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Nominative,
    /// Accusative and genitive.
    Oblique,
}

/// Whether a noun follows directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absolute,
    Construct,
}

use Case::{Nominative, Oblique};
use Gender::{Feminine, Masculine};

/// The forms of a noun that numbers require.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Noun {
    pub(super) gender: Gender,
    /// Singular, as after hundreds.
    pub(super) one: &'static str,
    /// Dual, nominative and oblique.
    pub(super) two: [&'static str; 2],
    /// Plural, as after three to ten.
    pub(super) few: &'static str,
    /// Accusative singular, as after eleven to ninety-nine.
    pub(super) many: &'static str,
}

/// A masculine noun with a regular dual; its plural is regular too unless given. An adjective may follow.
macro_rules! masculine {
    ($one:literal) => {
        masculine!($one, concat!($one, "ات"))
    };
    ($one:literal, $few:expr) => {
        $crate::text::normalize::arabic::Noun {
            gender: $crate::text::normalize::arabic::Gender::Masculine,
            one: $one,
            two: [concat!($one, "ان"), concat!($one, "ين")],
            few: $few,
            many: concat!($one, "ًا"),
        }
    };
    ($one:literal, $few:literal, adjective $adjective:literal) => {
        $crate::text::normalize::arabic::Noun {
            gender: $crate::text::normalize::arabic::Gender::Masculine,
            one: concat!($one, " ", $adjective),
            two: [concat!($one, "ان ", $adjective, "ان"), concat!($one, "ين ", $adjective, "ين")],
            few: concat!($few, " ", $adjective, "ة"),
            many: concat!($one, "ًا ", $adjective, "ًا"),
        }
    };
}

/// A feminine noun in ة, given without it; its plural is regular unless given. An adjective may follow.
macro_rules! feminine {
    ($stem:literal) => { feminine!($stem, concat!($stem, "ات")) };
    ($stem:literal, $few:expr) => {
        $crate::text::normalize::arabic::Noun {
            gender: $crate::text::normalize::arabic::Gender::Feminine,
            one: concat!($stem, "ة"),
            two: [concat!($stem, "تان"), concat!($stem, "تين")],
            few: $few,
            many: concat!($stem, "ة"),
        }
    };
    ($stem:literal, $few:literal, adjective $adjective:literal) => {
        $crate::text::normalize::arabic::Noun {
            gender: $crate::text::normalize::arabic::Gender::Feminine,
            one: concat!($stem, "ة ", $adjective, "ة"),
            two: [
                concat!($stem, "تان ", $adjective, "تان"),
                concat!($stem, "تين ", $adjective, "تين"),
            ],
            few: concat!($few, " ", $adjective, "ة"),
            many: concat!($stem, "ة ", $adjective, "ة"),
        }
    };
}

pub(super) use {feminine, masculine};

const MASCULINE: [&str; 11] =
    ["صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"];
const FEMININE: [&str; 11] =
    ["صفر", "واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمانٍ", "تسع", "عشر"];
const HUNDREDS: [&str; 10] =
    ["", "مئة", "مئتان", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة"];
/// The tens, without their ending ون or ين.
const TENS: [&str; 10] = ["", "", "عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"];
const RANKS: [&str; 11] = [
    "الصفر",
    "الأول",
    "الثاني",
    "الثالث",
    "الرابع",
    "الخامس",
    "السادس",
    "السابع",
    "الثامن",
    "التاسع",
    "العاشر",
];

static SCALES: [(u64, Noun); 5] = [
    (1_000_000_000_000_000, masculine!("كوادريليون")),
    (1_000_000_000_000, masculine!("تريليون")),
    (1_000_000_000, masculine!("مليار")),
    (1_000_000, masculine!("مليون", "ملايين")),
    (1_000, masculine!("ألف", "آلاف")),
];

/// The word of one digit.
pub(super) fn digit(digit: u8) -> &'static str {
    MASCULINE[usize::from(digit % 10)]
}

/// The power of ten of a scale word, in any of its forms.
pub(super) fn scale(word: &str) -> Option<u64> {
    let named = SCALES.iter().find(|(_, noun)| word == noun.one || word == noun.few || word == noun.many);
    named.map(|(scale, _)| *scale)
}

/// `number` in words, at most 10¹⁸ − 1, for nouns of that gender (masculine: plain counting).
pub(super) fn cardinal(number: u64, gender: Gender, case: Case) -> String {
    spell(number, gender, case, State::Absolute)
}

/// The same before a noun that stays as written: ألفا شخص.
pub(super) fn construct(number: u64, gender: Gender, case: Case) -> String {
    spell(number, gender, case, State::Construct)
}

/// `number` with the noun that it counts, in the required form.
pub(super) fn count(number: u64, noun: &Noun, case: Case) -> String {
    match number {
        1 => format!("{} {}", noun.one, units(1, noun.gender, case, State::Absolute)),
        2 => noun.dual(case).to_owned(),
        // مئة كتاب وكتاب، مئة كتاب وكتابان.
        101.. if matches!(number % 100, 1 | 2) => {
            let last = if number % 100 == 1 { noun.one } else { noun.dual(case) };
            format!("{} و{last}", count(number - number % 100, noun, case))
        }
        _ => format!("{} {}", spell(number, noun.gender, case, State::Construct), noun.form(number)),
    }
}

impl Noun {
    /// The form after `number` in words.
    pub(super) fn form(&self, number: u64) -> &'static str {
        match number % 100 {
            3..=10 => self.few,
            11..=99 => self.many,
            _ => self.one,
        }
    }

    fn dual(&self, case: Case) -> &'static str {
        self.two[usize::from(case == Oblique)]
    }

    /// Its forms as they are written; a tanween may be missing.
    pub(super) fn forms(&self) -> impl Iterator<Item = String> {
        let bare = self.many.chars().filter(|&c| c != 'ً').collect();
        let forms = [self.one, self.few, self.two[0], self.two[1], self.many].map(str::to_owned);
        forms.into_iter().chain([bare])
    }
}

fn spell(number: u64, gender: Gender, case: Case, state: State) -> String {
    if number == 0 {
        return MASCULINE[0].to_owned();
    }
    let mut parts = Vec::new();
    let mut rest = number;
    for (scale, noun) in &SCALES {
        let (times, below) = (rest / scale, rest % scale);
        if times > 0 {
            parts.push(scaled(times, noun, case, if below == 0 { state } else { State::Absolute }));
        }
        rest = below;
    }
    let (hundreds, rest) = (rest / 100, rest % 100);
    if hundreds > 0 {
        parts.push(hundred(hundreds, case, if rest == 0 { state } else { State::Absolute }));
    }
    if rest > 0 {
        parts.push(units(rest, gender, case, state));
    }
    parts.join(" و")
}

/// A count of thousands, millions, …
fn scaled(times: u64, noun: &Noun, case: Case, state: State) -> String {
    match times {
        1 => noun.one.to_owned(),
        2 => in_state(noun.dual(case), state).to_owned(),
        _ => {
            // Before a noun it is in the construct state, which has no tanween: أحد عشر ألف ريال.
            let form =
                if state == State::Construct && times % 100 > 10 { noun.one } else { noun.form(times) };
            format!("{} {form}", spell(times, Masculine, case, State::Construct))
        }
    }
}

fn hundred(hundreds: u64, case: Case, state: State) -> String {
    match (hundreds, case) {
        (2, Oblique) => in_state("مئتين", state).to_owned(),
        (2, Nominative) => in_state("مئتان", state).to_owned(),
        _ => HUNDREDS[(hundreds % 10) as usize].to_owned(),
    }
}

fn in_state(dual: &str, state: State) -> &str {
    match state {
        State::Construct => dual.strip_suffix('ن').unwrap_or(dual),
        State::Absolute => dual,
    }
}

/// One to ninety-nine.
fn units(number: u64, gender: Gender, case: Case, state: State) -> String {
    let oblique = case == Oblique;
    let word = |index: u64| -> &'static str {
        match (index, gender) {
            (2, Masculine) if oblique => "اثنين",
            (2, Feminine) if oblique => "اثنتين",
            (_, Masculine) => MASCULINE[index as usize],
            (_, Feminine) => FEMININE[index as usize],
        }
    };
    match (number, gender) {
        (8, Feminine) if state == State::Construct => "ثماني".to_owned(),
        (0..=10, _) => word(number).to_owned(),
        (11, Masculine) => "أحد عشر".to_owned(),
        (11, Feminine) => "إحدى عشرة".to_owned(),
        (12, Masculine) => if oblique { "اثني عشر" } else { "اثنا عشر" }.to_owned(),
        (12, Feminine) => if oblique { "اثنتي عشرة" } else { "اثنتا عشرة" }.to_owned(),
        (18, Feminine) => "ثماني عشرة".to_owned(),
        (13..=19, Masculine) => format!("{} عشر", word(number - 10)),
        (13..=19, Feminine) => format!("{} عشرة", word(number - 10)),
        _ => {
            let tens = format!("{}{}", TENS[(number / 10 % 10) as usize], if oblique { "ين" } else { "ون" });
            match (number % 10, gender) {
                (0, _) => tens,
                (1, Feminine) => format!("إحدى و{tens}"),
                (one, _) => format!("{} و{tens}", word(one)),
            }
        }
    }
}

/// `number` as a definite ordinal: الثالث، الحادية والعشرون، الخامس بعد المئة.
pub(super) fn ordinal(number: u64, gender: Gender, case: Case) -> String {
    let (above, rest) = (number - number % 100, number % 100);
    if above == 0 {
        return rank(rest, gender, case);
    }
    if rest == 0 {
        return format!("ال{}", cardinal(above, Masculine, case));
    }
    format!("{} بعد ال{}", rank(rest, gender, case), cardinal(above, Masculine, Oblique))
}

fn rank(number: u64, gender: Gender, case: Case) -> String {
    let simple = |index: u64| match (index, gender) {
        (0, _) | (_, Masculine) => RANKS[index as usize].to_owned(),
        (1, Feminine) => "الأولى".to_owned(),
        (_, Feminine) => format!("{}ة", RANKS[index as usize]),
    };
    // "First" has a different form in compounds.
    let unit = |index: u64| match (index, gender) {
        (1, Masculine) => "الحادي".to_owned(),
        (1, Feminine) => "الحادية".to_owned(),
        _ => simple(index),
    };
    match number {
        0..=10 => simple(number),
        11..=19 if gender == Masculine => format!("{} عشر", unit(number - 10)),
        11..=19 => format!("{} عشرة", unit(number - 10)),
        _ => {
            let tens = format!("ال{}", units(number - number % 10, gender, case, State::Absolute));
            if number.is_multiple_of(10) { tens } else { format!("{} و{tens}", unit(number % 10)) }
        }
    }
}

/// `number` with the article before a noun that it counts: الأربع والعشرون (ساعة).
pub(super) fn definite(number: u64, gender: Gender, case: Case) -> String {
    let words = spell(number, gender, case, State::Construct);
    let words = if number < 100 { words.replace(" و", " وال") } else { words };
    format!("ال{words}")
}

/// The name of the share for a denominator from 2 to 10, in singular, dual and plural.
pub(super) static SHARES: [Noun; 9] = [
    masculine!("نصف", "أنصاف"),
    masculine!("ثلث", "أثلاث"),
    masculine!("ربع", "أرباع"),
    masculine!("خمس", "أخماس"),
    masculine!("سدس", "أسداس"),
    masculine!("سبع", "أسباع"),
    masculine!("ثمن", "أثمان"),
    masculine!("تسع", "أتساع"),
    masculine!("عشر", "أعشار"),
];

/// `numerator` shares; both from 1 to 10, the denominator from 2. `before_noun` drops the ن of a dual.
pub(super) fn shares(numerator: u64, denominator: u64, case: Case, before_noun: bool) -> Option<String> {
    let noun = SHARES.get(usize::try_from(denominator.checked_sub(2)?).ok()?)?;
    Some(match numerator {
        // A sign tells them from the numbers.
        1 => match noun.one {
            "خمس" => "خُمْس".to_owned(),
            "سبع" => "سُبْع".to_owned(),
            "تسع" => "تُسْع".to_owned(),
            "عشر" => "عُشْر".to_owned(),
            one => one.to_owned(),
        },
        2 => {
            in_state(noun.dual(case), if before_noun { State::Construct } else { State::Absolute }).to_owned()
        }
        3..=10 => count(numerator, noun, case),
        _ => return None,
    })
}
