//! Expressions of the form and of its items.

use serde_json::{Map, Value as Json};

use super::extensions::{self, url};
use super::{Reader, text, values};
use crate::interview::enablement::equal;
use crate::interview::fhirpath::Expression;
use crate::interview::form::expressions::{Constraint, Expressions, Toggle};
use crate::interview::form::{AnswerOption, ItemId, ProblemCode};

/// Variables that every expression has.
const STANDARD: [&str; 8] =
    ["resource", "rootResource", "questionnaire", "context", "qitem", "ucum", "sct", "loinc"];

impl<'a> Reader<'a> {
    /// The expressions of an item, or of the form itself.
    pub(super) fn expressions(
        &mut self,
        object: &'a Map<String, Json>,
        options: &[AnswerOption],
        path: &str,
    ) -> Expressions {
        Expressions {
            calculated: self.expression(object, url::CALCULATED, path),
            initial: self.initial_expression(object, path),
            enabled: self.expression(object, url::ENABLE_WHEN, path),
            variables: self.variables(object, path),
            constraints: self.constraints(object, path),
            toggles: self.toggles(object, options, path),
        }
    }

    /// The expression of the first extension with this URL; a problem if it cannot be evaluated.
    fn expression(&mut self, object: &'a Map<String, Json>, url: &str, path: &str) -> Option<Expression> {
        let (at, extension) = extensions::all(object, url).next()?;
        match read(extension) {
            Ok(expression) => Some(expression),
            Err(sentence) => {
                let path = format!("{path}.extension[{at}]");
                self.problem(path, ProblemCode::ExpressionUnsupported, sentence);
                None
            }
        }
    }

    /// What cannot be evaluated here is for the host, which populates the value.
    fn initial_expression(&mut self, object: &'a Map<String, Json>, path: &str) -> Option<Expression> {
        let (at, extension) = extensions::all(object, url::INITIAL_EXPRESSION).next()?;
        let read = read(extension).and_then(|expression| match unknown(&expression, &[]) {
            Some(name) => Err(format!("uses `%{name}`")),
            None => Ok(expression),
        });
        match read {
            Ok(expression) => Some(expression),
            Err(sentence) => {
                let path = format!("{path}.extension[{at}]");
                let sentence = format!("{sentence}; the value is to be populated before the interview");
                self.warning(path, ProblemCode::ExpressionUnsupported, sentence);
                None
            }
        }
    }

    fn variables(&mut self, object: &'a Map<String, Json>, path: &str) -> Vec<(String, Expression)> {
        let mut variables = Vec::new();
        for (at, extension) in extensions::all(object, url::VARIABLE) {
            let name = extensions::value(extension)
                .and_then(|(_, json)| json.as_object())
                .and_then(|source| text(source, "name"));
            match (name, read(extension)) {
                (Some(name), Ok(expression)) => variables.push((name.to_owned(), expression)),
                // It is a problem only where it is used.
                (_, Err(sentence)) => {
                    self.warning(
                        format!("{path}.extension[{at}]"),
                        ProblemCode::ExpressionUnsupported,
                        sentence,
                    );
                }
                (None, Ok(_)) => self.problem(
                    format!("{path}.extension[{at}]"),
                    ProblemCode::ExtensionInvalid,
                    "a variable needs a name",
                ),
            }
        }
        variables
    }

    fn constraints(&mut self, object: &'a Map<String, Json>, path: &str) -> Vec<Constraint> {
        let mut constraints = Vec::new();
        for url in [url::TARGET_CONSTRAINT, url::CONSTRAINT] {
            for (at, extension) in extensions::all(object, url) {
                let path = format!("{path}.extension[{at}]");
                let human = extensions::first(extension, "human").map(|human| self.text_value(human));
                let Some(human) = human.filter(|human| !human.is_empty()) else {
                    let sentence = "a constraint needs a `human` text that can be said";
                    self.problem(path, ProblemCode::ExtensionInvalid, sentence);
                    continue;
                };
                let expression = extensions::first(extension, "expression").map(read);
                match expression {
                    Some(Ok(expression)) => {
                        let is_warning = extensions::code(extension, "severity") == Some("warning");
                        constraints.push(Constraint { expression, human, is_warning });
                    }
                    Some(Err(sentence)) => {
                        self.problem(path, ProblemCode::ExpressionUnsupported, sentence);
                    }
                    None => {
                        let sentence = "a constraint needs an `expression`";
                        self.problem(path, ProblemCode::ExtensionInvalid, sentence);
                    }
                }
            }
        }
        constraints
    }

