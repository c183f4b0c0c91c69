//! Interviews that people answer with recordings, in simulated time.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use voice_core::audio::SAMPLE_RATE;
use voice_core::interview::{Form, Happened, Interview, InterviewOptions, RecordedInterview, Value};
use voice_core::source::ModelSource;
use voice_core::stt::SttSource;
use voice_core::{Engine, EngineOptions};

use crate::recordings::{files, flac};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The digits by the names of their folders.
pub const DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    pub questions: usize,
    /// Understood at the first answer.
    pub first: usize,
    /// Right in the end, with one further answer at most.
    pub in_the_end: usize,
    /// Wrong, and taken without a confirmation.
    pub wrong_unasked: usize,
    /// Wrong in the end, or without an answer.
    pub lost: usize,
    /// Read back to the user.
    pub read_back: usize,
}

impl Outcomes {
    pub fn add(&mut self, other: Self) {
        self.questions += other.questions;
        self.first += other.first;
        self.in_the_end += other.in_the_end;
        self.wrong_unasked += other.wrong_unasked;
        self.lost += other.lost;
        self.read_back += other.read_back;
    }
}

impl std::fmt::Display for Outcomes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |count: usize| 100.0 * count as f64 / self.questions.max(1) as f64;
        write!(
            f,
            "{:4} questions: {:5.1} % right at the first answer, {:5.1} % after at most one more, {} wrong without a \
             confirmation, {} not right; {:.0} % read back",
            self.questions,
            share(self.first),
            share(self.in_the_end),
            self.wrong_unasked,
            self.lost,
            share(self.read_back)
        )
    }
}

/// The engine with the model that ships.
pub fn engine() -> Outcome<Engine> {
    let stt = vec![SttSource::from(ModelSource::folder(crate::root().join("models/ar-commands")))];
    let engine = Engine::new(EngineOptions { stt, ..EngineOptions::default() });
    engine.load()?;
    Ok(engine)
}

/// A form of one question in Arabic.
pub fn form(kind: &str, extensions: &serde_json::Value) -> Outcome<Arc<Form>> {
    let form = json!({
        "resourceType": "Questionnaire", "status": "active", "language": "ar",
        "item": [{ "linkId": "q", "text": "سؤال", "type": kind, "extension": extensions }],
    });
    Ok(Arc::new(Form::parse(form.to_string().as_bytes()).map_err(|problems| problems.to_string())?))
}

/// A number from 0 to 10.
pub fn scale() -> Outcome<Arc<Form>> {
    let limit = |name: &str, value: i32| json!({ "url": format!("http://hl7.org/fhir/StructureDefinition/{name}"), "valueInteger": value });
    form("integer", &json!([limit("minValue", 0), limit("maxValue", 10)]))
}

/// A question of yes or no.
pub fn yes_no() -> Outcome<Arc<Form>> {
    form("boolean", &json!([]))
}

/// A Saudi identity number.
pub fn identity() -> Outcome<Arc<Form>> {
    form("string", &json!([{ "url": "urn:libvoice:digits", "valueCode": "saudi-id" }]))
}

/// A user with recordings of "yes" and "no".
pub struct User {
    yes: Vec<PathBuf>,
    no: Vec<PathBuf>,
    said: usize,
}

impl User {
    pub fn new(data: &Path, speaker: &str) -> Outcome<Self> {
        Ok(Self { yes: files(data, speaker, "yes")?, no: files(data, speaker, "no")?, said: 0 })
    }

    fn agree(&mut self, yes: bool) -> Outcome<Vec<i16>> {
        self.said += 1;
        let list = if yes { &self.yes } else { &self.no };
        flac(&list[self.said % list.len()])
    }

    /// Answers the question of `form` with the recordings in `answers`, one for each time that it is asked, until it is
    /// over. `right` is the answer, and `read_back` what a read-back of it says.
    pub fn answer(
        &mut self,
        engine: &Engine,
        form: &Arc<Form>,
        answers: &[Vec<i16>],
        right: &Value,
        read_back: &str,
    ) -> Outcome<Outcomes> {
        let options = InterviewOptions {
            asks_consent: false,
            asks_respondent: false,
            ..InterviewOptions::new("ar".parse()?, "2026-11-26".parse()?)
        };
        let mut interview = RecordedInterview::new(engine, Interview::new(Arc::clone(form), options)?)?;
        let mut outcomes = Outcomes { questions: 1, ..Outcomes::default() };
        let mut given = 0;
        let mut is_confirmed = false;
        let mut confirmations = 0;
        while interview.interview().end().is_none() && given < 4 && confirmations < 6 {
            if let Some(text) = interview.interview().read_back().map(str::to_owned) {
                let is_right = text == read_back;
                outcomes.read_back = 1;
                if is_right && given == 1 && confirmations == 0 {
                    outcomes.first = 1;
                }
                confirmations += 1;
                is_confirmed = true;
                let agreed = self.agree(is_right)?;
                interview.answer(&agreed)?;
            } else {
                interview.answer(&answers[given % answers.len()])?;
                given += 1;
                is_confirmed = false;
            }
        }
        let response = interview.interview().response();
        let place = response.first_place(form.items()[0].id);
        let value = response.answers(&place).first().map(|given| given.value.clone());
        let is_right = value.as_ref() == Some(right);
        if is_right && given == 1 && confirmations == 0 {
            outcomes.first = 1;
        }
        if is_right && given <= 2 {
            outcomes.in_the_end = 1;
        }
        outcomes.wrong_unasked = usize::from(value.is_some() && !is_right && !is_confirmed);
        outcomes.lost = usize::from(!is_right);
        if std::env::var_os("SHOW").is_some() && (!is_right || given > 1) {
            while let Some(happened) = interview.next_happened() {
                if let Happened::Heard { text, .. } = happened {
                    println!("  right {right:?}: heard {text}");
                }
            }
        }
        Ok(outcomes)
    }
}

/// Recordings with pauses between them.
pub fn spaced(parts: &[Vec<i16>], pause_ms: usize) -> Vec<i16> {
    let pause = vec![0; pause_ms * SAMPLE_RATE as usize / 1_000];
    parts.join(&pause[..])
}

/// An identity number with a right check digit, beginning with 1 or 2.
pub fn any_identity(random: &mut fastrand::Rng) -> String {
    let mut digits: Vec<u32> = vec![random.u32(1..=2)];
    digits.extend((0..8).map(|_| random.u32(..10)));
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { 2 * digit / 10 + 2 * digit % 10 } else { *digit })
        .sum();
    digits.push((10 - sum % 10) % 10);
    digits.iter().map(u32::to_string).collect()
}

/// The digits as a read-back of a number says them, in Arabic.
pub fn spoken_identity(digits: &str) -> String {
    const WORDS: [&str; 10] =
        ["صِفْر", "وَاحِد", "اِثْنَان", "ثَلَاثَة", "أَرْبَعَة", "خَمْسَة", "سِتَّة", "سَبْعَة", "ثَمَانِيَة", "تِسْعَة"];
    let words: Vec<_> =
        digits.chars().filter_map(|digit| Some(WORDS[digit.to_digit(10)? as usize])).collect();
    [&words[..3], &words[3..6], &words[6..]].map(|group| group.join(" ")).join("، ")
}
