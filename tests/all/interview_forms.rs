//! Published forms: what they enable, what they count, and the responses to them.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use voice_core::interview::form::ProblemCode;
use voice_core::interview::response::{Confirmation, ResponseStatus, SkipReason};
use voice_core::interview::{Coding, Evidence, Form, Given, Header, Kind, Place, Response, Value};
use voice_tests::{fhir, recordings_or_skip};

fn header(status: ResponseStatus) -> Header {
    Header {
        status,
        authored: "2026-11-26T08:30:00+03:00".parse().unwrap(),
        subject: None,
        author: None,
        source: None,
        language: "en".parse().unwrap(),
    }
}

fn place(response: &Response, link_id: &str) -> Place {
    let item = response.form().find(link_id).unwrap_or_else(|| panic!("no item {link_id}"));
    response.first_place(item)
}

fn given(value: Value) -> Given {
    let evidence = Evidence {
        raw_words: Some("some words".to_owned()),
        confidence: Some(0.875),
        alternatives: vec!["other words".to_owned()],
        tries: 2,
        confirmation: Confirmation::Confirmed,
        audio_offset_ms: Some(1_200),
    };
    Given { value, evidence }
}

/// The value of an answer as it is written in these tests.
fn value(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Boolean => Value::Boolean(text == "true"),
        Kind::Integer => Value::Integer(text.parse().unwrap()),
        Kind::Decimal => Value::Decimal(text.parse().unwrap()),
        Kind::Date => Value::Date(text.parse().unwrap()),
        Kind::DateTime => Value::DateTime(text.parse().unwrap()),
        Kind::Time => Value::Time(text.parse().unwrap()),
        Kind::String | Kind::Text => Value::String(text.to_owned()),
        Kind::Choice | Kind::OpenChoice => {
            Value::Coding(Coding { system: None, code: Some(text.to_owned()), display: None })
        }
        Kind::Quantity | Kind::Group | Kind::Display => panic!("no value of {kind:?}"),
    }
}

/// Answers a question; several answers have spaces between them, and none withdraws those before.
fn answer(response: &mut Response, link_id: &str, answers: &str) {
    let place = place(response, link_id);
    let kind = response.item(&place).kind;
    if answers.is_empty() {
        response.withdraw(&place);
    } else {
        let answers = answers.split(' ').map(|text| given(value(kind, text))).collect();
        response.set(&place, answers).unwrap_or_else(|refused| panic!("{link_id}: {refused}"));
    }
}

/// Asserts which of the items are enabled: those before the bar, and not those after it.
fn assert_enabled(response: &Response, items: &str) {
    let (shown, hidden) = items.split_once('|').unwrap();
    for (list, is_shown) in [(shown, true), (hidden, false)] {
        for link_id in list.split_whitespace() {
            let is_enabled = response.is_enabled(&place(response, link_id));
            assert_eq!(is_enabled, is_shown, "{link_id} with {items}");
        }
    }
}

/// Answers and what they enable, each step after the one before. After each the response is valid by FHIR's schema.
fn walk(data: &Path, name: &str, steps: &[(&str, &str, &str)]) {
    let mut response = fhir::response(data, name);
    for (link_id, answers, items) in steps {
        if !link_id.is_empty() {
            answer(&mut response, link_id, answers);
        }
        assert_enabled(&response, items);
        let json = response.to_fhir(&header(ResponseStatus::InProgress)).unwrap();
        fhir::assert_valid(data, &json);
        let hidden: Vec<_> = items.split_once('|').unwrap().1.split_whitespace().collect();
        assert!(!link_ids(&json).iter().any(|link_id| hidden.contains(link_id)), "{json:#}");
    }
}

/// Every `linkId` of a response.
fn link_ids(json: &Json) -> Vec<&str> {
    let mut found = Vec::new();
    let mut waiting = vec![json];
    while let Some(json) = waiting.pop() {
        match json {
            Json::Array(list) => waiting.extend(list),
            Json::Object(object) => {
                found.extend(object.get("linkId").and_then(Json::as_str));
                waiting.extend(object.values());
            }
            _ => {}
        }
    }
    found
}

