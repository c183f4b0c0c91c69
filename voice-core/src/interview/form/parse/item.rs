//! Items of the form.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::extensions::{self, url};
use super::{Reader, array, codings, text, values};
use crate::interview::form::{
    BloodPressure, Confirm, Escalation, EscalationAction, Form, Item, ItemId, ItemVoice, Kind, Operator,
    ProblemCode, UnitOption,
};
use crate::interview::understand::DigitsKind;
use crate::interview::{Coding, Value};

/// The longest `linkId`. FHIR gives no limit.
const MAX_LINK_ID: usize = 255;

impl<'a> Reader<'a> {
    pub(super) fn read_items(
        &mut self,
        around: &'a Map<String, Json>,
        path: &str,
        parent: Option<ItemId>,
        depth: usize,
    ) {
        if around.get("item").is_some_and(|items| !items.is_array()) {
            self.problem(format!("{path}.item"), ProblemCode::ValueInvalid, "must be a list of items");
        }
        for (at, json) in array(around, "item").iter().enumerate() {
            let path = format!("{path}.item[{at}]");
            match json.as_object() {
                Some(object) => self.read_item(object, &path, parent, depth),
                None => self.problem(path, ProblemCode::ValueInvalid, "must be an item"),
            }
        }
    }

    fn read_item(&mut self, object: &'a Map<String, Json>, path: &str, parent: Option<ItemId>, depth: usize) {
        let id = ItemId::new(self.items.len());
        let hidden = self.boolean_extension(object, url::HIDDEN, path)
            || parent.is_some_and(|parent| self.items[parent.index()].hidden);
        let Some(kind) = self.kind(object, path, hidden) else {
            // What is inside is checked too.
            let count = self.items.len();
            self.read_items(object, path, parent, depth + 1);
            if hidden {
                self.forget_items(count);
            }
            return;
        };
        let link_id = self.link_id(object, path, id);
        self.check_modifiers(object, path);
        let mut item = Item {
            id,
            parent,
            link_id,
            kind,
            codes: codings(object.get("code")),
            prefix: text(object, "prefix").map(str::to_owned),
            text: self.translated(object, "text"),
            short_text: extensions::first(object, url::SHORT_TEXT).map(|short| self.text_value(short)),
            spoken_text: self.text_extension(object, url::SPOKEN_TEXT, path),
            entry_format: extensions::first(object, url::ENTRY_FORMAT).map(|format| self.text_value(format)),
            required: self.flag(object, "required", path),
            repeats: self.flag(object, "repeats", path),
            read_only: self.flag(object, "readOnly", path),
            hidden,
            conditions: Vec::new(),
            any_condition: false,
            options: self.options(object, kind, path),
            limits: self.limits(object, kind, path),
            units: self.units(object, path),
            initial: self.initial(object, kind, path),
            voice: self.voice(object, kind, path),
            blood_pressure: None,
            expressions: super::Expressions::default(),
            end: 0,
            path: path.to_owned(),
        };
        self.check_text(&mut item);
        self.check_options(&item);
        item.expressions = self.expressions(object, &item.options, path);
        self.items.push(item);
        self.sources.push(object);
        self.read_items(object, path, Some(id), depth + 1);
        self.items[id.index()].end = self.items.len();
        self.check_children(id);
        self.items[id.index()].blood_pressure = self.blood_pressure(id);
    }

    /// Removes the items from `count` on, which are inside an item that is left out.
    fn forget_items(&mut self, count: usize) {
        for item in self.items.drain(count..) {
            self.by_link_id.remove(&item.link_id);
        }
        self.sources.truncate(count);
    }

