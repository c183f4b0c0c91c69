//! Answers to forms.

#![expect(clippy::needless_pass_by_value, reason = "forms in JSON")]

use serde_json::{Value as Json, json};

use super::*;
use crate::interview::response::Confirmation as C;
use crate::interview::{Coding, Quantity};
use crate::language::tests::tag;

fn new(items: Json) -> Response {
    let form = json!({"resourceType": "Questionnaire", "status": "active", "url": "http://example.org/q",
                      "version": "1 b", "language": "en", "title": "A & B", "item": items});
    let form = Form::parse(form.to_string().as_bytes()).unwrap_or_else(|problems| panic!("{problems}"));
    Response::new(Arc::new(form))
}

fn first(response: &Response, link_id: &str) -> Place {
    response.first_place(response.form().find(link_id).unwrap())
}

fn said(value: Value) -> Given {
    Given { value, evidence: Evidence::default() }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn code(code: &str) -> Value {
    Value::Coding(Coding { system: None, code: Some(code.to_owned()), display: None })
}

fn quantity(value: i64, code: Option<&str>) -> Value {
    let code = code.map(str::to_owned);
    Value::Quantity(Quantity { value: value.into(), unit: None, system: None, code })
}

fn set(response: &mut Response, link_id: &str, values: Vec<Value>) -> Result<(), Refused> {
    let place = first(response, link_id);
    response.set(&place, values.into_iter().map(said).collect())
}

fn header(status: ResponseStatus) -> Header {
    let authored = "2026-11-26T08:30:00Z".parse().unwrap();
    Header { status, authored, subject: None, author: None, source: None, language: tag("en") }
}

fn fhir(response: &Response) -> Json {
    response.to_fhir(&header(ResponseStatus::InProgress)).unwrap()
}

/// The answers in a response without their evidence.
fn plain(response: &Response) -> Json {
    response.plain()["item"].clone()
}

/// The `linkId`s of the places that are due, in their order.
fn due(response: &Response) -> Vec<String> {
    let places = std::iter::successors(response.next(None), |at| response.next(Some(at)));
    places.map(|place| response.item(&place).link_id.clone()).collect()
}

const FHIR: &str = "http://hl7.org/fhir/StructureDefinition/";
const SDC: &str = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-";

fn extension(name: &str, kind: &str, value: Json) -> Json {
    let mut extension = json!({"url": format!("{FHIR}{name}")});
    extension[format!("value{kind}")] = value;
    extension
}

fn expression(name: &str, source: &str) -> Json {
    json!({"url": format!("{SDC}{name}"), "valueExpression": {"language": "text/fhirpath", "expression": source}})
}

#[test]
fn limits_refuse_answers_and_keep_those_before() {
    let options = json!([{"valueCoding": {"system": "urn:s", "code": "x", "display": "X"}},
                         {"valueCoding": {"system": "urn:s", "code": "n", "display": "None"},
                          "extension": [extension("questionnaire-optionExclusive", "Boolean", json!(true))]}]);
    let question = |link_id: &str, kind: &str, extensions: Json| {
        json!({"linkId": link_id, "text": "?", "type": kind, "maxLength": if kind == "string" { json!(5) } else { Json::Null },
               "extension": extensions})
    };
    let mut items = json!([
        question("int", "integer", json!([extension("minValue", "Integer", json!(0)), extension("maxValue", "Integer", json!(10))])),
        question("dec", "decimal", json!([extension("maxDecimalPlaces", "Integer", json!(1))])),
        question("str", "string", json!([extension("minLength", "Integer", json!(2)), extension("regex", "String", json!("[a-z]+")),
                                         extension("entryFormat", "String", json!("small letters"))])),
        question("day", "date", json!([extension("maxValue", "Date", json!("2026-06-30"))])),
        question("qty", "quantity", json!([extension("questionnaire-unit", "Coding", json!({"code": "kg", "system": "http://unitsofmeasure.org"})),
                                           extension("maxValue", "Decimal", json!(300))])),
        {"linkId": "dose", "text": "?", "type": "quantity", "extension": [
            {"url": format!("{SDC}minQuantity"), "valueQuantity": {"value": 2, "code": "mg"}},
            {"url": format!("{SDC}maxQuantity"), "valueQuantity": {"value": 5, "code": "mg"}}]},
        {"linkId": "one", "text": "?", "type": "choice", "answerOption": options},
        {"linkId": "many", "text": "?", "type": "choice", "repeats": true, "answerOption": options,
         "extension": [extension("questionnaire-maxOccurs", "Integer", json!(2))]},
        {"linkId": "open", "text": "?", "type": "open-choice", "answerOption": options},
        {"linkId": "fixed", "text": "?", "type": "string", "readOnly": true},
        {"linkId": "text", "text": "?", "type": "text"},
    ]);
    for item in items.as_array_mut().unwrap() {
        item.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    }
    let mut response = new(items);
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    let day = |text: &str| Value::Date(text.parse().unwrap());
    for (link_id, good, bad, refusal) in [
        ("int", vec![Value::Integer(10)], vec![Value::Integer(11)], "above_max"),
        ("int", vec![decimal("3.0")], vec![Value::Integer(-1)], "below_min"),
        ("int", vec![Value::Integer(0)], vec![decimal("3.5")], "wrong_kind"),
        ("dec", vec![decimal("36.60")], vec![decimal("36.66")], "too_many_decimals"),
        ("str", vec![text(" abc ")], vec![text("a")], "too_short"),
        ("str", vec![text("abc")], vec![text("abcdef")], "too_long"),
        ("str", vec![text("abc")], vec![text("ABC")], "pattern"),
        ("str", vec![text("abc")], vec![text("abc"), text("abc")], "too_many"),
        ("str", vec![text("abc")], vec![], "too_few"),
        ("str", vec![text("abc")], vec![text(" \u{0} ")], "too_short"),
        ("day", vec![day("2026-06")], vec![day("2026-07-01")], "above_max"),
        ("day", vec![day("2026")], vec![day("2027")], "above_max"),
        ("qty", vec![quantity(80, None)], vec![quantity(301, None)], "above_max"),
        ("qty", vec![quantity(80, Some("kg"))], vec![quantity(80, Some("g"))], "unit_unknown"),
        ("dose", vec![quantity(5, Some("mg"))], vec![quantity(6, Some("mg"))], "above_max"),
        ("dose", vec![quantity(5, None)], vec![quantity(1, None)], "below_min"),
        ("one", vec![code("x")], vec![code("y")], "not_an_option"),
        ("one", vec![code("x")], vec![text("z")], "not_an_option"),
        ("many", vec![code("x")], vec![code("x"), code("n")], "exclusive"),
        ("many", vec![code("n")], vec![code("x"), code("x")], "repeated"),
        ("many", vec![code("n")], vec![code("x"); 3], "too_many"),
        ("open", vec![text("another")], vec![Value::Boolean(true)], "wrong_kind"),
        ("text", vec![text("long")], vec![text(&"a".repeat(20_001))], "too_long"),
    ] {
        set(&mut response, link_id, good).unwrap_or_else(|refused| panic!("{link_id}: {refused}"));
        let before = response.answers(&first(&response, link_id)).to_vec();
        let refused = set(&mut response, link_id, bad).unwrap_err();
        assert_eq!(refused.code(), refusal, "{link_id}");
        assert_eq!(response.answers(&first(&response, link_id)), before, "{link_id}");
    }
    assert_eq!(set(&mut response, "fixed", vec![text("a")]).unwrap_err(), Refused::NotAsked);
    // What is kept is the form's own coding and unit.
    let answer = |link_id: &str| response.answers(&first(&response, link_id))[0].value.clone();
    let Value::Coding(coding) = answer("one") else { panic!() };
    assert_eq!((coding.system.as_deref(), coding.display.as_deref()), (Some("urn:s"), Some("X")));
    let Value::Quantity(kept) = answer("qty") else { panic!() };
    assert_eq!(
        (kept.code.as_deref(), kept.system.as_deref()),
        (Some("kg"), Some("http://unitsofmeasure.org"))
    );
    assert_eq!(answer("str"), text("abc"));
}

#[test]
fn nested_items_mirror_the_form() {
    let mut response = new(json!([
        {"linkId": "g", "text": "Medicines", "type": "group", "repeats": true, "item": [
            {"linkId": "name", "text": "Name?", "type": "string", "required": true},
            {"linkId": "side", "text": "Side effects?", "type": "choice", "repeats": true,
             "answerOption": [{"valueCoding": {"code": "pain"}}, {"valueCoding": {"code": "other"}}],
             "item": [{"linkId": "which", "text": "Which?", "type": "string",
                       "enableWhen": [{"question": "side", "operator": "=", "answerCoding": {"code": "other"}}]},
                      {"linkId": "since", "text": "Since?", "type": "date"}]},
            {"linkId": "more", "text": "More?", "type": "string",
             "enableWhen": [{"question": "name", "operator": "=", "answerString": "b"}]}]},
        {"linkId": "after", "text": "?", "type": "string",
         "enableWhen": [{"question": "name", "operator": "exists", "answerBoolean": true}]}]));
    let group = first(&response, "g");
    let second = response.add_instance(&group).unwrap();
    assert_eq!((response.instances(&group), second.index()), (2, 1));
    let find = |response: &Response, link_id: &str, at: usize| -> Place {
        let mut found = response.enabled().filter(|place| response.item(place).link_id == link_id);
        found.nth(at).cloned().unwrap_or_else(|| panic!("{link_id} {at}"))
    };
    for (at, name) in ["a", "b"].into_iter().enumerate() {
        let place = find(&response, "name", at);
        response.set(&place, vec![said(text(name))]).unwrap();
    }
    // The condition of an instance is about its own answers.
    assert_eq!(response.enabled().filter(|place| response.item(place).link_id == "more").count(), 1);
    assert_eq!(find(&response, "more", 0).steps()[0].1, 1);
    let side = find(&response, "side", 1);
    response.set(&side, vec![said(code("pain")), said(code("other"))]).unwrap();
    // Inside an answer, the condition is about that answer.
    let which = find(&response, "which", 0);
    assert_eq!(
        (which.parent().unwrap().index(), response.previous(&which).unwrap()),
        (1, find(&response, "since", 0))
    );
    response.set(&which, vec![said(text("itching"))]).unwrap();
    let expected = json!([
        {"linkId": "g", "item": [
            {"linkId": "name", "answer": [{"valueString": "a"}]}, {"linkId": "side"}]},
        {"linkId": "g", "item": [
            {"linkId": "name", "answer": [{"valueString": "b"}]},
            {"linkId": "side", "answer": [
                {"valueCoding": {"code": "pain"}, "item": [{"linkId": "since"}]},
                {"valueCoding": {"code": "other"}, "item": [
                    {"linkId": "which", "answer": [{"valueString": "itching"}]}, {"linkId": "since"}]}]},
            {"linkId": "more"}]},
        {"linkId": "after"}]);
    assert_eq!(plain(&response), expected);
    // Fewer answers: what was inside the others is out, and comes back with them.
    response.set(&side, vec![said(code("pain"))]).unwrap();
    assert!(!fhir(&response).to_string().contains("itching"));
    response.set(&side, vec![said(code("pain")), said(code("other"))]).unwrap();
    assert!(fhir(&response).to_string().contains("itching"));
    let most = std::iter::repeat_with(|| response.add_instance(&group)).take(100).find_map(Result::err);
    assert_eq!(most, Some(Refused::TooMany { most: Response::MAX_REPEATS.into() }));
    assert_eq!(response.add_instance(&first(&response, "after")), Err(Refused::Disabled));
}

#[test]
fn user_comes_before_calculated_before_populated_before_initial() {
    let mut response = new(json!([
        {"linkId": "a", "text": "?", "type": "integer", "initial": [{"valueInteger": 1}]},
        {"linkId": "b", "text": "?", "type": "integer", "initial": [{"valueInteger": 9}],
         "extension": [expression("calculatedExpression", "%resource.item.where(linkId = 'a').answer.value * 2")]},
        {"linkId": "c", "text": "?", "type": "integer", "initial": [{"valueInteger": 5}],
         "extension": [expression("initialExpression", "3 + 4")]},
        {"linkId": "d", "text": "?", "type": "choice", "answerOption": [
            {"valueCoding": {"code": "x"}}, {"valueCoding": {"code": "y"}, "initialSelected": true}]}]));
    let value = |response: &Response, link_id: &str| {
        let answers = response.answers(&first(response, link_id));
        answers.first().map(|given| (given.value.clone(), given.evidence.confirmation))
    };
    assert_eq!(value(&response, "a"), Some((Value::Integer(1), C::Initial)));
    assert_eq!(value(&response, "b"), Some((Value::Integer(2), C::Calculated)));
    assert_eq!(value(&response, "c"), Some((Value::Integer(7), C::Initial)));
    assert!(matches!(value(&response, "d"), Some((Value::Coding(_), C::Initial))));
    let populated = response
        .populate(&json!({"resourceType": "QuestionnaireResponse", "item": [
            {"linkId": "a", "answer": [{"valueInteger": 20}]},
            {"linkId": "b", "answer": [{"valueInteger": 21}]},
            {"linkId": "d", "answer": [{"valueCoding": {"code": "z"}}]},
            {"linkId": "e", "answer": [{"valueInteger": 1}]}]}))
        .unwrap();
    assert_eq!((populated.taken, populated.unknown), (2, vec!["e".to_owned()]));
    assert_eq!(populated.refused, [("d".to_owned(), Refused::NotAnOption)]);
    assert_eq!(value(&response, "a"), Some((Value::Integer(20), C::Populated)));
    assert_eq!(value(&response, "b"), Some((Value::Integer(40), C::Calculated)));
    // What is known is to be confirmed; what is calculated is not asked.
    assert_eq!(due(&response), ["a", "c", "d"]);
    set(&mut response, "a", vec![Value::Integer(4)]).unwrap();
    assert_eq!(value(&response, "a"), Some((Value::Integer(4), C::None)));
    assert_eq!(value(&response, "b"), Some((Value::Integer(8), C::Calculated)));
    set(&mut response, "b", vec![Value::Integer(0)]).unwrap();
    assert_eq!(value(&response, "b"), Some((Value::Integer(0), C::None)));
    assert_eq!(due(&response), ["c", "d"]);
    // A withdrawn answer does not give way to the form's own.
    let a = first(&response, "a");
    response.withdraw(&a);
    assert_eq!(value(&response, "a"), None);
    assert_eq!(due(&response), ["a", "c", "d"]);
    response.populate(&json!({"resourceType": "Patient"})).unwrap_err();
}

#[test]
fn populated_instances_keep_their_order() {
    let mut response = new(json!([{"linkId": "g", "type": "group", "repeats": true, "item": [
        {"linkId": "q", "text": "?", "type": "string", "repeats": true, "item": [
            {"linkId": "r", "text": "?", "type": "string"}]}]}]));
    let answer = |text: &str| json!({"valueString": text, "item": [{"linkId": "r", "answer": [{"valueString": format!("in {text}")}]}]});
    let items = json!([
        {"linkId": "g", "item": [{"linkId": "q", "answer": [answer("a"), answer("b")]}]},
        {"linkId": "g", "item": [{"linkId": "q", "answer": [answer("c")]}]},
        {"linkId": "g", "item": [{"linkId": "q"}]},
        {"linkId": "g", "item": [{"linkId": "q", "answer": [answer("d")]}]}]);
    response.populate(&json!({"resourceType": "QuestionnaireResponse", "item": items})).unwrap();
    assert_eq!(plain(&response), items);
}

#[test]
fn constraints_and_toggles_follow_the_answers() {
    let constraint = json!({"url": format!("{FHIR}targetConstraint"), "extension": [
        {"url": "severity", "valueCode": "error"},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression":
            "%resource.item.where(linkId='d').answer.value < %resource.item.where(linkId='s').answer.value"}},
        {"url": "human", "valueString": "The lower value must be less."}]});
    let toggle = json!({"url": format!("{SDC}answerOptionsToggleExpression"), "extension": [
        {"url": "option", "valueCoding": {"code": "p"}},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression":
            "%resource.item.where(linkId='s').answer.value > 130"}}]});
    let mut response = new(json!([
        {"linkId": "s", "text": "?", "type": "integer"},
        {"linkId": "d", "text": "?", "type": "integer", "extension": [constraint]},
        {"linkId": "o", "text": "?", "type": "choice", "extension": [toggle],
         "answerOption": [{"valueCoding": {"code": "m"}}, {"valueCoding": {"code": "p"}}]}]));
    assert!(response.violations().is_empty(), "nothing is broken without answers");
    set(&mut response, "s", vec![Value::Integer(120)]).unwrap();
    set(&mut response, "d", vec![Value::Integer(130)]).unwrap();
    assert_eq!(response.violations()[0].human.get(&tag("en")), "The lower value must be less.");
    response.to_fhir(&header(ResponseStatus::Completed)).unwrap_err();
    let options = first(&response, "o");
    assert_eq!(response.options(&options), [0]);
    assert_eq!(set(&mut response, "o", vec![code("p")]).unwrap_err(), Refused::NotAnOption);
    set(&mut response, "s", vec![Value::Integer(140)]).unwrap();
    assert!(response.violations().is_empty());
    assert_eq!(response.options(&options), [0, 1]);
    set(&mut response, "o", vec![code("p")]).unwrap();
    response.to_fhir(&header(ResponseStatus::Completed)).unwrap();
}

