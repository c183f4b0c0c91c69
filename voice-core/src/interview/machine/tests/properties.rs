//! Properties of all interviews: random forms and random inputs, from a seed.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::*;
use crate::interview::response::Header;

/// What users say, and what they do not.
const SAID: &[&str] = &[
    "yes",
    "no",
    "نعم",
    "five",
    "twelve",
    "no, six",
    "good",
    "the second one",
    "repeat",
    "back",
    "skip",
    "I don't know",
    "slower",
    "wait",
    "continue",
    "help",
    "that's all",
    "purple",
    "",
    "[unk]",
    "120 over 80",
    "1 0 0 0 0 0 0 0 0 8",
    "17 may 1980",
    "half past three",
    "chest pain",
    "no chest pain",
    "maybe",
    "خلاص",
    "3.5",
    "a headache since yesterday",
];

fn any_item(random: &mut Rng, at: &mut usize, depth: usize) -> Json {
    *at += 1;
    let link_id = format!("q{at}");
    let kinds = [
        "boolean",
        "integer",
        "decimal",
        "quantity",
        "date",
        "dateTime",
        "time",
        "string",
        "text",
        "choice",
        "open-choice",
        "display",
        "group",
        "group",
    ];
    let kind = kinds[random.usize(..kinds.len())];
    let mut item = json!({ "linkId": link_id, "text": format!("Question {at}?"), "type": kind });
    let map = item.as_object_mut().unwrap();
    if kind == "display" {
        return item;
    }
    if matches!(kind, "choice" | "open-choice") {
        let option = |text: &str| json!({ "valueString": text });
        map.insert("answerOption".into(), json!([option("good"), option("bad"), option("no")]));
    }
    if random.bool() {
        map.insert("required".into(), true.into());
    }
    if random.u8(..4) == 0 {
        map.insert("repeats".into(), true.into());
    }
    if *at > 1 && random.bool() {
        let question = format!("q{}", random.usize(1..*at));
        let when = json!([{ "question": question, "operator": "exists", "answerBoolean": random.bool() }]);
        map.insert("enableWhen".into(), when);
    }
    if random.u8(..5) == 0 && kind != "group" {
        map.insert("extension".into(), json!([voice("critical", json!({ "valueBoolean": true }))]));
    }
    if kind == "group" || random.u8(..5) == 0 {
        let count = if depth < 3 { random.usize(1..3) } else { 0 };
        let mut children: Vec<_> = (0..count).map(|_| any_item(random, at, depth + 1)).collect();
        if kind == "group" && children.is_empty() {
            *at += 1;
            children.push(question(&format!("q{at}"), "A leaf?", "boolean"));
        }
        if !children.is_empty() {
            item.as_object_mut().unwrap().insert("item".into(), children.into());
        }
    }
    item
}

/// A form that is accepted: conditions on groups and displays are not.
fn any_form(random: &mut Rng) -> Arc<Form> {
    loop {
        let mut at = 0;
        let count = random.usize(1..5);
        let items: Vec<_> = (0..count).map(|_| any_item(random, &mut at, 0)).collect();
        let json =
            json!({ "resourceType": "Questionnaire", "status": "active", "language": "en", "item": items });
        if let Ok(form) = Form::parse(json.to_string().as_bytes()) {
            return Arc::new(form);
        }
    }
}

fn any_options(random: &mut Rng) -> InterviewOptions {
    InterviewOptions {
        asks_consent: random.u8(..4) == 0,
        asks_respondent: random.u8(..4) == 0,
        confidence: random.f32(),
        has_keypad: random.bool(),
        red_flags_continue: random.bool(),
        progress_every: random.u32(..4),
        ..plain()
    }
}

fn any_input(random: &mut Rng, host: &Host) -> Input {
    match random.u8(..20) {
        0 => Input::Silence,
        1 => Input::Interrupted,
        2 => Input::Tick,
        3 => Input::Keypad(
            ["1", "2", "5#", "120*80", "17051980", "0730", "#", "٣", ""][random.usize(..9)].into(),
        ),
        4 => Input::Typed(SAID[random.usize(..SAID.len())].into()),
        5 => Input::Spoken { id: host.last_prompt.clone().unwrap_or_default() },
        6 => Input::Heard(Heard::default()),
        other => {
            let readings = (0..random.usize(1..4)).map(|_| Reading {
                text: SAID[random.usize(..SAID.len())].into(),
                confidence: random.bool().then(|| random.f32()),
            });
            Input::Heard(Heard { hypotheses: readings.collect(), offset_ms: Some(5), is_cut: other == 7 })
        }
    }
}