#[test]
fn each_operator_enables_what_other_renderers_show() {
    let data = recordings_or_skip!();
    // The first four blocks are the visibility that LHC-Forms' own tests expect of this form.
    walk(
        &data,
        "enableWhen-test.R4.json",
        &[
            ("", "", "Q1-not-exists Q1-not-true | Q1-exists Q1-true Q1-false"),
            ("Q1", "true", "Q1-exists Q1-true | Q1-not-exists Q1-not-true Q1-false"),
            ("Q1", "false", "Q1-not-true Q1-exists Q1-false | Q1-not-exists Q1-true"),
            ("Q1", "", "Q1-not-exists Q1-not-true | Q1-exists Q1-true Q1-false"),
            ("", "", "Q9a-not-exists Q9a-noteq-B | Q9a-exists Q9a-eq-B"),
            ("Q9a", "A", "Q9a-exists Q9a-noteq-B | Q9a-not-exists Q9a-eq-B"),
            ("Q9a", "B", "Q9a-exists Q9a-eq-B | Q9a-not-exists Q9a-noteq-B"),
            ("", "", "Q9b-not-exists Q9b-noteq-B | Q9b-exists Q9b-eq-B"),
            ("Q9b", "12", "Q9b-exists Q9b-noteq-B | Q9b-not-exists Q9b-eq-B"),
            ("Q9b", "34", "Q9b-exists Q9b-eq-B | Q9b-not-exists Q9b-noteq-B"),
            ("", "", "Q9c-not-exists Q9c-noteq-B | Q9c-exists Q9c-eq-B"),
            ("Q9c", "2022", "Q9c-exists Q9c-noteq-B | Q9c-not-exists Q9c-eq-B"),
            ("Q9c", "2022-09", "Q9c-exists Q9c-eq-B | Q9c-not-exists Q9c-noteq-B"),
            ("", "", "Q9d-not-exists Q9d-noteq-B | Q9d-exists Q9d-eq-B"),
            ("Q9d", "10:30:00", "Q9d-exists Q9d-noteq-B | Q9d-not-exists Q9d-eq-B"),
            ("Q9d", "13:30:00", "Q9d-exists Q9d-eq-B | Q9d-not-exists Q9d-noteq-B"),
            // The rest follows from the definition of the operators in FHIR.
            ("", "", "Q2-not-exists | Q2-exists Q2-equal Q2-ge"),
            ("Q2", "4.7", "Q2-exists | Q2-not-exists Q2-equal Q2-ge"),
            ("Q2", "4.80", "Q2-exists Q2-ge | Q2-not-exists Q2-equal"),
            ("Q2", "5.6", "Q2-exists Q2-ge Q2-equal | Q2-not-exists"),
            ("", "", "Q3-not-exists | Q3-exists Q3-equal Q3-ge"),
            ("Q3", "3", "Q3-exists | Q3-not-exists Q3-equal Q3-ge"),
            ("Q3", "5", "Q3-exists Q3-equal Q3-ge | Q3-not-exists"),
            ("", "", "Q4-not-exists | Q4-exists Q4-equal Q4-ge"),
            ("Q4", "2020-04-30", "Q4-exists | Q4-not-exists Q4-equal Q4-ge"),
            ("Q4", "2020-05-01", "Q4-exists Q4-equal Q4-ge | Q4-not-exists"),
            // Of a date without its day it is not known whether it is before.
            ("Q4", "2020-05", "Q4-exists | Q4-not-exists Q4-equal Q4-ge"),
            ("Q4", "2021", "Q4-exists Q4-ge | Q4-not-exists Q4-equal"),
            ("Q5", "2020-05-01T10:00:00Z", "Q5-exists | Q5-not-exists"),
            ("Q6", "10:00:00", "Q6-exists | Q6-not-exists"),
            (
                "",
                "",
                "Q7-not-exists Q7-notequals | Q7-exists Q7-equals Q7-gt Q7-ge Q7-ge2 Q7-lt Q7-le Q7-le2",
            ),
            (
                "Q7",
                "test",
                "Q7-exists Q7-equals Q7-gt Q7-ge Q7-ge2 Q7-le2 | Q7-not-exists Q7-notequals Q7-lt Q7-le",
            ),
            ("Q7", "tes", "Q7-exists Q7-notequals Q7-ge2 Q7-le Q7-le2 | Q7-equals Q7-gt Q7-ge Q7-lt"),
            ("", "", "Q8-not-exists | Q8-exists Q8-eq-B Q8-eq-B-and-C"),
            ("Q8", "A", "Q8-exists | Q8-not-exists Q8-eq-B Q8-eq-B-and-C"),
            ("Q8", "A B", "Q8-exists Q8-eq-B | Q8-not-exists Q8-eq-B-and-C"),
            ("Q8", "C A B", "Q8-exists Q8-eq-B Q8-eq-B-and-C | Q8-not-exists"),
            ("", "", "Q9-not-exists Q9-noteq-B | Q9-exists Q9-eq-B"),
            ("Q9", "B", "Q9-exists Q9-eq-B | Q9-not-exists Q9-noteq-B"),
            ("Q9", "C", "Q9-exists Q9-noteq-B | Q9-not-exists Q9-eq-B"),
            // An expression over two answers.
            ("", "", "| Q10-ewe"),
            ("Q10", "chic", "| Q10-ewe"),
            ("Q10b", "ken", "Q10-ewe |"),
            ("Q10b", "kens", "| Q10-ewe"),
        ],
    );
}

