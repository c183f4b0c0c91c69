//! Converts written text to spoken text: numbers, money, units, dates, times and abbreviations become words.
//!
//! ```text
//! unicode    replaces compatibility characters by plain ones
//! prepare    unifies separators
//! scan       tries the readers in turn at every place; other text is copied
//! markdown   skips marks without sound
//! context    what the words before a number tell of its kind
//! readers    web, date, period, offset, ratio, time, telephone, money, quantity, dose, code, abbreviation, symbols
//! spelling   the names of letters and marks
//! nouns      Arabic nouns with their plurals; noun_patterns: nouns that are in no table
//! names      given names of persons
//! words      arabic, english: numbers and, in Arabic, their agreement with the counted noun
//! ```
//!
//! A digit is never dropped or changed. Ambiguous text is read as written, digit by digit if necessary, since a wrong
//! dose is worse than an awkward reading.

mod abbreviation;
mod agreement;
mod amount;
mod arabic;
mod calendar;
mod clinical;
mod code;
mod compound;
mod context;
mod date;
mod dose;
mod english;
mod fraction;
mod gender;
mod markdown;
mod money;
mod names;
mod noun_patterns;
mod nouns;
mod number;
mod offset;
mod period;
mod prepare;
mod quantity;
mod ratio;
mod roman;
mod say_as;
mod scan;
mod spelling;
mod symbols;
mod telephone;
mod time;
mod unicode;
mod units;
mod vowels;
mod web;

#[cfg(feature = "interview")]
pub(crate) use calendar::{Calendar, month_names};
pub(crate) use english::{cardinal, ordinal};
#[cfg(feature = "interview")]
pub(crate) use money::spoken as spoken_currencies;
pub use say_as::{DateFormat, SayAs, TimeFormat, say_as};
#[cfg(feature = "interview")]
pub(crate) use units::spoken as spoken_units;

use super::{LETTER, Language};
use scan::{PARTICLES, Place, Reading, is_digit, is_letter};

/// The maximum number of bytes that are normalized; later text is passed on unchanged.
pub const MAX_TEXT: usize = 1 << 20;

/// Builds the tables of the readers, if no text needed them yet.
pub(super) fn build_tables() {
    calendar::build_table();
    money::build_table();
    nouns::build_table();
    units::build_table();
    vowels::build_table();
}

/// Normalizes `text`: everything that a voice cannot pronounce is written out as words.
///
/// * Integers and decimals up to 10¹⁵ are written as words; longer ones, and numbers with a leading zero, digit by
///   digit. Digits may be Western, Arabic-Indic or Persian.
/// * Dates with the year at the end are read as day, month, year, unless the second number cannot be a month.
/// * Arabic numbers agree with the nouns of units and currencies, and with some five hundred common nouns of the text,
///   which take the form that the number requires. For other nouns the gender is guessed from the ending. The case of
///   the number is guessed from the word before it.
/// * A letter A that is part of a name or a number, as in A4 or 3a, is marked with [`LETTER`].
/// * Other letters, vowel marks and punctuation are kept; text without anything to normalize is returned unchanged.
///
/// The time is linear in the text. Only the first [`MAX_TEXT`] bytes (cut before a word if possible) are normalized;
/// the rest is appended unchanged. The result is at most about 60 times as long as the text.
///
/// ```
/// use voice_core::text::{Language, normalize};
///
/// assert_eq!(normalize("٣ مرات يوميًا", Language::Arabic), "ثلاث مرات يوميًا");
/// assert_eq!(normalize("Take 0.5 mg at 10:30.", Language::English), "Take zero point five milligrams at ten thirty.");
/// ```
pub fn normalize(text: &str, language: Language) -> String {
    scan(text, language, false)
}

/// Like [`normalize`]. Arabic words that it writes, such as numbers, units and months, have vowel signs, since a voice
/// that guesses vowels, or a diacritizer, errs on them. Words of the text stay as written. Case endings are left out.
///
/// ```
/// use voice_core::text::{Language, normalize_with_vowels};
///
/// assert_eq!(normalize_with_vowels("٣ مرات يوميًا", Language::Arabic), "ثَلَاث مَرَّات يوميًا");
/// ```
pub fn normalize_with_vowels(text: &str, language: Language) -> String {
    scan(text, language, language == Language::Arabic)
}

/// The spoken name of a month, 1 to 12, of the Gregorian or the Hijri calendar.
#[cfg(feature = "interview")]
pub(crate) fn month_name(is_hijri: bool, month: u8, language: Language) -> &'static str {
    let calendar = if is_hijri { calendar::Calendar::Hijri } else { calendar::Calendar::Gregorian };
    calendar::name(calendar, u64::from(month), language)
}

