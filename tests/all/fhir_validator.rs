//! The forms that ship, and responses to them, by validators that others wrote: HL7's, from HAPI, and the JSON schema
//! of FHIR R4.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use voice_core::interview::response::ResponseStatus::{self, Amended, Completed, InProgress, Stopped};
use voice_core::interview::response::{Reference, SkipReason};
use voice_core::interview::{
    Catalogue, Confirmation, Evidence, Form, Given, Header, Item, Kind, Place, Response, Value,
};
use voice_tests::{fhir, has_tool, recordings_or_skip};

/// HL7's validator, with the files to validate.
struct Validator {
    class_path: String,
    folder: TempDir,
}

impl Validator {
    /// `None`, with a printed reason, without Java, Maven or a network; a failure in CI.
    fn new() -> Option<Self> {
        if !has_tool("java") || !has_tool("mvn") {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("class-path");
        let maven = Command::new("mvn")
            .args(["--batch-mode", "--quiet", "--file"])
            .arg(sources().join("pom.xml"))
            .arg("dependency:build-classpath")
            .arg(format!("-Dmdep.outputFile={}", file.display()))
            .output()
            .unwrap();
        if !maven.status.success() {
            let complaint = String::from_utf8_lossy(&maven.stdout);
            assert!(std::env::var_os("CI").is_none(), "CI must have HL7's validator: {complaint}");
            println!(
                "skipped: Maven cannot bring HL7's validator: {}",
                complaint.lines().next().unwrap_or_default()
            );
            return None;
        }
        let class_path = fs::read_to_string(file).unwrap().trim().to_owned();
        Some(Self { class_path, folder })
    }

    fn add(&self, name: &str, resource: &Json) {
        fs::write(self.folder.path().join(format!("{name}.json")), resource.to_string()).unwrap();
    }

    /// Validates all files. Returns the messages of each file, without information and what is said of every resource.
    fn validate(&self) -> BTreeMap<String, Vec<String>> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let program = sources().join("Validate.java");
        let done =
            Command::new("java").arg("-cp").arg(&self.class_path).arg(program).args(&files).output().unwrap();
        let (lines, complaint) =
            (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(
            matches!(done.status.code(), Some(0 | 1)) && !lines.is_empty(),
            "{:?} {complaint}",
            done.status
        );
        let mut messages: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines.lines() {
            let mut parts = line.splitn(3, ' ');
            let (severity, name, message) =
                (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            // The codes of questions are LOINC's, which only a terminology server knows.
            let is_expected = severity == "INFORMATION"
                || message.contains("http://loinc.org") && severity == "WARNING"
                // A narrative of a form is of no use to the interview.
                || message.starts_with("Questionnaire: Constraint failed: dom-6");
            if !is_expected {
                let name = name.strip_suffix(".json").unwrap().to_owned();
                messages.entry(name).or_default().push(format!("{severity} {message}"));
            }
        }
        let has_errors = messages.values().flatten().any(|message| message.starts_with("ERROR"));
        assert_eq!(done.status.code(), Some(i32::from(has_errors)), "{lines}");
        messages
    }
}

fn sources() -> PathBuf {
    voice_tests::root().join("tests/fhir")
}

/// The shipped forms by their file names.
fn forms() -> Vec<(String, Json, Arc<Form>)> {
    let catalogue = Catalogue::embedded();
    let mut forms: Vec<_> = fs::read_dir(voice_tests::root().join("forms"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let json: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let form = catalogue.find(json["url"].as_str().unwrap(), None).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), json, Arc::clone(form))
        })
        .collect();
    forms.sort_by(|left, right| left.0.cmp(&right.0));
    assert_eq!(forms.len(), catalogue.forms().len());
    forms
}