#[test]
fn answer_has_its_evidence() {
    let mut response = new(json!([{"linkId": "a", "text": "Age < 9?", "type": "boolean"},
                                  {"linkId": "b", "text": "?", "type": "integer", "required": true}]));
    let evidence = Evidence {
        raw_words: Some("ye\u{0}s".to_owned()),
        confidence: Some(0.5),
        alternatives: vec!["no".to_owned()],
        tries: 2,
        confirmation: Confirmation::Keypad,
        audio_offset_ms: Some(1_500),
    };
    let place = first(&response, "a");
    response.set(&place, vec![Given { value: Value::Boolean(true), evidence }]).unwrap();
    let skipped = first(&response, "b");
    response.skip(&skipped, SkipReason::Unknown);
    let json = fhir(&response);
    let extensions = json["item"][0]["answer"][0]["extension"].as_array().unwrap();
    let found: Vec<_> = extensions.iter().map(|extension| extension["url"].as_str().unwrap()).collect();
    assert_eq!(
        found,
        ["raw-words", "confidence", "tries", "confirmation", "alternatives", "audio-offset"]
            .map(|name| format!("urn:libvoice:{name}"))
    );
    assert_eq!(extensions[0]["valueString"], "yes");
    assert_eq!(json["questionnaire"], "http://example.org/q|1%20b");
    assert_eq!(json["extension"][0]["valueCodeableConcept"]["coding"][0]["code"], "VERBAL");
    // The mode of completion is of a whole response alone; of the answer, `confirmation` says it.
    assert_eq!(json["item"][0].get("extension"), None);
    assert_eq!(json["item"][1]["extension"][0]["valueCode"], "asked-unknown");
    let narrative = json["text"]["div"].as_str().unwrap();
    assert!(narrative.contains("<b>A &amp; B</b>") && narrative.contains("Age &lt; 9?: Yes"), "{narrative}");
    assert!(narrative.contains("the user does not know"), "{narrative}");
}

