//! Writes words in the letters of another script, for voices that cannot read their own.
//!
//! The result is for the ear: a reader of the other language says it as the word is said. Common words are in lists;
//! all others follow rules of spelling.

mod from_arabic;
mod from_latin;
mod known;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use unicode_script::Script;

/// Builds the table of known words, if no text needed it yet.
pub(super) fn build_table() {
    known::build_table();
}

/// `word` in the letters of the script `to`; `None` if there are no rules for it.
pub(crate) fn transliterate(word: &str, from: Script, to: Script) -> Option<String> {
    if let Some(name) = greek_name(word, to) {
        return Some(name.to_owned());
    }
    match (from, to) {
        (Script::Latin, Script::Arabic) => Some(from_latin::to_arabic(&plain(word))),
        (Script::Arabic, Script::Latin) => Some(from_arabic::to_latin(word)),
        (_, Script::Latin) => latin(word),
        (_, Script::Arabic) => latin(word).map(|latin| from_latin::to_arabic(&latin)),
        _ => None,
    }
    .filter(|written| !written.is_empty())
}

/// The name of a single Greek letter, as in formulas.
fn greek_name(word: &str, to: Script) -> Option<&'static str> {
    const NAMES: [(&str, &str, &str); 24] = [
        ("α", "alpha", "ألفا"),
        ("β", "beta", "بيتا"),
        ("γ", "gamma", "غاما"),
        ("δ", "delta", "دلتا"),
        ("ε", "epsilon", "إبسيلون"),
        ("ζ", "zeta", "زيتا"),
        ("η", "eta", "إيتا"),
        ("θ", "theta", "ثيتا"),
        ("ι", "iota", "أيوتا"),
        ("κ", "kappa", "كابا"),
        ("λ", "lambda", "لامدا"),
        ("μ", "mu", "ميو"),
        ("ν", "nu", "نيو"),
        ("ξ", "xi", "كساي"),
        ("ο", "omicron", "أوميكرون"),
        ("π", "pi", "باي"),
        ("ρ", "rho", "رو"),
        ("σ", "sigma", "سيغما"),
        ("τ", "tau", "تاو"),
        ("υ", "upsilon", "إبسلون"),
        ("φ", "phi", "فاي"),
        ("χ", "chi", "كاي"),
        ("ψ", "psi", "بساي"),
        ("ω", "omega", "أوميغا"),
    ];
    let small = word.to_lowercase();
    let (_, latin, arabic) = NAMES.iter().find(|(letter, ..)| *letter == small)?;
    match to {
        Script::Latin => Some(latin),
        Script::Arabic => Some(arabic),
        _ => None,
    }
}

/// Latin letters without marks: "Łódź" is "Lodz".
fn plain(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let parts = word.nfd().filter(|&c| canonical_combining_class(c) == 0);
    parts.flat_map(|c| any_ascii::any_ascii_char(c).chars()).collect()
}

/// A word of another script, letter by letter in Latin letters.
fn latin(word: &str) -> Option<String> {
    let latin = any_ascii::any_ascii(word);
    latin.contains(|c: char| c.is_ascii_alphanumeric()).then_some(latin)
}