    fn toggles(
        &mut self,
        object: &'a Map<String, Json>,
        options: &[AnswerOption],
        path: &str,
    ) -> Vec<Toggle> {
        let mut toggles = Vec::new();
        for (at, extension) in extensions::all(object, url::TOGGLE) {
            let path = format!("{path}.extension[{at}]");
            let mut indices = Vec::new();
            for (_, option) in extensions::all(extension, "option") {
                let value = extensions::value(option).and_then(|(name, json)| values::value(name, json));
                let index =
                    value.and_then(|value| options.iter().position(|option| equal(&option.value, &value)));
                match index {
                    Some(index) => indices.push(index),
                    None => self.problem(
                        path.clone(),
                        ProblemCode::ExtensionInvalid,
                        "a toggle names an option that the item does not have",
                    ),
                }
            }
            match extensions::first(extension, "expression").map(read) {
                Some(Ok(expression)) => toggles.push(Toggle { options: indices, expression }),
                Some(Err(sentence)) => self.problem(path, ProblemCode::ExpressionUnsupported, sentence),
                None => {
                    self.problem(path, ProblemCode::ExtensionInvalid, "a toggle needs an `expression`");
                }
            }
        }
        toggles
    }

    /// Refuses expressions with variables that are not there.
    pub(super) fn check_variables(&mut self, form: &Expressions) {
        let names = |expressions: &Expressions| -> Vec<String> {
            expressions.variables.iter().map(|(name, _)| name.clone()).collect()
        };
        let mut problems = self.unknown_variables(form, &names(form), "Questionnaire");
        for item in &self.items {
            let mut known = names(form);
            let mut around: Option<ItemId> = Some(item.id);
            while let Some(id) = around {
                known.extend(names(&self.items[id.index()].expressions));
                around = self.items[id.index()].parent;
            }
            problems.extend(self.unknown_variables(&item.expressions, &known, &item.path));
        }
        for (path, name) in problems {
            let sentence = format!("uses `%{name}`, which is not known here");
            self.problem(path, ProblemCode::ExpressionUnsupported, sentence);
        }
    }

    /// Each unknown variable of the expressions, with its path.
    fn unknown_variables(
        &self,
        expressions: &Expressions,
        known: &[String],
        path: &str,
    ) -> Vec<(String, String)> {
        let _ = self;
        let constraints = expressions.constraints.iter().map(|constraint| &constraint.expression);
        let toggles = expressions.toggles.iter().map(|toggle| &toggle.expression);
        let all = expressions.calculated.iter().chain(&expressions.enabled).chain(constraints).chain(toggles);
        all.filter_map(|expression| unknown(expression, known))
            .map(|name| (format!("{path}.extension"), name.to_owned()))
            .collect()
    }
}

/// The expression in an extension: of `FHIRPath`, in an Expression or a text.
fn read(extension: &Map<String, Json>) -> Result<Expression, String> {
    let source = match extensions::value(extension) {
        Some((_, Json::String(source))) => source.as_str(),
        Some((_, Json::Object(object))) => {
            let language = text(object, "language").unwrap_or("text/fhirpath");
            if language != "text/fhirpath" {
                let language: String = language.chars().take(40).collect();
                return Err(format!(
                    "is of the language {}; text/fhirpath is known",
                    language.escape_debug()
                ));
            }
            text(object, "expression").ok_or("has no expression")?
        }
        _ => return Err("has no expression".to_owned()),
    };
    Expression::parse(source).map_err(|reason| format!("cannot be evaluated: {reason}"))
}

/// A variable of the expression that is not there.
fn unknown<'e>(expression: &'e Expression, known: &[String]) -> Option<&'e str> {
    let is_known = |name: &str| STANDARD.contains(&name) || known.iter().any(|known| known == name);
    expression.variables().into_iter().find(|name| !is_known(name))
}