/// An answer to `item`.
fn answer(item: &Item, random: &mut fastrand::Rng) -> Vec<Given> {
    let bound = |limit: &Option<Value>, or: i32| match limit {
        Some(Value::Integer(number)) => *number,
        Some(Value::Decimal(number)) => number.to_string().parse().unwrap(),
        _ => or,
    };
    let (min, max) = (bound(&item.limits.min, -5), bound(&item.limits.max, 5_000));
    let value = match item.kind {
        Kind::Boolean => Value::Boolean(random.bool()),
        Kind::Integer => Value::Integer(random.i32(min..=max)),
        Kind::Decimal => Value::Decimal(random.i32(min..=max).into()),
        Kind::String if item.voice.digits.is_some() => Value::String("0551234567".to_owned()),
        Kind::String | Kind::Text => Value::String("بندول 500 <mg> & \"أسبرين\"".to_owned()),
        Kind::OpenChoice if random.bool() => Value::String("رأيي الثاني".to_owned()),
        Kind::Choice | Kind::OpenChoice => random.choice(&item.options).unwrap().value.clone(),
        kind => panic!("a shipped form has no {kind:?}"),
    };
    let evidence = Evidence {
        raw_words: random.bool().then(|| "خمسة أو ستة".to_owned()),
        confidence: random.bool().then(|| random.f32()),
        alternatives: if random.bool() { vec!["ستة".to_owned()] } else { Vec::new() },
        tries: random.u16(0..3),
        confirmation: *random
            .choice(&[Confirmation::None, Confirmation::Confirmed, Confirmation::Keypad])
            .unwrap(),
        audio_offset_ms: random.bool().then(|| random.u64(0..600_000)),
    };
    vec![Given { value, evidence }]
}

/// A response in which questions were answered, skipped and left in this order.
fn respond(form: &Arc<Form>, random: &mut fastrand::Rng, answered: f32, most: usize) -> Response {
    let mut response = Response::new(Arc::clone(form));
    let mut after: Option<Place> = None;
    for _ in 0..most {
        let Some(place) = response.next(after.as_ref()) else { break };
        let item = response.item(&place).clone();
        if !item.is_asked() {
            response.mark_read(&place);
        } else if random.f32() < answered {
            response.set(&place, answer(&item, random)).unwrap();
        } else {
            let reasons =
                [SkipReason::Asked, SkipReason::Unknown, SkipReason::NotUnderstood, SkipReason::Human];
            response.skip(&place, *random.choice(&reasons).unwrap());
        }
        after = Some(place);
    }
    response
}

fn header(status: ResponseStatus, language: &str) -> Header {
    let person = |kind: &str| {
        Some(Reference {
            kind: Some(kind.to_owned()),
            display: Some("منى".to_owned()),
            ..Reference::default()
        })
    };
    Header {
        status,
        authored: "2026-11-26T10:20:30+03:00".parse().unwrap(),
        subject: Some(Reference {
            kind: Some("Patient".to_owned()),
            identifier: Some(("http://nphies.sa/identifier/nationalid".to_owned(), "1000000008".to_owned())),
            ..Reference::default()
        }),
        author: None,
        source: person("RelatedPerson"),
        language: language.parse().unwrap(),
    }
}

/// Responses of every kind to every form, by name.
fn responses() -> Vec<(String, Json)> {
    let mut responses = Vec::new();
    for (name, _, form) in forms() {
        let mut random = fastrand::Rng::with_seed(20);
        let mut add = |what: &str, response: &Response, status, language| {
            let json = response.to_fhir(&header(status, language)).unwrap();
            responses.push((format!("{name}-{what}"), json));
        };
        add("empty", &Response::new(Arc::clone(&form)), InProgress, "ar-SA");
        add("stopped-at-once", &Response::new(Arc::clone(&form)), Stopped, "en");
        for round in 0..4 {
            let language = if round % 2 == 0 { "ar-SA" } else { "en" };
            add(
                &format!("in-progress-{round}"),
                &respond(&form, &mut random, 1.0, 3 + round),
                InProgress,
                language,
            );
            add(&format!("stopped-{round}"), &respond(&form, &mut random, 0.6, 9), Stopped, language);
            let complete = respond(&form, &mut random, 1.0, usize::MAX);
            add(&format!("completed-{round}"), &complete, Completed, language);
            add(&format!("amended-{round}"), &complete, Amended, language);
        }
    }
    responses
}