/// Whether a word in Latin letters is spelled and not read: one letter, or capitals that cannot be pronounced, such as BBC,
/// or that are known to be spelled, such as USA.
pub(crate) fn is_spelled(word: &str) -> bool {
    /// Acronyms with vowels that are spelled.
    const SPELLED: &[&str] = &[
        "ABG", "AC", "ADHD", "AED", "AFP", "AI", "ALT", "ANA", "API", "AST", "ATM", "BMI", "BUN", "CABG",
        "CEO", "CIA", "COPD", "CPU", "DIY", "DNA", "DOB", "ECG", "EEG", "EGFR", "EHR", "EKG", "EMR", "EMS",
        "ENT", "ER", "ESR", "ETA", "EU", "EUR", "FAQ", "FBI", "FDA", "GI", "GPA", "GPU", "HIV", "HPV", "IBM",
        "IBS", "ICD", "ICU", "ID", "IM", "INR", "IP", "IQ", "ITU", "IU", "IUD", "IV", "IVF", "KSA", "LED",
        "MIT", "MRI", "NICU", "OB", "OCD", "OPD", "OTC", "PDA", "QA", "QAR", "RNA", "ROI", "SUV", "TIA",
        "UAE", "UHF", "UI", "UK", "UN", "URL", "US", "USA", "USB", "USD", "UTC", "UTI", "UV", "VAT", "VIP",
        "VOIP", "WHO",
    ];
    /// Capitals without a vowel that are words.
    const READ: &[&str] =
        &["MY", "BY", "WHY", "TRY", "DRY", "GYM", "SKY", "FLY", "CRY", "MR", "DR", "MRS", "ST"];
    if word.len() == 1 {
        return word.starts_with(|c: char| c.is_ascii_alphabetic());
    }
    let has_vowel = word.contains(['A', 'E', 'I', 'O', 'U']);
    word.len() <= 6
        && word.bytes().all(|byte| byte.is_ascii_uppercase())
        && if has_vowel { SPELLED.contains(&word) } else { !READ.contains(&word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_words_are_written_in_arabic() {
        for (word, arabic) in [
            ("Windows", "ويندوز"),
            ("iPhone", "آيفون"),
            ("Google", "غوغل"),
            ("WhatsApp", "واتساب"),
            ("Panadol", "بنادول"),
            ("clinic", "كلينيك"),
            ("Smith", "سميث"),
            ("Chrome", "كروم"),
            ("station", "ستيشن"),
            ("Łódź", "لودز"),
            ("Tesla", "تيسلا"),
            ("Twitter", "تويتر"),
            ("Phillips", "فيليبس"),
            ("PANADOL", "بنادول"),
            ("Take", "تيك"),
            ("time", "تايم"),
            ("Skype", "سكيب"),
            ("Robert", "روبرت"),
            ("Roberts", "روبرتس"),
            ("Emily", "إيميلي"),
            ("Emma", "إيما"),
            ("Eric", "إيريك"),
            ("Irene", "إيرين"),
            ("Deborah", "ديبورا"),
            ("Noah", "نوا"),
            ("Howard", "هاوارد"),
            ("Brown", "براون"),
            ("Powell", "باويل"),
            ("John", "جون"),
            ("Charlotte", "شارلوت"),
            ("Nicholas", "نيكولاس"),
            ("Kimberly", "كيمبرلي"),
            ("Christopher", "كريستوفر"),
            ("Enalapril", "إينالابريل"),
            ("Losartan", "لوسارتان"),
            ("Tegretol", "تيغريتول"),
            ("Buscopan", "بوسكوبان"),
            ("Eltroxin", "إلتروكسين"),
            ("Seretide", "سيريتايد"),
        ] {
            assert_eq!(transliterate(word, Script::Latin, Script::Arabic).unwrap(), arabic, "{word}");
        }
    }

    #[test]
    fn arabic_words_are_written_in_latin() {
        for (word, latin) in [
            ("محمد", "Muhammad"),
            ("مكتوب", "maktoob"),
            ("سلام", "salaam"),
            ("الطبيب", "at-tabeeb"),
            ("والقمر", "wal-qamar"),
            ("العتيبي", "al-Otaibi"),
            ("مَدْرَسَة", "madrasa"),
            ("كُتُب", "kutub"),
            ("مُحَمَّد", "Muhammad"),
            ("كتب", "katab"),
            ("عيادة", "iyaada"),
            ("شكرًا", "shukran"),
        ] {
            assert_eq!(transliterate(word, Script::Arabic, Script::Latin).unwrap(), latin, "{word}");
        }
    }

    #[test]
    fn other_scripts_are_written_in_both() {
        assert_eq!(transliterate("Москва", Script::Cyrillic, Script::Latin).unwrap(), "Moskva");
        assert_eq!(transliterate("Москва", Script::Cyrillic, Script::Arabic).unwrap(), "موسكفا");
        assert_eq!(transliterate("Москва", Script::Cyrillic, Script::Greek), None);
        assert_eq!(transliterate("π", Script::Greek, Script::Latin).unwrap(), "pi");
        assert_eq!(transliterate("Ω", Script::Greek, Script::Arabic).unwrap(), "أوميغا");
    }

    #[test]
    fn capitals_without_a_vowel_are_spelled() {
        for spelled in ["BBC", "MRI", "USA", "C", "x", "PDF", "WHO"] {
            assert!(is_spelled(spelled), "{spelled}");
        }
        for read in ["NATO", "COVID", "Windows", "PANADOL", "MY", "mg", "Mr", "UNICEF", "RHYTHMS"] {
            assert!(!is_spelled(read), "{read}");
        }
    }

    /// No word becomes nothing, and no word becomes long.
    #[test]
    fn every_letter_is_written() {
        for c in (' '..='\u{ffff}').filter(|c| c.is_alphabetic()) {
            let Some(script) = super::super::writing::script_of(c) else { continue };
            for to in [Script::Arabic, Script::Latin] {
                let word = c.to_string().repeat(2);
                let Some(written) = transliterate(&word, script, to) else { continue };
                assert!(written.len() <= 2 * 80, "{c}: {written}");
            }
        }
        for c in ('a'..='z').chain('A'..='Z') {
            assert!(transliterate(&c.to_string(), Script::Latin, Script::Arabic).is_some(), "{c}");
        }
        for c in ('ء'..='غ').chain('ف'..='ي') {
            assert!(transliterate(&c.to_string(), Script::Arabic, Script::Latin).is_some(), "{c}");
        }
    }
}
