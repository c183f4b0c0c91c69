//! Diacritizers that others have made and published.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use voice_core::onnx::Runtime;
use voice_core::source::ModelSource;
use voice_core::text::Tashkeel;
use voice_core::tts::{Canceller, Speech, Style, VoiceSource};
use voice_core::{Engine, EngineOptions};
use voice_tests::{has_espeak, published, published_or_skip, recordings_or_skip};

/// Sentences of ours with all vowels, and with hamza and madda.
const SENTENCES: [&str; 10] = [
    "كَتَبَ الْوَلَدُ الدَّرْسَ",
    "ذَهَبَ الطَّالِبُ إِلَى الْمَدْرَسَةِ صَبَاحًا",
    "السَّلَامُ عَلَيْكُمْ وَرَحْمَةُ اللَّهِ وَبَرَكَاتُهُ",
    "سَافَرَ الْمُهَنْدِسُ إِلَى الْقَاهِرَةِ بِالطَّائِرَةِ",
    "هَذَا كِتَابٌ جَدِيدٌ",
    "دَخَلَ الْمُعَلِّمُ إِلَى الْفَصْلِ وَجَلَسَ عَلَى الْكُرْسِيِّ",
    "وَصَلَتِ الطَّبِيبَةُ إِلَى الْمُسْتَشْفَى فِي الصَّبَاحِ",
    "يَعْمَلُ أَبِي فِي شَرِكَةٍ كَبِيرَةٍ",
    "تَنَاوَلْ حَبَّةً وَاحِدَةً بَعْدَ الْأَكْلِ",
    "نَشْكُرُكُمْ عَلَى اتِّصَالِكُمْ بِالْعِيَادَةِ",
];

fn load(folder: &Path) -> Tashkeel {
    Tashkeel::load(folder, &Runtime::load(None).unwrap()).unwrap()
}

/// `text` without vowel signs.
fn strip(text: &str) -> String {
    text.replace(|c| matches!(c, '\u{64b}'..='\u{652}'), "")
}

/// The letters of a text with their signs, and whether each is the last letter of its word.
fn letters(text: &str) -> Vec<(char, Vec<char>, bool)> {
    let mut found: Vec<(char, Vec<char>, bool)> = Vec::new();
    for c in text.chars() {
        match found.last_mut() {
            Some((_, signs, _)) if matches!(c, '\u{64b}'..='\u{652}') => signs.push(c),
            last => {
                if let Some((base, _, ends)) = last {
                    *ends = *base != ' ' && c == ' ';
                }
                found.push((c, Vec::new(), false));
            }
        }
    }
    if let Some((_, _, ends)) = found.last_mut() {
        *ends = true;
    }
    for (_, signs, _) in &mut found {
        // Sukun means no vowel.
        signs.retain(|sign| *sign != '\u{652}');
        signs.sort_unstable();
    }
    found
}

/// The share of letters before the last one of a word whose signs are wrong, and the milliseconds for each word.
fn errors(tashkeel: &Tashkeel) -> (f64, f64) {
    let (mut wrong, mut all, mut words) = (0_u32, 0_u32, 0_u32);
    let mut time = Duration::ZERO;
    for right in SENTENCES {
        let start = Instant::now();
        let read = tashkeel.diacritize(&strip(right)).unwrap();
        time += start.elapsed();
        assert_eq!(strip(&read), strip(right), "only signs are added");
        words += u32::try_from(right.split(' ').count()).unwrap();
        for (read, right) in letters(&read).iter().zip(letters(right)) {
            if !right.1.is_empty() && !right.2 {
                all += 1;
                wrong += u32::from(read.1 != right.1);
            }
        }
    }
    (f64::from(wrong) / f64::from(all), time.as_secs_f64() * 1_000.0 / f64::from(words))
}

#[test]
fn published_diacritizer_writes_the_vowels_of_words() {
    let folder = published_or_skip!(published::RAWI_V3);
    let (wrong, ms) = errors(&load(&folder));
    println!("rawi v3: {:.1} % of the letters wrong, {ms:.2} ms for each word", wrong * 100.0);
    assert!(wrong < 0.08, "{wrong}");
}

#[test]
fn libtashkeel_writes_the_vowels_of_words() {
    let (wrong, ms) = errors(&load(&recordings_or_skip!().join("tashkeel")));
    println!("libtashkeel: {:.1} % of the letters wrong, {ms:.2} ms for each word", wrong * 100.0);
    assert!(wrong < 0.08, "{wrong}");
}

#[test]
fn published_diacritizer_changes_no_letter() {
    let tashkeel = load(&published_or_skip!(published::RAWI_V3));
    for text in [
        "الاسلام دين ان شاء الله",
        "مسؤول شؤون الموظفين في اداره المستشفي",
        "انت و اخوك الى اين؟",
        "رايت اطباء كثيرين، والاسرة كبيرة",
        "عدد الطلاب ٢٥ طالبا، والنسبة 3.5%، والرقم 0501234567.",
        "افتح تطبيق WhatsApp ثم اضغط على Settings (الإعدادات) 👍🏽 الآن",
        "الـــسلام عـليكم، ڤيديو من باريس، گهوة، ٱلحمد",
        "شدّ الحبلَ بقوّة ثمّ ترَكَه",
        "ء أ ب ئ ؤ إ آ ى ة",
    ] {
        let read = tashkeel.diacritize(text).unwrap();
        assert_eq!(strip(&read), strip(text), "{read}");
        let kept = text.split(' ').filter(|word| word.contains(['\u{64e}', '\u{650}', '\u{64f}']));
        for word in kept {
            assert!(read.contains(word), "{word} is not kept in {read}");
        }
    }
    // The files of another diacritizer are named.
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("rawi_v3.int8.onnx"), b"no model").unwrap();
    let error = Tashkeel::load(empty.path(), &Runtime::load(None).unwrap()).err().unwrap();
    assert!(error.to_string().contains("rawi_v2.vocab.json"), "{error}");
}

/// The samples of `text` by espeak-ng's Arabic voice, with the diacritizer or without one.
fn spoken(text: &str, tashkeel: Option<&Path>) -> Vec<f32> {
    let tts = vec![VoiceSource::espeak("ar".parse().unwrap())];
    let tashkeel = tashkeel.map(ModelSource::folder);
    let engine = Engine::new(EngineOptions { tts, tashkeel, ..EngineOptions::default() });
    engine.load().unwrap();
    let voice = engine.voice("espeak-ng-ar", None).unwrap();
    let speech = [Speech::Text(text.to_owned())];
    let mut rendering = Arc::clone(&voice).render(&speech, &Style::default(), &Canceller::default()).unwrap();
    std::iter::from_fn(|| rendering.next_chunk(Duration::from_secs(1)).unwrap()).flatten().collect()
}

#[test]
fn espeak_voice_says_the_vowels_of_the_diacritizer() {
    let folder = published_or_skip!(published::RAWI_V3);
    if !has_espeak() {
        return;
    }
    let text = strip(SENTENCES[1]);
    let with_vowels = load(&folder).diacritize(&text).unwrap();
    // espeak-ng differs a little each time, so only the lengths are compared.
    let lengths = [spoken(&text, Some(&folder)), spoken(&with_vowels, None), spoken(&text, None)]
        .map(|audio| audio.len());
    let [added, marked, plain] = lengths;
    assert!(added.abs_diff(marked) * 50 < marked && added > plain + plain / 20, "{lengths:?}");
}
