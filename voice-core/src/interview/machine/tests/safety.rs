//! Escalations, red flags, critical questions and measurements.

use super::*;
use crate::interview::form::EscalationAction;

fn escalating(continues: bool) -> Json {
    let rule = json!({ "url": "urn:libvoice:escalation", "extension": [
        { "url": "operator", "valueCode": ">=" },
        { "url": "value", "valueInteger": 8 },
        { "url": "action", "valueCode": "emergency" },
        { "url": "message", "valueString": "That is a lot of pain." },
        { "url": "continue", "valueBoolean": continues },
    ] });
    json!([
        with(question("pain", "How bad is your pain?", "integer"), json!({ "extension": [rule] })),
        question("cough", "Do you cough?", "boolean"),
    ])
}

/// Item 9 of the PHQ-9, without extensions of ours.
fn self_harm() -> Json {
    let option = |text: &str, code: &str, weight: u32| {
        json!({
            "valueCoding": { "system": "http://loinc.org", "code": code, "display": text },
            "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": weight }],
        })
    };
    json!([
        with(
            question("9", "Thoughts that you would be better off dead?", "choice"),
            json!({
                "code": [{ "system": "http://loinc.org", "code": "44260-8" }],
                "required": true,
                "answerOption": [option("Not at all", "LA6568-5", 0), option("Several days", "LA6569-3", 1)],
            })
        ),
        question("cough", "Do you cough?", "boolean"),
    ])
}

#[test]
fn answer_above_a_threshold_is_confirmed_and_escalates() {
    let mut host = host(escalating(false));
    assert!(host.hear_with("nine", 1.0).contains("You said: 9. Is that right?"));
    assert!(host.escalated.is_empty());
    let said = host.hear("yes");
    assert!(
        said.contains("That is a lot of pain.") && said.contains("997") && said.contains("937"),
        "{said}"
    );
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::Escalated)));
    let escalated = &host.escalated[0];
    assert_eq!((escalated.action, escalated.is_confirmed), (EscalationAction::Emergency, true));
    assert_eq!((escalated.link_id.as_deref(), escalated.words.as_str()), (Some("pain"), "nine"));
    assert_eq!(host.values("pain"), [Value::Integer(9)]);
    let fhir = host.fhir();
    let extension = fhir["extension"].as_array().unwrap();
    assert!(extension.iter().any(|extension| extension["url"] == "urn:libvoice:escalated"));
}

#[test]
fn interview_goes_on_if_the_rule_says_so() {
    let mut host = host(escalating(true));
    host.hear("nine");
    assert!(host.hear("yes").ends_with("Do you cough?"));
    assert_eq!(host.escalated.len(), 1);
    let mut below = Host::with(escalating(true), |_| ());
    below.hear_with("seven", 1.0);
    assert!(below.escalated.is_empty());
}

#[test]
fn denied_answer_does_not_escalate() {
    let mut host = host(escalating(false));
    host.hear("nine");
    host.hear("no");
    host.hear_with("five", 1.0);
    assert!(host.escalated.is_empty() && host.end.is_none());
    assert_eq!(host.values("pain"), [Value::Integer(5)]);
}

#[test]
fn unconfirmed_answer_escalates_when_the_user_falls_silent_or_leaves() {
    let mut silent = host(escalating(false));
    silent.hear("nine");
    while silent.end.is_none() {
        silent.be_silent();
    }
    assert_eq!(silent.escalated.len(), 1);
    assert!(!silent.escalated[0].is_confirmed);
    let mut gone = Host::with(escalating(false), |_| ());
    gone.hear("nine");
    gone.interview.stop();
    gone.take();
    assert_eq!(gone.escalated.len(), 1);
    let mut stopped = Host::with(escalating(false), |_| ());
    stopped.hear("nine");
    stopped.hear("stop");
    assert_eq!(stopped.escalated.len(), 1);
}