#[test]
fn conditions_on_disabled_questions_have_no_answer() {
    let data = recordings_or_skip!();
    walk(
        &data,
        "test-enablewhen.json",
        &[
            ("", "", "4.1 4.3 4.5 | 4.2 4.4"),
            ("4.1", "Diabetes", "4.2 4.5 | 4.3 4.4"),
            ("4.1", "Other", "4.3 4.5 | 4.2 4.4"),
            ("4.3", "xxx", "4.3 4.4 | 4.2 4.5"),
            // The answer of 4.3 is out at once, and what it enabled too.
            ("4.1", "Diabetes", "4.2 4.5 | 4.3 4.4"),
            ("4.1", "Other", "4.3 4.4 | 4.2 4.5"),
        ],
    );
    walk(
        &data,
        "q-with-nested-enableWhen.json",
        &[
            ("", "", "p1 | g1 c1 d1 g2 cc1 dd1"),
            ("p1", "NO", "p1 | g1 c1 d1 g2 cc1 dd1"),
            ("p1", "YES", "g1 c1 d1 g2 cc1 dd1 |"),
            ("c1", "B", "d1 |"),
            ("c1", "A", "c1 | d1"),
            ("cc1", "B", "dd1 | d1"),
            ("cc1", "A", "cc1 | d1 dd1"),
            ("p1", "NO", "p1 | g1 c1 d1 g2 cc1 dd1"),
        ],
    );
}

#[test]
fn conditions_reach_across_groups() {
    let data = recordings_or_skip!();
    walk(
        &data,
        "tab-layout-with-enableWhen.json",
        &[
            ("", "", "Q1-not-exists Q1-not-true | Q1-exists Q1-true Q1-false g3 q3"),
            ("Q1", "true", "Q1-exists Q1-true g3 q3 | Q1-not-exists Q1-not-true Q1-false"),
            ("Q1", "false", "Q1-not-true Q1-exists Q1-false | Q1-not-exists Q1-true g3 q3"),
        ],
    );
}

