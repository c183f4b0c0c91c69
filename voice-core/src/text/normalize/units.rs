//! Units of measure after a number, alone (5 mg) or per other units (5 mg/kg/day).

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::agreement::adjective_follows;
use super::arabic::Noun;
use super::scan::{blank, ends, is_letter, listed, whole, word};
use crate::text::Language;
use table::UNITS;

/// A unit and its words.
#[derive(Debug)]
pub(super) struct Unit {
    /// Abbreviations in both scripts, exactly as written, separated by `|`.
    signs: &'static str,
    /// Singular and plural.
    english: [&'static str; 2],
    arabic: Arabic,
}

#[derive(Debug)]
enum Arabic {
    /// A noun in the form that the number requires.
    Counted(Noun),
    /// A noun of time, which follows another unit as في اليوم.
    Time(Noun, &'static str),
    /// A noun with invariable words after it.
    With(Noun, &'static str),
    /// Invariable words.
    Fixed(&'static str),
}

/// A unit found in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    unit: &'static Unit,
    per: [Option<&'static Unit>; 2],
}

/// The unit at the start of `after`, after an optional blank, and the length of both.
pub(super) fn read(after: &str, language: Language) -> Option<(Found, usize)> {
    let gap = blank(after);
    if !after[gap..].starts_with(|c| is_letter(c) || "%°º˚℃℉‰".contains(c)) {
        return None;
    }
    let (unit, len) = find(&after[gap..], language, Position::Counted)?;
    // A single letter after a blank is ambiguous: "in room 5 C".
    if gap > 0
        && matches!(
            &after[gap..gap + len],
            "C" | "F" | "N" | "U" | "h" | "V" | "W" | "y" | "in" | "st" | "cal" | "ha" | "cap"
        )
        && !after[gap + len..].starts_with('/')
        // 10 N, at the end of the text.
        && !(after[gap..].starts_with('N') && matches!(&after[gap + len..], "" | "." | "?"))
        // 12 in.
        && !(after[gap..].starts_with("in") && after[gap + len..].starts_with('.'))
        && !(after[gap..].starts_with('U') && whole(after[gap + len..].trim_start(), "insulin").is_some())
    {
        return None;
    }
    if gap > 0 && is_title(&after[gap..gap + len], &after[gap + len..], language) {
        return None;
    }
    let mut end = gap + len;
    let mut per = [None; 2];
    for slot in &mut per {
        let Some(rest) = after[end..].strip_prefix('/') else { break };
        let Some((unit, len)) = find(rest, language, Position::Divisor) else { break };
        *slot = Some(unit);
        end += 1 + len;
    }
    Some((Found { unit, per }, end))
}

/// Whether the letter is a title before a name and not a unit: رقم 3 د. أحمد.
fn is_title(sign: &str, after: &str, language: Language) -> bool {
    const GOES_ON: &str = "ثم بعد قبل و أو او إلى الى على في من كل حتى يوميا يوميًا مع عند لمدة تقريبا فقط";
    if !matches!(sign, "د" | "م" | "س" | "غ") {
        return false;
    }
    let Some(rest) = after.strip_prefix(['.', '/']) else { return false };
    let next = word(&rest[blank(rest)..]);
    let unit = after.starts_with('/') && find(rest, language, Position::Divisor).is_some();
    next.chars().nth(1).is_some() && !listed(GOES_ON, next) && !unit
}

/// The words for a divisor, `/L`, at the start of `text`, with a space before them, and its length.
pub(super) fn divisor(text: &str, language: Language) -> Option<(String, usize)> {
    let rest = text.strip_prefix('/')?;
    let (unit, len) = find(rest, language, Position::Divisor)?;
    let words = match language {
        Language::Arabic => unit.per_arabic(),
        Language::English => format!(" per {}", unit.english[0]),
    };
    Some((words, 1 + len))
}

/// The same for a written-out unit of time after a word: نفسًا/دقيقة.
pub(super) fn divisor_word(text: &str, language: Language) -> Option<(String, usize)> {
    let word = word(text.strip_prefix('/')?);
    let time = matches!(
        word,
        "دقيقة"
            | "ساعة"
            | "يوم"
            | "ثانية"
            | "أسبوع"
            | "شهر"
            | "سنة"
            | "minute"
            | "hour"
            | "day"
            | "second"
            | "week"
            | "month"
            | "year"
    );
    let each = matches!(
        word,
        "اليوم"
            | "الساعة"
            | "الدقيقة"
            | "الأسبوع"
            | "الاسبوع"
            | "الشهر"
            | "السنة"
            | "المرة"
    );
    if each && language == Language::Arabic {
        return Some((format!(" في {word}"), 1 + word.len()));
    }
    if let Some(things) = per_thing(word, language) {
        return Some((things, 1 + word.len()));
    }
    divisor(text, language).filter(|&(_, len)| time && len == 1 + word.len())
}

/// The words for a divisor that is no unit: 50/visit.
fn per_thing(word: &str, language: Language) -> Option<String> {
    const ENGLISH: &str = "\
        visit person night session patient guest item piece dose tablet page user seat ticket class child adult call \
        actuation spray puff capsule vial injection syringe packet sachet pill patch kit bottle box cup glass spoon bag";
    const ARABIC: &str = "زيارة شخص ليلة جلسة مريض قطعة جرعة حبة صفحة مستخدم مقعد تذكرة طالب موظف فرد عبوة علبة بخة كبسولة حقنة إبرة قرص كوب ملعقة كيس ظرف أمبولة قارورة";
    match language {
        Language::English => listed(ENGLISH, word).then(|| format!(" per {word}")),
        Language::Arabic => listed(ARABIC, word).then(|| format!(" لكل {word}")),
    }
}

/// The units by what may be written.
struct Index {
    /// The signs, by their first character.
    signs: HashMap<char, Vec<(&'static Unit, &'static str)>>,
    /// The forms of the Arabic nouns, with and without tanween.
    nouns: HashMap<String, &'static Unit>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { signs: HashMap::new(), nouns: HashMap::new() };
    for unit in &UNITS {
        for sign in unit.signs.split('|') {
            let first = sign.chars().next().unwrap_or_default();
            index.signs.entry(first).or_default().push((unit, sign));
        }
        if let Arabic::Counted(noun) | Arabic::Time(noun, _) = &unit.arabic {
            for form in noun.forms() {
                index.nouns.entry(form).or_insert(unit);
            }
        }
    }
    index
});

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&INDEX);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Counted,
    Divisor,
}

/// The unit with the longest notation at the start of `text`.
fn find(text: &str, language: Language, position: Position) -> Option<(&'static Unit, usize)> {
    let first = text.chars().next()?;
    let signs = INDEX.signs.get(&first).map_or(&[][..], Vec::as_slice);
    let sign = signs.iter().filter(|(_, sign)| text.starts_with(sign) && is_whole(text, sign));
    let mut best = sign.map(|&(unit, sign)| (unit, sign.len())).max_by_key(|&(_, len)| len);
    if position == Position::Divisor {
        let named = UNITS
            .iter()
            .filter(|unit| unit.english[0].starts_with(first.to_ascii_lowercase()))
            .filter_map(|unit| Some((unit, whole(text, unit.english[0])?)));
        best = best.into_iter().chain(named).max_by_key(|&(_, len)| len);
    }
    if language == Language::Arabic && best.is_none() {
        return find_noun(text);
    }
    best
}

fn is_whole(text: &str, sign: &str) -> bool {
    ends(&text[sign.len()..]) || !sign.ends_with(is_letter)
}

/// A written-out unit: its noun is put into the form that the number requires, unless an adjective may follow that
/// would have to change too.
fn find_noun(text: &str) -> Option<(&'static Unit, usize)> {
    let word = super::scan::word(text);
    if word.is_empty() || word.len() > 40 {
        return None;
    }
    let unit = *INDEX.nouns.get(word)?;
    (!adjective_follows(&text[word.len()..])).then_some((unit, word.len()))
}

impl Unit {
    fn noun(&self) -> Option<&Noun> {
        match &self.arabic {
            Arabic::Counted(noun) | Arabic::Time(noun, _) | Arabic::With(noun, _) => Some(noun),
            Arabic::Fixed(_) => None,
        }
    }

