//! Tests of the installed library.

use std::process::Command;

use super::library::Library;
use super::text::Window;
use super::*;
use crate::error::ErrorKind;
use crate::text::{Language, normalize};

const ENGLISH: &str = "Good morning, how did you sleep? I feel much better today! Here it is: tea; two cups.";
const ARABIC: &str = "صباح الخير، كيف نمت؟ أشعر بتحسن اليوم! خذ: كوبان من الشاي؛ شكرا.";

/// The system's espeak-ng. Without it tests are skipped; in continuous integration they fail.
pub(crate) fn installed() -> Option<Espeak> {
    match Espeak::load(None) {
        Ok(espeak) => Some(espeak),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            println!("skipped: {error}");
            None
        }
    }
}

fn audio(espeak: &Espeak, text: &str, voice: &str, prosody: Prosody) -> Vec<i16> {
    let blocks = espeak.start(text, voice, prosody).unwrap().collect::<Result<Vec<_>>>().unwrap();
    assert!(blocks.iter().all(|block| (1..=1102).contains(&block.len())));
    blocks.concat()
}

fn loudness(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

/// espeak-ng varies the voice at random, so renderings differ in samples and slightly in length.
fn assert_same_length(left: usize, right: usize) {
    assert!(left.abs_diff(right) * 50 < left, "{left} and {right} samples");
}

#[test]
fn shadda_keeps_its_vowel_in_either_order() {
    let Some(espeak) = installed() else { return };
    let ipa = |text: &str| espeak.phonemes(text, "ar").unwrap().remove(0).ipa;
    let nfc = ipa("مُعَل\u{650}\u{651}مٌ");
    assert_eq!(nfc, ipa("مُعَل\u{651}\u{650}مٌ"));
    assert!(nfc.contains("llim"), "{nfc}");
}

#[test]
fn phonemes_match_the_command() {
    let Some(espeak) = installed() else { return };
    let command = |arguments: &[&str]| {
        let output = Command::new("espeak-ng").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    if !command(&["--version"]).is_some_and(|said| said.contains(espeak.version())) {
        assert!(std::env::var_os("CI").is_none(), "the command espeak-ng is missing");
        println!("skipped: there is no command espeak-ng of version {}", espeak.version());
        return;
    }
    for (voice, text) in
        [("en-us", ENGLISH), ("en-gb", ENGLISH), ("ar", ARABIC), ("fr", "Bonjour, ça va ?"), ("en", ENGLISH)]
    {
        let expected = command(&["-q", "--ipa", "-v", voice, text]).unwrap();
        let expected: Vec<_> = expected.lines().map(str::trim).collect();
        let found = espeak.phonemes(text, voice).unwrap();
        assert_eq!(found.iter().map(|clause| clause.ipa.trim()).collect::<Vec<_>>(), expected, "{voice}");
    }
}

#[test]
fn clauses_end_as_in_piper() {
    let Some(espeak) = installed() else { return };
    let endings = |text: &str, voice: &str| -> Vec<_> {
        let clauses = espeak.phonemes(text, voice).unwrap();
        clauses.into_iter().map(|clause| (clause.terminator, clause.ends_sentence)).collect()
    };
    let expected = [
        (Some(','), false),
        (Some('?'), true),
        (Some('!'), true),
        (Some(':'), false),
        (Some(';'), false),
        (Some('.'), true),
    ];
    assert_eq!(endings(ENGLISH, "en-us"), expected);
    assert_eq!(endings(ARABIC, "ar"), expected);
    let said = "Dr. Smith lives on 5.3 St. James... ok";
    assert_eq!(endings(said, "en-us"), [(Some('.'), true), (Some('.'), true), (None, false), (None, true)]);
    assert_eq!(endings("He said \"stop.\"", "en-us"), [(Some('.'), true)]);
    assert_eq!(endings("A title\n\nand a text", "en-us"), [(None, true), (None, true)]);
}

#[test]
fn foreign_words_have_no_flags() {
    let Some(espeak) = installed() else { return };
    let clauses = espeak.phonemes("أنا أقول hello لك", "ar").unwrap();
    assert!(clauses[0].ipa.contains("həlˈəʊ") && !clauses[0].ipa.contains('('), "{clauses:?}");
}

#[test]
fn markup_and_brackets_are_plain_text() {
    let Some(espeak) = installed() else { return };
    let said = |text: &str| espeak.phonemes(text, "en-us").unwrap();
    assert!(said("<break/> one")[0].ipa.contains("bɹˈeɪk"), "{:?}", said("<break/> one"));
    assert_ne!(said("[[h@l]]"), said("hal"));
    assert_eq!(said("one\u{1}B two\u{2}"), said("one B two"), "an embedded command");
    let marked = audio(&espeak, "<break time=\"9s\"/> one", "en-us", Prosody::default());
    assert!(marked.len() < 6 * 22_050, "the nine seconds of a break");
}

#[test]
fn threads_get_the_same_result_as_one() {
    let Some(espeak) = installed() else { return };
    let jobs = [("en-us", ENGLISH), ("ar", ARABIC)];
    let alone = jobs.map(|(voice, text)| {
        let length = audio(&espeak, text, voice, Prosody::default()).len();
        (espeak.phonemes(text, voice).unwrap(), length)
    });
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (espeak, (voice, text), (phonemes, length)) =
                (espeak.clone(), jobs[thread % 2], &alone[thread % 2]);
            scope.spawn(move || {
                for _ in 0..20 {
                    assert_eq!(&espeak.phonemes(text, voice).unwrap(), phonemes);
                    assert_same_length(*length, audio(&espeak, text, voice, Prosody::default()).len());
                }
            });
        }
    });
}