/// Like [`say_as`], with the vowel signs of [`normalize_with_vowels`].
pub(crate) fn say_as_with_vowels(text: &str, how: SayAs, language: Language) -> Option<String> {
    let spoken = say_as(text, how, language)?;
    Some(if language == Language::Arabic { vowels::add(&spoken).into_owned() } else { spoken })
}

fn scan(text: &str, language: Language, vowels: bool) -> String {
    let (head, tail) = text.split_at(read_length(text));
    let prepared = prepare::prepare(head);
    let mut scanner = Scanner::new(&prepared, language);
    scanner.vowels = vowels;
    scanner.run();
    scanner.spoken.push_str(tail);
    scanner.spoken
}

fn read_length(text: &str) -> usize {
    /// The maximum distance to search back for a blank.
    const WORD: usize = 4_096;
    if text.len() <= MAX_TEXT {
        return text.len();
    }
    let limit = text.floor_char_boundary(MAX_TEXT);
    let from = text.floor_char_boundary(limit - WORD);
    text[from..limit].rfind(char::is_whitespace).map_or(limit, |at| from + at)
}

/// Scans a text once, from left to right.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    spoken: String,
    language: Language,
    /// The last word, until something other than a blank follows.
    word: &'a str,
    /// Where the last reading ended.
    read_until: Option<usize>,
    /// Whether a time of day comes directly before.
    clock: bool,
    /// Whether the next reading joins the copied word: و٥ becomes وخمسة.
    joined: bool,
    /// Whether Arabic readings get vowel signs.
    vowels: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, language: Language) -> Self {
        let spoken = String::with_capacity(text.len());
        Self {
            text,
            at: 0,
            spoken,
            language,
            word: "",
            read_until: None,
            clock: false,
            joined: false,
            vowels: false,
        }
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            let place = Place {
                rest: &self.text[self.at..],
                back: &self.text[..self.at],
                before: self.text[..self.at].chars().next_back(),
                word: self.word,
                after_reading: self.read_until == Some(self.at),
                after_clock: self.clock,
                language: self.language,
            };
            match read(&place) {
                Some(reading) => self.say(&reading),
                None => self.copy(place.rest),
            }
        }
    }

    fn say(&mut self, reading: &Reading) {
        if !reading.spoken.is_empty() {
            self.part();
        }
        if self.vowels {
            self.spoken.push_str(&vowels::add(&reading.spoken));
        } else {
            self.spoken.push_str(&reading.spoken);
        }
        self.at += reading.len;
        self.read_until = Some(self.at);
        // It governs the number after it.
        let last = reading.spoken.rsplit(' ').next().unwrap_or_default();
        self.word = ["إلى", "من", "يساوي", "في", "على", "لمدة"]
            .into_iter()
            .find(|word| *word == last)
            .unwrap_or_default();
        if reading.spoken == "الساعة" {
            self.word = "الساعة";
        }
        self.clock = reading.clock;
    }

    /// Writes a particle that is joined to a reading.
    fn push_particle(&mut self, particle: &str) {
        for letter in particle.chars() {
            self.spoken.push(letter);
            if self.vowels {
                self.spoken.push(if matches!(letter, 'ب' | 'ل') { '\u{650}' } else { '\u{64e}' });
            }
        }
    }

    /// Separates a reading from adjacent letters.
    fn part(&mut self) {
        if !self.joined && self.spoken.ends_with(|c| is_letter(c) || is_digit(c)) {
            self.spoken.push(' ');
        }
        self.joined = false;
    }

    /// Whether ب12 at that place is the vitamin and not "by twelve": at the start, without a counted noun.
    fn is_b12(&self, letter: &str) -> bool {
        let Some(rest) = self.text[self.at..].strip_prefix("12").filter(|_| letter == "ب") else {
            return false;
        };
        let start = self.spoken.len() < 64 && self.spoken.trim().is_empty();
        start && scan::ends(rest) && (rest.trim_start().is_empty() || !nouns::is_counted(rest))
    }

    fn copy(&mut self, rest: &'a str) {
        let word = scan::word(rest);
        // In وHbA1c the particle is a word of its own.
        let place_before = &self.text[..self.at];
        let latin =
            word.find(|c: char| c.is_ascii_alphabetic()).filter(|at| PARTICLES.contains(&&word[..*at]));
        let word = latin.map_or(word, |at| &word[..at]);
        let after_reading = self.read_until == Some(self.at);
        if word.is_empty() {
            let Some(character) = rest.chars().next() else { return };
            if !character.is_whitespace() {
                self.word = "";
                self.clock &= matches!(character, '-' | '–');
            }
            self.spoken.push(character);
            self.at += character.len_utf8();
            return;
        }
        if after_reading {
            self.part();
        }
        self.at += word.len();
        self.word = word;
        self.clock &= matches!(word, "إلى" | "الى" | "حتى" | "و");
        let number = self.text[self.at..].starts_with(is_digit);
        let particle = word.strip_suffix('ـ').unwrap_or(word);
        // بـ 30 is written for بـ30.
        let gap = if particle == word { 0 } else { scan::blank(&self.text[self.at..]) };
        if self.text[self.at + gap..].starts_with(is_digit) && gap > 0 && PARTICLES.contains(&particle) {
            self.at += gap;
            self.push_particle(particle);
            self.word = particle;
            self.joined = true;
        } else if number
            && !after_reading
            && word.chars().nth(1).is_none()
            && (is_vitamin(&self.spoken) || self.is_b12(word))
        {
            // In فيتامين ب12 the letter is a name.
            self.spoken.push_str(&spelling::spell(word, Language::Arabic));
            self.spoken.push(' ');
            // The number counts nothing: فيتامين ب12 حقنة.
            self.word = "رقم";
        } else if number && !after_reading && PARTICLES.contains(&particle) {
            self.push_particle(particle);
            self.word = particle;
            self.joined = true;
        } else {
            self.spoken.push_str(word);
            let after_hyphen = word == "A"
                && place_before.strip_suffix('-').is_some_and(|before| before.ends_with(is_digit));
            if after_reading && word.eq_ignore_ascii_case("a") || after_hyphen {
                // In 3a and 45-A the letter is not the article.
                self.spoken.push(LETTER);
            }
        }
    }
}

