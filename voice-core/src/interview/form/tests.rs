//! Checks of forms.

#![expect(clippy::needless_pass_by_value, clippy::too_many_lines, reason = "tables of forms in JSON")]

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::interview::understand::{DigitsKind, Expected};
use crate::interview::{Value, understand};
use crate::language::tests::tag;

/// A form of these items.
fn form(items: Json) -> Result<Form, Problems> {
    with(json!({}), items)
}

/// A form with these fields beside its items.
fn with(mut fields: Json, items: Json) -> Result<Form, Problems> {
    let fields = fields.as_object_mut().unwrap();
    fields.entry("resourceType").or_insert("Questionnaire".into());
    fields.entry("status").or_insert("active".into());
    fields.insert("item".to_owned(), items);
    Form::parse(Json::from(fields.clone()).to_string().as_bytes())
}

/// An item with these fields beside what each needs.
fn item(fields: Json) -> Json {
    let mut item = json!({"linkId": "a", "text": "A?", "type": "string"});
    for (key, value) in fields.as_object().unwrap() {
        if value.is_null() {
            item.as_object_mut().unwrap().remove(key);
        } else {
            item[key] = value.clone();
        }
    }
    item
}

fn extension(url: &str, kind: &str, value: Json) -> Json {
    let mut extension = json!({"url": url});
    extension[format!("value{kind}")] = value;
    extension
}

const FHIR: &str = "http://hl7.org/fhir/StructureDefinition/";
const SDC: &str = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-";

fn fhir(name: &str, kind: &str, value: Json) -> Json {
    extension(&format!("{FHIR}{name}"), kind, value)
}

fn expression(name: &str, source: &str) -> Json {
    extension(
        &format!("{SDC}{name}"),
        "Expression",
        json!({"language": "text/fhirpath", "expression": source}),
    )
}

/// A question and another one with a condition on it.
fn conditional(question: Json, condition: Json) -> Json {
    json!([item(question), {"linkId": "b", "text": "B?", "type": "string", "enableWhen": [condition]}])
}