    fn per_arabic(&self) -> String {
        match &self.arabic {
            Arabic::Time(_, every) => format!(" في {every}"),
            Arabic::Counted(noun) | Arabic::With(noun, _) => format!(" لكل {}", noun.one),
            Arabic::Fixed(words) => format!(" لكل {words}"),
        }
    }
}

impl Found {
    /// Singular and plural.
    pub(super) fn english(&self) -> [String; 2] {
        let per = self.per.iter().flatten().map(|unit| unit.english[0]);
        self.unit
            .english
            .map(|name| std::iter::once(name).chain(per.clone()).collect::<Vec<_>>().join(" per "))
    }

    /// The counted noun, and the invariable words after it.
    pub(super) fn arabic(&self) -> (Option<&'static Noun>, String) {
        let mut tail = match &self.unit.arabic {
            Arabic::With(_, words) | Arabic::Fixed(words) => format!(" {words}"),
            Arabic::Counted(_) | Arabic::Time(..) => String::new(),
        };
        tail.extend(self.per.iter().flatten().map(|unit| unit.per_arabic()));
        (self.unit.noun(), tail)
    }
}

/// A unit, as it is written and as it is spoken.
#[cfg(feature = "interview")]
pub(crate) struct SpokenUnit {
    /// The first of its signs.
    pub(crate) sign: &'static str,
    /// All its signs, exactly as written.
    pub(crate) signs: Vec<&'static str>,
    /// Its names in both languages.
    pub(crate) names: Vec<String>,
    /// Arabic names that mean two of it.
    pub(crate) duals: Vec<String>,
}

/// The units, for the reader of spoken quantities.
#[cfg(feature = "interview")]
pub(crate) fn spoken() -> impl Iterator<Item = SpokenUnit> {
    UNITS.iter().map(|unit| {
        let tail = match unit.arabic {
            Arabic::With(_, words) => format!(" {words}"),
            _ => String::new(),
        };
        let mut names = unit.english.map(str::to_owned).to_vec();
        let mut duals = Vec::new();
        match (unit.noun(), &unit.arabic) {
            (Some(noun), _) => {
                let (two, one): (Vec<_>, Vec<_>) = noun.forms().partition(|form| noun.two.contains(&&**form));
                names.extend(one.iter().map(|form| format!("{form}{tail}")));
                duals.extend(two.iter().map(|form| format!("{form}{tail}")));
            }
            (None, Arabic::Fixed(words)) => names.push((*words).to_owned()),
            (None, _) => {}
        }
        let signs: Vec<_> = unit.signs.split('|').collect();
        SpokenUnit { sign: signs[0], signs, names, duals }
    })
}

/// The unit of a temperature.
pub(super) fn celsius() -> Option<Found> {
    find("°C", Language::English, Position::Counted).map(|(unit, _)| Found { unit, per: [None; 2] })
}

/// The unit of `%`, which in Arabic may come before its number.
pub(super) fn percent() -> Found {
    Found { unit: &table::PERCENT, per: [None; 2] }
}
