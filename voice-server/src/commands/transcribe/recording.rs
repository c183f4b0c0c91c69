//! One channel of a recording: its session, and why it has no text.

use voice_core::audio::Decoder;
use voice_core::stt::SttSession;
use voice_core::{Result, SttEvent, SttOptions, Transcript};

/// The level below which audio counts as silence, in units of 16-bit samples: -66 dB.
const SILENT: u16 = 16;

/// Follows one channel of a recording, and explains a missing text.
pub(super) struct Listener {
    session: SttSession,
    /// Decodes the audio for its level.
    decoder: Decoder,
    samples: Vec<i16>,
    heard: u64,
    loudest: u16,
    utterances: usize,
    pub(super) transcripts: Vec<Transcript>,
    /// The warnings of the session.
    pub(super) warnings: Vec<String>,
}

impl Listener {
    pub(super) fn new(session: SttSession, options: &SttOptions) -> Result<Self> {
        let decoder = Decoder::of_channel(options.format, options.channel)?;
        Ok(Self {
            session,
            decoder,
            samples: Vec::new(),
            heard: 0,
            loudest: 0,
            utterances: 0,
            transcripts: Vec::new(),
            warnings: Vec::new(),
        })
    }

    pub(super) fn push(&mut self, audio: &[u8]) -> Result<()> {
        if self.transcripts.is_empty() {
            self.samples.clear();
            self.decoder.push(audio, &mut self.samples)?;
            self.heard += self.samples.len() as u64;
            let loudest = self.samples.iter().map(|sample| sample.unsigned_abs()).max();
            self.loudest = self.loudest.max(loudest.unwrap_or(0));
        }
        self.session.push(audio)?;
        self.take_events()
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        self.session.finish()?;
        self.take_events()
    }

    fn take_events(&mut self) -> Result<()> {
        while let Some(event) = self.session.next_event()? {
            match event {
                SttEvent::Final(transcript) => {
                    self.utterances += 1;
                    if !transcript.text.is_empty() {
                        self.transcripts.push(transcript);
                    }
                }
                SttEvent::Warning { message, .. } => self.warnings.push(message),
                _ => {}
            }
        }
        Ok(())
    }

    /// Why there is no text.
    pub(super) fn note(&self) -> Option<String> {
        if !self.transcripts.is_empty() {
            return None;
        }
        let seconds = self.heard as f64 / f64::from(voice_core::audio::SAMPLE_RATE);
        Some(if self.heard == 0 {
            "no text: the recording contains no audio".to_owned()
        } else if self.loudest < SILENT {
            format!("no text: {seconds:.1} s of silence; check the microphone or the channel")
        } else if self.utterances == 0 {
            let level = 20.0 * (f64::from(self.loudest) / 32_768.0).log10();
            format!(
                "no text: no speech was found in {seconds:.1} s of audio, which is {level:.0} dB at its loudest; \
                 check its level and its sample rate"
            )
        } else {
            format!(
                "no text: speech was heard in {seconds:.1} s of audio, but no word of the model's; \
                 check the language of the model and the sample rate of the recording"
            )
        })
    }
}