/// Forms with one problem each: its code and where it is.
fn broken() -> Vec<(ProblemCode, &'static str, Result<Form, Problems>)> {
    use ProblemCode as P;
    let nested = |depth: usize| {
        (0..depth).fold(
            item(json!({})),
            |inner, at| json!({"linkId": format!("g{at}"), "type": "group", "item": [inner]}),
        )
    };
    let many = |count: usize| -> Json {
        (0..count).map(|at| json!({"linkId": at.to_string(), "text": "?", "type": "boolean"})).collect()
    };
    let options =
        |count: usize| -> Json { (0..count).map(|at| json!({"valueString": at.to_string()})).collect() };
    let code = |code: &str| json!({"valueCoding": {"code": code}});
    let boolean = json!({"type": "boolean"});
    let when = |operator: &str, key: &str, value: Json| {
        let mut condition = json!({"question": "a", "operator": operator});
        condition[key] = value;
        condition
    };
    let limited =
        |kind: &str, extensions: Json| form(json!([item(json!({"type": kind, "extension": extensions}))]));
    vec![
        (P::NotJson, "Questionnaire", Form::parse(b"{")),
        (P::NotAQuestionnaire, "Questionnaire", Form::parse(br#"{"resourceType": "Patient"}"#)),
        (P::FormTooLarge, "Questionnaire", Form::parse(&vec![b' '; Form::MAX_BYTES + 1])),
        (P::FormEmpty, "Questionnaire.item", form(json!([]))),
        (P::TooManyItems, "Questionnaire", form(many(10_000))),
        (P::NestedTooDeeply, "Questionnaire", form(json!([nested(Form::MAX_DEPTH)]))),
        (P::NestedTooDeeply, "Questionnaire", form(json!([nested(200)]))),
        (P::ValueInvalid, "Questionnaire.item[0]", form(json!(["a"]))),
        (P::ValueInvalid, "Questionnaire.item[0].required", form(json!([item(json!({"required": 1}))]))),
        (P::ValueInvalid, "Questionnaire.item[0].maxLength", form(json!([item(json!({"maxLength": -1}))]))),
        (P::ValueInvalid, "Questionnaire.status", with(json!({"status": "ready"}), many(1))),
        (P::StatusUnusable, "Questionnaire.status", with(json!({"status": "retired"}), many(1))),
        (P::LinkIdMissing, "Questionnaire.item[0].linkId", form(json!([item(json!({"linkId": null}))]))),
        (P::LinkIdMissing, "Questionnaire.item[0].linkId", form(json!([item(json!({"linkId": " "}))]))),
        (P::LinkIdDuplicate, "Questionnaire.item[1].linkId", form(json!([item(json!({})), item(json!({}))]))),
        (P::TextMissing, "Questionnaire.item[0].text", form(json!([item(json!({"text": null}))]))),
        (
            P::TextMissing,
            "Questionnaire.item[0].text",
            form(json!([item(json!({"text": null, "type": "display"}))])),
        ),
        (P::TypeUnknown, "Questionnaire.item[0].type", form(json!([item(json!({"type": "number"}))]))),
        (P::TypeUnknown, "Questionnaire.item[0].type", form(json!([item(json!({"type": null}))]))),
        (
            P::TypeUnsupported,
            "Questionnaire.item[0].type",
            form(json!([item(json!({"type": "attachment"}))])),
        ),
        (
            P::FieldMisplaced,
            "Questionnaire.item[0].item",
            form(json!([item(json!({"type": "display", "item": [item(json!({"linkId": "b"}))]}))])),
        ),
        (
            P::FieldMisplaced,
            "Questionnaire.item[0].answerOption",
            form(json!([item(json!({"type": "boolean", "answerOption": [code("x")]}))])),
        ),
        (
            P::OptionsMissing,
            "Questionnaire.item[0].answerOption",
            form(json!([item(json!({"type": "choice"}))])),
        ),
        (
            P::OptionDuplicate,
            "Questionnaire.item[0].answerOption[1]",
            form(json!([item(json!({"type": "choice", "answerOption": [code("x"), code("x")]}))])),
        ),
        (
            P::TooManyOptions,
            "Questionnaire.item[0].answerOption",
            form(json!([item(json!({"answerOption": options(Form::MAX_OPTIONS + 1)}))])),
        ),
        (
            P::ValueSetExternal,
            "Questionnaire.item[0].answerValueSet",
            form(json!([item(json!({"type": "choice", "answerValueSet": "http://example.org/ValueSet/x"}))])),
        ),
        (
            P::ValueSetUnusable,
            "Questionnaire.item[0].answerValueSet",
            with(
                json!({"contained": [{"resourceType": "ValueSet", "id": "v", "compose": {"include": [{"system": "s"}]}}]}),
                json!([item(json!({"type": "choice", "answerValueSet": "#v"}))]),
            ),
        ),
        (
            P::ConditionQuestionUnknown,
            "Questionnaire.item[1].enableWhen[0].question",
            form(conditional(
                boolean.clone(),
                json!({"question": "z", "operator": "=", "answerBoolean": true}),
            )),
        ),
        (
            P::ConditionQuestionUnanswerable,
            "Questionnaire.item[1].enableWhen[0].question",
            form(conditional(json!({"type": "display"}), when("exists", "answerBoolean", json!(true)))),
        ),
        (
            P::ConditionOperatorUnknown,
            "Questionnaire.item[1].enableWhen[0].operator",
            form(conditional(boolean.clone(), when("like", "answerBoolean", json!(true)))),
        ),
        (
            P::ConditionOperatorMisfit,
            "Questionnaire.item[1].enableWhen[0].operator",
            form(conditional(boolean.clone(), when(">", "answerBoolean", json!(true)))),
        ),
        (
            P::ConditionAnswerMisfit,
            "Questionnaire.item[1].enableWhen[0].answer",
            form(conditional(boolean.clone(), when("=", "answerInteger", json!(1)))),
        ),
        (
            P::ConditionAnswerMisfit,
            "Questionnaire.item[1].enableWhen[0].answer",
            form(conditional(boolean.clone(), when("exists", "answerString", json!("yes")))),
        ),
        (
            P::ConditionAnswerMisfit,
            "Questionnaire.item[1].enableWhen[0].answer",
            form(conditional(boolean.clone(), json!({"question": "a", "operator": "="}))),
        ),
        (
            P::ConditionCycle,
            "Questionnaire.item[0].enableWhen",
            form(json!([item(json!({"enableWhen": [when("exists", "answerBoolean", json!(true))]}))])),
        ),
        (
            // A group cannot depend on what is inside it.
            P::ConditionCycle,
            "Questionnaire.item[0].enableWhen",
            form(json!([{"linkId": "g", "type": "group", "item": [item(json!({}))],
                         "enableWhen": [when("exists", "answerBoolean", json!(true))]}])),
        ),
        (
            P::ConditionCycle,
            "Questionnaire.item[0].enableWhen",
            form(json!([item(json!({"extension": [expression(
                "enableWhenExpression",
                "%resource.item.where(linkId = 'a').answer.exists()"
            )]}))])),
        ),
        (
            P::LimitsContradict,
            "Questionnaire.item[0]",
            limited(
                "integer",
                json!([fhir("minValue", "Integer", json!(5)), fhir("maxValue", "Integer", json!(4))]),
            ),
        ),
        (
            P::LimitsContradict,
            "Questionnaire.item[0]",
            form(json!([item(
                json!({"maxLength": 2, "extension": [fhir("minLength", "Integer", json!(3))]})
            )])),
        ),
        (
            P::LimitMisfit,
            "Questionnaire.item[0].extension[0]",
            limited("string", json!([fhir("minValue", "Integer", json!(5))])),
        ),
        (
            P::LimitMisfit,
            "Questionnaire.item[0].extension[0]",
            limited("date", json!([fhir("maxValue", "Integer", json!(5))])),
        ),
        (
            P::RegexInvalid,
            "Questionnaire.item[0].extension[0]",
            limited("string", json!([fhir("regex", "String", json!("(a"))])),
        ),
        (
            P::InitialMisfit,
            "Questionnaire.item[0].initial[0]",
            form(json!([item(json!({"type": "integer", "initial": [{"valueString": "1"}]}))])),
        ),
        (
            P::EntryModeUnsupported,
            "Questionnaire.extension",
            with(
                json!({"extension": [extension(&format!("{SDC}entryMode"), "Code", json!("random"))]}),
                many(1),
            ),
        ),
        (
            P::ModifierUnknown,
            "Questionnaire.item[0].modifierExtension[0]",
            form(json!([item(json!({"modifierExtension": [{"url": "urn:x"}]}))])),
        ),
        (
            P::ExtensionInvalid,
            "Questionnaire.item[0].extension",
            limited("string", json!([extension("urn:libvoice:confirm", "Code", json!("sometimes"))])),
        ),
        (
            P::ExpressionUnsupported,
            "Questionnaire.item[0].extension[0]",
            limited("integer", json!([expression("calculatedExpression", "today()")])),
        ),
        (
            P::ExpressionUnsupported,
            "Questionnaire.item[0].extension",
            limited("integer", json!([expression("calculatedExpression", "%total + 1")])),
        ),
    ]
}

#[test]
fn each_problem_has_a_code_and_a_path() {
    let mut seen = BTreeSet::from([ProblemCode::TranslationMissing]);
    for (code, path, form) in broken() {
        let problems = form.err().unwrap_or_else(|| panic!("{code} at {path} was accepted"));
        let [problem] = problems.iter().collect::<Vec<_>>()[..] else { panic!("{code}: {problems}") };
        assert_eq!((problem.code, problem.path.as_str()), (code, path), "{problem}");
        assert!(!problem.sentence.is_empty() && !problem.sentence.ends_with('.'), "{problem}");
        seen.insert(code);
    }
    let all: BTreeSet<_> = ProblemCode::ALL.iter().copied().collect();
    assert_eq!(seen, all, "a code without a form that has it");
}

#[test]
fn documentation_has_every_code() {
    let page = include_str!("../../../../docs/interview.md");
    let listed: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | ").map(|(code, _)| code))
        .filter(|code| code.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'))
        .collect();
    assert!(ProblemCode::ALL.iter().all(|code| listed.contains(&code.as_str())), "{listed:?}");
    assert_eq!(listed.iter().filter(|code| code.contains('_')).count(), ProblemCode::ALL.len(), "{listed:?}");
}

#[test]
fn all_problems_are_listed_at_once() {
    let problems = form(json!([
        item(json!({"text": null})),
        item(json!({"type": "integer", "initial": [{"valueString": "1"}], "maxLength": 0})),
        item(json!({"linkId": "b", "type": "nothing"})),
    ]))
    .unwrap_err();
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(
        codes,
        ["text_missing", "link_id_duplicate", "value_invalid", "initial_misfit", "type_unknown"],
        "{problems}"
    );
}

#[test]
fn large_forms_are_decided_quickly() {
    let many = |count: usize| -> Json {
        let item = |at: usize| {
            let mut item = json!({"linkId": at.to_string(), "text": "?", "type": "boolean"});
            if at > 0 {
                let condition =
                    json!({"question": (at - 1).to_string(), "operator": "exists", "answerBoolean": true});
                item["enableWhen"] = json!([condition]);
            }
            item
        };
        (0..count).map(item).collect()
    };
    assert_eq!(form(many(Form::MAX_ITEMS)).unwrap().items().len(), Form::MAX_ITEMS);
    // A circle of all items is found without a search from each of them.
    let mut items = many(Form::MAX_ITEMS);
    items[0]["enableWhen"] =
        json!([{"question": (Form::MAX_ITEMS - 1).to_string(), "operator": "exists", "answerBoolean": true}]);
    let problems = form(items).unwrap_err();
    assert!(problems.contains(ProblemCode::ConditionCycle));
    assert!(problems.to_string().len() < 100_000, "{}", problems.to_string().len());
}

#[test]
fn languages_are_those_with_every_text() {
    let translation = |language: &str, content: &str| {
        json!({"url": format!("{FHIR}translation"), "extension": [
            {"url": "lang", "valueCode": language}, {"url": "content", "valueString": content}]})
    };
    let bilingual = |text: &str| json!({"extension": [translation("ar-SA", text)]});
    let options = json!([{"valueCoding": {"code": "y", "display": "Yes", "_display": bilingual("نعم")}},
                         {"valueCoding": {"code": "n", "display": "No"}}]);
    let mut items = json!([item(
        json!({"type": "choice", "_text": bilingual("هل تشعر بألم؟"), "answerOption": options})
    )]);
    let form = with(json!({"language": "en", "title": "Pain"}), items.clone()).unwrap();
    assert_eq!(form.languages(), [tag("en")]);
    let problems = form.check_language(&tag("ar")).unwrap_err();
    assert_eq!(
        (problems.iter().count(), problems.first().path.as_str(), problems.first().code),
        (1, "Questionnaire.item[0].answerOption[1]", ProblemCode::TranslationMissing)
    );
    items[0]["answerOption"][1]["valueCoding"]["_display"] = bilingual("لا");
    let form = with(json!({"language": "en", "title": "Pain"}), items).unwrap();
    form.check_language(&tag("ar")).unwrap();
    form.check_language(&tag("en-GB")).unwrap();
    form.check_language(&tag("fr")).unwrap_err();
    assert_eq!(form.languages(), [tag("en"), tag("ar-SA")]);
    let question = &form.items()[0];
    assert_eq!((question.text(&tag("ar")), question.text(&tag("en"))), ("هل تشعر بألم؟", "A?"));
    // Without a language, the script of the texts tells it.
    let arabic = super::Form::parse(
        r#"{"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "text": "هل تدخن؟", "type": "boolean"}]}"#.as_bytes(),
    );
    assert_eq!(arabic.unwrap().languages(), [tag("ar")]);
}

#[test]
fn extensions_of_questions_are_read() {
    let lang = |url: &str, language: &str, content: &str| {
        json!({"url": url, "extension": [{"url": "lang", "valueCode": language},
                                         {"url": "content", "valueString": content}]})
    };
    let form = form(json!([
        item(json!({"type": "integer", "text": "Pain from 0 to 10?", "extension": [
            fhir("minValue", "Integer", json!(0)),
            fhir("maxValue", "Integer", json!(10)),
            fhir("questionnaire-sliderStepValue", "Integer", json!(1)),
            extension(&format!("{SDC}shortText"), "String", json!("pain")),
            lang("urn:libvoice:spoken-text", "ar", "كَمِ الأَلَمُ؟"),
            extension("urn:libvoice:confirm", "Code", json!("always")),
            extension("urn:libvoice:confidence", "Decimal", json!(0.75)),
            extension("urn:libvoice:critical", "Boolean", json!(true)),
            extension("urn:libvoice:measurement", "Duration", json!({"value": 3, "unit": "min", "code": "min"})),
            {"url": "urn:libvoice:escalation", "extension": [
                {"url": "operator", "valueCode": ">="}, {"url": "value", "valueInteger": 8},
                {"url": "action", "valueCode": "clinician"},
                {"url": "message", "valueString": "A nurse will call."},
                {"url": "continue", "valueBoolean": false}]}
        ]})),
        item(json!({"linkId": "b", "type": "choice", "repeats": true, "answerOption": [
            {"valueCoding": {"code": "x", "display": "Cough"}, "extension": [
                lang("urn:libvoice:synonym", "en", "coughing"), fhir("ordinalValue", "Decimal", json!(2))]},
            {"valueCoding": {"code": "n", "display": "None"}, "extension": [
                fhir("questionnaire-optionExclusive", "Boolean", json!(true))]}]})),
        item(json!({"linkId": "c", "extension": [extension("urn:libvoice:digits", "Code", json!("saudi-id"))]})),
        item(json!({"linkId": "d", "type": "quantity", "extension": [
            fhir("questionnaire-unitOption", "Coding", json!({"system": "http://unitsofmeasure.org", "code": "kg", "display": "kilograms"})),
            fhir("questionnaire-unitOption", "Coding", json!({"system": "http://unitsofmeasure.org", "code": "g"}))]})),
        item(json!({"linkId": "e", "type": "date", "extension": [fhir("maxValue", "Date", json!("2026-02"))]})),
        item(json!({"linkId": "f", "type": "coding", "answerConstraint": "optionsOrString",
                    "answerOption": [{"valueCoding": {"code": "x"}}]})),
    ]))
    .unwrap();
    let english = tag("en");
    let [pain, symptoms, id, weight, day, open] = form.items() else { panic!() };
    assert_eq!((pain.short(&english), pain.spoken(&tag("ar"))), ("pain", "كَمِ الأَلَمُ؟"));
    assert_eq!(pain.voice.confirm, Some(Confirm::Always));
    assert_eq!(pain.voice.confidence, Some(0.75));
    assert_eq!((pain.voice.critical, pain.voice.measurement), (true, Some(Duration::from_mins(3))));
    let escalation = &pain.voice.escalations[0];
    assert_eq!((escalation.operator, &escalation.value), (Operator::GreaterOrEqual, &Value::Integer(8)));
    assert_eq!((escalation.action, escalation.continues), (EscalationAction::Clinician, false));
    let range = Some(0.into()..=10.into());
    assert_eq!(pain.expected(&english), Some(Expected::Number { is_whole: true, range }));
    let Some(Expected::Choice { options, is_multiple: true, is_open: false }) = symptoms.expected(&english)
    else {
        panic!("{:?}", symptoms.expected(&english))
    };
    assert_eq!(
        (options[0].synonyms.as_slice(), options[0].number),
        (&["coughing".to_owned()][..], Some(2.into()))
    );
    assert!(symptoms.options[1].exclusive);
    assert_eq!(id.expected(&english), Some(Expected::Digits(DigitsKind::SaudiId)));
    let units = vec![
        understand::Unit { code: "kg".to_owned(), display: "kilograms".to_owned() },
        understand::Unit { code: "g".to_owned(), display: "g".to_owned() },
    ];
    assert_eq!(weight.expected(&english), Some(Expected::Quantity { units, range: None }));
    let last = "0001-01-01".parse().unwrap()..="2026-02-28".parse().unwrap();
    assert_eq!(day.expected(&english), Some(Expected::Date { range: Some(last) }));
    assert_eq!(open.kind, Kind::OpenChoice);
}

#[test]
fn contained_value_sets_are_options() {
    let concepts = json!([{"code": "a", "display": "Alpha", "designation": [{"language": "ar", "value": "ألفا"}]},
                          {"code": "b", "display": "Beta", "extension": [fhir("itemWeight", "Decimal", json!(3))]}]);
    let sets = json!([
        {"resourceType": "ValueSet", "id": "composed", "url": "http://example.org/vs",
         "compose": {"include": [{"system": "urn:s", "concept": concepts}]}},
        {"resourceType": "ValueSet", "id": "expanded", "expansion": {"contains": [
            {"system": "urn:s", "code": "group", "abstract": true, "contains": [{"system": "urn:s", "code": "a"}]}]}},
        {"resourceType": "CodeSystem", "id": "system", "url": "urn:t", "concept": concepts},
        {"resourceType": "ValueSet", "id": "whole", "compose": {"include": [{"system": "urn:t"}]}},
    ]);
    for (set, system, codes) in [
        ("#composed", "urn:s", &["a", "b"][..]),
        ("http://example.org/vs|2", "urn:s", &["a", "b"]),
        ("#expanded", "urn:s", &["a"]),
        ("#whole", "urn:t", &["a", "b"]),
    ] {
        let items = json!([item(json!({"type": "choice", "answerValueSet": set}))]);
        let form = with(json!({"contained": sets}), items).unwrap();
        let found: Vec<_> = form.items()[0]
            .options
            .iter()
            .map(|option| match &option.value {
                Value::Coding(coding) => (coding.system.as_deref(), coding.code.as_deref()),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected: Vec<_> = codes.iter().map(|code| (Some(system), Some(*code))).collect();
        assert_eq!(found, expected, "{set}");
        let options = &form.items()[0].options;
        if let [first, second] = options.as_slice() {
            assert_eq!((first.label(&tag("ar")), second.weight), ("ألفا", Some(3.into())));
        }
    }
}

#[test]
fn blood_pressure_is_one_question() {
    let loinc = |code: &str| json!([{"system": "http://loinc.org", "code": code}]);
    let form = form(json!([{"linkId": "bp", "type": "group", "text": "Blood pressure?", "code": loinc("85354-9"), "item": [
        item(json!({"linkId": "s", "type": "integer", "code": loinc("8480-6")})),
        item(json!({"linkId": "d", "type": "integer", "code": loinc("8462-4")}))]}]))
    .unwrap();
    let group = &form.items()[0];
    assert_eq!(group.expected(&tag("en")), Some(Expected::BloodPressure));
    let parts = group.blood_pressure.unwrap();
    assert_eq!((Some(parts.systolic), Some(parts.diastolic)), (form.find("s"), form.find("d")));
}