#[test]
fn red_flags_escalate_in_the_middle_of_an_answer() {
    let items =
        json!([question("cough", "Do you cough?", "boolean"), question("fever", "A fever?", "boolean")]);
    let mut host = host(items.clone());
    let said = host.hear("yes but I can't breathe");
    assert!(said.contains("997"), "{said}");
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::Escalated)));
    assert_eq!(host.escalated[0].reason.code(), "red_flag");
    let mut goes_on = Host::with(items.clone(), |it| it.red_flags_continue = true);
    let said = goes_on.hear("yes but I can't breathe");
    assert!(said.contains("997") && said.contains("A fever?"), "{said}");
    assert_eq!(goes_on.values("cough"), [Value::Boolean(true)]);
    let mut typed = Host::with(items, |_| ());
    typed.give(Input::Typed("chest pain".into()));
    assert!(typed.end.is_some());
}

#[test]
fn denied_red_flag_is_asked_about() {
    let items = json!([question("cough", "Do you cough?", "boolean")]);
    let new = || Host::with(items.clone(), |_| ());
    let mut no = new();
    assert!(no.hear("no I do not have any chest pain").contains("Is that happening to you now?"));
    assert!(no.hear("no").contains("Do you cough?"));
    assert!(no.escalated.is_empty());
    let mut yes = new();
    yes.hear("no chest pain");
    yes.hear("yes");
    assert!(yes.escalated[0].is_confirmed && yes.end.is_some());
    let mut silent = new();
    silent.hear("no chest pain");
    silent.be_silent();
    silent.be_silent();
    assert_eq!(silent.escalated.len(), 1, "silence is not a no");
}

#[test]
fn self_harm_is_always_confirmed_and_escalates() {
    let mut host = host(self_harm());
    assert!(host.hear_with("several days", 1.0).contains("Is that right?"));
    let said = host.hear("yes");
    assert!(said.contains("care team") && said.contains("997") && said.ends_with("Do you cough?"), "{said}");
    assert_eq!(host.escalated[0].action, EscalationAction::Clinician);
    let mut none = Host::with(self_harm(), |_| ());
    assert!(none.hear_with("not at all", 1.0).contains("Is that right?"));
    none.hear("yes");
    assert!(none.escalated.is_empty());
}

#[test]
fn critical_question_is_not_left_out_because_it_was_not_understood() {
    let mut host = host(self_harm());
    for _ in 0..6 {
        host.hear("purple");
    }
    assert_eq!(host.end, Some((ResponseStatus::Stopped, EndReason::NotUnderstood)));
    assert_eq!(host.escalated.len(), 1);
    let mut unsure = Host::with(self_harm(), |_| ());
    unsure.hear("I don't know");
    unsure.hear("I don't know");
    assert_eq!(unsure.escalated[0].reason.code(), "unanswered");
    let mut skipped = Host::with(self_harm(), |_| ());
    assert!(skipped.hear("skip").contains("needed"));
    skipped.hear("skip");
    assert_eq!(skipped.escalated[0].reason.code(), "unanswered");
}

fn pressure() -> Json {
    let part = |link_id: &str, code: &str| {
        with(
            question(link_id, link_id, "integer"),
            json!({
                "code": [{ "system": "http://loinc.org", "code": code }],
                "extension": [voice("measurement", json!({ "valueDuration": { "value": 180, "code": "s", "system": "http://unitsofmeasure.org" } }))],
            }),
        )
    };
    json!([with(
        question("bp", "What is your blood pressure?", "group"),
        json!({
            "code": [{ "system": "http://loinc.org", "code": "85354-9" }],
            "item": [part("systolic", "8480-6"), part("diastolic", "8462-4")],
        })
    )])
}

#[test]
fn blood_pressure_is_asked_as_one() {
    let mut host = host(pressure());
    assert!(host.said.join(" ").contains("What is your blood pressure?"));
    assert_eq!(host.said.iter().filter(|text| text.contains("systolic")).count(), 0);
    host.give(Input::Keypad("120*80#".into()));
    assert_eq!(
        (host.values("systolic"), host.values("diastolic")),
        (vec![Value::Integer(120)], vec![Value::Integer(80)])
    );
}

#[test]
fn impossible_pressure_is_measured_again_a_few_times() {
    let mut host = host(pressure());
    let said = host.give(Input::Keypad("80*120#".into()));
    assert!(said.contains("first number should be higher") && said.contains("measure again"), "{said}");
    host.give(Input::Keypad("400*80#".into()));
    assert!(host.end.is_none());
    host.give(Input::Keypad("80*80#".into()));
    assert_eq!(host.end.map(|end| end.1), Some(EndReason::Asked), "left open after three tries");
    assert!(host.values("systolic").is_empty());
}
