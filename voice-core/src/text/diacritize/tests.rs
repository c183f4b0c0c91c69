//! Tests of the diacritizer on the model of libtashkeel.

use std::path::PathBuf;
use std::time::Instant;

use unicode_normalization::is_nfc;

use super::*;

/// The folder of the diacritizer in `VOICE_DATA`, else in `../shared/data` beside the project. `None`, after printing
/// why, if it is missing.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("VOICE_DATA").map_or_else(beside, PathBuf::from).join("tashkeel");
    if folder.is_dir() {
        return Some(folder);
    }
    let message = format!("no diacritizer at {}; set VOICE_DATA to the folder around it", folder.display());
    assert!(std::env::var_os("CI").is_none(), "{message}");
    println!("skipped: {message}");
    None
}

pub(crate) fn load() -> Option<Tashkeel> {
    Some(Tashkeel::load(&folder()?, &Runtime::load(None).unwrap()).unwrap())
}

/// `text` without the signs that the network can add.
fn strip(text: &str) -> String {
    text.replace(|c| matches!(c, '\u{64b}'..='\u{652}'), "")
}

/// Whether `text` comes from `origin` by adding characters.
fn extends(text: &str, origin: &str) -> bool {
    let mut characters = text.chars();
    origin.chars().all(|wanted| characters.any(|c| c == wanted))
}

fn assert_only_signs_are_added(tashkeel: &Tashkeel, text: &str) -> String {
    let outcome = tashkeel.diacritize(text).unwrap();
    assert_eq!(strip(&outcome), strip(text), "{outcome}");
    assert!(extends(&outcome, text) && is_nfc(&outcome), "{text:?} became {outcome:?}");
    outcome
}

#[test]
fn removing_the_signs_restores_the_text() {
    let Some(tashkeel) = load() else { return };
    for text in [
        "كتب الولد الدرس",
        "سافرت المهندسة إلى جدة، ثم عادت بعد أسبوعين؛ هل أنت متأكد؟ نعم!",
        "عدد الطلاب ٢٥ طالبا، والنسبة 3.5%، والرقم 0501234567.",
        "افتح تطبيق WhatsApp ثم اضغط على Settings (الإعدادات) 👍🏽 الآن",
        "😀مرحبا😀بك😀",
        "الـــسلام عـليكم",
        "قال: «أهلا»، ثم مضى…\n\nفقرة جديدة\tهنا",
        "ڤيديو من باريس، گهوة، ٱلحمد",
        "شدّ الحبلَ بقوّة ثمّ ترَكَه",
        "رسالة\u{200f} إلى user_name@example.com!",
        "ء أ ب",
        "_كتب_ # الولد",
        " كتب ",
    ] {
        let outcome = assert_only_signs_are_added(&tashkeel, text);
        assert_ne!(outcome, text);
        if strip(text) == text {
            assert_eq!(strip(&outcome), text);
        }
        assert_eq!(tashkeel.diacritize(&outcome).unwrap(), outcome, "nothing is left to add");
    }
}

/// Parts of random texts.
const PARTS: &[&str] = &[
    "ا", "ل", "ك", "ت", "ب", "ي", "آ", "ؤ", "ة", "ى", "ٱ", "ڤ", "ـ", "\u{64e}", "\u{651}", "\u{652}",
    "\u{670}", "\u{653}", "\u{654}", "\u{301}", "\u{338}", " ", " ", "\n", "،", "؟", ".", "7", "٣", "a", "é",
    "_", "#", "\u{200d}", "😀", "漢", "\0",
];

#[test]
fn random_text_gets_only_signs() {
    let Some(tashkeel) = load() else { return };
    let mut random = fastrand::Rng::with_seed(11);
    for round in 0..200 {
        let length = if round % 10 == 0 { 700 } else { random.usize(1..60) };
        let text: String = (0..length).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
        let composed: String = text.nfc().collect();
        let outcome = assert_only_signs_are_added(&tashkeel, &composed);
        if text.contains(is_letter) {
            assert_eq!(tashkeel.diacritize(&text).unwrap(), outcome);
        }
    }
}