#[test]
fn hidden_items_of_a_screener_follow_the_answers() {
    let data = recordings_or_skip!();
    walk(
        &data,
        "screener-questionnaire.json",
        &[
            ("", "", "1.1.0 | 1.2.0 1.2.1 1.3.0 1.4.0 1.5.0 3.2.0"),
            ("1.1.0", "386661006 49727002", "1.2.0 1.2.1 1.4.0 1.4.1 | 1.3.0 1.5.0"),
            ("1.1.0", "44169009", "1.5.0 1.5.1 | 1.2.0 1.2.1 1.3.0 1.4.0 1.4.1"),
            ("3.1.0", "161527007", "3.2.0 3.2.1 | 3.3.0 3.4.0"),
        ],
    );
    // Hidden questions are never asked; what they hold is in the response.
    let mut response = fhir::response(&data, "screener-questionnaire.json");
    answer(&mut response, "1.1.0", "386661006");
    let mut at = None;
    while let Some(place) = response.next(at.as_ref()) {
        assert!(!response.item(&place).hidden, "{}", response.item(&place).link_id);
        at = Some(place);
    }
    let json = response.to_fhir(&header(ResponseStatus::InProgress)).unwrap();
    assert!(link_ids(&json).contains(&"1.2.1"), "{json:#}");
}

#[test]
fn loop_of_conditions_is_refused() {
    let data = recordings_or_skip!();
    let problems = fhir::form(&data, "q-enableWhen-with-reference-loop.json").unwrap_err();
    let cycles: Vec<_> =
        problems.iter().filter(|problem| problem.code == ProblemCode::ConditionCycle).collect();
    assert_eq!((cycles.len(), problems.iter().count()), (3, 3), "{problems}");
    assert_eq!(cycles[0].path, "Questionnaire.item[0].enableWhen");
    assert!(cycles[0].sentence.contains("`item3`"), "{}", cycles[0].sentence);
}

#[test]
fn phq9_is_summed_by_its_own_expression() {
    let data = recordings_or_skip!();
    let mut response = fhir::response(&data, "phq9.json");
    let total = place(&response, "/44261-6");
    assert!(response.answers(&total).is_empty(), "no answer is no score of 0");
    let questions: Vec<_> = response.form().items()[..9].iter().map(|item| item.link_id.clone()).collect();
    let codes = ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"];
    let mut expected = 0;
    for (at, link_id) in questions.iter().enumerate() {
        answer(&mut response, link_id, codes[at % 4]);
        expected += at % 4;
        let sum = &response.answers(&total)[0];
        assert_eq!(sum.value, Value::Decimal(expected.into()), "after {link_id}");
        assert_eq!(sum.evidence.confirmation, Confirmation::Calculated);
        fhir::assert_valid(&data, &response.to_fhir(&header(ResponseStatus::InProgress)).unwrap());
    }
    // The total is calculated, not asked.
    assert!(std::iter::successors(response.next(None), |at| response.next(Some(at))).all(|at| at != total));
    let score = &response.scores()[0];
    assert_eq!((score.value, score.item), (12.into(), response.form().find("/44261-6")));
}

#[test]
fn phq9_without_a_total_is_summed_by_weights() {
    let data = recordings_or_skip!();
    let mut response = fhir::response(&data, "argonaut-phq9-ish.json");
    let questions: Vec<_> = response.form().items().iter().filter(|item| item.is_asked()).cloned().collect();
    assert_eq!(questions.len(), 10);
    for item in &questions[..9] {
        let weightiest = item.options.iter().max_by_key(|option| option.weight).unwrap();
        let place = response.first_place(item.id);
        response.set(&place, vec![given(weightiest.value.clone())]).unwrap();
    }
    assert_eq!(response.scores()[0].value, 27.into());
}

#[test]
fn response_is_completed_only_with_all_required_answers() {
    let data = recordings_or_skip!();
    let mut response = fhir::response(&data, "test-enablewhen.json");
    let missing = |response: &Response| -> Vec<String> {
        match response.to_fhir(&header(ResponseStatus::Completed)) {
            Ok(_) => Vec::new(),
            Err(incomplete) => incomplete.missing.into_iter().map(|missing| missing.link_id).collect(),
        }
    };
    assert_eq!(missing(&response), ["4.1", "4.3", "4.5"]);
    answer(&mut response, "4.1", "Diabetes");
    assert_eq!(missing(&response), ["4.2", "4.5"]);
    let insulin = response.item(&place(&response, "4.2")).options[0].value.clone();
    let treatment = place(&response, "4.2");
    response.set(&treatment, vec![given(insulin)]).unwrap();
    let last = place(&response, "4.5");
    response.skip(&last, SkipReason::Unknown);
    assert_eq!(missing(&response), ["4.5"]);
    // It is stopped, with the reason why a required answer is missing.
    let stopped = response.to_fhir(&header(ResponseStatus::Stopped)).unwrap();
    fhir::assert_valid(&data, &stopped);
    assert!(stopped.to_string().contains("asked-unknown"), "{stopped:#}");
    answer(&mut response, "4.5", "text");
    for status in [ResponseStatus::Completed, ResponseStatus::Amended] {
        fhir::assert_valid(&data, &response.to_fhir(&header(status)).unwrap());
    }
}

