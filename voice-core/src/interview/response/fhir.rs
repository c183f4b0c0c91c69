//! A response as a FHIR R4 `QuestionnaireResponse`.

use std::fmt;
use std::ops::Bound;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value as Json, json};

use super::limits::clean;
use super::{Evidence, Given, Place, Response, SkipReason, Violation};
use crate::interview::form::{Item, Kind};
use crate::interview::{Coding, DateTime, Quantity, Value};
use crate::language::LanguageTag;

/// What a response says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The status.
    pub status: ResponseStatus,
    /// When the answers were given.
    pub authored: DateTime,
    /// Whom the answers are about.
    #[serde(default)]
    pub subject: Option<Reference>,
    /// Who recorded the answers.
    #[serde(default)]
    pub author: Option<Reference>,
    /// Who answered: the patient or a proxy.
    #[serde(default)]
    pub source: Option<Reference>,
    /// The language of the interview.
    pub language: LanguageTag,
}

/// A reference to a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Such as `Patient/1`.
    pub reference: Option<String>,
    /// The type, such as `Patient`.
    pub kind: Option<String>,
    /// The system and the value of an identifier.
    pub identifier: Option<(String, String)>,
    /// The name that is displayed.
    pub display: Option<String>,
}

/// The status of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseStatus {
    /// The interview goes on.
    InProgress,
    /// All required questions are answered.
    Completed,
    /// Changed after it was completed.
    Amended,
    /// The user stopped.
    Stopped,
}

impl ResponseStatus {
    /// FHIR's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Amended => "amended",
            Self::Stopped => "stopped",
        }
    }
}

/// A required question without a valid answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The question.
    pub place: Place,
    /// Its `linkId`.
    pub link_id: String,
}

/// A response cannot be completed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Incomplete {
    /// The required questions without an answer.
    pub missing: Vec<Missing>,
    /// The constraints that do not hold.
    pub violations: Vec<Violation>,
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.missing.iter().map(|missing| missing.link_id.as_str()).collect();
        if !names.is_empty() {
            write!(f, "required questions have no answer: {}", names.join(", "))?;
        }
        if !self.violations.is_empty() {
            let end = if names.is_empty() { "" } else { "; " };
            write!(f, "{end}{} constraints of the form do not hold", self.violations.len())?;
        }
        Ok(())
    }
}

impl std::error::Error for Incomplete {}

const COMPLETION_MODE: &str = "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-completionMode";
/// Of an item. `questionnaireresponse-reason` is for a whole response, as `completionMode` is.
const DATA_ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";

impl Response {
    /// Whether the response can be completed.
    ///
    /// # Errors
    /// The enabled required questions without an answer, and the constraints that do not hold.
    pub fn check_complete(&self) -> Result<(), Incomplete> {
        let is_missing = |place: &&Place| {
            let item = self.item(place);
            item.required && item.kind.is_question() && !item.hidden && self.answers(place).is_empty()
        };
        let missing = self.enabled.iter().filter(is_missing);
        let missing: Vec<_> = missing
            .map(|place| Missing { place: place.clone(), link_id: self.item(place).link_id.clone() })
            .collect();
        let violations: Vec<_> = self.violations().iter().filter(|one| !one.is_warning).cloned().collect();
        if missing.is_empty() && violations.is_empty() {
            Ok(())
        } else {
            Err(Incomplete { missing, violations })
        }
    }

    /// The response as a FHIR R4 `QuestionnaireResponse`.
    ///
    /// # Errors
    /// If the status is `completed` or `amended` and the response is not complete.
    pub fn to_fhir(&self, header: &Header) -> Result<Json, Incomplete> {
        if matches!(header.status, ResponseStatus::Completed | ResponseStatus::Amended) {
            self.check_complete()?;
        }
        let mut response = Map::new();
        response.insert("resourceType".into(), "QuestionnaireResponse".into());
        // Without the region: validators know few languages with one, and none of Arabic.
        response.insert("language".into(), header.language.primary().into());
        let narrative = json!({ "status": "generated", "div": self.narrative(&header.language) });
        response.insert("text".into(), narrative);
        response.insert("extension".into(), json!([completion_mode("VERBAL")]));
        response.extend(self.canonical().map(|canonical| ("questionnaire".to_owned(), canonical.into())));
        response.insert("status".into(), header.status.code().into());
        for (key, reference) in
            [("subject", &header.subject), ("author", &header.author), ("source", &header.source)]
        {
            response.extend(reference.as_ref().map(|reference| (key.to_owned(), reference.to_fhir())));
        }
        response.insert("authored".into(), header.authored.to_string().into());
        let items = self.items(None, Some(&header.language));
        if !items.is_empty() {
            response.insert("item".into(), items.into());
        }
        Ok(response.into())
    }