#[test]
fn snapshot_restores_the_response() {
    let items = json!([{"linkId": "g", "text": "G", "type": "group", "repeats": true, "item": [
        {"linkId": "q", "text": "?", "type": "string"}, {"linkId": "r", "text": "?", "type": "string", "initial": [{"valueString": "i"}]}]}]);
    let mut response = new(items.clone());
    let group = first(&response, "g");
    let second = response.add_instance(&group).unwrap();
    response.mark_read(&group);
    let q = second.child(response.form().find("q").unwrap(), 0);
    response.set(&q, vec![said(text("a"))]).unwrap();
    let r = first(&response, "r");
    response.withdraw(&r);
    let snapshot = serde_json::to_string(&response.snapshot()).unwrap();
    let restored =
        Response::restore(response.form().clone(), serde_json::from_str(&snapshot).unwrap()).unwrap();
    assert_eq!((fhir(&restored), due(&restored)), (fhir(&response), due(&response)));
    assert_eq!(restored.snapshot(), response.snapshot());
    // Of another form it is refused.
    let other = new(json!([{"linkId": "q", "text": "?", "type": "string"}]));
    let error =
        Response::restore(other.form().clone(), serde_json::from_str(&snapshot).unwrap()).unwrap_err();
    assert_eq!(error, RestoreError::Place("g".to_owned()));
    let place: Place = serde_json::from_str(&serde_json::to_string(&q).unwrap()).unwrap();
    assert_eq!(place, q);
}

