//! Options of questions, and the value sets that hold them.

use serde_json::{Map, Value as Json};

use super::extensions::{self, url};
use super::{Reader, array, text, values};
use crate::interview::Value;
use crate::interview::form::{AnswerOption, Form, Item, Kind, ProblemCode, Translated};

impl<'a> Reader<'a> {
    pub(super) fn options(
        &mut self,
        object: &'a Map<String, Json>,
        kind: Kind,
        path: &str,
    ) -> Vec<AnswerOption> {
        let listed = array(object, "answerOption");
        let value_set = object.get("answerValueSet");
        if !kind.is_question() || kind == Kind::Boolean {
            if !listed.is_empty() || value_set.is_some() {
                let sentence = format!("does not belong to a {} item", kind.code());
                self.problem(format!("{path}.answerOption"), ProblemCode::FieldMisplaced, sentence);
            }
            return Vec::new();
        }
        let mut options = Vec::new();
        for (at, source) in listed.iter().enumerate() {
            let path = format!("{path}.answerOption[{at}]");
            if let Some(option) = source.as_object().and_then(|source| self.option(source, kind, &path)) {
                options.push(option);
            } else {
                let sentence = format!("has no value of a {} item", kind.code());
                self.problem(path, ProblemCode::ValueInvalid, sentence);
            }
        }
        if let Some(value_set) = value_set.filter(|_| listed.is_empty()) {
            options = self.value_set(value_set, &format!("{path}.answerValueSet"));
        }
        if options.len() > Form::MAX_OPTIONS {
            let sentence = format!("are {}; {} are the most", options.len(), Form::MAX_OPTIONS);
            self.problem(format!("{path}.answerOption"), ProblemCode::TooManyOptions, sentence);
        } else {
            self.check_duplicates(&options, path);
        }
        options
    }

    /// A choice needs options, unless its value is given.
    pub(super) fn check_options(&mut self, item: &Item) {
        let object_has = |path: &str| self.problems.iter().any(|problem| problem.path.starts_with(path));
        let path = format!("{}.answer", item.path);
        if item.kind != Kind::Choice || !item.options.is_empty() || object_has(&path) {
            return;
        }
        let path = format!("{}.answerOption", item.path);
        if item.is_asked() {
            let sentence = "are missing: a choice needs an answerOption or an answerValueSet";
            self.problem(path, ProblemCode::OptionsMissing, sentence);
        } else if item.initial.is_empty() {
            self.warning(path, ProblemCode::OptionsMissing, "are missing");
        }
    }

    fn option(&mut self, source: &'a Map<String, Json>, kind: Kind, path: &str) -> Option<AnswerOption> {
        let fields = values::fields(source, "value");
        let [(name, json)] = fields[..] else { return None };
        let value = values::fit(values::value(name, json)?, kind)?;
        self.check_modifiers(source, path);
        let coding = json.as_object();
        let mut label = match coding {
            Some(coding) => self.translated(coding, "display"),
            // Of a primitive, the extensions stand beside it.
            None => self.translated(source, &format!("value{name}")),
        };
        if label.is_empty() {
            let code = coding.and_then(|coding| text(coding, "code"));
            label =
                Translated::new(self.language.clone(), code.map_or_else(|| json.to_string(), str::to_owned));
        }
        let element = source.get(&format!("_value{name}")).and_then(Json::as_object);
        let weight = self.weight([Some(source), coding, element], path);
        Some(AnswerOption {
            value,
            label,
            spoken_text: self.text_extension(source, url::SPOKEN_TEXT, path),
            synonyms: self.words(source, url::SYNONYM, path),
            prefix: extensions::code(source, url::OPTION_PREFIX).map(str::to_owned),
            weight,
            exclusive: self.boolean_extension(source, url::OPTION_EXCLUSIVE, path),
            selected: source.get("initialSelected") == Some(&Json::Bool(true)),
        })
    }

