//! Expressions and their results.

use serde_json::{Value as Json, json};

use super::*;
use crate::interview::form::Form;

/// The result as JSON.
fn evaluate(source: &str, response: &Json) -> String {
    let form = json!({"resourceType": "Questionnaire", "status": "active",
                      "item": [{"linkId": "n", "text": "?", "type": "string"}]});
    let form = Form::parse(form.to_string().as_bytes()).unwrap();
    let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    let context = Context::new(&form, response);
    let nodes = context.evaluate(&expression, None, Vec::new());
    let values = nodes.iter().map(|node| match node {
        Node::Object(object, _) => Json::Object((*object).clone()),
        Node::Text(text) => text.as_str().into(),
        Node::Number(number) => {
            let text = number.normalize().to_string();
            text.parse::<i64>().map_or_else(|_| text.parse::<f64>().unwrap().into(), Json::from)
        }
        Node::Boolean(value) => (*value).into(),
    });
    values.collect::<Json>().to_string()
}

#[test]
fn results_are_those_of_another_implementation() {
    let response = json!({"resourceType": "QuestionnaireResponse", "status": "in-progress", "item": [
        {"linkId": "g", "item": [{"linkId": "w", "answer": [{"valueDecimal": 80.5}]},
                                 {"linkId": "h", "answer": [{"valueInteger": 175}]}]},
        {"linkId": "n", "answer": [{"valueString": "Abc"}]},
        {"linkId": "d", "answer": [{"valueDate": "2026-02-03"}]},
        {"linkId": "c", "answer": [{"valueCoding": {"code": "x", "display": "X"}}, {"valueCoding": {"code": "y"}}]},
        {"linkId": "e"}]});
    // The results of fhirpath.js 5.2.2 on the same resource.
    for (source, result) in [
        ("%resource.item.where(linkId='g').item.where(linkId='w').answer.value", "[80.5]"),
        (
            "(%resource.item.item.where(linkId='w').answer.value / (%resource.item.item.where(linkId='h').answer.value / 100).power(2)).round(1)",
            "[26.3]",
        ),
        ("%resource.item.answer.value.count()", "[4]"),
        (
            "%resource.item.where(linkId='n').answer.value & '-' & %resource.item.where(linkId='e').answer.value",
            r#"["Abc-"]"#,
        ),
        ("%resource.item.where(linkId='e').answer.value + 'a'", "[]"),
        (
            "%resource.item.where(linkId='n').answer.value = 'Abc' and %resource.item.where(linkId='e').answer.exists()",
            "[false]",
        ),
        ("%resource.item.where(linkId='e').answer.value = 'a' or true", "[true]"),
        ("%resource.item.where(linkId='e').answer.value = 'a'", "[]"),
        ("%resource.item.where(linkId='d').answer.value > @2026-01-31", "[true]"),
        ("%resource.item.where(linkId='d').answer.value > @2026-02", "[]"),
        ("%resource.item.where(linkId='c').answer.value.code contains 'y'", "[true]"),
        ("'z' in %resource.item.where(linkId='c').answer.value.code", "[false]"),
        ("%resource.item.where(linkId='c').answer.value.where(code = 'x').display.lower()", r#"["x"]"#),
        ("%resource.repeat(item).linkId", r#"["g","n","d","c","e","w","h"]"#),
        ("%resource.descendants().where(linkId.exists()).count()", "[7]"),
        ("%resource.item[1].linkId", r#"["n"]"#),
        ("%resource.item.linkId.last()", r#"["e"]"#),
        ("%resource.item.first().item.select(linkId & '!')", r#"["w!","h!"]"#),
        ("iif(%resource.item.where(linkId='w').exists(), 1, 2)", "[2]"),
        ("iif({}, 1)", "[]"),
        ("1 + 2 * 3 - 4 / 2", "[5]"),
        ("-7 div 2", "[-3]"),
        ("7 mod 3", "[1]"),
        ("-(3 - 1)", "[-2]"),
        ("2.5.round()", "[3]"),
        ("3.14159.round(2)", "[3.14]"),
        ("1 | 2 | 1", "[1,2]"),
        ("(1 | 2 | 3).sum()", "[6]"),
        ("{}.sum()", "[]"),
        ("(1 | 5).max()", "[5]"),
        ("(4 | 6).avg()", "[5]"),
        ("true xor false", "[true]"),
        ("{} implies true", "[true]"),
        ("true implies {}", "[]"),
        ("(true).not()", "[false]"),
        ("'a' < 'b'", "[true]"),
        ("1 < 1.5 and 1 <= 1", "[true]"),
        ("'AB ' ~ 'ab'", "[false]"),
        ("1 != {}", "[]"),
        ("({}).empty()", "[true]"),
        ("{}.exists().not()", "[true]"),
        ("'abc'.contains('b')", "[true]"),
        ("'abc'.startsWith('b')", "[false]"),
        ("'12'.toInteger() + 1", "[13]"),
        ("'x'.toInteger()", "[]"),
        ("'1.50'.toDecimal()", "[1.5]"),
        ("1.toString() & 'a'", r#"["1a"]"#),
        ("'abc'.length()", "[3]"),
        ("(1|2|3).where($this > 1)", "[2,3]"),
        ("(1|2|3).all($this > 0)", "[true]"),
        ("('a'|'b').where($index = 1)", r#"["b"]"#),
        ("QuestionnaireResponse.item.count()", "[5]"),
        ("item.where(linkId = 'g').item.answer.value.count()", "[2]"),
        ("(1|2|3).skip(1).take(1)", "[2]"),
        ("(1|2|3).tail()", "[2,3]"),
        ("(1|2).intersect(2|3)", "[2]"),
        ("(1|2).exclude(2)", "[1]"),
        ("(1|1).combine(1).count()", "[2]"),
        ("5.0 = 5", "[true]"),
        ("@2026-02-03 = @2026-02-03", "[true]"),
        ("@2026 = @2026-02", "[]"),
        ("1 is Integer", "[true]"),
        ("'a' is String", "[true]"),
        ("%resource.item.answer.value.ofType(Coding).code", r#"["x","y"]"#),
        ("2 * 3 > 5 and 1 = 1 or false", "[true]"),
        ("1 + {}", "[]"),
        ("1 / 0", "[]"),
        ("10 'kg'.exists()", "[true]"),
    ] {
        assert_eq!(evaluate(source, &response), result, "{source}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    for (source, reason) in [
        ("now()", "`now` is not known"),
        ("1 +", "has no end"),
        ("where(", "has no end"),
        ("item.where()", "wrong number of arguments"),
        ("'abc", "a text has no end"),
        ("a b", "`b` is not expected"),
        ("a # b", "`#` is no sign"),
        ("$total", "`$total` is not known"),
        ("", "has no end"),
    ] {
        let error = Expression::parse(source).unwrap_err().to_string();
        assert!(error.contains(reason), "{source}: {error}");
    }
    for long in
        ["(".repeat(10_000), "-".repeat(10_000), format!("a{}", ".b".repeat(5_000)), "1+".repeat(5_000) + "1"]
    {
        Expression::parse(&long).unwrap_err();
    }
}

#[test]
fn long_evaluations_end() {
    let response =
        json!({"resourceType": "QuestionnaireResponse", "item": vec![json!({"linkId": "a"}); 500]});
    let source = "%resource.item.where(%resource.item.where(%resource.item.exists()).exists()).count()";
    assert_eq!(evaluate(source, &response), "[]");
}