#[test]
fn weights_are_found_by_expressions() {
    let question = |link_id: &str| {
        json!({"linkId": link_id, "text": "?", "type": "choice", "answerOption": [
        {"valueCoding": {"code": "n"}, "extension": [extension("ordinalValue", "Decimal", json!(0))]},
        {"valueCoding": {"code": "y", "extension": [extension("itemWeight", "Decimal", json!(1.5))]}}]})
    };
    let total = |link_id: &str, source: &str| {
        json!({"linkId": link_id, "text": "Total", "type": "decimal", "readOnly": true,
        "extension": [expression("calculatedExpression", source)]})
    };
    let mut response = new(json!([
        {"linkId": "g", "type": "group", "item": [question("a"), question("b")]},
        question("c"),
        total("flat", "%resource.item.where(linkId != 'flat').answer.value.weight().sum()"),
        total("deep", "%resource.descendants().where(linkId.exists()).answer.value.weight().sum()"),
        total("group", "%resource.item.where(linkId='g').item.answer.value.ordinal().sum()"),
        total("all", "%resource.repeat(item).answer.value.select(weight()).sum()")]));
    for link_id in ["a", "b", "c"] {
        set(&mut response, link_id, vec![code("y")]).unwrap();
    }
    let scores: Vec<_> = response.scores().iter().map(|score| score.value.to_string()).collect();
    // The first one reads the top of the form only, as it is written.
    assert_eq!(scores, ["1.5", "4.5", "3.0", "4.5"].map(|text| text.trim_end_matches(".0")));
}