    fn kind(&mut self, object: &Map<String, Json>, path: &str, hidden: bool) -> Option<Kind> {
        let path = format!("{path}.type");
        let is_open = matches!(text(object, "answerConstraint"), Some("optionsOrType" | "optionsOrString"));
        Some(match text(object, "type") {
            Some("group") => Kind::Group,
            Some("display") => Kind::Display,
            Some("boolean") => Kind::Boolean,
            Some("integer") => Kind::Integer,
            Some("decimal") => Kind::Decimal,
            Some("quantity") => Kind::Quantity,
            Some("date") => Kind::Date,
            Some("dateTime") => Kind::DateTime,
            Some("time") => Kind::Time,
            Some("string") => Kind::String,
            Some("text") => Kind::Text,
            Some("choice" | "coding") if !is_open => Kind::Choice,
            Some("open-choice" | "choice" | "coding") => Kind::OpenChoice,
            Some(name @ ("url" | "attachment" | "reference")) => {
                let sentence = format!("`{name}` cannot be asked by voice; hide the item or leave it out");
                if hidden {
                    self.warning(path, ProblemCode::TypeUnsupported, "is left out: the item is hidden");
                } else {
                    self.problem(path, ProblemCode::TypeUnsupported, sentence);
                }
                return None;
            }
            Some(name) => {
                let name: String = name.chars().take(40).collect();
                self.problem(
                    path,
                    ProblemCode::TypeUnknown,
                    format!("`{}` is no type of items", name.escape_debug()),
                );
                return None;
            }
            None => {
                self.problem(path, ProblemCode::TypeUnknown, "is missing");
                return None;
            }
        })
    }

    fn link_id(&mut self, object: &Map<String, Json>, path: &str, id: ItemId) -> String {
        let path = format!("{path}.linkId");
        let Some(link_id) = text(object, "linkId").filter(|link_id| !link_id.trim().is_empty()) else {
            self.problem(path, ProblemCode::LinkIdMissing, "is missing; give each item one of its own");
            return String::new();
        };
        if link_id.len() > MAX_LINK_ID {
            let sentence = format!("has {} bytes; {MAX_LINK_ID} are the most", link_id.len());
            self.problem(path, ProblemCode::ValueInvalid, sentence);
            return link_id.to_owned();
        }
        if let Some(first) = self.by_link_id.get(link_id) {
            let first = self.items.get(first.index()).map_or(String::new(), |item| item.path.clone());
            let sentence = format!("`{link_id}` is also that of {first}");
            self.problem(path, ProblemCode::LinkIdDuplicate, sentence);
        } else {
            self.by_link_id.insert(link_id.to_owned(), id);
        }
        link_id.to_owned()
    }

    /// A boolean field, false if it is missing.
    fn flag(&mut self, object: &Map<String, Json>, key: &str, path: &str) -> bool {
        match object.get(key) {
            None => false,
            Some(Json::Bool(flag)) => *flag,
            // Published forms have it as a text.
            Some(Json::String(flag)) if matches!(flag.as_str(), "true" | "false") => {
                let sentence = format!("should be {flag} without quotation marks");
                self.warning(format!("{path}.{key}"), ProblemCode::ValueInvalid, sentence);
                flag == "true"
            }
            Some(_) => {
                self.problem(format!("{path}.{key}"), ProblemCode::ValueInvalid, "must be true or false");
                false
            }
        }
    }

    /// What is asked or read needs a text. A question with an initial value and no text is not asked: it keeps the value.
    fn check_text(&mut self, item: &mut Item) {
        let is_heard = !item.hidden && (item.kind == Kind::Display || item.is_asked());
        let is_silent = item.text.is_empty() && item.spoken_text.is_none() && item.short_text.is_none();
        // Some forms put the words of a question into the group around it.
        let has_heading = item.parent.is_some_and(|parent| !self.items[parent.index()].text.is_empty());
        if !(is_heard && is_silent) {
            return;
        }
        if !item.initial.is_empty() {
            item.hidden = true;
            let sentence = "is missing: the question is not asked and keeps its initial value";
            self.warning(format!("{}.text", item.path), ProblemCode::TextMissing, sentence);
        } else if !has_heading {
            let sentence = "is missing: there is nothing to say";
            self.problem(format!("{}.text", item.path), ProblemCode::TextMissing, sentence);
        }
    }

