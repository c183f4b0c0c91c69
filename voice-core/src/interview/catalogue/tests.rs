//! The forms that ship, and folders of forms.

mod diacritics;

use std::collections::HashSet;
use std::fs;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use unicode_normalization::is_nfc;

use crate::interview::Form;

use super::{Catalogue, CatalogueProblemKind, SHIPPED, compare_versions};

const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";
const SPOKEN: &str = "urn:libvoice:spoken-text";
const SHORT: &str = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText";

fn shipped() -> impl Iterator<Item = (&'static str, Json)> {
    SHIPPED.into_iter().map(|(name, json)| (name, serde_json::from_slice(json).unwrap()))
}

/// Every object of `json`, with its path.
fn objects(json: &Json, path: &str, visit: &mut impl FnMut(&str, &Json)) {
    match json {
        Json::Object(fields) => {
            visit(path, json);
            for (name, field) in fields {
                objects(field, &format!("{path}.{name}"), visit);
            }
        }
        Json::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                objects(element, &format!("{path}[{at}]"), visit);
            }
        }
        _ => {}
    }
}

/// The extensions of `object` with this URL.
fn extensions<'a>(object: &'a Json, url: &str) -> impl Iterator<Item = &'a Json> {
    let all = object["extension"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(move |extension| extension["url"] == url)
}

/// The text for a language in the extensions of `object` with this URL.
fn text_for<'a>(object: &'a Json, url: &str, language: &str) -> Option<&'a str> {
    let mut found = extensions(object, url).filter_map(|extension| {
        let part = |name| extensions(extension, name).next();
        (part("lang")?["valueCode"] == language).then(|| part("content")?["valueString"].as_str())?
    });
    let first = found.next();
    assert_eq!(found.next(), None, "two texts of {url} for {language}");
    first
}

/// The items of a form, with those inside them.
fn items(json: &Json) -> Vec<&Json> {
    let inside = json["item"].as_array().map(Vec::as_slice).unwrap_or_default();
    inside.iter().flat_map(|item| std::iter::once(item).chain(items(item))).collect()
}

fn is_read(item: &Json) -> bool {
    item["readOnly"] != true
}

#[test]
fn shipped_forms_have_arabic_and_english_texts() {
    for (name, form) in shipped() {
        assert_eq!(form["language"], "en", "{name}");
        objects(&form, name, &mut |path, object| {
            for field in ["title", "text", "display", "valueString"] {
                // Of a code or unit, the text is a term of its system, and a text of an extension has its language.
                let is_term =
                    path.contains(".code[") || path.contains("valueCoding") && !path.contains("answerOption");
                let has_language = object["url"] == "content" || object.get("designation").is_some();
                if object.get(field).is_some() && !is_term && !has_language && !path.contains("answerCoding")
                {
                    let arabic = text_for(&object[format!("_{field}")], TRANSLATION, "ar");
                    assert!(arabic.is_some_and(|text| !text.is_empty()), "{path}.{field}");
                }
            }
            if object.get("designation").is_some() {
                assert_eq!(object["designation"][0]["language"], "ar", "{path}");
            }
        });
        for item in items(&form).into_iter().filter(|item| is_read(item)) {
            let link_id = &item["linkId"];
            for language in ["ar", "en"] {
                let spoken = text_for(item, SPOKEN, language);
                assert!(spoken.is_some_and(|text| !text.is_empty()), "{name} {link_id} {language}");
            }
        }
    }
    for form in Catalogue::embedded().forms() {
        for language in ["ar", "ar-SA", "en-GB"] {
            form.check_language(&language.parse().unwrap()).unwrap();
        }
        assert_eq!(form.warnings(), [], "{:?}", form.url());
    }
}

#[test]
fn spoken_arabic_texts_have_all_their_signs() {
    let mut count = 0;
    for (name, form) in shipped() {
        objects(&form, name, &mut |path, object| {
            let mut check = |text: &str| {
                assert!(is_nfc(text), "{path}: {text}");
                let missing = diacritics::missing(text);
                assert!(missing.is_empty(), "{path}: {missing:?} in {text}");
                count += 1;
            };
            if let Some(text) = text_for(object, SPOKEN, "ar") {
                check(text);
            }
            if object["url"] == SHORT || object["url"] == "message" {
                check(text_for(&object["_valueString"], TRANSLATION, "ar").unwrap());
            }
            for option in object["answerOption"].as_array().into_iter().flatten() {
                assert!(text_for(option, SPOKEN, "ar").is_some(), "{path}: {option}");
            }
        });
    }
    assert!(count > 100, "{count}");
}

/// LOINC's check digit: Luhn's.
fn has_check_digit(code: &str) -> bool {
    let Some((number, check)) = code.split_once('-') else { return false };
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 })
        .map(|product| product / 10 + product % 10)
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

#[test]
fn codes_of_shipped_forms_are_unique_and_well_formed() {
    for (name, form) in shipped() {
        let (mut link_ids, mut questions) = (HashSet::new(), HashSet::new());
        for item in items(&form) {
            let link_id = item["linkId"].as_str().unwrap();
            assert!(link_ids.insert(link_id), "{name} {link_id}");
            // Two readings have the same codes: their number is part of the name.
            let reading = link_id.rsplit_once('-').map_or("", |(_, reading)| reading);
            if let Some(code) = item["code"][0]["code"].as_str() {
                assert!(
                    questions.insert((code, if code == link_id { "" } else { reading })),
                    "{name} {link_id}"
                );
            }
            let options = item["answerOption"].as_array().into_iter().flatten();
            let mut options: Vec<_> =
                options.map(|option| option["valueCoding"]["code"].as_str().unwrap()).collect();
            let count = options.len();
            options.sort_unstable();
            options.dedup();
            assert_eq!(options.len(), count, "{name} {link_id}");
        }
        objects(&form, name, &mut |path, object| {
            let Some(code) = object["code"].as_str().filter(|_| object["system"] == "http://loinc.org")
            else {
                return;
            };
            assert!(code.starts_with("LA") || has_check_digit(code), "{path}: {code}");
        });
    }
    assert!(has_check_digit("44249-1") && !has_check_digit("44249-2") && !has_check_digit("44294-1"));
}