#[test]
fn schema_refuses_what_is_wrong() {
    let data = recordings_or_skip!();
    let mut response = fhir::response(&data, "test-enablewhen.json");
    answer(&mut response, "4.1", "Diabetes");
    let json = response.to_fhir(&header(ResponseStatus::InProgress)).unwrap();
    assert_eq!(fhir::errors(&data, &json), Vec::<String>::new());
    for (path, value) in
        [("/status", "done".into()), ("/item/0/answers", Json::Null), ("/item/0/linkId", "".into())]
    {
        let mut wrong = json.clone();
        let (parent, key) = path.rsplit_once('/').unwrap();
        wrong.pointer_mut(parent).unwrap()[key] = value;
        assert!(!fhir::errors(&data, &wrong).is_empty(), "{path}");
    }
}

/// A random form: groups, repeats, nesting under answers, conditions on any question before or, rarely, after.
fn random_form(random: &mut fastrand::Rng) -> Json {
    const KINDS: [&str; 10] =
        ["boolean", "integer", "decimal", "date", "string", "choice", "group", "display", "quantity", "time"];
    let kinds: Vec<_> = (0..random.usize(1..14)).map(|_| KINDS[random.usize(..KINDS.len())]).collect();
    let mut items: Vec<Json> = Vec::new();
    for (at, &kind) in kinds.iter().enumerate() {
        let mut item = json!({"linkId": format!("i{at}"), "text": format!("Question <{at}>?"), "type": kind});
        if kind == "choice" {
            let option = |code: &str| {
                json!({"valueCoding": {"code": code, "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}]}})
            };
            item["answerOption"] = ["a", "b", "c"].map(option).to_vec().into();
        }
        for (key, share) in [("repeats", 4), ("required", 2)] {
            if kind != "display" && random.u8(..share) == 0 {
                item[key] = true.into();
            }
        }
        let reach = if random.u8(..20) == 0 { kinds.len() } else { at };
        if random.u8(..3) > 0 {
            let conditions =
                (0..random.usize(1..3)).filter_map(|_| random_condition(random, &kinds[..reach]));
            let conditions: Vec<_> = conditions.collect();
            if !conditions.is_empty() {
                item["enableWhen"] = conditions.into();
                item["enableBehavior"] = ["all", "any"][random.usize(..2)].into();
            }
        }
        if random.u8(..3) == 0 && kind == "integer" {
            item["initial"] = json!([{"valueInteger": random.i32(0..4)}]);
        }
        // Inside the item before, or at the top.
        match items.last_mut().filter(|last| last["type"] != "display" && random.bool()) {
            Some(last) => match last.get_mut("item") {
                Some(inside) => inside.as_array_mut().unwrap().push(item),
                None => last["item"] = json!([item]),
            },
            None => items.push(item),
        }
    }
    json!({"resourceType": "Questionnaire", "status": "active", "url": "http://example.org/random", "item": items})
}

/// A condition on one of the items of these kinds.
fn random_condition(random: &mut fastrand::Rng, kinds: &[&str]) -> Option<Json> {
    let questions: Vec<_> =
        (0..kinds.len()).filter(|&at| !matches!(kinds[at], "group" | "display")).collect();
    let at = *questions.get(random.usize(..questions.len().max(1)))?;
    let number = random.i32(0..4);
    let (key, value): (_, Json) = match kinds[at] {
        "boolean" => ("answerBoolean", random.bool().into()),
        "integer" => ("answerInteger", number.into()),
        "decimal" => ("answerDecimal", number.into()),
        "quantity" => ("answerQuantity", json!({"value": number})),
        "date" => ("answerDate", "2026-02".into()),
        "time" => ("answerTime", "10:00:00".into()),
        "string" => ("answerString", "a".into()),
        _ => ("answerCoding", json!({"code": "b"})),
    };
    let is_ordered = !matches!(kinds[at], "boolean" | "choice");
    let operator = ["exists", "=", "!=", ">", "<="][random.usize(..if is_ordered { 5 } else { 3 })];
    let (key, value) =
        if operator == "exists" { ("answerBoolean", random.bool().into()) } else { (key, value) };
    let mut condition = json!({"question": format!("i{at}"), "operator": operator});
    condition[key] = value;
    Some(condition)
}

/// A value, mostly of the kind.
fn random_value(random: &mut fastrand::Rng, kind: Kind) -> Value {
    const KINDS: [Kind; 3] = [Kind::Boolean, Kind::String, Kind::Choice];
    let kind = if random.u8(..8) == 0 { KINDS[random.usize(..3)] } else { kind };
    let number = random.i32(-2..6);
    match kind {
        Kind::Boolean => Value::Boolean(random.bool()),
        Kind::Integer => Value::Integer(number),
        Kind::Decimal | Kind::Quantity => Value::Decimal(number.into()),
        Kind::Date => value(kind, ["2026-02", "2026-03-01", "2025"][random.usize(..3)]),
        Kind::Time => value(kind, ["10:00:00", "11:00:00"][random.usize(..2)]),
        Kind::Choice => value(kind, ["a", "b", "c", "d"][random.usize(..4)]),
        _ => Value::String(["a", "b\u{1} <&>", "  "][random.usize(..3)].to_owned()),
    }
}

#[test]
fn random_answers_to_random_forms_give_valid_responses() {
    let data = recordings_or_skip!();
    let (mut accepted, mut answered) = (0, 0);
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let source = random_form(&mut random);
        let Ok(form) = Form::parse(source.to_string().as_bytes()) else { continue };
        accepted += 1;
        let mut response = Response::new(Arc::new(form));
        for _ in 0..25 {
            let places: Vec<_> = response.enabled().cloned().collect();
            let Some(place) = places.get(random.usize(..places.len().max(1))).cloned() else { break };
            match random.u8(..10) {
                0 => response.withdraw(&place),
                1 => response.skip(&place, SkipReason::Asked),
                2 => drop(response.add_instance(&place)),
                _ => {
                    let kind = response.item(&place).kind;
                    let values =
                        (0..random.usize(1..3)).map(|_| given(random_value(&mut random, kind))).collect();
                    answered += u32::from(response.set(&place, values).is_ok());
                }
            }
            let json = response.to_fhir(&header(ResponseStatus::InProgress)).unwrap();
            check_conditions(&source, &json, seed);
        }
        let json = response.to_fhir(&header(ResponseStatus::Stopped)).unwrap();
        assert_eq!(fhir::errors(&data, &json), Vec::<String>::new(), "seed {seed}: {json:#}");
        let snapshot = serde_json::to_string(&response.snapshot()).unwrap();
        let snapshot = serde_json::from_str(&snapshot).unwrap();
        let restored = Response::restore(response.form().clone(), snapshot).unwrap();
        assert_eq!(restored.to_fhir(&header(ResponseStatus::Stopped)).unwrap(), json, "seed {seed}");
        assert_eq!(restored.progress(), response.progress(), "seed {seed}");
    }
    assert!(accepted > 100 && answered > 500, "{accepted} forms and {answered} answers say too little");
}

/// Asserts by the response alone that its items are those that the form enables. Items of repeating parents are left out:
/// which instance is meant, the response alone does not say.
fn check_conditions(source: &Json, response: &Json, seed: u64) {
    let mut waiting = vec![(&source["item"], false)];
    while let Some((items, is_repeated)) = waiting.pop() {
        for item in items.as_array().into_iter().flatten() {
            let is_repeated = is_repeated || item["repeats"] == true;
            waiting.push((&item["item"], is_repeated));
            let link_id = item["linkId"].as_str().unwrap();
            if is_repeated || !link_ids(response).contains(&link_id) {
                continue;
            }
            let conditions = item["enableWhen"].as_array().map_or(&[][..], Vec::as_slice);
            let results: Vec<_> =
                conditions.iter().filter_map(|condition| holds(source, condition, response)).collect();
            let is_known = results.len() == conditions.len();
            let is_enabled = match item["enableBehavior"].as_str() {
                Some("any") => results.contains(&true) || conditions.is_empty(),
                _ => !results.contains(&false),
            };
            assert!(is_enabled || !is_known, "seed {seed}: {link_id} in {response:#} of {source:#}");
        }
    }
}

/// Whether a condition holds by the answers in a response. `None` if its question is inside a repeating item.
fn holds(source: &Json, condition: &Json, response: &Json) -> Option<bool> {
    let question = condition["question"].as_str().unwrap();
    if is_repeated(&source["item"], question)? {
        return None;
    }
    let answers: Vec<_> = answers(response, question).collect();
    let (key, expected) = condition
        .as_object()
        .unwrap()
        .iter()
        .find_map(|(key, value)| Some((key.strip_prefix("answer")?, value)))
        .unwrap();
    let equal = |answer: &&Json| match key {
        "Coding" => answer["valueCoding"]["code"] == expected["code"],
        "Quantity" => number(answer) == expected["value"].as_f64(),
        "String" => answer["valueString"] == *expected || answer["valueCoding"]["code"] == *expected,
        _ => number(answer)
            .map_or(answer[format!("value{key}")] == *expected, |found| Some(found) == expected.as_f64()),
    };
    // Dates of other precision have no order here.
    let is_decided =
        answers.iter().all(|answer| answer["valueDate"].as_str().is_none_or(|date| date.len() == 7));
    if !is_decided {
        return None;
    }
    let expected_number = expected.as_f64().or_else(|| expected["value"].as_f64());
    let order = |answer: &&Json| {
        if let (Some(found), Some(expected)) = (number(answer), expected_number) {
            return found.partial_cmp(&expected);
        }
        let texts = [&answer["valueString"], &answer["valueDate"], &answer["valueTime"]];
        texts.into_iter().find_map(Json::as_str)?.partial_cmp(expected.as_str()?)
    };
    let compared = |test: fn(std::cmp::Ordering) -> bool| answers.iter().filter_map(order).any(test);
    Some(match condition["operator"].as_str().unwrap() {
        "exists" => answers.is_empty() != (*expected == true),
        "=" => answers.iter().any(equal),
        "!=" => !answers.iter().any(equal),
        ">" => compared(std::cmp::Ordering::is_gt),
        _ => compared(std::cmp::Ordering::is_le),
    })
}

fn number(answer: &Json) -> Option<f64> {
    let values = [&answer["valueInteger"], &answer["valueDecimal"], &answer["valueQuantity"]["value"]];
    values.into_iter().find_map(Json::as_f64)
}

/// Whether an item or one around it repeats.
fn is_repeated(items: &Json, link_id: &str) -> Option<bool> {
    items.as_array()?.iter().find_map(|item| {
        let repeats = item["repeats"] == true;
        if item["linkId"] == link_id {
            return Some(repeats);
        }
        is_repeated(&item["item"], link_id).map(|inside| inside || repeats)
    })
}

/// The answers to a question, wherever it is in the response.
fn answers<'a>(response: &'a Json, link_id: &str) -> impl Iterator<Item = &'a Json> {
    let mut waiting = vec![response];
    let mut found = Vec::new();
    while let Some(json) = waiting.pop() {
        for item in json["item"].as_array().into_iter().flatten() {
            let own = item["answer"].as_array().into_iter().flatten();
            if item["linkId"] == link_id {
                found.extend(own.clone());
            }
            waiting.push(item);
            waiting.extend(own);
        }
    }
    found.into_iter()
}
