//! How a text would be read: its clauses, the voices for them, and what each voice is given.

use std::ops::Range;

use super::clause::ScriptClause;
use super::script::{Script, Step};
use super::settings::Settings;
use super::voice::{Speech, VoiceInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::language::LanguageTag;

/// How a text would be read.
#[derive(Debug, Default)]
pub struct Explanation {
    /// Its clauses, in order.
    pub clauses: Vec<ExplainedClause>,
    /// What a session would warn of before it speaks.
    pub warnings: Vec<Error>,
}

/// A clause, which is spoken as a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedClause {
    /// Its text as written, without markup.
    pub text: String,
    /// Its byte range in the text or document.
    pub span: Range<usize>,
    /// The language by which it is read.
    pub language: LanguageTag,
    /// What is spoken, in order; empty if there is nothing to say.
    pub passages: Vec<ExplainedPassage>,
}

/// A part of a clause that one voice speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedPassage {
    /// The voice; if it fails, a fallback takes its place.
    pub voice: VoiceInfo,
    /// What the voice is given, after lexicon and normalization. Phonemes of the lexicon or the document are between
    /// slashes.
    pub spoken: String,
    /// The phonemes that the voice makes of it, with the vowels that a diacritizer adds; `None` if it reads no phonemes.
    pub phonemes: Option<String>,
}

impl Settings {
    /// How `text` would be read, which is an SSML document or plain text. Blocks while voices make phonemes.
    pub(super) fn explain(&self, text: &str, is_ssml: bool) -> Result<Explanation> {
        let mut script = Script::default();
        let mut explanation = Explanation::default();
        if is_ssml {
            explanation.warnings = script.push_ssml(text, |language| self.has_voice(language))?;
        } else {
            script.push(text)?;
            script.flush();
        }
        while let Some(step) = script.next() {
            match step {
                Step::Clause(clause) => explanation.clauses.push(self.explain_clause(&clause)?),
                Step::Wordless { .. }
                    if explanation.clauses.iter().all(|clause| clause.passages.is_empty()) =>
                {
                    let message = "the text has nothing that a voice can speak; give words or numbers";
                    explanation.warnings.push(Error::new(ErrorKind::TextEmpty, message));
                }
                _ => {}
            }
        }
        Ok(explanation)
    }

    fn explain_clause(&self, clause: &ScriptClause) -> Result<ExplainedClause> {
        let passages = self.passages(clause).into_iter().filter(|passage| !passage.speech.is_empty());
        let passages = passages.map(|passage| {
            let voice = self.voices.get(passage.group).first();
            Ok(ExplainedPassage {
                voice: voice.info().clone(),
                spoken: shown(&passage.speech),
                phonemes: voice.phonemes(&passage.speech)?,
            })
        });
        Ok(ExplainedClause {
            text: clause.written().trim().to_owned(),
            span: clause.span.clone(),
            language: self.language(clause),
            passages: passages.collect::<Result<_>>()?,
        })
    }
}

fn shown(speech: &[Speech]) -> String {
    let parts = speech.iter().map(|part| match part {
        Speech::Text(text) => text.clone(),
        Speech::Phonemes { ipa, .. } => format!("/{ipa}/"),
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::lexicon::Lexicon;
    use crate::tts::TtsOptions;
    use crate::tts::passage::tests::{NamedVoice, without_vowels};

    fn settings(lexicon: &str) -> Settings {
        let voice = |name: &str, language: &str| NamedVoice::shared(name, language.parse().unwrap());
        let lexicon = Some(Arc::new(Lexicon::parse(lexicon).unwrap()));
        let options = TtsOptions { lexicon, ..TtsOptions::default() };
        Settings::new(vec![voice("a", "ar"), voice("e", "en")], options).unwrap()
    }

    fn lines(explanation: &Explanation) -> Vec<String> {
        let line = |clause: &ExplainedClause| {
            let passages = clause.passages.iter().map(|part| format!("{}={}", part.voice.name, part.spoken));
            let passages = without_vowels(&passages.collect::<Vec<_>>().join("; "));
            format!("{} [{}] {passages}", clause.text, clause.language)
        };
        explanation.clauses.iter().map(line).collect()
    }

    #[test]
    fn clauses_are_explained() {
        let explanation = settings("ملغ\tملي\n").explain("خذ 5 ملغ. Take 3 Panadol.", false).unwrap();
        assert_eq!(
            lines(&explanation),
            ["خذ 5 ملغ. [ar] a=خذ خمسة ملي.", "Take 3 Panadol. [en] e=Take three Panadol."]
        );
        assert_eq!(explanation.clauses[1].span, 15..30);
        assert!(explanation.warnings.is_empty());
    }

    #[test]
    fn documents_are_explained_with_their_warnings() {
        let document =
            "<speak>One <phoneme ph='tu'>two</phoneme> <lang xml:lang='fr'>trois</lang><x/></speak>";
        let explanation = settings("").explain(document, true).unwrap();
        assert_eq!(lines(&explanation), ["One two [en] e=One /tu/", "trois [fr] a=trois"]);
        let codes: Vec<_> = explanation.warnings.iter().map(Error::kind).collect();
        assert_eq!(codes, [ErrorKind::SsmlInvalid, ErrorKind::ModelNotFound]);
        assert_eq!(settings("").explain("<speak>", true).unwrap_err().kind(), ErrorKind::SsmlInvalid);
        assert_eq!(settings("").explain("...", false).unwrap().warnings[0].kind(), ErrorKind::TextEmpty);
    }
}
