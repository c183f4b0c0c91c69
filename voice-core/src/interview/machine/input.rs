//! What an interview is told.

/// What happens to an interview.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Input {
    /// The user said this, and the turn is over.
    Heard(Heard),
    /// The user begins to speak: the answer is waited for until the turn is over.
    SpeechStarted,
    /// The user typed this text.
    Typed(String),
    /// The user typed this on a telephone's keypad: digits, `*` and `#`.
    Keypad(String),
    /// The user is silent, by the judgement of the host. The interview's own [timeout](super::Interview::timeout) is
    /// enough; this is for hosts that know it sooner.
    Silence,
    /// The prompt with this id was heard to its end.
    Spoken {
        /// Its id in [`Action::Say`](super::Action::Say).
        id: String,
    },
    /// The user interrupts the prompt: its rest, and those after it, are not heard.
    Interrupted,
    /// The [timeout](super::Interview::timeout) is over.
    Tick,
}

/// What the user said in one turn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The readings of the recognizer, the best first. An empty list or text stands for sound without words.
    pub hypotheses: Vec<Reading>,
    /// Where the turn begins in the recording of the user, in milliseconds, if that is known.
    pub offset_ms: Option<u64>,
    /// Whether the user still speaks: the turn was cut because it is long, and the next turn continues it.
    pub is_cut: bool,
}

/// A reading of the recognizer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The words.
    pub text: String,
    /// 0 to 1, if the recognizer tells it.
    pub confidence: Option<f32>,
}

impl Heard {
    /// One reading without a confidence.
    pub fn text(text: impl Into<String>) -> Self {
        Self { hypotheses: vec![Reading { text: text.into(), confidence: None }], ..Self::default() }
    }
}
