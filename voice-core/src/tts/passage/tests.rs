//! Tests of the voices and letters for words of other languages.

use std::sync::Arc;

use crate::error::Result;
use crate::language::LanguageTag;
use crate::text::lexicon::Lexicon;
use crate::tts::TtsOptions;
use crate::tts::script::{Script, Step};
use crate::tts::settings::Settings;
use crate::tts::voice::{Canceller, Rendering, Speech, Style, Voice, VoiceInfo};

/// A voice with a name and a language that renders nothing.
pub(in crate::tts) struct NamedVoice {
    info: VoiceInfo,
    reads_latin: bool,
}

impl NamedVoice {
    /// A voice that reads Latin words itself, as that of espeak-ng does.
    pub(in crate::tts) fn shared(name: &str, language: LanguageTag) -> Arc<dyn Voice> {
        Self::of_engine(name, language, "espeak-ng", true)
    }

    fn of_engine(
        name: &str,
        language: LanguageTag,
        engine: &'static str,
        reads_latin: bool,
    ) -> Arc<dyn Voice> {
        let (name, speakers) = (name.to_owned(), vec!["0".to_owned()]);
        let info = VoiceInfo { name, engine, language, sample_rate: 8_000, speakers, streams: true };
        Arc::new(Self { info, reads_latin })
    }

    fn neural(language: &str) -> Arc<dyn Voice> {
        Self::of_engine(language, language.parse().unwrap(), "vits", false)
    }

    fn espeak(language: &str) -> Arc<dyn Voice> {
        Self::shared(&format!("espeak-{language}"), language.parse().unwrap())
    }
}

struct Silent;

impl Rendering for Silent {
    fn next_chunk(&mut self, _: std::time::Duration) -> Result<Option<Vec<f32>>> {
        Ok(None)
    }
}

impl Voice for NamedVoice {
    fn info(&self) -> &VoiceInfo {
        &self.info
    }

    fn render(self: Arc<Self>, _: &[Speech], _: &Style, _: &Canceller) -> Result<Box<dyn Rendering>> {
        Ok(Box::new(Silent))
    }

    fn reads_latin(&self) -> bool {
        self.reads_latin
    }
}

/// What each voice is given of a text, as `voice: words`, separated by bars.
fn given(text: &str, voices: &[Arc<dyn Voice>], options: TtsOptions) -> String {
    let settings = Settings::new(voices.to_vec(), options).unwrap();
    let mut script = Script::default();
    let is_document = text.starts_with("<speak");
    if is_document {
        script.push_ssml(text, |_| true).unwrap();
    } else {
        script.push(text).unwrap();
        script.flush();
    }
    let mut given = Vec::new();
    while let Some(step) = script.next() {
        let Step::Clause(clause) = step else { continue };
        for passage in settings.passages(&clause) {
            let words = passage.speech.iter().map(|speech| match speech {
                Speech::Text(text) => text.clone(),
                Speech::Phonemes { ipa, .. } => format!("/{ipa}/"),
            });
            let name = &settings.voices.get(passage.group).first().info().name;
            given.push(format!("{name}: {}", words.collect::<Vec<_>>().join("|")));
        }
    }
    without_vowels(&given.join(" | "))
}

/// Arabic without the vowel signs of numbers and other words that the normalizer writes.
pub(in crate::tts) fn without_vowels(text: &str) -> String {
    text.chars().filter(|c| !('\u{64c}'..='\u{652}').contains(c)).collect()
}

fn check(voices: &[Arc<dyn Voice>], language: Option<&str>, cases: &[(&str, &str)]) {
    for (text, right) in cases {
        let language = language.map(|language| language.parse().unwrap());
        assert_eq!(given(text, voices, TtsOptions { language, ..TtsOptions::default() }), *right, "{text}");
    }
}

#[test]
fn each_clause_has_the_language_of_its_letters() {
    let voices = [NamedVoice::espeak("en"), NamedVoice::espeak("ar")];
    check(
        &voices,
        None,
        &[
            (
                "Your visit is on Sunday. موعدك يوم الأحد. 12:30! See you.",
                "espeak-en: Your visit is on Sunday. | espeak-ar: موعدك يوم الأحد. | espeak-ar: الساعة الثانية عشرة والنصف! | espeak-en: See you.",
            ),
            ("Windows 11 متوفر الآن", "espeak-ar: Windows أحد عشر متوفر الآن"),
            ("١٢:٣٠", "espeak-ar: الساعة الثانية عشرة والنصف"),
            ("123", "espeak-en: one hundred twenty-three"),
        ],
    );
}