/// What must hold after each input.
fn check(host: &Host) {
    let interview = &host.interview;
    let response = interview.response();
    if let Some(link_id) = interview.link_id() {
        let item = interview.form().find(link_id).expect("a question of the form");
        let is_enabled = response.enabled().any(|place| place.item() == item);
        assert!(is_enabled, "a disabled item is asked: {link_id}");
        assert!(!interview.form().item(item).hidden);
    }
    let fhir = host.fhir();
    assert_eq!(fhir["resourceType"], "QuestionnaireResponse");
    let mut named = BTreeSet::new();
    link_ids(&fhir, &mut named);
    let enabled: BTreeSet<_> = response.enabled().map(|place| response.item(place).link_id.clone()).collect();
    assert!(named.is_subset(&enabled), "a disabled item is in the response");
    if host.end.is_some_and(|end| end.0 == ResponseStatus::Completed) {
        assert!(response.check_complete().is_ok());
    }
}

fn link_ids(json: &Json, named: &mut BTreeSet<String>) {
    match json {
        Json::Object(map) => {
            named.extend(map.get("linkId").and_then(Json::as_str).map(str::to_owned));
            map.values().for_each(|value| link_ids(value, named));
        }
        Json::Array(list) => list.iter().for_each(|value| link_ids(value, named)),
        _ => {}
    }
}

#[test]
fn any_interview_is_valid_at_every_moment_and_silence_ends_it() {
    let mut random = Rng::with_seed(20);
    let mut ends = BTreeSet::new();
    for round in 0..60 {
        let interview = Interview::new(any_form(&mut random), any_options(&mut random)).unwrap();
        let mut host = Host::new(interview);
        for _ in 0..random.usize(..60) {
            if host.end.is_some() {
                break;
            }
            host.now += Duration::from_millis(random.u64(..20_000));
            let input = any_input(&mut random, &host);
            host.give(input);
            check(&host);
        }
        // From any state, silence ends it.
        let mut silences = 0;
        let start = host.now;
        while host.end.is_none() {
            host.be_silent();
            silences += 1;
            assert!(silences < 60, "round {round} does not end");
        }
        assert!(host.now < start + Duration::from_mins(20));
        check(&host);
        ends.insert(host.end.unwrap().1.code());
    }
    assert!(ends.contains("silence") && ends.contains("asked") && ends.contains("escalated"), "{ends:?}");
}

#[test]
fn restored_interview_does_the_same() {
    let mut random = Rng::with_seed(21);
    for round in 0..40 {
        let interview = Interview::new(any_form(&mut random), any_options(&mut random)).unwrap();
        let mut first = Host::new(interview);
        for _ in 0..random.usize(..25) {
            let input = any_input(&mut random, &first);
            if first.end.is_none() {
                first.give(input);
            }
        }
        let before = first.fhir();
        let mut second = first.restored();
        assert_eq!(second.fhir(), before, "no answer is lost");
        for step in 0..25 {
            if first.end.is_some() {
                break;
            }
            let input = any_input(&mut random, &first);
            // The prompts have other numbers, and the second one asks again.
            if matches!(input, Input::Spoken { .. } | Input::Interrupted | Input::Tick | Input::Silence) {
                continue;
            }
            first.give(input.clone());
            second.give(input);
            assert_eq!(second.fhir(), first.fhir(), "round {round}, step {step}");
            assert_eq!((second.interview.link_id(), second.end), (first.interview.link_id(), first.end));
        }
    }
}

#[test]
fn interview_with_thousands_of_items_is_quick_enough() {
    let items: Vec<_> =
        (0..Form::MAX_ITEMS).map(|at| question(&at.to_string(), "Do you cough?", "boolean")).collect();
    let mut host = host(json!(items));
    for _ in 0..20 {
        host.give(Input::Heard(Heard::text("yes")));
    }
    assert_eq!(host.interview.progress().answered, 20);
}

#[test]
fn header_can_be_completed_by_the_host() {
    let host = host(json!([question("fever", "Do you have a fever?", "boolean")]));
    let header = Header {
        subject: Some(crate::interview::response::Reference {
            reference: Some("Patient/1".into()),
            ..Default::default()
        }),
        ..host.interview.header("2026-11-26T08:00:00Z".parse().unwrap())
    };
    let fhir = host.interview.to_fhir(&header).unwrap();
    assert_eq!(
        (&fhir["subject"]["reference"], &fhir["status"]),
        (&json!("Patient/1"), &json!("in-progress"))
    );
}
