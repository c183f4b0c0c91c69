//! Extensions: their URLs, and how their values are found.

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::{Reader, array, text, values};
use crate::interview::Value;
use crate::interview::form::{ProblemCode, SeverityBand, Translated};
use crate::language::LanguageTag;

/// URLs of extensions.
pub(super) mod url {
    pub(in super::super) const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";
    pub(in super::super) const MIN_VALUE: &str = "http://hl7.org/fhir/StructureDefinition/minValue";
    pub(in super::super) const MAX_VALUE: &str = "http://hl7.org/fhir/StructureDefinition/maxValue";
    pub(in super::super) const MIN_QUANTITY: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity";
    pub(in super::super) const MAX_QUANTITY: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-maxQuantity";
    pub(in super::super) const MAX_DECIMALS: &str =
        "http://hl7.org/fhir/StructureDefinition/maxDecimalPlaces";
    pub(in super::super) const MIN_LENGTH: &str = "http://hl7.org/fhir/StructureDefinition/minLength";
    pub(in super::super) const REGEX: &str = "http://hl7.org/fhir/StructureDefinition/regex";
    pub(in super::super) const ENTRY_FORMAT: &str = "http://hl7.org/fhir/StructureDefinition/entryFormat";
    pub(in super::super) const MIN_OCCURS: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs";
    pub(in super::super) const MAX_OCCURS: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs";
    pub(in super::super) const UNIT: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit";
    pub(in super::super) const UNIT_OPTION: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption";
    pub(in super::super) const OPTION_EXCLUSIVE: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive";
    pub(in super::super) const OPTION_PREFIX: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-optionPrefix";
    pub(in super::super) const HIDDEN: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden";
    pub(in super::super) const SLIDER_STEP: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-sliderStepValue";
    pub(in super::super) const ORDINAL_VALUE: &str = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
    pub(in super::super) const ITEM_WEIGHT: &str = "http://hl7.org/fhir/StructureDefinition/itemWeight";
    pub(in super::super) const ENTRY_MODE: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-entryMode";
    pub(in super::super) const ADAPTIVE: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-questionnaireAdaptive";
    pub(in super::super) const SHORT_TEXT: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText";

    pub(in super::super) const CALCULATED: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression";
    pub(in super::super) const INITIAL_EXPRESSION: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-initialExpression";
    pub(in super::super) const ENABLE_WHEN: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression";
    pub(in super::super) const TOGGLE: &str =
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-answerOptionsToggleExpression";
    pub(in super::super) const VARIABLE: &str = "http://hl7.org/fhir/StructureDefinition/variable";
    pub(in super::super) const TARGET_CONSTRAINT: &str =
        "http://hl7.org/fhir/StructureDefinition/targetConstraint";
    /// The name that `targetConstraint` had in R4.
    pub(in super::super) const CONSTRAINT: &str =
        "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint";

    pub(in super::super) const SPOKEN_TEXT: &str = "urn:libvoice:spoken-text";
    pub(in super::super) const SYNONYM: &str = "urn:libvoice:synonym";
    pub(in super::super) const CONFIRM: &str = "urn:libvoice:confirm";
    pub(in super::super) const CONFIDENCE: &str = "urn:libvoice:confidence";
    pub(in super::super) const CRITICAL: &str = "urn:libvoice:critical";
    pub(in super::super) const MEASUREMENT: &str = "urn:libvoice:measurement";
    pub(in super::super) const SEVERITY_BAND: &str = "urn:libvoice:severity-band";
    pub(in super::super) const ESCALATION: &str = "urn:libvoice:escalation";
    pub(in super::super) const RED_FLAG: &str = "urn:libvoice:red-flag";
    pub(in super::super) const DIGITS: &str = "urn:libvoice:digits";
}

/// The extensions with this URL.
pub(super) fn all<'a>(
    object: &'a Map<String, Json>,
    url: &str,
) -> impl Iterator<Item = (usize, &'a Map<String, Json>)> {
    let extensions = array(object, "extension").iter().enumerate();
    extensions
        .filter_map(|(at, extension)| Some((at, extension.as_object()?)))
        .filter(move |(_, extension)| text(extension, "url") == Some(url))
}

/// The first extension with this URL.
pub(super) fn first<'a>(object: &'a Map<String, Json>, url: &str) -> Option<&'a Map<String, Json>> {
    all(object, url).next().map(|(_, extension)| extension)
}

/// The field `value…` of an extension: its type and value.
pub(super) fn value(extension: &Map<String, Json>) -> Option<(&str, &Json)> {
    extension.iter().find_map(|(key, value)| Some((key.strip_prefix("value")?, value)))
}

/// The code of the first extension with this URL.
pub(super) fn code<'a>(object: &'a Map<String, Json>, url: &str) -> Option<&'a str> {
    value(first(object, url)?)?.1.as_str()
}

