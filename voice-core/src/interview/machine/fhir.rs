//! An interview as a FHIR R4 `QuestionnaireResponse`.

use serde_json::{Value as Json, json};

use super::Interview;
use super::action::Escalated;
use crate::interview::form::EscalationAction;
use crate::interview::response::{Header, Incomplete, Reference, ResponseStatus};
use crate::interview::value::DateTime;

impl Interview {
    /// What the response says of itself by the interview: status, language, and whether the patient answered. The host
    /// may add whom it is about, and who recorded it.
    pub fn header(&self, authored: DateTime) -> Header {
        let source = self.core.records.is_patient.map(|is_patient| Reference {
            kind: Some(if is_patient { "Patient" } else { "RelatedPerson" }.into()),
            display: Some(
                if is_patient { "The patient" } else { "A person who answers for the patient" }.into(),
            ),
            ..Reference::default()
        });
        Header {
            status: self.core.end.map_or(ResponseStatus::InProgress, |(status, _)| status),
            authored,
            subject: None,
            author: None,
            source,
            language: self.core.options.language.clone(),
        }
    }

    /// The response as a FHIR R4 `QuestionnaireResponse`, with what was noted beside the answers.
    ///
    /// # Errors
    /// If the header says that it is complete and it is not.
    pub fn to_fhir(&self, header: &Header) -> Result<Json, Incomplete> {
        let mut json = self.response.to_fhir(header)?;
        let records = &self.core.records;
        let mut extensions = Vec::new();
        let mut add = |name: &str, value: &str, given: Option<Json>| {
            extensions
                .extend(given.map(|given| json!({ "url": format!("urn:libvoice:{name}"), value: given })));
        };
        add("consent", "valueBoolean", records.consent.map(Json::from));
        let respondent = |is_patient| if is_patient { "patient" } else { "proxy" };
        add("respondent", "valueCode", records.is_patient.map(|is_patient| respondent(is_patient).into()));
        let identity = |is_identified| if is_identified { "verified" } else { "failed" };
        add(
            "identity",
            "valueCode",
            records.is_identified.map(|is_identified| identity(is_identified).into()),
        );
        add("end-reason", "valueCode", self.core.end.map(|(_, reason)| reason.code().into()));
        extensions.extend(records.escalated.iter().map(escalated));
        if !extensions.is_empty()
            && let Some(map) = json.as_object_mut()
        {
            let all = map.entry("extension").or_insert_with(|| json!([]));
            if let Some(all) = all.as_array_mut() {
                all.extend(extensions);
            }
        }
        Ok(json)
    }
}

fn escalated(escalated: &Escalated) -> Json {
    let action = match escalated.action {
        EscalationAction::Emergency => "emergency",
        EscalationAction::Clinician => "clinician",
        EscalationAction::Note => "note",
    };
    let mut parts = vec![
        json!({ "url": "action", "valueCode": action }),
        json!({ "url": "reason", "valueCode": escalated.reason.code() }),
        json!({ "url": "confirmed", "valueBoolean": escalated.is_confirmed }),
        json!({ "url": "continue", "valueBoolean": escalated.continues }),
    ];
    if let Some(link_id) = &escalated.link_id {
        parts.push(json!({ "url": "question", "valueString": link_id }));
    }
    if !escalated.words.trim().is_empty() {
        parts.push(json!({ "url": "words", "valueString": escalated.words }));
    }
    json!({ "url": "urn:libvoice:escalated", "extension": parts })
}
