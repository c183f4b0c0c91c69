//! The subject of a response as a FHIR R4 reference with an identifier, in the shape that NPHIES, the Saudi health
//! insurance exchange, gives to identifiers of patients (implementation guide 0.4.0). It is no more than that shape:
//! nothing here checks or claims conformance with NPHIES.

use std::fmt;

use serde_json::{Value as Json, json};

use crate::text::inverse::saudi;

/// HL7's types of identifiers.
const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

/// NPHIES's own types of identifiers.
const NPHIES_TYPES: &str = "http://nphies.sa/terminology/CodeSystem/patient-identifier-type";

/// The longest identifier.
const MAX_LEN: usize = 64;

/// A document that identifies a patient. Systems that the guide leaves to others are given by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A Saudi national ID: ten digits that begin with 1.
    NationalId,
    /// A residence permit: ten digits that begin with 2.
    Iqama,
    /// A passport of a country, by its three letters in ISO 3166, such as `SAU`.
    Passport(String),
    /// A visitor's permit of this system.
    VisitorPermit(String),
    /// A border number of this system.
    BorderNumber(String),
    /// The number of a displaced person of this system.
    DisplacedPerson(String),
    /// A file number of the clinic with this system.
    FileNumber(String),
}

/// The number does not have the form of its document, or the document has no system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidDocument;

impl fmt::Display for InvalidDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number does not have the form of its document; check both")
    }
}

impl std::error::Error for InvalidDocument {}

/// The `subject` of a response: a reference to a patient by the identifier of a document.
///
/// # Errors
///
/// [`InvalidDocument`] if the number cannot be one of such a document. National IDs and residence permits need a valid
/// check digit.
pub fn subject(document: &Document, number: &str) -> Result<Json, InvalidDocument> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_sound =
        (1..=MAX_LEN).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_graphic());
    let is_valid = is_sound
        && match document {
            Document::NationalId => number.starts_with('1') && saudi::is_identity(number),
            Document::Iqama => number.starts_with('2') && saudi::is_identity(number),
            Document::Passport(country) => {
                country.len() == 3
                    && country.bytes().all(|byte| byte.is_ascii_uppercase())
                    && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
            Document::BorderNumber(system) => number.len() == 10 && is_digits(number) && !system.is_empty(),
            Document::VisitorPermit(system)
            | Document::DisplacedPerson(system)
            | Document::FileNumber(system) => !system.is_empty(),
        };
    if !is_valid {
        return Err(InvalidDocument);
    }
    let (types, code) = match document {
        Document::NationalId => (V2_0203, "NI"),
        Document::Iqama => (V2_0203, "PRC"),
        Document::Passport(_) => (V2_0203, "PPN"),
        Document::VisitorPermit(_) => (V2_0203, "VP"),
        Document::BorderNumber(_) => (NPHIES_TYPES, "BN"),
        Document::DisplacedPerson(_) => (NPHIES_TYPES, "DP"),
        Document::FileNumber(_) => (V2_0203, "MR"),
    };
    let system = match document {
        Document::NationalId => "http://nphies.sa/identifier/nationalid".to_owned(),
        Document::Iqama => "http://nphies.sa/identifier/iqama".to_owned(),
        Document::Passport(country) => format!("http://hl7.org/fhir/sid/passport-{country}"),
        Document::VisitorPermit(system)
        | Document::BorderNumber(system)
        | Document::DisplacedPerson(system)
        | Document::FileNumber(system) => system.clone(),
    };
    Ok(json!({
        "type": "Patient",
        "identifier": {
            "type": {"coding": [{"system": types, "code": code}]},
            "system": system,
            "value": number,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_gives_type_and_system() {
        let own = || "http://clinic.example.com/files".to_owned();
        for (document, number, code, system) in [
            (Document::NationalId, "1000000008", "NI", "http://nphies.sa/identifier/nationalid"),
            (Document::Iqama, "2000000006", "PRC", "http://nphies.sa/identifier/iqama"),
            (Document::Passport("SAU".into()), "A1234567", "PPN", "http://hl7.org/fhir/sid/passport-SAU"),
            (Document::BorderNumber(own()), "3000000000", "BN", "http://clinic.example.com/files"),
            (Document::FileNumber(own()), "F-17/3", "MR", "http://clinic.example.com/files"),
        ] {
            let subject = subject(&document, number).unwrap();
            let identifier = &subject["identifier"];
            assert_eq!(
                (&subject["type"], &identifier["type"]["coding"][0]["code"]),
                (&json!("Patient"), &json!(code))
            );
            assert_eq!((&identifier["system"], &identifier["value"]), (&json!(system), &json!(number)));
        }
    }

    #[test]
    fn number_of_another_form_is_refused() {
        let own = || "http://clinic.example.com/files".to_owned();
        for (document, number) in [
            (Document::NationalId, "2000000006"),
            (Document::NationalId, "1000000009"),
            (Document::NationalId, "100000008"),
            (Document::Iqama, "1000000008"),
            (Document::Passport("sau".into()), "A1234567"),
            (Document::Passport("SAU".into()), "A 1234567"),
            (Document::BorderNumber(own()), "300000000"),
            (Document::FileNumber(String::new()), "17"),
            (Document::FileNumber(own()), ""),
            (Document::FileNumber(own()), "١٧"),
        ] {
            assert_eq!(subject(&document, number), Err(InvalidDocument), "{document:?} {number}");
        }
    }
}