#[test]
fn foreign_words_go_to_a_voice_of_their_language() {
    let voices = [NamedVoice::neural("ar"), NamedVoice::neural("en"), NamedVoice::neural("ru")];
    check(
        &voices,
        None,
        &[
            ("برنامج Windows متوفر الآن.", "ar: برنامج | en: Windows | ar: متوفر الآن."),
            ("خذ دواء Panadol Extra، ثم نم.", "ar: خذ دواء | en: Panadol Extra، | ar: ثم نم."),
            ("Please call محمد العتيبي today.", "en: Please call | ar: محمد العتيبي | en: today."),
            ("المدينة Москва كبيرة جدا", "ar: المدينة | ru: Москва | ar: كبيرة جدا"),
            ("Windows 11 متوفر الآن", "en: Windows | ar: أحد عشر متوفر الآن"),
            ("قناة BBC العربية", "ar: قناة بي بي سي العربية"),
        ],
    );
}

#[test]
fn foreign_words_are_transliterated_without_a_voice() {
    check(
        &[NamedVoice::neural("ar")],
        None,
        &[
            ("برنامج Windows متوفر الآن.", "ar: برنامج ويندوز متوفر الآن."),
            ("خذ Panadol Extra، ثم نم.", "ar: خذ بنادول إكسترا، | ar: ثم نم."),
            ("فحص MRI بعد USB", "ar: فحص إم آر آي بعد يو إس بي"),
            ("المدينة Москва كبيرة", "ar: المدينة موسكفا كبيرة"),
            ("Take 2 Panadol.", "ar: تيك تو بنادول."),
        ],
    );
    check(
        &[NamedVoice::neural("en")],
        None,
        &[
            ("Please call محمد العتيبي today.", "en: Please call Muhammad al-Otaibi today."),
            ("The letter م is the last one here.", "en: The letter meem is the last one here."),
            ("مرحبا يا محمد.", "en: marhaba yaa Muhammad."),
        ],
    );
    // espeak-ng reads Latin words itself.
    check(&[NamedVoice::espeak("ar")], None, &[("برنامج Windows متوفر", "espeak-ar: برنامج Windows متوفر")]);
}

#[test]
fn given_languages_win() {
    let voices = [NamedVoice::neural("ar"), NamedVoice::neural("en")];
    check(
        &voices,
        Some("ar"),
        &[("Windows 11", "en: Windows | ar: أحد عشر"), ("5 kg", "ar: خمسة كيلوغرامات")],
    );
    let document = "<speak>في <lang xml:lang='en'>5 مايو</lang></speak>";
    check(&voices, None, &[(document, "ar: في | en: the fifth of May")]);
}

#[test]
fn lexicon_overrides_letters_and_spelling() {
    let voices = [NamedVoice::neural("ar")];
    for (entries, text, right) in [
        ("Windows\tوندز\n", "برنامج Windows متوفر", "ar: برنامج وندز متوفر"),
        ("BBC\tهيئة الإذاعة\n", "قناة BBC العربية", "ar: قناة هيئة الإذاعة العربية"),
        ("MRI\tMRI\n", "فحص MRI غدا", "ar: فحص مري غدا"),
        ("Windows\t/windoz/\n", "برنامج Windows متوفر", "ar: برنامج|/windoz/|متوفر"),
        ("3\tتلاتة\n", "خذ 3 حبات", "ar: خذ تلاتة حبات"),
    ] {
        let lexicon = Some(Arc::new(Lexicon::parse(entries).unwrap()));
        let options = TtsOptions { lexicon, ..TtsOptions::default() };
        assert_eq!(given(text, &voices, options), right);
    }
}

#[test]
fn a_voice_of_the_same_engine_is_not_needed_for_words_that_a_voice_reads() {
    let voices = [NamedVoice::espeak("ar"), NamedVoice::espeak("en")];
    check(&voices, None, &[("برنامج Windows متوفر", "espeak-ar: برنامج Windows متوفر")]);
    let voices = [NamedVoice::espeak("ar"), NamedVoice::neural("en")];
    check(&voices, None, &[("برنامج Windows متوفر", "espeak-ar: برنامج | en: Windows | espeak-ar: متوفر")]);
}