    /// The response as a FHIR R5 `QuestionnaireResponse`, which always names its form.
    ///
    /// # Errors
    /// As of [`to_fhir`](Self::to_fhir).
    pub fn to_fhir_r5(&self, header: &Header) -> Result<Json, Incomplete> {
        let mut response = self.to_fhir(header)?;
        if self.canonical().is_none() {
            response["questionnaire"] = "urn:libvoice:form-without-url".into();
        }
        Ok(response)
    }

    /// The canonical URL of the form with its version.
    fn canonical(&self) -> Option<String> {
        let version = self.form.version().map(|version| format!("|{version}")).unwrap_or_default();
        let canonical = format!("{}{version}", self.form.url()?);
        Some(canonical.replace(char::is_whitespace, "%20"))
    }

    /// The response as expressions see it: every enabled item, without evidence.
    pub(super) fn plain(&self) -> Json {
        let mut response = Map::new();
        response.insert("resourceType".into(), "QuestionnaireResponse".into());
        response.insert("status".into(), ResponseStatus::InProgress.code().into());
        response.insert("item".into(), self.items(None, None).into());
        response.into()
    }

    /// The items inside a place, as the form nests them. Without a language as expressions see them.
    fn items(&self, above: Option<&Place>, language: Option<&LanguageTag>) -> Vec<Json> {
        let depth = above.map_or(0, |above| above.steps().len());
        let from = above.map_or(Bound::Unbounded, Bound::Excluded);
        let within = self.enabled.range::<Place, _>((from, Bound::Unbounded));
        within
            .take_while(|place| above.is_none_or(|above| place.steps().starts_with(above.steps())))
            .filter(|place| place.steps().len() == depth + 1)
            .filter_map(|place| self.item_json(place, language))
            .collect()
    }

    /// An item with its answers, if it has something to say.
    fn item_json(&self, place: &Place, language: Option<&LanguageTag>) -> Option<Json> {
        let item = self.item(place);
        let mut json = Map::new();
        json.insert("linkId".into(), item.link_id.as_str().into());
        if let Some(language) = language {
            json.extend(text_json(item, language));
        }
        match item.kind {
            Kind::Display => return None,
            Kind::Group => {
                let items = self.items(Some(place), language);
                if !items.is_empty() {
                    json.insert("item".into(), items.into());
                } else if language.is_some() {
                    return None;
                }
            }
            _ => {
                let answers = self.answers(place);
                let skipped = self.skipped(place).filter(|_| item.required && language.is_some());
                if answers.is_empty() && skipped.is_none() && language.is_some() {
                    return None;
                }
                if let Some(reason) = skipped {
                    json.insert("extension".into(), json!([absent_reason(reason)]));
                }
                let answers: Vec<_> = (0..)
                    .zip(answers)
                    .map(|(at, given)| {
                        let mut answer = answer_json(given, language.is_some());
                        let items = self.items(Some(&place.with_index(at)), language);
                        if !items.is_empty() {
                            answer.insert("item".into(), items.into());
                        }
                        Json::from(answer)
                    })
                    .collect();
                if !answers.is_empty() {
                    json.insert("answer".into(), answers.into());
                }
            }
        }
        Some(json.into())
    }
}

impl Reference {
    fn to_fhir(&self) -> Json {
        let mut json = Map::new();
        let fields = [("reference", &self.reference), ("type", &self.kind), ("display", &self.display)];
        for (key, value) in fields {
            json.extend(value.as_ref().map(|value| (key.to_owned(), value.as_str().into())));
        }
        if let Some((system, value)) = &self.identifier {
            json.insert("identifier".into(), json!({ "system": system, "value": value }));
        }
        json.into()
    }
}

fn completion_mode(code: &str) -> Json {
    json!({
        "url": COMPLETION_MODE,
        "valueCodeableConcept": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode",
            "code": code,
        }] },
    })
}

