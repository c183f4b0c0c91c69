//! Reads and checks the JSON of a form.

mod conditions;
mod expressions;
mod extensions;
mod item;
mod limits;
mod options;
mod values;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};

use super::expressions::Expressions;
use super::{Form, FormSettings, Item, Problem, ProblemCode, Problems, Translated};
use crate::interview::Coding;
use crate::language::LanguageTag;
use crate::text::writing;

use extensions::url;

pub(in crate::interview) use values::{coding, decimal, fit, value};

/// What has been read so far.
struct Reader<'a> {
    /// The form's own language.
    language: LanguageTag,
    items: Vec<Item>,
    /// The JSON of each item.
    sources: Vec<&'a Map<String, Json>>,
    by_link_id: HashMap<String, super::ItemId>,
    /// Contained resources by their id.
    contained: BTreeMap<&'a str, &'a Map<String, Json>>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

pub(super) fn form(json: &[u8]) -> Result<Form, Problems> {
    let fail = |code, sentence: String| Problems::new(vec![Problem::new("Questionnaire", code, sentence)]);
    if json.len() > Form::MAX_BYTES {
        let sentence = format!("has {} bytes; {} are the most", json.len(), Form::MAX_BYTES);
        return Err(fail(ProblemCode::FormTooLarge, sentence));
    }
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    let source: Json = serde_json::from_slice(json).map_err(|error| match error.to_string() {
        text if text.starts_with("recursion limit") => {
            fail(ProblemCode::NestedTooDeeply, format!("is nested too deeply: {text}"))
        }
        text => fail(ProblemCode::NotJson, format!("is no JSON: {text}")),
    })?;
    let Some(root) = source.as_object().filter(|root| text(root, "resourceType") == Some("Questionnaire"))
    else {
        let sentence = "has no resourceType Questionnaire; give a FHIR R4 Questionnaire in JSON".to_owned();
        return Err(fail(ProblemCode::NotAQuestionnaire, sentence));
    };
    check_size(root).map_err(|(code, sentence)| fail(code, sentence))?;

    let mut reader = Reader {
        language: form_language(root),
        items: Vec::new(),
        sources: Vec::new(),
        by_link_id: HashMap::new(),
        contained: contained(root),
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    reader.root(root);
    reader.read_items(root, "Questionnaire", None, 1);
    // The questions of an adaptive form arrive one after the other.
    let is_adaptive = extensions::first(root, url::ADAPTIVE).is_some();
    if reader.items.is_empty() && reader.problems.is_empty() && !is_adaptive {
        reader.problem("Questionnaire.item", ProblemCode::FormEmpty, "is empty: nothing can be asked");
    }
    let order = reader.read_conditions();
    let title = reader.translated(root, "title");
    let settings = reader.settings(root);
    let expressions = reader.expressions(root, &[], "Questionnaire");
    reader.check_variables(&expressions);
    if !reader.problems.is_empty() {
        return Err(Problems::new(reader.problems));
    }
    let Reader { items, by_link_id, warnings, .. } = reader;
    let mut form = Form {
        url: text(root, "url").map(str::to_owned),
        version: text(root, "version").map(str::to_owned),
        title,
        codes: codings(root.get("code")),
        items,
        by_link_id,
        order,
        settings,
        languages: Vec::new(),
        warnings,
        expressions,
        has_expressions: false,
        source,
    };
    form.has_expressions =
        form.items.iter().map(|item| &item.expressions).chain([&form.expressions]).any(|own| !own.is_empty());
    form.languages = form.complete_languages();
    Ok(form)
}

/// Counts the items before any of them is read.
fn check_size(root: &Map<String, Json>) -> Result<(), (ProblemCode, String)> {
    let mut count = 0_usize;
    let mut waiting = vec![(root, 0_usize)];
    while let Some((item, depth)) = waiting.pop() {
        if depth > Form::MAX_DEPTH {
            let sentence = format!("has items {depth} deep; {} is the most", Form::MAX_DEPTH);
            return Err((ProblemCode::NestedTooDeeply, sentence));
        }
        for child in array(item, "item").iter().filter_map(Json::as_object) {
            count += 1;
            waiting.push((child, depth + 1));
        }
    }
    if count > Form::MAX_ITEMS {
        let sentence = format!("has {count} items; {} are the most", Form::MAX_ITEMS);
        return Err((ProblemCode::TooManyItems, sentence));
    }
    Ok(())
}

/// The language that the form names. Without one it is that of its script: Arabic or English.
fn form_language(root: &Map<String, Json>) -> LanguageTag {
    if let Some(language) = text(root, "language").and_then(|tag| tag.parse().ok()) {
        return language;
    }
    let mut sample = String::new();
    let mut waiting = vec![root];
    while let Some(item) = waiting.pop() {
        for key in ["title", "text"] {
            sample.extend(text(item, key).into_iter().chain([" "]));
        }
        if sample.len() > 2_000 {
            break;
        }
        waiting.extend(array(item, "item").iter().filter_map(Json::as_object));
    }
    let is_arabic = writing::main_script(&sample) == Some(unicode_script::Script::Arabic);
    LanguageTag::of_code(if is_arabic { "ar" } else { "en" })
}

fn contained(root: &Map<String, Json>) -> BTreeMap<&str, &Map<String, Json>> {
    let resources = array(root, "contained").iter().filter_map(Json::as_object);
    resources.filter_map(|resource| Some((text(resource, "id")?, resource))).collect()
}

impl<'a> Reader<'a> {
    fn problem(&mut self, path: impl Into<String>, code: ProblemCode, sentence: impl Into<String>) {
        self.problems.push(Problem::new(path, code, sentence));
    }

    fn warning(&mut self, path: impl Into<String>, code: ProblemCode, sentence: impl Into<String>) {
        self.warnings.push(Problem::new(path, code, sentence));
    }

    /// The fields of the form itself.
    fn root(&mut self, root: &'a Map<String, Json>) {
        let path = "Questionnaire";
        self.check_modifiers(root, path);
        match text(root, "status") {
            Some("draft" | "active" | "unknown") => {}
            Some("retired") => {
                self.problem(
                    format!("{path}.status"),
                    ProblemCode::StatusUnusable,
                    "is `retired`: use the form that follows it",
                );
            }
            _ => self.problem(
                format!("{path}.status"),
                ProblemCode::ValueInvalid,
                "must be draft, active, retired or unknown",
            ),
        }
        if text(root, "language").is_none() {
            let sentence = format!("is missing; the texts are taken as `{}`", self.language);
            self.warning(format!("{path}.language"), ProblemCode::ValueInvalid, sentence);
        }
        for key in ["url", "version", "title", "language"] {
            if root.get(key).is_some_and(|value| !value.is_string()) {
                self.problem(format!("{path}.{key}"), ProblemCode::ValueInvalid, "must be a text");
            }
        }
        if extensions::code(root, url::ENTRY_MODE) == Some("random") {
            self.problem(
                format!("{path}.extension"),
                ProblemCode::EntryModeUnsupported,
                "has the entry mode `random`: a voice asks one question after the other",
            );
        }
    }

    fn settings(&mut self, root: &'a Map<String, Json>) -> FormSettings {
        let red_flags = self.words(root, url::RED_FLAG, "Questionnaire");
        let severity_bands = self.severity_bands(root, "Questionnaire");
        FormSettings { red_flags, severity_bands }
    }

    /// Refuses modifier extensions: what they change is not known.
    fn check_modifiers(&mut self, object: &'a Map<String, Json>, path: &str) {
        for (at, extension) in array(object, "modifierExtension").iter().enumerate() {
            let name = extension.get("url").and_then(Json::as_str).unwrap_or("without a URL");
            let sentence = format!("is not known and changes the meaning: {name}");
            self.problem(format!("{path}.modifierExtension[{at}]"), ProblemCode::ModifierUnknown, sentence);
        }
        if object.contains_key("implicitRules") {
            let sentence = "are not known and change the meaning";
            self.problem(format!("{path}.implicitRules"), ProblemCode::ModifierUnknown, sentence);
        }
    }

    /// A text with the translations in the extensions of its primitive.
    fn translated(&self, object: &Map<String, Json>, key: &str) -> Translated {
        let mut translated =
            Translated::new(self.language.clone(), text(object, key).unwrap_or_default().trim());
        let element = object.get(&format!("_{key}")).and_then(Json::as_object);
        for (language, content) in element.into_iter().flat_map(extensions::translations) {
            translated.add(language, content);
        }
        translated
    }
}

/// A text field. A value of another type counts as none.
fn text<'a>(object: &'a Map<String, Json>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// A list. A value of another type counts as none.
fn array<'a>(object: &'a Map<String, Json>, key: &str) -> &'a [Json] {
    object.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// Codings in a list.
fn codings(list: Option<&Json>) -> Vec<Coding> {
    let list = list.and_then(Json::as_array).into_iter().flatten();
    list.filter_map(Json::as_object).map(values::coding).collect()
}