#[test]
fn words_get_their_vowels() {
    let Some(tashkeel) = load() else { return };
    let expected = "كَتَبَ الْوَلَدُ الدَّرْسَ. \
                    ذَهَبَ الطَّالِبُ إِلَى الْمَدْرَسَةِ صَبَاحًا. \
                    السَّلَامُ عَلَيْكُمْ وَرَحْمَةُ اللَّهِ وَبَرَكَاتُهُ. \
                    سَافَرَ الْمُهَنْدِسُ إِلَى الْقَاهِرَةِ بِالطَّائِرَةِ. \
                    هَذَا كِتَابٌ جَدِيدٌ. \
                    دَخَلَ الْمُعَلِّمُ إِلَى الْفَصْلِ وَجَلَسَ عَلَى الْكُرْسِيِّ. \
                    وَصَلَتِ الطَّبِيبَةُ إِلَى الْمُسْتَشْفَى فِي الصَّبَاحِ. \
                    يَعْمَلُ أَبِي فِي شَرِكَةٍ كَبِيرَةٍ.";
    let expected: String = expected.nfc().collect();
    let outcome = tashkeel.diacritize(&strip(&expected)).unwrap();
    // The final vowel of a word depends on the whole sentence, and is the most frequent error of the network.
    let stem = |word: &str| {
        word.trim_end_matches('.').trim_end_matches(|c| strip(&String::from(c)).is_empty()).to_owned()
    };
    let pairs: Vec<_> = outcome.split(' ').zip(expected.split(' ')).collect();
    let wrong: Vec<_> = pairs.iter().filter(|(found, expected)| stem(found) != stem(expected)).collect();
    assert!(wrong.len() * 10 <= pairs.len(), "of {} words: {wrong:?}", pairs.len());
    let whole = pairs.iter().filter(|(found, expected)| found == expected).count();
    assert!(whole * 10 >= pairs.len() * 8, "{whole} of {} words to the end: {outcome}", pairs.len());
}

#[test]
fn vocalized_word_is_kept() {
    let Some(tashkeel) = load() else { return };
    let outcome = tashkeel.diacritize("كُتب الدرس محمّد").unwrap();
    let words: Vec<_> = outcome.split(' ').collect();
    assert_eq!(words[0], "كُتب");
    assert_ne!(words[1], "الدرس");
    assert_eq!(strip(words[2]), "محمد");
    assert!(words[2].contains("م\u{64e}\u{651}د"), "{outcome}");
    let vocalized = "كَتَبَ الوَلَدُ";
    assert_eq!(tashkeel.diacritize(vocalized).unwrap(), vocalized);
    assert_eq!(tashkeel.remembered().len(), 1, "only the first text was worth a question");
}

#[test]
fn tatweel_is_not_read() {
    let Some(tashkeel) = load() else { return };
    let plain = tashkeel.diacritize("ذهب الطالب").unwrap();
    let long = tashkeel.diacritize("ذهـــب الطـالب").unwrap();
    assert_eq!(long.replace('ـ', ""), plain);
    assert!(long.contains("هَـــبَ"), "signs are on letters: {long}");
}

#[test]
fn text_without_arabic_is_unchanged() {
    let Some(tashkeel) = load() else { return };
    for text in ["", "Hello, world! 42", "e\u{301} is not composed", "٣٤ ، ؟ ـ \u{64e}", "😀\n漢字"]
    {
        assert_eq!(tashkeel.diacritize(text).unwrap(), text);
    }
    assert!(tashkeel.remembered().is_empty());
}

#[test]
fn sentences_are_cached_with_a_limit() {
    let Some(tashkeel) = load() else { return };
    let first = tashkeel.diacritize("كتب الولد. ذهب الطالب.").unwrap();
    assert_eq!(tashkeel.remembered().len(), 2);
    assert_eq!(tashkeel.diacritize("ذهب الطالب.").unwrap(), first.split_once(". ").unwrap().1);
    assert_eq!(tashkeel.remembered().len(), 2);
    // The cached result is used for every form of the sentence.
    for (_, guesses) in tashkeel.remembered().iter_mut() {
        let first = guesses[0];
        *guesses = guesses.iter().map(|_| first).collect();
    }
    assert_eq!(tashkeel.diacritize("ذهـب الطالب.").unwrap(), "ذَهَـبَ اَلَطَاَلَبَ.");
    for number in 0..600 {
        let text: String = format!("{number:010b}").replace('0', "ك").replace('1', "ل");
        tashkeel.diacritize(&text).unwrap();
    }
    assert_eq!(tashkeel.remembered().len(), REMEMBERED);
}

