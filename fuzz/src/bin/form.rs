//! Forms and the answers to them: what is accepted gives responses of enabled items alone, and a snapshot restores it.

#![no_main]

use std::sync::Arc;

use serde_json::Value as Json;
use voice_core::interview::response::{Confirmation, ResponseStatus, SkipReason};
use voice_core::interview::{Coding, Evidence, Form, Given, Header, Place, Response, Value};
use voice_fuzz::target;

/// A form and, after a line end, the calls.
fn seeds() -> [&'static str; 4] {
    [
        r#"{"resourceType":"Questionnaire","status":"active","language":"en","item":[{"linkId":"a","text":"A?","type":"boolean","required":true},{"linkId":"b","text":"B?","type":"integer","enableWhen":[{"question":"a","operator":"=","answerBoolean":true}],"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/maxValue","valueInteger":9}]}]}
0a1b2c"#,
        r#"{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"g","text":"G","type":"group","repeats":true,"item":[{"linkId":"q","text":"Q?","type":"choice","repeats":true,"answerOption":[{"valueCoding":{"code":"x"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":1.5}]}],"item":[{"linkId":"r","text":"R?","type":"string","enableWhen":[{"question":"q","operator":"!=","answerCoding":{"code":"y"}}]}]}]}]}
~!@abcxyz"#,
        r#"{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"a","text":"A?","type":"decimal"},{"linkId":"t","text":"T","type":"decimal","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression","valueExpression":{"language":"text/fhirpath","expression":"iif(%resource.item.where(linkId='a').answer.value > 2, (1 + 2) * 3.5, {}).round(1)"}}]}]}
00"#,
        r#"{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"a","text":"A?","type":"string","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression","valueExpression":{"expression":"%resource.repeat(item).answer.value.count() div 2 | -1 in {} implies not(true)"}}]}]}
12"#,
    ]
}

const WORDS: [&str; 12] = [
    "\"linkId\":",
    "\"type\":\"group\"",
    "\"item\":[",
    "\"enableWhen\":[",
    "\"operator\":\"exists\"",
    "\"repeats\":true",
    "\"initial\":[{",
    "\"valueCoding\":{",
    "%resource",
    ".descendants()",
    "where(",
    "iif(",
];

target!(seeds(), WORDS, |text: &str| {
    let (form, calls) = text.rsplit_once('\n').unwrap_or((text, ""));
    let Ok(form) = Form::parse(form.as_bytes()) else { return };
    for language in form.languages() {
        form.check_language(language).expect("a language of the form");
    }
    let mut response = Response::new(Arc::new(form));
    let header = Header {
        status: ResponseStatus::InProgress,
        authored: "2026-11-26T08:30:00Z".parse().expect("a time"),
        subject: None,
        author: None,
        source: None,
        language: "ar".parse().expect("a language"),
    };
    for call in calls.bytes().take(16) {
        let places: Vec<_> = response.enabled().cloned().collect();
        let Some(place) = places.get(usize::from(call >> 3) % places.len().max(1)).cloned() else { break };
        apply(&mut response, &place, call & 7);
        if let Some(next) = response.next(None) {
            assert!(response.is_enabled(&next) && !response.item(&next).hidden);
        }
    }
    let json = response.to_fhir(&header).expect("no answer is needed in progress");
    let enabled: Vec<_> = response.enabled().map(|place| response.item(place).link_id.as_str()).collect();
    each_link_id(&json, &mut |link_id| assert!(enabled.contains(&link_id), "{link_id} is disabled"));

    let snapshot = serde_json::to_vec(&response.snapshot()).expect("a snapshot in JSON");
    let snapshot = serde_json::from_slice(&snapshot).expect("a snapshot from JSON");
    let restored = Response::restore(response.form().clone(), snapshot).expect("a snapshot of the form");
    assert_eq!(restored.to_fhir(&header).expect("in progress"), json);
    let mut known = Response::new(response.form().clone());
    let populated = known.populate(&json).expect("a response");
    assert!(populated.unknown.is_empty(), "{:?}", populated.unknown);
});

fn apply(response: &mut Response, place: &Place, call: u8) {
    let value = match call {
        0 => return response.withdraw(place),
        1 => return response.skip(place, SkipReason::Asked),
        2 => return drop(response.add_instance(place)),
        3 => Value::Boolean(true),
        4 => Value::Integer(3),
        5 => Value::String("x\u{0}<&".to_owned()),
        6 => Value::Coding(Coding { system: None, code: Some("x".to_owned()), display: None }),
        _ => match response.item(place).options.first() {
            Some(option) => option.value.clone(),
            None => Value::Decimal(2.into()),
        },
    };
    let given = Given { value, evidence: Evidence::of(Confirmation::Typed) };
    let before = response.answers(place).to_vec();
    if response.set(place, vec![given]).is_err() {
        assert_eq!(response.answers(place), before, "a refused answer changes nothing");
    }
}

fn each_link_id(json: &Json, f: &mut dyn FnMut(&str)) {
    match json {
        Json::Array(list) => list.iter().for_each(|json| each_link_id(json, f)),
        Json::Object(object) => {
            object.get("linkId").and_then(Json::as_str).into_iter().for_each(&mut *f);
            for json in object.values() {
                each_link_id(json, f);
            }
        }
        _ => {}
    }
}