#[test]
fn adaptive_form_grows_and_keeps_its_answers() {
    let adaptive = json!([{"url": format!("{SDC}questionnaireAdaptive"), "valueBoolean": true}]);
    let choice =
        |link_id: &str| json!({"linkId": link_id, "text": "?", "type": "choice", "answerValueSet": "#v"});
    let form = |items: Json| {
        json!({"resourceType": "Questionnaire", "id": "f", "status": "active",
                                    "extension": adaptive, "item": items})
    };
    let set = json!({"resourceType": "ValueSet", "id": "v", "expansion": {"contains": [{"code": "x"}, {"code": "y"}]}});
    let start = Form::parse(form(json!([])).to_string().as_bytes()).unwrap();
    let mut response = Response::new(Arc::new(start));
    let request = response.next_question_request(&header(ResponseStatus::Stopped));
    assert_eq!((&request["status"], &request["questionnaire"]), (&"in-progress".into(), &"#f".into()));
    for (count, status) in [(1, "in-progress"), (2, "completed")] {
        let items: Vec<_> = (0..count).map(|at| choice(&at.to_string())).collect();
        let reply = json!({"resourceType": "QuestionnaireResponse", "status": status, "contained": [form(items.into()), set]});
        let next = response.next_question_reply(&reply).unwrap();
        assert_eq!(next.is_complete, status == "completed");
        response = next.response;
        let place = response.next(None).unwrap();
        assert_eq!(response.item(&place).link_id, (count - 1).to_string());
        response.set(&place, vec![said(code("y"))]).unwrap();
    }
    let request = response.next_question_request(&header(ResponseStatus::InProgress));
    assert_eq!(
        (request["item"].as_array().unwrap().len(), request["contained"].as_array().unwrap().len()),
        (2, 2)
    );
    assert_eq!(request["contained"][1], set);
    // What an engine may answer besides: nothing is lost.
    let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no more"}]});
    let without = json!({"resourceType": "QuestionnaireResponse", "contained": [form(json!([]))]});
    let broken =
        json!({"resourceType": "QuestionnaireResponse", "contained": [form(json!([{"linkId": "a"}]))]});
    for (reply, error) in [
        (outcome, "no more"),
        (without, "no item `0`"),
        (broken, "type_unknown"),
        (json!([1]), "no Quest"),
        (json!({"resourceType": "Bundle"}), "no Quest"),
    ] {
        let found = response.next_question_reply(&reply).unwrap_err().to_string();
        assert!(found.contains(error), "{found}");
    }
}