/// A form with one question.
fn form(url: &str, version: &str) -> Json {
    json!({
        "resourceType": "Questionnaire", "status": "active", "url": url, "version": version,
        "item": [{"linkId": "1", "text": "Well?", "type": "boolean"}],
    })
}

fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn shipped_forms_are_found_by_url_and_version() {
    let catalogue = Catalogue::embedded();
    assert_eq!(catalogue.forms().len(), SHIPPED.len());
    for (name, json) in shipped() {
        let stem = name.strip_suffix(".json").unwrap();
        let url = format!("urn:libvoice:form:{stem}");
        assert_eq!(json["url"], url.as_str());
        let found = catalogue.find(&url, None).unwrap();
        assert_eq!(found.version(), Some("1.0.0"));
        assert_eq!(catalogue.find(&format!("{url}|1.0.0"), None), Some(found));
        assert_eq!(catalogue.find(&url, Some("1.0.0")), Some(found));
        assert_eq!(catalogue.find(&url, Some("2.0.0")), None);
    }
    assert!(catalogue.find("urn:libvoice:form:none", None).is_none());
}

#[test]
fn latest_version_is_found_without_a_version() {
    let forms = ["1.9", "1.10", "1.10-beta", "1.2"].map(|version| form("urn:x", version).to_string());
    let files: Vec<_> = ["a.json", "b.json", "c.json", "d.json"].into_iter().zip(forms).collect();
    let folder = folder(&files);
    let catalogue = Catalogue::open(folder.path()).unwrap();
    assert_eq!(catalogue.find("urn:x", None).unwrap().version(), Some("1.10"));
    assert_eq!(catalogue.find("urn:x|1.9", None).unwrap().version(), Some("1.9"));
    for pair in
        ["", "1", "1.0-alpha", "1.0-alpha.2", "1.0-beta", "1.0", "1.0.1", "1.2", "1.10", "2024-06-01", "x"]
            .windows(2)
    {
        assert!(compare_versions(pair[0], pair[1]).is_lt() || pair == ["", "1"], "{pair:?}");
    }
}

#[test]
fn every_problem_of_a_folder_is_listed() {
    let mut second = form("urn:x", "1");
    second["item"][0]["type"] = json!("colour");
    let mut nameless = form("urn:x", "2");
    nameless.as_object_mut().unwrap().remove("url");
    let folder = folder(&[
        ("a.json", form("urn:x", "1").to_string()),
        ("b.json", second.to_string()),
        ("c.JSON", "{".to_owned()),
        ("d.json", form("urn:x", "1").to_string()),
        ("e.json", nameless.to_string()),
        (".f.json", "left by an editor".to_owned()),
        ("README.md", "no form".to_owned()),
    ]);
    fs::create_dir(folder.path().join("g.json")).unwrap();
    let problems = Catalogue::open(folder.path()).unwrap_err();
    let listed: Vec<_> = problems
        .iter()
        .map(|problem| {
            let name = problem.file.file_name().unwrap().to_str().unwrap();
            let kind = match &problem.kind {
                CatalogueProblemKind::Form(problems) => problems.first().code.as_str(),
                CatalogueProblemKind::UrlMissing => "no url",
                CatalogueProblemKind::Duplicate(other) if other.ends_with("a.json") => "as a.json",
                _ => "other",
            };
            (name, kind)
        })
        .collect();
    let expected =
        [("b.json", "type_unknown"), ("c.JSON", "not_json"), ("d.json", "as a.json"), ("e.json", "no url")];
    assert_eq!(listed, expected);
    assert_eq!(problems.to_string().lines().count(), 4, "{problems}");

    let missing = Catalogue::open(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing.iter().next().unwrap().kind, CatalogueProblemKind::Unreadable(_)));
}

#[cfg(unix)]
#[test]
fn pipe_among_forms_is_refused_at_once() {
    let folder = folder(&[]);
    let pipe = folder.path().join("a.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let problems = Catalogue::open(folder.path()).unwrap_err();
    assert!(problems.to_string().contains("not a regular file"), "{problems}");
}

#[test]
fn failed_reload_keeps_the_forms() {
    let folder = folder(&[("a.json", form("urn:x", "1").to_string())]);
    let mut catalogue = Catalogue::open(folder.path()).unwrap();
    fs::write(folder.path().join("b.json"), "{").unwrap();
    catalogue.reload().unwrap_err();
    assert_eq!(catalogue.forms().len(), 1);
    fs::write(folder.path().join("b.json"), form("urn:x", "2").to_string()).unwrap();
    catalogue.reload().unwrap();
    assert_eq!(catalogue.find("urn:x", None).unwrap().version(), Some("2"));
}

#[test]
fn form_in_the_documentation_is_complete() {
    let page = include_str!("../../../../docs/forms.md");
    let json = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let form = Form::parse(json.as_bytes()).unwrap();
    form.check_language(&"ar".parse().unwrap()).unwrap();
    assert_eq!(form.warnings(), []);
    let spoken = form.items()[0].spoken(&"ar".parse().unwrap());
    assert_eq!(diacritics::missing(spoken), [""; 0]);
}