    /// What the type allows inside.
    fn check_children(&mut self, id: ItemId) {
        let item = &self.items[id.index()];
        let has_children = item.end > id.index() + 1;
        let (kind, path) = (item.kind, item.path.clone());
        if kind == Kind::Display && has_children {
            self.problem(format!("{path}.item"), ProblemCode::FieldMisplaced, "is inside a display item");
        }
        if kind == Kind::Group && !has_children {
            self.warning(path.clone(), ProblemCode::FormEmpty, "is a group without items");
        }
        if kind == Kind::Display {
            for key in ["required", "repeats", "readOnly"] {
                if self.sources[id.index()].get(key) == Some(&Json::Bool(true)) {
                    let sentence = "does not belong to a display item";
                    self.warning(format!("{path}.{key}"), ProblemCode::FieldMisplaced, sentence);
                }
            }
        }
    }

    fn units(&mut self, object: &'a Map<String, Json>, path: &str) -> Vec<UnitOption> {
        let mut units = Vec::new();
        for url in [url::UNIT, url::UNIT_OPTION] {
            for (at, extension) in extensions::all(object, url) {
                let Some(source) = extensions::value(extension).and_then(|(_, json)| json.as_object()) else {
                    let sentence = format!("{url} needs a coding");
                    self.problem(format!("{path}.extension[{at}]"), ProblemCode::ExtensionInvalid, sentence);
                    continue;
                };
                let coding = values::coding(source);
                let mut display = self.translated(source, "display");
                if display.is_empty() {
                    display = super::Translated::new(
                        self.language.clone(),
                        coding.code.clone().unwrap_or_default(),
                    );
                }
                let unit = UnitOption { coding, display };
                if !units.iter().any(|known: &UnitOption| known.coding.code == unit.coding.code) {
                    units.push(unit);
                }
            }
        }
        units
    }

    fn initial(&mut self, object: &'a Map<String, Json>, kind: Kind, path: &str) -> Vec<Value> {
        let mut initial = Vec::new();
        for (at, source) in array(object, "initial").iter().enumerate() {
            let fields = source.as_object().map(|source| values::fields(source, "value")).unwrap_or_default();
            let value = match fields[..] {
                [(name, json)] => values::value(name, json).and_then(|value| values::fit(value, kind)),
                _ => None,
            };
            match value {
                Some(value) => initial.push(value),
                None => self.problem(
                    format!("{path}.initial[{at}]"),
                    ProblemCode::InitialMisfit,
                    format!("is no value of a {} item", kind.code()),
                ),
            }
        }
        initial
    }

    fn voice(&mut self, object: &'a Map<String, Json>, kind: Kind, path: &str) -> ItemVoice {
        let code = |url| {
            extensions::first(object, url)
                .map(|found| extensions::value(found).and_then(|(_, json)| json.as_str()))
        };
        let confirm = code(url::CONFIRM).and_then(|code| match code {
            Some("always") => Some(Confirm::Always),
            Some("unsure") => Some(Confirm::Unsure),
            Some("never") => Some(Confirm::Never),
            _ => {
                self.invalid(path, url::CONFIRM, "needs the code always, unsure or never");
                None
            }
        });
        let digits = code(url::DIGITS).and_then(|code| match code {
            Some("saudi-id") => Some(DigitsKind::SaudiId),
            Some("saudi-telephone") => Some(DigitsKind::SaudiTelephone),
            Some("digits") => Some(DigitsKind::Any(None)),
            _ => {
                self.invalid(path, url::DIGITS, "needs the code saudi-id, saudi-telephone or digits");
                None
            }
        });
        let confidence = self.decimal_extension(object, url::CONFIDENCE, path).and_then(|threshold| {
            let is_share = (rust_decimal::Decimal::ZERO..=rust_decimal::Decimal::ONE).contains(&threshold);
            if !is_share {
                self.invalid(path, url::CONFIDENCE, "needs a number from 0 to 1");
            }
            is_share.then(|| f32::try_from(threshold).unwrap_or(1.0))
        });
        ItemVoice {
            confirm,
            confidence,
            critical: self.boolean_extension(object, url::CRITICAL, path),
            measurement: self.measurement(object, path),
            digits: digits.map(|digits| match (digits, object.get("maxLength").and_then(Json::as_u64)) {
                (DigitsKind::Any(_), Some(length)) => DigitsKind::Any(u8::try_from(length).ok()),
                (digits, _) => digits,
            }),
            escalations: self.escalations(object, kind, path),
            severity_bands: self.severity_bands(object, path),
        }
    }

