//! Reads single variables, and collects all mistakes and all values in force.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use voice_core::source::ModelChoice;

use crate::security::credentials::secret::Secret;

/// Finds the value of a variable, or says why it cannot be read.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Result<Option<OsString>, String> + 'a;

/// A variable and the value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// Empty if unset. For a secret, only whether it is set.
    pub(crate) value: String,
    pub(crate) is_default: bool,
}

pub(super) struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    pub(super) problems: Vec<String>,
    pub(super) settings: Vec<Setting>,
}

impl<'a> Reader<'a> {
    /// Reads variables through `lookup`, so that tests never read the real environment.
    pub(super) fn new(lookup: &'a Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new(), settings: Vec::new() }
    }

    /// The variable's value; `default` if it is unset, empty or wrong.
    pub(super) fn value<T>(&mut self, name: &'static str, default: T) -> T
    where
        T: FromStr<Err: Display> + Display,
    {
        let given = self.parsed(name);
        let is_default = given.is_none();
        let value = given.unwrap_or(default);
        self.settings.push(Setting { name, value: value.to_string(), is_default });
        value
    }

    /// A whole number within `range`; the mistake names the range.
    pub(super) fn number(&mut self, name: &'static str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let given = self.raw(name).and_then(|raw| {
            let number = raw.to_str().and_then(|text| text.trim().parse().ok());
            let number = number.filter(|number| range.contains(number));
            if number.is_none() {
                let (given, from, to) = (raw.display(), range.start(), range.end());
                self.problems.push(format!("{name}={given}: give a whole number from {from} to {to}"));
            }
            number
        });
        let value = given.unwrap_or(default);
        self.settings.push(Setting { name, value: value.to_string(), is_default: given.is_none() });
        value
    }

    /// A whole number from 1 to `max`.
    pub(super) fn count(&mut self, name: &'static str, default: u64, max: u64) -> NonZeroUsize {
        NonZeroUsize::new(self.number(name, default, 1..=max) as usize).unwrap_or(NonZeroUsize::MIN)
    }

    /// The variable's value, if it is set.
    pub(super) fn optional<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display> + Display,
    {
        let given: Option<T> = self.parsed(name);
        let value = given.as_ref().map(ToString::to_string).unwrap_or_default();
        self.settings.push(Setting { name, value, is_default: given.is_none() });
        given
    }

    /// An address that may contain a password, which is not shown.
    pub(super) fn url(&mut self, name: &'static str) -> Option<String> {
        let url: Option<String> = self.optional(name);
        if let Some((scheme, rest)) = url.as_deref().and_then(|url| url.split_once("://"))
            && let (Some(_), rest) = split_userinfo(rest)
            && let Some(setting) = self.settings.last_mut()
        {
            setting.value = format!("{scheme}://***@{rest}");
        }
        url
    }

    pub(super) fn path(&mut self, name: &'static str) -> Option<PathBuf> {
        let path = self.raw(name).map(PathBuf::from);
        let value = path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        self.settings.push(Setting { name, value, is_default: path.is_none() });
        path
    }

    /// A model: a path, which need not be UTF-8, or a name, optionally with a language before it.
    pub(super) fn model(&mut self, name: &'static str) -> Option<ModelChoice> {
        let raw = self.raw(name);
        let choice = raw.and_then(|raw| {
            let shown = raw.display().to_string();
            let read = ModelChoice::try_from(raw);
            read.map_err(|problem| self.problems.push(format!("{name}={shown}: {problem}"))).ok()
        });
        let value = choice.as_ref().map(ToString::to_string).unwrap_or_default();
        self.settings.push(Setting { name, value, is_default: choice.is_none() });
        choice
    }

    pub(super) fn secret(&mut self, name: &'static str) -> Option<Secret> {
        let secret = self.raw(name).map(|raw| Secret::new(raw.as_encoded_bytes()));
        let value = if secret.is_some() { "(set, not shown)" } else { "" };
        self.settings.push(Setting { name, value: value.to_owned(), is_default: secret.is_none() });
        secret
    }

    /// Whether a variable that is read elsewhere is set.
    pub(super) fn is_set(&self, name: &str) -> bool {
        (self.lookup)(name).is_ok_and(|value| value.is_some_and(|value| !value.is_empty()))
    }

    fn raw(&mut self, name: &str) -> Option<OsString> {
        let found = (self.lookup)(name).unwrap_or_else(|problem| {
            self.problems.push(problem);
            None
        });
        found.filter(|raw| !raw.is_empty())
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let raw = self.raw(name)?;
        match raw.to_str().map(|text| text.trim().parse()) {
            Some(Ok(value)) => return Some(value),
            Some(Err(error)) => self.problems.push(format!("{name}={}: {error}", raw.display())),
            None => self.problems.push(format!("{name} is not UTF-8")),
        }
        None
    }
}

/// A switch, in the usual words for on and off.
pub(super) struct Switch(pub(super) bool);

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(Self(true)),
            "0" | "false" | "no" | "off" => Ok(Self(false)),
            _ => Err("expected true or false".to_owned()),
        }
    }
}

impl Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Values separated by commas.
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl<T: Display> Display for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{value}")?;
        }
        Ok(())
    }
}

/// Splits an authority, with or without a path, into its user information and the rest.
pub(super) fn split_userinfo(rest: &str) -> (Option<&str>, &str) {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@') {
        Some(end) => (Some(&rest[..end]), &rest[end + 1..]),
        None => (None, rest),
    }
}