    /// The weight, which may stand on the option, its coding or its primitive.
    fn weight(
        &mut self,
        places: [Option<&'a Map<String, Json>>; 3],
        path: &str,
    ) -> Option<rust_decimal::Decimal> {
        for place in places.into_iter().flatten() {
            for url in [url::ITEM_WEIGHT, url::ORDINAL_VALUE] {
                if let Some(weight) = self.decimal_extension(place, url, path) {
                    return Some(weight);
                }
            }
        }
        None
    }

    fn check_duplicates(&mut self, options: &[AnswerOption], path: &str) {
        let mut seen = std::collections::HashSet::new();
        for (at, option) in options.iter().enumerate() {
            let key = match &option.value {
                Value::Coding(coding) if coding.code.is_some() => {
                    format!("{:?} {:?}", coding.system, coding.code)
                }
                value => format!("{value:?}"),
            };
            if !seen.insert(key) {
                let sentence = "is the same as an option before it";
                self.problem(format!("{path}.answerOption[{at}]"), ProblemCode::OptionDuplicate, sentence);
            }
        }
    }

    /// The codes of a value set that the form contains.
    fn value_set(&mut self, reference: &Json, path: &str) -> Vec<AnswerOption> {
        let reference = reference.as_str().unwrap_or_default();
        let has_url = |set: &&&Map<String, Json>| {
            text(set, "url").is_some_and(|url| reference.split('|').next() == Some(url))
        };
        let found = match reference.strip_prefix('#') {
            Some(id) => self.contained.get(id),
            None => self.contained.values().find(has_url),
        };
        let found = found.copied();
        let Some(set) = found.filter(|set| text(set, "resourceType") == Some("ValueSet")) else {
            let name: String = reference.chars().take(200).collect();
            let sentence = format!(
                "`{}` is not contained in the form; put the value set or its options into the form",
                name.escape_debug()
            );
            self.problem(path, ProblemCode::ValueSetExternal, sentence);
            return Vec::new();
        };
        let mut options = Vec::new();
        let expanded = set.get("expansion").and_then(Json::as_object);
        if let Some(expansion) = expanded {
            self.expand(array(expansion, "contains"), None, 0, path, &mut options);
        } else if let Some(compose) = set.get("compose").and_then(Json::as_object) {
            for include in array(compose, "include").iter().filter_map(Json::as_object) {
                let system = text(include, "system");
                let concepts = array(include, "concept");
                if concepts.is_empty() && !include.contains_key("filter") && !include.contains_key("valueSet")
                {
                    self.code_system(system, path, &mut options);
                } else {
                    self.expand(concepts, system, 0, path, &mut options);
                }
            }
        }
        if options.is_empty() {
            let sentence = "has no codes that can be listed; give an expansion or a compose with concepts";
            self.problem(path, ProblemCode::ValueSetUnusable, sentence);
        }
        options
    }

    /// Options of the concepts of a contained code system.
    fn code_system(&mut self, system: Option<&'a str>, path: &str, options: &mut Vec<AnswerOption>) {
        let is_it = |resource: &&&'a Map<String, Json>| {
            text(resource, "resourceType") == Some("CodeSystem") && text(resource, "url") == system
        };
        if let Some(resource) = self.contained.values().find(is_it).copied() {
            self.expand(array(resource, "concept"), system, 0, path, options);
        }
    }

    fn expand(
        &mut self,
        concepts: &'a [Json],
        system: Option<&'a str>,
        depth: usize,
        path: &str,
        options: &mut Vec<AnswerOption>,
    ) {
        for concept in concepts.iter().filter_map(Json::as_object) {
            if options.len() > Form::MAX_OPTIONS || depth > Form::MAX_DEPTH {
                return;
            }
            let is_abstract = concept.get("abstract") == Some(&Json::Bool(true));
            if let Some(code) = text(concept, "code").filter(|_| !is_abstract) {
                let mut coding = values::coding(concept);
                coding.system = coding.system.or_else(|| system.map(str::to_owned));
                let mut label = self.translated(concept, "display");
                for designation in array(concept, "designation").iter().filter_map(Json::as_object) {
                    let language = text(designation, "language").and_then(|tag| tag.parse().ok());
                    if let (Some(language), Some(value)) = (language, text(designation, "value")) {
                        label.add(language, value.trim());
                    }
                }
                if label.is_empty() {
                    label = Translated::new(self.language.clone(), code);
                }
                options.push(AnswerOption {
                    value: Value::Coding(coding),
                    label,
                    spoken_text: self.text_extension(concept, url::SPOKEN_TEXT, path),
                    synonyms: self.words(concept, url::SYNONYM, path),
                    prefix: None,
                    weight: self.weight([Some(concept), None, None], path),
                    exclusive: self.boolean_extension(concept, url::OPTION_EXCLUSIVE, path),
                    selected: false,
                });
            }
            for key in ["contains", "concept"] {
                self.expand(array(concept, key), system, depth + 1, path, options);
            }
        }
    }
}