    fn invalid(&mut self, path: &str, url: &str, needs: &str) {
        self.problem(format!("{path}.extension"), ProblemCode::ExtensionInvalid, format!("{url} {needs}"));
    }

    /// A duration, of seconds or minutes.
    fn measurement(&mut self, object: &Map<String, Json>, path: &str) -> Option<Duration> {
        let extension = extensions::first(object, url::MEASUREMENT)?;
        let duration = extensions::value(extension).and_then(|(_, json)| {
            let json = json.as_object()?;
            let value = json.get("value")?.as_u64()?;
            let seconds = match text(json, "code").or_else(|| text(json, "unit"))? {
                "s" | "seconds" => value,
                "min" | "minutes" => value.checked_mul(60)?,
                _ => return None,
            };
            (1..=3_600).contains(&seconds).then(|| Duration::from_secs(seconds))
        });
        if duration.is_none() {
            self.invalid(path, url::MEASUREMENT, "needs a duration in `s` or `min`, an hour at the most");
        }
        duration
    }

    fn escalations(&mut self, object: &'a Map<String, Json>, kind: Kind, path: &str) -> Vec<Escalation> {
        let mut escalations = Vec::new();
        for (at, extension) in extensions::all(object, url::ESCALATION) {
            let part = |name| extensions::first(extension, name);
            let operator = extensions::code(extension, "operator").and_then(Operator::from_code);
            let value = part("value").and_then(extensions::value).and_then(|(name, json)| {
                let value = values::value(name, json)?;
                // A score's threshold may be whole.
                match (kind, &value) {
                    (Kind::Choice | Kind::OpenChoice, Value::Integer(_) | Value::Decimal(_))
                    | (Kind::Integer, Value::Decimal(_)) => Some(value),
                    _ => values::fit(value, kind),
                }
            });
            let action = match extensions::code(extension, "action") {
                Some("emergency") => Some(EscalationAction::Emergency),
                Some("clinician") => Some(EscalationAction::Clinician),
                Some("note") => Some(EscalationAction::Note),
                _ => None,
            };
            let message = part("message").map(|message| self.text_value(message));
            let continues = part("continue")
                .and_then(extensions::value)
                .and_then(|(_, json)| json.as_bool())
                .unwrap_or(true);
            match (operator, value, action) {
                (Some(operator), Some(value), Some(action)) => {
                    escalations.push(Escalation { operator, value, action, message, continues });
                }
                _ => self.problem(
                    format!("{path}.extension[{at}]"),
                    ProblemCode::ExtensionInvalid,
                    "an escalation needs an `operator`, a `value` of the item's type and an `action`",
                ),
            }
        }
        escalations
    }

    /// The two questions of a group with LOINC's code for a blood pressure.
    fn blood_pressure(&self, id: ItemId) -> Option<BloodPressure> {
        let is = |item: &Item, code: &str| {
            let is_code = |coding: &Coding| {
                coding.code.as_deref() == Some(code)
                    && coding.system.as_deref().is_none_or(|system| system == "http://loinc.org")
            };
            item.codes.iter().any(is_code)
        };
        let group = &self.items[id.index()];
        if group.kind != Kind::Group || !is(group, "85354-9") {
            return None;
        }
        let inside = &self.items[id.index() + 1..];
        let find = |code: &str| {
            let is_number = |kind| matches!(kind, Kind::Integer | Kind::Decimal | Kind::Quantity);
            let found = inside.iter().find(|item| is(item, code) && item.parent == Some(id))?;
            (is_number(found.kind) && found.is_asked()).then_some(found.id)
        };
        Some(BloodPressure { systolic: find("8480-6")?, diastolic: find("8462-4")? })
    }
}

const _: () = assert!(Form::MAX_DEPTH < 64, "reading items is recursive");