/// Whether a letter that names a vitamin comes next.
fn is_vitamin(spoken: &str) -> bool {
    /// Longer than each of the words, so that the time stays linear.
    const NEAR: usize = 64;
    let end = &spoken[spoken.ceil_char_boundary(spoken.len().saturating_sub(NEAR))..];
    let word = end.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    matches!(
        word,
        "فيتامين"
            | "الفيتامين"
            | "فيتامينات"
            | "بفيتامين"
            | "vitamin"
            | "هيموغلوبين"
            | "نقص"
            | "حقنة"
            | "حقن"
            | "إبرة"
            | "إبر"
            | "تحليل"
            | "مستوى"
            | "مكمل"
    )
}

/// Tries the readers whose kind of text may begin at `place`.
fn read(place: &Place) -> Option<Reading> {
    let first = place.rest.chars().next()?;
    if let Some(reading) = web::read(place) {
        return Some(reading);
    }
    if is_digit(first) {
        return date::read(place)
            .or_else(|| ratio::read(place))
            .or_else(|| time::read(place))
            .or_else(|| telephone::read(place))
            .or_else(|| code::mixed(place))
            .or_else(|| compound::read(place))
            .or_else(|| quantity::read(place));
    }
    if is_letter(first) {
        if !place.is_start() {
            return None;
        }
        return date::month_first(place)
            .or_else(|| money::prefixed(place))
            .or_else(|| abbreviation::read(place))
            .or_else(|| roman::read(place))
            .or_else(|| clinical::read(place))
            .or_else(|| symbols::times(place))
            .or_else(|| code::plate(place))
            .or_else(|| offset::read(place))
            .or_else(|| period::read(place))
            .or_else(|| quantity::definite(place).filter(|_| place.is_arabic()))
            .or_else(|| code::read(place));
    }
    if first == '('
        && place.is_arabic()
        && let Some(reading) = abbreviation::read(place)
    {
        return Some(reading);
    }
    if let Some(reading) = markdown::read(place) {
        return Some(reading);
    }
    match first {
        '.' if place.is_open() || place.after_reading && place.before == Some('-') => quantity::read(place),
        '%' => quantity::percent_first(place),
        '+' | '-' if place.rest[1..].starts_with("ve") => {
            clinical::read(place).or_else(|| symbols::read(place))
        }
        '+' | '(' if telephone::begins(place.rest) && place.is_start() => {
            telephone::read(place).or_else(|| symbols::read(place))
        }
        _ if money::may_begin(first) => money::prefixed(place),
        _ => symbols::read(place),
    }
}

#[cfg(test)]
mod tests;
