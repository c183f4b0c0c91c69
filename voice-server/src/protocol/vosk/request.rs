//! Text messages. They are parsed to their end, but only known keys are stored, so a message costs no more than its
//! length.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use voice_core::audio::{Input, SampleEncoding};
use voice_core::{Error, ErrorKind, MaxAlternatives, Result, Speaker};

/// The longest value that is parsed as a whole, in bytes. Phrase lists are longer.
const MAX_VALUE: usize = 1 << 10;

/// The content of a text message.
pub(super) enum Request<'a> {
    End,
    Reset,
    Config(&'a RawValue),
}

impl<'a> Request<'a> {
    /// `None` if the text is not part of this protocol.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (mut ends, mut resets, mut config) = (false, false, None);
        let read = each_field(text, |key, value| match key {
            "eof" => ends = true,
            "reset" => resets = true,
            "config" => config = Some(value),
            _ => {}
        });
        match read {
            Err(_) => None,
            Ok(()) if ends => Some(Self::End),
            Ok(()) if resets => Some(Self::Reset),
            Ok(()) => config.map(Self::Config),
        }
    }
}

/// The settings in a `config`. If a key is repeated, the last one counts, as in Python.
#[derive(Default)]
pub(super) struct Config<'a> {
    pub(super) encoding: Option<Setting<'a>>,
    pub(super) sample_rate: Option<Setting<'a>>,
    pub(super) channels: Option<Setting<'a>>,
    pub(super) phrase_list: Option<Setting<'a>>,
    pub(super) words: Option<Setting<'a>>,
    pub(super) max_alternatives: Option<Setting<'a>>,
    pub(super) speaker: Option<Setting<'a>>,
    pub(super) model: Option<Setting<'a>>,
    pub(super) has_unknown: bool,
}

impl<'a> Config<'a> {
    pub(super) fn read(config: &'a RawValue) -> Result<Self> {
        let mut read = Self::default();
        let fields = each_field(config.get(), |key, json| {
            let (field, key) = match key {
                "encoding" => (&mut read.encoding, "encoding"),
                "sample_rate" => (&mut read.sample_rate, "sample_rate"),
                "channels" => (&mut read.channels, "channels"),
                "phrase_list" => (&mut read.phrase_list, "phrase_list"),
                "words" => (&mut read.words, "words"),
                "max_alternatives" => (&mut read.max_alternatives, "max_alternatives"),
                "speaker" => (&mut read.speaker, "speaker"),
                "model" => (&mut read.model, "model"),
                _ => {
                    read.has_unknown = true;
                    return;
                }
            };
            *field = Some(Setting { key, json });
        });
        fields.map_err(|_| invalid("config", "an object"))?;
        Ok(read)
    }
}

/// The unparsed value of a key.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    key: &'static str,
    json: &'a RawValue,
}

impl Setting<'_> {
    /// `None` if it is longer than any value but a phrase list.
    fn value(self) -> Option<Value> {
        let text = self.json.get();
        (text.len() <= MAX_VALUE).then(|| serde_json::from_str(text).ok()).flatten()
    }

    /// Some clients send 48000.0, and some "16000".
    fn number(self) -> Option<f64> {
        let value = self.value()?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
    }

    pub(super) fn whole(self) -> Result<u32> {
        let number = self.number().ok_or_else(|| self.invalid("a number"))?;
        // `as` saturates, so that the check of the range finds any number that is out of range.
        Ok(number.round() as u32)
    }

    /// How the audio is stored, by the names of `voice.v1`. Opus is decoded to 16-bit samples.
    pub(super) fn encoding(self) -> Result<(SampleEncoding, Input)> {
        Ok(match self.value().as_ref().and_then(Value::as_str) {
            Some("pcm_s16le") => (SampleEncoding::PcmI16, Input::Samples),
            Some("pcm_f32le") => (SampleEncoding::PcmF32, Input::Samples),
            Some("mulaw") => (SampleEncoding::MuLaw, Input::Samples),
            Some("alaw") => (SampleEncoding::ALaw, Input::Samples),
            Some("opus") => (SampleEncoding::PcmI16, Input::OpusPackets),
            Some("opus_stream") => (SampleEncoding::PcmI16, Input::OpusStream),
            _ => return Err(self.invalid("pcm_s16le, pcm_f32le, mulaw, alaw, opus or opus_stream")),
        })
    }

    pub(super) fn alternatives(self) -> Result<MaxAlternatives> {
        let count = self.number().filter(|count| *count >= 0.0);
        let count = count.ok_or_else(|| self.invalid("a number from 0"))?;
        // vosk-server accepts any number; a result may always have fewer alternatives.
        MaxAlternatives::new(count.min(MaxAlternatives::MAX.into()) as u8)
    }

    pub(super) fn speaker(self) -> Result<Speaker> {
        match self.value().as_ref().and_then(Value::as_str) {
            Some("one") => Ok(Speaker::One),
            Some("many") => Ok(Speaker::Many),
            _ => Err(self.invalid("\"one\" or \"many\"")),
        }
    }

    /// Whether the key is `name`.
    pub(super) fn is(self, name: &str) -> Result<bool> {
        match self.value() {
            Some(Value::String(given)) => Ok(given == name),
            None => Ok(false),
            Some(_) => Err(self.invalid("a name")),
        }
    }

    pub(super) fn phrases(self) -> Result<Vec<String>> {
        if !self.truthy() {
            return Ok(Vec::new());
        }
        serde_json::from_str(self.json.get()).map_err(|_| self.invalid("a list of strings"))
    }

    /// True in the sense of Python, as in vosk-server.
    pub(super) fn truthy(self) -> bool {
        match self.value() {
            Some(Value::Null) => false,
            Some(Value::Bool(flag)) => flag,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(object)) => !object.is_empty(),
            None => true,
        }
    }

    fn invalid(self, wanted: &str) -> Error {
        invalid(self.key, wanted)
    }
}