/// The translations in the extensions of a primitive.
pub(super) fn translations(object: &Map<String, Json>) -> impl Iterator<Item = (LanguageTag, &str)> {
    all(object, url::TRANSLATION).filter_map(|(_, extension)| translation(extension))
}

/// The `lang` and `content` of an extension.
pub(super) fn translation(extension: &Map<String, Json>) -> Option<(LanguageTag, &str)> {
    let language = code(extension, "lang")?.parse().ok()?;
    let content = code(extension, "content")?.trim();
    (!content.is_empty()).then_some((language, content))
}

impl<'a> Reader<'a> {
    /// Texts in several languages, each an extension with `lang` and `content`.
    pub(super) fn words(
        &mut self,
        object: &'a Map<String, Json>,
        url: &str,
        path: &str,
    ) -> Vec<(LanguageTag, String)> {
        let mut words = Vec::new();
        for (at, extension) in all(object, url) {
            match translation(extension) {
                Some((language, content)) => words.push((language, content.to_owned())),
                None => self.problem(
                    format!("{path}.extension[{at}]"),
                    ProblemCode::ExtensionInvalid,
                    format!("{url} needs a `lang` with a language and a `content` with a text"),
                ),
            }
        }
        words
    }

    /// One text in several languages.
    pub(super) fn text_extension(
        &mut self,
        object: &'a Map<String, Json>,
        url: &str,
        path: &str,
    ) -> Option<Translated> {
        let words = self.words(object, url, path);
        let mut text = Translated::new(self.language.clone(), "");
        for (language, word) in words {
            text.add(language, word);
        }
        (!text.is_empty()).then_some(text)
    }

    /// A text in the extension's `valueString`, with its translations.
    pub(super) fn text_value(&self, extension: &Map<String, Json>) -> Translated {
        let key = ["valueString", "valueMarkdown"].into_iter().find(|key| extension.contains_key(*key));
        self.translated(extension, key.unwrap_or("valueString"))
    }

    /// The decimal of the extension; a problem if it has another value.
    pub(super) fn decimal_extension(
        &mut self,
        object: &'a Map<String, Json>,
        url: &str,
        path: &str,
    ) -> Option<Decimal> {
        let (at, extension) = all(object, url).next()?;
        let decimal = value(extension).and_then(|(_, json)| values::decimal(json));
        if decimal.is_none() {
            let sentence = format!("{url} needs a number");
            self.problem(format!("{path}.extension[{at}]"), ProblemCode::ExtensionInvalid, sentence);
        }
        decimal
    }

    /// The boolean of the extension; a problem if it has another value.
    pub(super) fn boolean_extension(&mut self, object: &'a Map<String, Json>, url: &str, path: &str) -> bool {
        let Some((at, extension)) = all(object, url).next() else { return false };
        let boolean = value(extension).and_then(|(_, json)| json.as_bool());
        if boolean.is_none() {
            let sentence = format!("{url} needs true or false");
            self.problem(format!("{path}.extension[{at}]"), ProblemCode::ExtensionInvalid, sentence);
        }
        boolean.unwrap_or(false)
    }

    /// The whole number of the extension, from 0; a problem if it has another value.
    pub(super) fn count_extension(
        &mut self,
        object: &'a Map<String, Json>,
        url: &str,
        path: &str,
    ) -> Option<u32> {
        let (at, extension) = all(object, url).next()?;
        let count =
            value(extension).and_then(|(_, json)| json.as_u64()).and_then(|count| u32::try_from(count).ok());
        if count.is_none() {
            let sentence = format!("{url} needs a whole number from 0");
            self.problem(format!("{path}.extension[{at}]"), ProblemCode::ExtensionInvalid, sentence);
        }
        count
    }

    pub(super) fn severity_bands(&mut self, object: &'a Map<String, Json>, path: &str) -> Vec<SeverityBand> {
        let mut bands = Vec::new();
        for (at, extension) in all(object, url::SEVERITY_BAND) {
            let part = |name| first(extension, name);
            let number = |name| {
                part(name).and_then(value).and_then(|(name, json)| values::value(name, json)).and_then(
                    |value| match value {
                        Value::Decimal(number) => Some(number),
                        Value::Integer(number) => Some(Decimal::from(number)),
                        _ => None,
                    },
                )
            };
            let label = part("label").map(|label| self.text_value(label)).filter(|label| !label.is_empty());
            match (number("low"), number("high"), label) {
                (Some(low), Some(high), Some(label)) if low <= high => {
                    bands.push(SeverityBand { low, high, label });
                }
                _ => self.problem(
                    format!("{path}.extension[{at}]"),
                    ProblemCode::ExtensionInvalid,
                    "a severity band needs `low` and `high`, not greater than it, and a `label`",
                ),
            }
        }
        bands
    }
}
