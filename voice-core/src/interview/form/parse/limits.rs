//! Limits of answers.

use regex::RegexBuilder;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::extensions::{self, url};
use super::{Reader, values};
use crate::interview::Value;
use crate::interview::enablement::compare;
use crate::interview::form::{Kind, Limits, ProblemCode};

/// The largest compiled regular expression in bytes.
const MAX_REGEX: usize = 256 << 10;

impl<'a> Reader<'a> {
    pub(super) fn limits(&mut self, object: &'a Map<String, Json>, kind: Kind, path: &str) -> Limits {
        let limits = Limits {
            min: self
                .bound(object, url::MIN_VALUE, kind, path)
                .or_else(|| self.bound(object, url::MIN_QUANTITY, kind, path)),
            max: self
                .bound(object, url::MAX_VALUE, kind, path)
                .or_else(|| self.bound(object, url::MAX_QUANTITY, kind, path)),
            max_decimals: self.count_extension(object, url::MAX_DECIMALS, path),
            min_length: self.count_extension(object, url::MIN_LENGTH, path),
            max_length: self.max_length(object, path),
            pattern: self.pattern(object, kind, path),
            min_occurs: self.count_extension(object, url::MIN_OCCURS, path),
            max_occurs: self.count_extension(object, url::MAX_OCCURS, path),
            step: self.count_extension(object, url::SLIDER_STEP, path).filter(|&step| step > 0),
        };
        self.check_limits(&limits, path);
        limits
    }

    fn bound(&mut self, object: &'a Map<String, Json>, url: &str, kind: Kind, path: &str) -> Option<Value> {
        let (at, extension) = extensions::all(object, url).next()?;
        let value = extensions::value(extension).and_then(|(name, json)| values::value(name, json));
        let fits = value.and_then(|value| match (kind, value) {
            (Kind::Integer | Kind::Decimal | Kind::Quantity, Value::Integer(number)) => {
                Some(Value::Decimal(Decimal::from(number)))
            }
            (Kind::Integer | Kind::Decimal | Kind::Quantity, value @ Value::Decimal(_))
            | (Kind::Date | Kind::DateTime, value @ Value::Date(_)) => Some(value),
            (_, value) => values::fit(value, kind),
        });
        let is_ordered = !matches!(
            kind,
            Kind::Group
                | Kind::Display
                | Kind::Boolean
                | Kind::String
                | Kind::Text
                | Kind::Choice
                | Kind::OpenChoice
        );
        if fits.is_none() || !is_ordered {
            let sentence = format!("{url} does not fit a {} item", kind.code());
            self.problem(format!("{path}.extension[{at}]"), ProblemCode::LimitMisfit, sentence);
            return None;
        }
        fits
    }

    fn max_length(&mut self, object: &Map<String, Json>, path: &str) -> Option<u32> {
        let json = object.get("maxLength")?;
        let length = json.as_u64().and_then(|length| u32::try_from(length).ok()).filter(|&length| length > 0);
        if length.is_none() {
            let sentence = "must be a whole number from 1";
            self.problem(format!("{path}.maxLength"), ProblemCode::ValueInvalid, sentence);
        }
        length
    }

    fn pattern(&mut self, object: &'a Map<String, Json>, kind: Kind, path: &str) -> Option<regex::Regex> {
        let (at, extension) = extensions::all(object, url::REGEX).next()?;
        let path = format!("{path}.extension[{at}]");
        let Some(source) = extensions::value(extension).and_then(|(_, json)| json.as_str()) else {
            self.problem(path, ProblemCode::ExtensionInvalid, "regex needs a text");
            return None;
        };
        if !matches!(kind, Kind::String | Kind::Text | Kind::OpenChoice | Kind::Integer | Kind::Decimal) {
            self.warning(
                path,
                ProblemCode::LimitMisfit,
                format!("a regex does not fit a {} item", kind.code()),
            );
            return None;
        }
        let built =
            RegexBuilder::new(&format!("^(?:{source})$")).size_limit(MAX_REGEX).nest_limit(50).build();
        match built {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default();
                self.problem(path, ProblemCode::RegexInvalid, format!("cannot be used: {reason}"));
                None
            }
        }
    }

    fn check_limits(&mut self, limits: &Limits, path: &str) {
        let mut contradict = |is_wrong: bool, sentence: &str| {
            if is_wrong {
                self.problem(path, ProblemCode::LimitsContradict, sentence);
            }
        };
        let greater =
            |least: Option<u32>, most: Option<u32>| least.zip(most).is_some_and(|(least, most)| least > most);
        let is_above = limits
            .min
            .as_ref()
            .zip(limits.max.as_ref())
            .is_some_and(|(min, max)| compare(min, max) == Some(std::cmp::Ordering::Greater));
        contradict(is_above, "minValue is greater than maxValue");
        contradict(greater(limits.min_length, limits.max_length), "minLength is greater than maxLength");
        contradict(greater(limits.min_occurs, limits.max_occurs), "minOccurs is greater than maxOccurs");
        contradict(limits.max_occurs == Some(0), "maxOccurs is 0");
    }
}