fn invalid(key: &str, wanted: &str) -> Error {
    Error::new(ErrorKind::OptionInvalid, format!("{key} in config is not {wanted}; correct it and reconnect"))
}

/// Calls `take` with each key and value of a JSON object, without storing them.
fn each_field<'a>(text: &'a str, take: impl FnMut(&str, &'a RawValue)) -> serde_json::Result<()> {
    /// Not copied if it has no escapes.
    #[derive(Deserialize)]
    struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

    struct Fields<F>(F);

    impl<'a, F: FnMut(&str, &'a RawValue)> Visitor<'a> for Fields<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> std::result::Result<(), A::Error> {
            while let Some((Key(key), value)) = map.next_entry()? {
                (self.0)(&key, value);
            }
            Ok(())
        }
    }

    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Fields(take))?;
    reader.end()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;
    use voice_core::audio::Format;

    use super::*;

    #[test]
    fn rates_have_many_spellings() {
        for (sent, expected) in [
            (json!(8_000), Some(8_000)),
            (json!(48_000.0), Some(48_000)),
            (json!(44_099.7), Some(44_100)),
            (json!(" 16000 "), Some(16_000)),
            (json!("inf"), None),
            (json!(-16_000), None),
            (json!(1e308), None),
            (json!([16_000]), None),
            (json!(true), None),
        ] {
            let json = to_raw_value(&sent).unwrap();
            let rate = Setting { key: "sample_rate", json: &json }.whole();
            let rate = rate.and_then(Format::pcm16).map(Format::sample_rate);
            assert_eq!(rate.ok(), expected, "{sent}");
        }
    }

    #[test]
    fn only_known_requests_are_read() {
        let name = |text: &str| match Request::read(text)? {
            Request::End => Some("eof".to_owned()),
            Request::Reset => Some("reset".to_owned()),
            Request::Config(config) => Some(config.get().to_owned()),
        };
        assert_eq!(name(r#"{"eof" : 1}"#).as_deref(), Some("eof"));
        assert_eq!(name(r#"{"config": {}, "eof": null}"#).as_deref(), Some("eof"));
        assert_eq!(name(r#" {"\u0072eset": [], "x": {"y": [1]}} "#).as_deref(), Some("reset"));
        assert_eq!(name(r#"{"config": 1, "config": {"words": 0}}"#).as_deref(), Some(r#"{"words": 0}"#));
        let deep = "[".repeat(100_000);
        for text in ["", "{}", "[\"eof\"]", "\"eof\"", "{\"eof\": 1", "{\"eof\": 1} x", "{\"eof\": x}", &deep]
        {
            assert_eq!(name(text), None, "{}", &text[..text.len().min(20)]);
        }
    }

    #[test]
    fn long_values_are_only_read_as_phrases() {
        let long = "a".repeat(MAX_VALUE);
        let text = json!({"words": long, "model": long, "sample_rate": long, "phrase_list": [long, "b"]});
        let text = to_raw_value(&text).unwrap();
        let config = Config::read(&text).unwrap();
        assert!(config.words.unwrap().truthy());
        assert!(!config.model.unwrap().is("a").unwrap());
        assert!(config.sample_rate.unwrap().whole().is_err());
        assert_eq!(config.phrase_list.unwrap().phrases().unwrap(), [long.as_str(), "b"]);
    }
}