/// The text of an item as the form has it in its own language, which receivers compare with the form, and its
/// translation to the language in which it was asked.
fn text_json(item: &Item, language: &LanguageTag) -> Map<String, Json> {
    let mut json = Map::new();
    let text = item.text(item.text.language());
    if text.is_empty() {
        return json;
    }
    json.insert("text".into(), text.into());
    if let Some(asked) = item.text.find(language).filter(|asked| *asked != text) {
        let translation = json!({ "url": TRANSLATION, "extension": [
            { "url": "lang", "valueCode": language.primary() },
            { "url": "content", "valueString": asked },
        ] });
        json.insert("_text".into(), json!({ "extension": [translation] }));
    }
    json
}

/// Why a required question has no answer, by FHIR's data-absent-reason.
fn absent_reason(reason: SkipReason) -> Json {
    let code = match reason {
        SkipReason::Asked => "asked-declined",
        SkipReason::Unknown => "asked-unknown",
        SkipReason::NotUnderstood => "error",
        SkipReason::Human => "temp-unknown",
    };
    json!({ "url": DATA_ABSENT_REASON, "valueCode": code })
}

fn answer_json(given: &Given, with_evidence: bool) -> Map<String, Json> {
    let mut answer = Map::new();
    let extensions = if with_evidence { evidence_json(&given.evidence) } else { Vec::new() };
    if !extensions.is_empty() {
        answer.insert("extension".into(), extensions.into());
    }
    let (name, value) = value_json(&given.value);
    answer.insert(format!("value{name}"), value);
    answer
}

fn evidence_json(evidence: &Evidence) -> Vec<Json> {
    let mut extensions = Vec::new();
    if let Some(words) = evidence.raw_words.as_deref().and_then(clean) {
        extensions.push(json!({ "url": "urn:libvoice:raw-words", "valueString": words }));
    }
    if let Some(confidence) = evidence.confidence.filter(|confidence| confidence.is_finite()) {
        let rounded = (f64::from(confidence) * 1_000.0).round() / 1_000.0;
        extensions.push(json!({ "url": "urn:libvoice:confidence", "valueDecimal": rounded }));
    }
    if evidence.tries > 0 {
        extensions.push(json!({ "url": "urn:libvoice:tries", "valueInteger": evidence.tries }));
    }
    let confirmation = evidence.confirmation.code();
    extensions.push(json!({ "url": "urn:libvoice:confirmation", "valueCode": confirmation }));
    for words in evidence.alternatives.iter().filter_map(|words| clean(words)) {
        extensions.push(json!({ "url": "urn:libvoice:alternatives", "valueString": words }));
    }
    if let Some(offset) = evidence.audio_offset_ms.and_then(|offset| i32::try_from(offset).ok()) {
        extensions.push(json!({ "url": "urn:libvoice:audio-offset", "valueInteger": offset }));
    }
    extensions
}

/// The FHIR type of a value, as it stands in `value[x]`, and its JSON.
pub(in crate::interview) fn value_json(value: &Value) -> (&'static str, Json) {
    match value {
        Value::Boolean(value) => ("Boolean", (*value).into()),
        Value::Integer(value) => ("Integer", (*value).into()),
        Value::Decimal(value) => ("Decimal", decimal_json(*value)),
        Value::Quantity(value) => ("Quantity", quantity_json(value)),
        Value::Date(value) => ("Date", value.to_string().into()),
        Value::DateTime(value) => ("DateTime", value.to_string().into()),
        Value::Time(value) => ("Time", value.to_string().into()),
        Value::String(value) => ("String", value.as_str().into()),
        Value::Coding(value) => ("Coding", coding_json(value)),
    }
}

fn decimal_json(value: Decimal) -> Json {
    let text = value.normalize().to_string();
    let whole = text.parse::<i64>().ok().map(Number::from);
    let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
    number.map_or(Json::Null, Json::Number)
}

fn quantity_json(quantity: &Quantity) -> Json {
    let mut json = Map::new();
    json.insert("value".into(), decimal_json(quantity.value));
    insert_texts(
        &mut json,
        [("unit", &quantity.unit), ("system", &quantity.system), ("code", &quantity.code)],
    );
    json.into()
}

fn coding_json(coding: &Coding) -> Json {
    let mut json = Map::new();
    insert_texts(
        &mut json,
        [("system", &coding.system), ("code", &coding.code), ("display", &coding.display)],
    );
    json.into()
}

fn insert_texts(json: &mut Map<String, Json>, fields: [(&str, &Option<String>); 3]) {
    for (key, value) in fields {
        json.extend(value.as_ref().map(|value| (key.to_owned(), value.as_str().into())));
    }
}
