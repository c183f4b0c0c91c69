//! The voices of a session by language.

use std::sync::Arc;

use unicode_script::Script;

use super::voice::{Voice, VoiceInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;
use crate::text::writing::writes;

/// Groups of voices, one for each language. The first group is that of the session's main voice.
pub(super) struct Voices(Vec<Group>);

/// The number of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupId(usize);

/// The voices for one language; each is the fallback of the one before it.
pub(super) struct Group {
    pub(super) language: LanguageTag,
    pub(super) voices: Vec<Arc<dyn Voice>>,
}

impl Voices {
    pub(super) const MAIN: GroupId = GroupId(0);

    /// Fails without voices.
    pub(super) fn new(voices: Vec<Arc<dyn Voice>>) -> Result<Self> {
        let mut groups: Vec<Group> = Vec::new();
        for voice in voices {
            let language = voice.info().language.clone();
            // A voice of unknown language may be of the first.
            let is_unknown = |language: &LanguageTag| language.primary() == "und";
            let joins = |group: &Group| group.language.primary() == language.primary();
            let is_of_first =
                is_unknown(&language) || groups.first().is_some_and(|first| is_unknown(&first.language));
            let at = groups.iter().position(joins).or((is_of_first && !groups.is_empty()).then_some(0));
            match at {
                Some(at) => groups[at].voices.push(voice),
                None => groups.push(Group { language, voices: vec![voice] }),
            }
        }
        if groups.is_empty() {
            let message = "no voice is configured; name one, or install espeak-ng";
            return Err(Error::new(ErrorKind::ModelNotFound, message));
        }
        Ok(Self(groups))
    }

    /// The main voice.
    pub(super) fn main(&self) -> &VoiceInfo {
        self.0[0].first().info()
    }

    /// All voices, in the order in which they were given, language by language.
    pub(super) fn all(&self) -> Vec<Arc<dyn Voice>> {
        self.0.iter().flat_map(|group| group.voices.iter().cloned()).collect()
    }

    pub(super) fn get(&self, id: GroupId) -> &Group {
        &self.0[id.0]
    }

    /// The voices for a language; regions are ignored.
    pub(super) fn for_language(&self, language: &LanguageTag) -> Option<GroupId> {
        self.0.iter().position(|group| group.language.primary() == language.primary()).map(GroupId)
    }

    /// The voices of the first language that is written in `script`.
    pub(super) fn for_script(&self, script: Script) -> Option<GroupId> {
        self.0.iter().position(|group| group.writes(script)).map(GroupId)
    }
}

impl Group {
    /// Its first voice.
    pub(super) fn first(&self) -> &Arc<dyn Voice> {
        &self.voices[0]
    }

    /// Whether its language is known and written in `script`.
    pub(super) fn writes(&self, script: Script) -> bool {
        self.language.primary() != "und" && writes(&self.language, script)
    }

    /// Whether its first voice can read words in `script`.
    pub(super) fn reads(&self, script: Script) -> bool {
        self.writes(script) || script == Script::Latin && self.first().reads_latin()
    }
}