#[test]
fn break_ends_the_rendering_at_once() {
    let Some(espeak) = installed() else { return };
    let phonemes = espeak.phonemes(ARABIC, "ar").unwrap();
    let length = audio(&espeak, ARABIC, "ar", Prosody::default()).len();
    for blocks in 1..20 {
        let mut given = 0;
        let mut sink = |_: &[i16]| {
            given += 1;
            if given == blocks { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        espeak.render(ENGLISH, "ar", Prosody::default(), &mut sink).unwrap();
        assert_eq!(given, blocks);
        assert_eq!(espeak.phonemes(ARABIC, "ar").unwrap(), phonemes);
        assert_same_length(length, audio(&espeak, ARABIC, "ar", Prosody::default()).len());
    }
}

#[test]
fn slow_reader_does_not_block_others() {
    let Some(espeak) = installed() else { return };
    let mut slow: Vec<_> =
        (0..100).map(|_| espeak.start(ENGLISH, "en-us", Prosody::default()).unwrap()).collect();
    for rendering in &mut slow {
        rendering.next_block().unwrap().unwrap();
    }
    // Each of the hundred is in the middle of a clause.
    assert!(!audio(&espeak, ENGLISH, "en-us", Prosody::default()).is_empty());
    assert!(slow.iter_mut().all(|rendering| rendering.next_block().is_some()));
}

#[test]
fn clauses_last_as_long_as_the_whole_text() {
    let Some(espeak) = installed() else { return };
    let in_pieces = audio(&espeak, ENGLISH, "en-us", Prosody::default()).len();
    let settings = Prosody::default().settings().unwrap();
    let window = Window { text: ENGLISH.to_owned(), is_last: true };
    let job = Job { voice: "gmw/en-US".to_owned(), window, kind: JobKind::Whole(settings) };
    let whole = espeak.0.ask(job).unwrap().samples;
    assert_same_length(whole.len(), in_pieces);
}

#[test]
fn prosody_changes_the_audio() {
    let Some(espeak) = installed() else { return };
    let spoken = |prosody| audio(&espeak, ENGLISH, "en-us", prosody);
    let normal = Prosody::default();
    let (plain, fast, slow) =
        (spoken(normal), spoken(Prosody { rate: 2.0, ..normal }), spoken(Prosody { rate: 0.5, ..normal }));
    assert!(loudness(&plain) > 500.0);
    assert!(fast.len() * 10 < plain.len() * 7 && slow.len() * 10 > plain.len() * 14);
    assert!(loudness(&spoken(Prosody { volume: 0.0, ..normal })) < 1.0);
    let soft = loudness(&spoken(Prosody { volume: 0.5, ..normal }));
    assert!((0.3..0.7).contains(&(soft / loudness(&plain))), "{soft}");
    // Settings of one text are not those of the next.
    assert_same_length(plain.len(), spoken(normal).len());
    // A different pitch has a different period, or a different multiple of it.
    let period = |pitch| {
        let spoken = audio(&espeak, "oo, oo, oo.", "en-us", Prosody { pitch, ..normal });
        let loudest = (0..spoken.len() - 2_048).max_by_key(|at| spoken[*at].unsigned_abs()).unwrap();
        let vowel = &spoken[loudest..];
        let alike = |lag: &usize| -> i64 {
            (0..1_024).map(|at| i64::from(vowel[at]) * i64::from(vowel[at + lag])).sum()
        };
        // Periods of 500 to 50 Hz.
        (44..441usize).max_by_key(alike).unwrap()
    };
    let (high, low) = (period(2.0), period(0.5));
    assert!(high.abs_diff(low) > 5, "{high} and {low} samples");
}

#[test]
fn text_without_speech_is_empty() {
    let Some(espeak) = installed() else { return };
    for text in ["", " ", "\0\0", "\u{1}\u{2}\n\t", "...", "\"", "?!?!"] {
        assert_eq!(espeak.phonemes(text, "ar").unwrap(), [], "{text:?}");
        assert!(audio(&espeak, text, "en-us", Prosody::default()).is_empty(), "{text:?}");
    }
    assert_eq!(espeak.phonemes("one\0two", "en-us").unwrap(), espeak.phonemes("one two", "en-us").unwrap());
}

#[test]
fn long_and_odd_texts_are_read_to_the_end() {
    let Some(espeak) = installed() else { return };
    let sentences = "The last word is what counts. ".repeat(3_500);
    let clauses = espeak.phonemes(&sentences, "en-us").unwrap();
    assert_eq!(clauses.len(), 3_500);
    assert!(clauses.iter().all(|clause| *clause == clauses[0]));
    let word = espeak.phonemes("seven ".repeat(16_667).trim(), "en-us").unwrap();
    assert_eq!(word.iter().flat_map(|clause| clause.ipa.split_whitespace()).count(), 16_667);
    for odd in
        ["a", "ا", "9", "!", ".", "-", "<", "(", "\u{301}", "\u{200d}", "\u{fffd}", "😀", "\u{e03c}", "'"]
    {
        for voice in ["en-us", "ar"] {
            espeak.phonemes(&odd.repeat(40_000 / odd.len()), voice).unwrap();
            audio(&espeak, &odd.repeat(1_000), voice, Prosody { rate: 3.0, ..Prosody::default() });
        }
    }
}

#[test]
fn random_characters_do_not_crash() {
    let Some(espeak) = installed() else { return };
    let mut random = fastrand::Rng::with_seed(7);
    let letters: Vec<char> =
        "abcdefghijklmnopqrstuvwxyz'.,!?-_/ \n0123456789ابتثجحخدذرزسشصضطظعغفقكلمنهويّ،؟<>[]".chars().collect();
    for voice in ["en-us", "ar", "fr", "cmn", "hi", "ru"] {
        for _ in 0..15 {
            let text: String = (0..random.usize(1..150))
                .map(|_| match random.u8(0..10) {
                    0 => random.char(..),
                    _ => letters[random.usize(..letters.len())],
                })
                .collect();
            espeak.phonemes(&text, voice).unwrap();
            audio(&espeak, &text, voice, Prosody::default());
        }
    }
}

/// Texts with a character at places where the library treats it differently.
fn around(c: char) -> String {
    format!("{c} {c}b a{c} {c}ب ب{c}ب 1{c} {c}2 {c}{c}{c}{c}{c} {c}\u{301} ({c}) {c}.")
}

/// All characters that a voice may get; `step` thins them out.
fn all_characters(step: usize) {
    let Some(espeak) = installed() else { return };
    for (at, voice) in espeak.voices().iter().enumerate() {
        let alphabet = Alphabet::of(&voice.language);
        let known = ('!'..=char::MAX).filter(|c| alphabet.kind(*c) != alphabet::Kind::Unknown);
        let known: Vec<_> = known.skip(at % step).step_by(step).collect();
        for some in known.chunks(8) {
            let text: String = some.iter().map(|c| around(*c)).collect();
            espeak.phonemes(&text, &voice.id).unwrap();
        }
    }
}

#[test]
fn sampled_characters_do_not_crash() {
    all_characters(307);
}

#[test]
#[ignore = "all of it takes an hour"]
fn no_character_crashes() {
    all_characters(1);
}

/// One of every `row` characters of Unicode, a different one for each voice and `round`.
fn all_blocks(row: u32, round: u32) {
    let Some(espeak) = installed() else { return };
    for (number, voice) in (0u32..).zip(espeak.voices()) {
        let offset = number.wrapping_mul(37).wrapping_add(round) % row;
        let some = (0..0x2_0000 / row).filter_map(|at| char::from_u32(at * row + offset));
        let text: String = some.map(around).collect();
        espeak.phonemes(&text, &voice.id).unwrap();
    }
}

#[test]
fn sampled_blocks_do_not_crash() {
    all_blocks(128, 0);
}

#[test]
#[ignore = "all of Unicode in every language takes an hour"]
fn no_character_in_any_language_crashes() {
    for round in 0..128 {
        all_blocks(128, round);
    }
}

#[test]
fn characters_without_rules_do_not_crash() {
    let Some(espeak) = installed() else { return };
    for text in ["⣟b", "\u{28ef}b", "\u{28ff}b", "Ⓜ", "ⓜ", "ب⣟b"] {
        for voice in ["ar", "am", "en-us"] {
            espeak.phonemes(text, voice).unwrap();
        }
    }
    // 1.51 overflows a buffer on a long clause with this bracket.
    espeak.phonemes(&format!("[1] {}", "b ".repeat(400)), "si").unwrap();
    // At a character without rules, in a language without default rules, it writes through an uninitialised pointer.
    for voice in ["ga", "hi", "uk", "he"] {
        let bare = espeak.phonemes("one two 3 4", voice).unwrap();
        assert_eq!(espeak.phonemes("(one) \"two\" [3-4]", voice).unwrap(), bare, "{voice}");
    }
    assert_eq!(espeak.phonemes("⣟ one", "en-us").unwrap(), espeak.phonemes("one", "en-us").unwrap());
    let russian = espeak.phonemes("жук", "en-us").unwrap();
    assert_eq!(russian, espeak.phonemes("zhuk", "en-us").unwrap());
}

/// The phonemes of a text as a session speaks it, without stress and spaces.
fn said(espeak: &Espeak, text: &str, language: Language, voice: &str) -> String {
    let clauses = espeak.phonemes(&normalize(text, language), voice).unwrap();
    let ipa = clauses.into_iter().flat_map(|clause| clause.ipa.chars().collect::<Vec<_>>());
    ipa.filter(|c| !matches!(c, 'ˈ' | 'ˌ' | ' ')).collect()
}

#[test]
fn letters_are_named() {
    let Some(espeak) = installed() else { return };
    for (text, name) in [
        ("Your appointment is at 8:20 a.m.", "eɪɛm"),
        ("Your appointment is at 8:20 a.m. on Monday.", "twɛntieɪɛm"),
        ("At 9 a.m., we open.", "naɪneɪɛm"),
        ("9:00 a.m. to 5:00 p.m.", "naɪneɪɛm"),
        ("9:00 a.m. to 5:00 p.m.", "faɪvpiːɛm"),
        ("Is 10am good? It is.", "tɛneɪɛm"),
        ("10:30 AM", "eɪɛm"),
        ("10.30 am", "eɪɛm"),
        ("The MRI is clear.", "ɛmɑːɹ"),
        ("Take B12 daily.", "biːtwɛlv"),
        ("Vitamin A is good, vitamin C too.", "eɪɪz"),
        ("It holds vitamin A.", "vaɪɾəmɪneɪ"),
        ("Hepatitis A virus", "eɪvaɪɹəs"),
        ("A4 paper", "eɪfoːɹ"),
        ("She has a Ph.D. in physics.", "piːeɪtʃdiːɪn"),
        ("He holds a Ph.D.", "piːeɪtʃdiː"),
        ("the U.S. army", "juːɛsɑːɹmi"),
        ("in the U.S.", "juːɛs"),
        ("Plan B is better than Plan A is.", "plænbiː"),
        ("Plan B is better than Plan A is.", "plæneɪ"),
        ("option a is right, option b is not", "eɪɪz"),
        ("option a is right, option b is not", "biːɪz"),
        ("a) first, b) second", "eɪfɜːst"),
        ("Section 3a is short.", "θɹiːeɪɪz"),
        ("Gate 12A", "twɛlveɪ"),
        ("a grade A student", "eɪstuːdənt"),
        ("an A+ in maths", "eɪplʌs"),
    ] {
        let heard = said(&espeak, text, Language::English, "en-us");
        assert!(heard.contains(name) && !heard.contains("ɐɛm"), "{text}: {heard}");
    }
    for text in ["A dog has a day.", "I had a B in a test.", "Plan a party.", "once a day", "A Day In A Life"]
    {
        let heard = said(&espeak, text, Language::English, "en-us");
        assert!(!heard.contains("eɪd") && heard.contains('ɐ'), "{text}: {heard}");
    }
    for text in ["فيتامين A مفيد", "الخطة A", "البوابة A12 هنا"] {
        let heard = said(&espeak, text, Language::Arabic, "ar");
        assert!(heard.contains("eɪ") || heard.contains("ʔiːh"), "{text}: {heard}");
    }
}

#[test]
fn invalid_requests_are_refused_before_the_library() {
    let Some(espeak) = installed() else { return };
    for voice in ["", "nobody", "../../etc/passwd", "ar\0", "mb-us1", "en-us+f3"] {
        let error = espeak.phonemes("one", voice).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OptionInvalid);
        assert!(error.to_string().ends_with("such as ar, en-us, en-gb"), "{error}");
    }
    let error = espeak.start("one", "ar", Prosody { rate: f32::NAN, ..Prosody::default() }).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::OptionInvalid);
    let error = espeak.phonemes(&"a".repeat(MAX_TEXT + 1), "ar").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MessageTooLarge);
}

