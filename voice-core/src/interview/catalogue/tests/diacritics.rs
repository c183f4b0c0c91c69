//! A check that Arabic text has all the signs that its reading needs.

const FATHATAN: char = '\u{064b}';
const FATHA: char = '\u{064e}';
const DAMMA: char = '\u{064f}';
const KASRA: char = '\u{0650}';
const SHADDA: char = '\u{0651}';
const SUKUN: char = '\u{0652}';
const DAGGER_ALIF: char = '\u{0670}';

fn is_sign(c: char) -> bool {
    (FATHATAN..=SUKUN).contains(&c) || c == DAGGER_ALIF
}

/// A letter with its signs.
#[derive(Clone, Copy)]
struct Letter {
    base: char,
    vowel: Option<char>,
    is_doubled: bool,
}

fn letters(word: &str) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for c in word.chars() {
        match letters.last_mut() {
            Some(letter) if c == SHADDA => letter.is_doubled = true,
            Some(letter) if is_sign(c) => letter.vowel = Some(c),
            _ => letters.push(Letter { base: c, vowel: None, is_doubled: false }),
        }
    }
    letters
}

/// The words of `text` in which a letter lacks its sign.
pub(super) fn missing(text: &str) -> Vec<&str> {
    let is_arabic = |c: char| ('\u{0621}'..='\u{064a}').contains(&c) && c != '\u{0640}' || is_sign(c);
    text.split(|c| !is_arabic(c)).filter(|word| !word.is_empty() && !is_complete(&letters(word))).collect()
}

fn is_complete(word: &[Letter]) -> bool {
    (0..word.len()).all(|at| {
        let Letter { base, vowel, is_doubled } = word[at];
        let before = at.checked_sub(1).map(|at| word[at]);
        let after = word.get(at + 1);
        let follows =
            |signs: &[char]| before.and_then(|letter| letter.vowel).is_some_and(|sign| signs.contains(&sign));
        let is_silent = match base {
            // Long after its vowel, or the alif of the article and of verbal nouns, also after a particle.
            'ا' => {
                let joins = after.is_some_and(|after| after.base == 'ل' || after.vowel == Some(SUKUN));
                before.is_none() || follows(&[FATHA, FATHATAN]) || joins && follows(&[KASRA, DAMMA])
            }
            'آ' => true,
            'ى' => follows(&[FATHA, FATHATAN]),
            'و' => follows(&[DAMMA]),
            'ي' => follows(&[KASRA]),
            // Of the article, before a letter that doubles.
            'ل' => after.is_some_and(|after| after.is_doubled) && at <= 3,
            _ => false,
        };
        vowel.is_some() || is_silent && !is_doubled
    })
}

#[test]
fn missing_signs_are_found() {
    for complete in
        ["هَلْ يُوجَدُ أَلَمٌ فِي الصَّدْرِ الْآنَ؟", "صُعُوبَةُ الِاسْتِرْخَاءِ", "لِلزِّيَارَةِ وَالْيَأْسِ بِالْقَلَقِ", "مَرَّةً أُخْرَى جِدًّا هٰذَا"]
    {
        assert_eq!(missing(complete), [""; 0], "{complete}");
    }
    for (text, word) in [
        ("هل يُوجَدُ", "هل"),
        ("أَلَمٌ فِي الصدْرِ", "الصدْرِ"),
        ("مَرّةً", "مَرّةً"),
        ("الألَمُ شَدِيدٌ", "الألَمُ"),
        ("مُنْذُ كَم يَوْمٍ", "كَم"),
    ] {
        assert_eq!(missing(text), [word], "{text}");
    }
}
