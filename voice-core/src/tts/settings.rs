//! How a session speaks, from one update to the next.

use std::fmt;
use std::sync::Arc;

use unicode_script::Script;

use super::clause::ScriptClause;
use super::options::TtsOptions;
use super::passage::{Passage, passages};
use super::reader::Reader;
use super::voice::{Voice, VoiceInfo};
use super::voices::{GroupId, Voices};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::text::Language;

/// Checked options and what they select.
pub(super) struct Settings {
    pub(super) voices: Voices,
    pub(super) options: TtsOptions,
    reader: Reader,
}

impl Settings {
    pub(super) fn new(voices: Vec<Arc<dyn Voice>>, options: TtsOptions) -> Result<Self> {
        options.validate()?;
        let voices = Voices::new(voices)?;
        let info = voices.main();
        if let Some(speaker) =
            options.style.speaker.filter(|speaker| *speaker as usize >= info.speakers.len())
        {
            let message = format!(
                "speaker {speaker} of {}, which has {}; speakers are counted from 0",
                info.name,
                info.speakers.len()
            );
            return Err(Error::new(ErrorKind::OptionInvalid, message));
        }
        let reader = Reader::new(options.lexicon.clone());
        Ok(Self { voices, options, reader })
    }

    /// The main voice.
    pub(super) fn info(&self) -> &VoiceInfo {
        self.voices.main()
    }

    /// Whether a voice speaks `language`. A voice of unknown language may.
    pub(super) fn has_voice(&self, language: &LanguageTag) -> bool {
        self.voices.for_language(language).is_some() || self.info().language.primary() == "und"
    }

    /// How the clause is spoken: its parts, each by the voices of a language.
    pub(super) fn passages(&self, clause: &ScriptClause) -> Vec<Passage> {
        let (group, language) = self.language_of(clause);
        let read = self.reader.read(clause, language);
        passages(read.pieces, read.marks, group, &self.voices)
    }

    /// The language by which the clause is read.
    pub(super) fn language(&self, clause: &ScriptClause) -> LanguageTag {
        let (group, language) = self.language_of(clause);
        let own = &self.voices.get(group).language;
        match (&clause.style.language, language) {
            (Some(tag), _) => tag.clone(),
            (None, Some(language)) if language.code() != own.primary() => language.tag(),
            _ => own.clone(),
        }
    }

    /// The voices of the clause, and the language by which it is read. A language that the document or the caller gives
    /// wins; otherwise most letters of the clause decide.
    fn language_of(&self, clause: &ScriptClause) -> (GroupId, Option<Language>) {
        if let Some(tag) = &clause.style.language {
            let group = self.voices.for_language(tag).unwrap_or(Voices::MAIN);
            return (group, Language::from_tag(tag));
        }
        let own = |group: GroupId| Language::from_tag(&self.voices.get(group).language);
        let main = Voices::MAIN;
        if let Some(language) = &self.options.language {
            return (main, Language::from_tag(language).or(own(main)));
        }
        let script = clause.script.filter(|_| self.info().language.primary() != "und");
        let Some(script) = script.filter(|script| !self.voices.get(main).writes(*script)) else {
            return (main, own(main));
        };
        match self.voices.for_script(script) {
            Some(group) => (group, own(group)),
            // The main voice speaks it as well as it can.
            None if script == Script::Arabic => (main, Some(Language::Arabic)),
            None if script == Script::Latin => (main, Some(Language::English)),
            None => (main, own(main)),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("options", &self.options).finish_non_exhaustive()
    }
}