#[test]
fn voices_are_listed_and_found_by_language() {
    let Some(espeak) = installed() else { return };
    assert_eq!(espeak.sample_rate(), 22_050);
    assert!(espeak.voices().len() > 50);
    for (tag, voice) in [("ar-SA", "ar"), ("en-US", "en-us"), ("en-GB", "en-gb"), ("fr", "fr-fr")] {
        assert_eq!(espeak.voice_for(&tag.parse().unwrap()).unwrap().language, voice);
    }
    for voice in espeak.voices() {
        espeak.phonemes("1", &voice.id).unwrap();
    }
}

#[test]
fn handles_are_sync_and_renderings_are_send() {
    fn is_shared<T: Clone + Send + Sync>() {}
    fn is_sent<T: Send>() {}
    is_shared::<Espeak>();
    is_sent::<Rendering>();
}

#[test]
fn a_process_has_one_library() {
    let Some(espeak) = installed() else { return };
    let again = Espeak::load(None).unwrap();
    assert!(Arc::ptr_eq(&espeak.0, &again.0));
    let error = Espeak::load(Some(Path::new("/nowhere/libespeak-ng.so"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OptionInvalid);
}

#[test]
fn missing_library_names_the_fix() {
    for path in ["/nowhere/libespeak-ng.so", "Cargo.toml"] {
        let error = Library::load(Some(Path::new(path))).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::EngineUnavailable);
        assert!(error.to_string().contains("apt-get install espeak-ng"), "{error}");
    }
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let error = Library::load(Some(Path::new("libc.so.6"))).err().unwrap();
        assert!(error.to_string().contains("has no espeak_Initialize"), "{error}");
    }
}