/// What is wrong with a response beyond questions that are still open.
fn faults(messages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let all =
        messages.iter().flat_map(|(name, messages)| messages.iter().map(move |message| (name, message)));
    all.filter(|(name, message)| {
        let is_open = name.contains("-in-progress") || name.contains("-stopped") || name.ends_with("-empty");
        let is_unanswered =
            message.starts_with("WARNING") && message.contains("No response answer found for required item");
        !(is_open && is_unanswered)
    })
    .map(|(name, message)| format!("{name}: {message}"))
    .collect()
}

#[test]
fn hl7_validator_accepts_forms_and_responses() {
    let Some(validator) = Validator::new() else { return };
    for (name, json, _) in forms() {
        validator.add(&name, &json);
    }
    for (name, response) in responses() {
        validator.add(&name, &response);
    }
    let messages = validator.validate();
    let faults = faults(&messages);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The validator looks at the answers, and not only at the form of the JSON.
#[test]
fn hl7_validator_refuses_wrong_responses() {
    let Some(validator) = Validator::new() else { return };
    for (name, json, _) in forms() {
        validator.add(&name, &json);
    }
    let pain = |items: Json| {
        json!({
            "resourceType": "QuestionnaireResponse", "status": "completed", "item": items,
            "questionnaire": "urn:libvoice:form:pain-scale|1.0.0", "authored": "2026-11-26T10:20:30+03:00",
        })
    };
    validator.add("wrong-range", &pain(json!([{"linkId": "severity", "answer": [{"valueInteger": 11}]}])));
    validator.add("wrong-missing", &pain(json!([{"linkId": "worse", "answer": [{"valueBoolean": true}]}])));
    validator.add(
        "wrong-disabled",
        &pain(json!([
            {"linkId": "severity", "answer": [{"valueInteger": 0}]},
            {"linkId": "worse", "answer": [{"valueBoolean": true}]},
        ])),
    );
    validator.add("wrong-option", &pain(json!([
        {"linkId": "severity", "answer": [{"valueInteger": 2}]},
        {"linkId": "location", "answer": [{"valueCoding": {"system": "urn:libvoice:code", "code": "nose"}}]},
    ])));
    let mut phq = json!({
        "resourceType": "QuestionnaireResponse", "status": "completed",
        "questionnaire": "urn:libvoice:form:phq-2|1.0.0", "authored": "2026-11-26T10:20:30+03:00",
    });
    let options = ["LA6568-5", "LA6574-3"]
        .map(|code| json!([{"valueCoding": {"system": "http://loinc.org", "code": code}}]));
    phq["item"] =
        json!([{"linkId": "44250-9", "answer": options[0]}, {"linkId": "44255-8", "answer": options[1]}]);
    validator.add("wrong-code", &phq);
    let messages = validator.validate();
    for (name, expected) in [
        ("wrong-range", "greater than the allowed maximum"),
        ("wrong-missing", "No response answer found for required item 'severity'"),
        ("wrong-disabled", "not enabled"),
        ("wrong-option", "not in the set of permitted values"),
        ("wrong-code", "not in the options value set"),
    ] {
        let is_refused = |message: &String| message.starts_with("ERROR") && message.contains(expected);
        assert!(
            messages.get(name).is_some_and(|messages| messages.iter().any(is_refused)),
            "{name}: {messages:?}"
        );
    }
}

#[test]
fn forms_and_responses_match_the_r4_schema() {
    let data = recordings_or_skip!();
    for (_, json, _) in forms() {
        fhir::assert_valid(&data, &json);
        let mut wrong = json.clone();
        wrong["item"][0]["linkid"] = json!("x");
        assert!(std::panic::catch_unwind(|| fhir::assert_valid(&data, &wrong)).is_err());
    }
    for (_, json) in responses() {
        fhir::assert_valid(&data, &json);
    }
}