#[test]
fn threads_get_the_same_result() {
    let Some(tashkeel) = load() else { return };
    let expected = tashkeel.diacritize("كتب الولد الدرس").unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (tashkeel, expected) = (&tashkeel, &expected);
            scope.spawn(move || {
                tashkeel.diacritize(&"كتاب ".repeat(number + 1)).unwrap();
                assert_eq!(&tashkeel.diacritize("كتب الولد الدرس").unwrap(), expected);
            });
        }
    });
}

#[test]
fn too_long_text_is_refused() {
    let Some(tashkeel) = load() else { return };
    let error = tashkeel.diacritize(&"ك".repeat(Tashkeel::MAX_TEXT / 2 + 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TextTooLarge);
    let started = Instant::now();
    let marks = "ك".to_owned() + &"\u{651}".repeat(200_000);
    assert!(tashkeel.diacritize(&marks).unwrap().len() > marks.len());
    let foreign = "a ".repeat(400_000) + "كتب";
    assert!(tashkeel.diacritize(&foreign).unwrap().starts_with(&foreign[..800_000]));
    println!("two texts of almost a megabyte took {:?}", started.elapsed());
}

#[test]
fn invalid_files_are_named() {
    let Some(source) = folder() else { return };
    let runtime = Runtime::load(None).unwrap();
    let damage = |what: &dyn Fn(&Path)| {
        let copy = tempfile::tempdir().unwrap();
        for file in [MODEL, INPUTS, TARGETS] {
            std::fs::write(copy.path().join(file), std::fs::read(source.join(file)).unwrap()).unwrap();
        }
        what(copy.path());
        let error = Tashkeel::load(copy.path(), &runtime).err();
        error.map(|error| (error.kind(), error.to_string()))
    };
    assert_eq!(damage(&|_| ()), None);
    for file in [MODEL, INPUTS, TARGETS] {
        let (kind, message) = damage(&|copy| std::fs::remove_file(copy.join(file)).unwrap()).unwrap();
        assert_eq!(kind, ErrorKind::ModelIncomplete);
        assert!(message.contains(file), "{message}");
        let whole = std::fs::read(source.join(file)).unwrap();
        for length in [0, 1, whole.len() / 2, whole.len() - 2] {
            let cut = damage(&|copy| std::fs::write(copy.join(file), &whole[..length]).unwrap());
            let (kind, message) = cut.unwrap();
            assert!(matches!(kind, ErrorKind::ModelInvalid | ErrorKind::ModelLoadFailed), "{kind:?}");
            assert!(message.contains(file), "{message}");
        }
    }
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/voices/tiny-piper.onnx");
    let wrong: [&dyn Fn(&Path); 3] = [
        &|copy| assert!(std::fs::copy(&other, copy.join(MODEL)).is_ok()),
        // More signs than the network has.
        &|copy| {
            let table = std::fs::read_to_string(copy.join(TARGETS)).unwrap();
            std::fs::write(copy.join(TARGETS), table.replacen('{', "{\"ْْ\": 15,", 1)).unwrap();
        },
        // A character that the network does not have.
        &|copy| {
            let table = std::fs::read_to_string(copy.join(INPUTS)).unwrap();
            std::fs::write(copy.join(INPUTS), table.replacen('{', "{\"@\": 5000,", 1)).unwrap();
        },
    ];
    for what in wrong {
        let (kind, message) = damage(what).unwrap();
        assert_eq!(kind, ErrorKind::ModelInvalid);
        assert!(message.contains(MODEL), "{message}");
    }
    let error = Tashkeel::load(Path::new("/nowhere/tashkeel"), &runtime).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
}
