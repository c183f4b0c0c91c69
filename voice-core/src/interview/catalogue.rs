//! The forms that can be asked, by their URL and version.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::form::{Form, Problems};

/// The forms that ship with the project. docs/forms.md describes them.
const SHIPPED: [(&str, &[u8]); 6] = [
    ("gad-7.json", include_bytes!("../../forms/gad-7.json")),
    ("home-blood-pressure.json", include_bytes!("../../forms/home-blood-pressure.json")),
    ("intake.json", include_bytes!("../../forms/intake.json")),
    ("pain-scale.json", include_bytes!("../../forms/pain-scale.json")),
    ("phq-2.json", include_bytes!("../../forms/phq-2.json")),
    ("phq-9.json", include_bytes!("../../forms/phq-9.json")),
];

/// A set of forms. No two have the same URL and version.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// By URL; of a URL, the latest version first.
    forms: Vec<Arc<Form>>,
    /// The folder that they are from.
    folder: Option<PathBuf>,
}

impl Catalogue {
    /// The most forms of a folder.
    pub const MAX_FORMS: usize = 1_000;

    /// The forms that ship with the project.
    ///
    /// # Panics
    /// Never: tests read every form.
    pub fn embedded() -> Self {
        let forms = SHIPPED.map(|(name, json)| match Form::parse(json) {
            Ok(form) => Arc::new(form),
            Err(problems) => panic!("{name}: {problems}"),
        });
        let mut catalogue = Self { forms: forms.into(), folder: None };
        catalogue.sort();
        catalogue
    }

    /// Reads the forms of a folder: its files whose name ends in `.json`, without those in folders inside it.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files. A file that is no form is such a problem too.
    pub fn open(folder: &Path) -> Result<Self, CatalogueProblems> {
        let mut catalogue = Self { forms: Vec::new(), folder: Some(folder.to_owned()) };
        catalogue.reload()?;
        Ok(catalogue)
    }

    /// Reads the folder again. Forms of running interviews stay as they are.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files. Then the catalogue stays as it was.
    pub fn reload(&mut self) -> Result<(), CatalogueProblems> {
        let Some(folder) = &self.folder else { return Ok(()) };
        self.forms = read_folder(folder)?;
        self.sort();
        Ok(())
    }

    /// The form with this URL and version; without a version, the latest. A URL may name its version itself, after a
    /// `|`, as FHIR writes it.
    pub fn find(&self, url: &str, version: Option<&str>) -> Option<&Arc<Form>> {
        let (url, version) = match (url.split_once('|'), version) {
            (Some((url, version)), None) => (url, Some(version)),
            (_, version) => (url, version),
        };
        let mut of_url = self.forms.iter().filter(|form| form.url() == Some(url));
        match version {
            Some(version) => of_url.find(|form| form.version() == Some(version)),
            None => of_url.next(),
        }
    }

    /// All forms, by URL; of a URL, the latest version first.
    pub fn forms(&self) -> &[Arc<Form>] {
        &self.forms
    }

    /// The folder that the forms are from.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    fn sort(&mut self) {
        self.forms.sort_by(|left, right| {
            left.url().cmp(&right.url()).then_with(|| {
                compare_versions(right.version().unwrap_or_default(), left.version().unwrap_or_default())
            })
        });
    }
}

/// The forms in the files of `folder`.
fn read_folder(folder: &Path) -> Result<Vec<Arc<Form>>, CatalogueProblems> {
    let unreadable = |path: &Path, error: &std::io::Error| CatalogueProblem {
        file: path.to_owned(),
        kind: CatalogueProblemKind::Unreadable(error.to_string()),
    };
    let entries =
        std::fs::read_dir(folder).map_err(|error| CatalogueProblems(vec![unreadable(folder, &error)]))?;
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for entry in entries {
        match entry.map(|entry| entry.path()) {
            Ok(path) if is_form_file(&path) => files.push(path),
            Ok(_) => {}
            Err(error) => problems.push(unreadable(folder, &error)),
        }
    }
    files.sort();
    if files.len() > Catalogue::MAX_FORMS {
        problems.push(CatalogueProblem {
            file: folder.to_owned(),
            kind: CatalogueProblemKind::TooManyForms(files.len()),
        });
        return Err(CatalogueProblems(problems));
    }
    let mut read: Vec<(PathBuf, Arc<Form>)> = Vec::new();
    for file in files {
        match read_form(&file).and_then(|form| check_duplicate(form, &read)) {
            Ok(form) => read.push((file, Arc::new(form))),
            Err(kind) => problems.push(CatalogueProblem { file, kind }),
        }
    }
    if problems.is_empty() {
        Ok(read.into_iter().map(|(_, form)| form).collect())
    } else {
        Err(CatalogueProblems(problems))
    }
}

/// The form, if none of `read` has its URL and version.
fn check_duplicate(form: Form, read: &[(PathBuf, Arc<Form>)]) -> Result<Form, CatalogueProblemKind> {
    let same = read.iter().find(|(_, other)| (other.url(), other.version()) == (form.url(), form.version()));
    match same {
        Some((file, _)) => Err(CatalogueProblemKind::Duplicate(file.clone())),
        None => Ok(form),
    }
}

/// Whether a path is a file that should hold a form. A link to one is. Hidden files are left by editors.
fn is_form_file(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    is_json && !is_hidden && !path.is_dir()
}

fn read_form(file: &Path) -> Result<Form, CatalogueProblemKind> {
    use std::io::Read as _;
    let unreadable = |error: std::io::Error| CatalogueProblemKind::Unreadable(error.to_string());
    // A pipe would be waited for.
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(CatalogueProblemKind::Unreadable("not a regular file".to_owned()));
    }
    let mut json = Vec::new();
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    // One byte more than a form can have, so that the form's own check says that it is too large.
    opened.take(Form::MAX_BYTES as u64 + 1).read_to_end(&mut json).map_err(unreadable)?;
    let form = Form::parse(&json).map_err(CatalogueProblemKind::Form)?;
    if form.url().is_none_or(str::is_empty) {
        return Err(CatalogueProblemKind::UrlMissing);
    }
    Ok(form)
}

/// The order of versions: their parts between dots and hyphens, numbers as numbers. A release follows its pre-releases:
/// 1.9 < 1.10-beta < 1.10 < 1.10.1.
fn compare_versions(left: &str, right: &str) -> Ordering {
    let (left_release, left_pre) = split_version(left);
    let (right_release, right_pre) = split_version(right);
    compare_parts(left_release, right_release).then_with(|| match (left_pre, right_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => compare_parts(left, right),
    })
}

fn split_version(version: &str) -> (&str, Option<&str>) {
    version.split_once('-').map_or((version, None), |(release, pre)| (release, Some(pre)))
}

fn compare_parts(left: &str, right: &str) -> Ordering {
    let key = |part: &str| {
        part.parse::<u64>().map_or_else(|_| (1, 0, part.to_owned()), |number| (0, number, String::new()))
    };
    left.split(['.', '-']).map(key).cmp(right.split(['.', '-']).map(key))
}

/// Something that is wrong with a file of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueProblem {
    /// The file, or the folder.
    pub file: PathBuf,
    /// What is wrong with it.
    pub kind: CatalogueProblemKind,
}

/// What is wrong with a file of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogueProblemKind {
    /// It cannot be read. The system's message.
    Unreadable(String),
    /// The folder has this many forms.
    TooManyForms(usize),
    /// What is wrong with the form.
    Form(Problems),
    /// The form has no URL by which it could be found.
    UrlMissing,
    /// The form has the URL and version of the form in this file.
    Duplicate(PathBuf),
}

impl fmt::Display for CatalogueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.kind {
            CatalogueProblemKind::Unreadable(message) => {
                write!(f, "{file}: cannot be read: {message}; check its path and permissions")
            }
            CatalogueProblemKind::TooManyForms(count) => {
                write!(f, "{file}: has {count} forms; {} are the most", Catalogue::MAX_FORMS)
            }
            CatalogueProblemKind::Form(problems) => {
                for (at, problem) in problems.iter().enumerate() {
                    let end = if at == 0 { "" } else { "\n" };
                    write!(f, "{end}{file}: {problem}")?;
                }
                Ok(())
            }
            CatalogueProblemKind::UrlMissing => {
                write!(f, "{file}: has no url; give the form one, by which interviews name it")
            }
            CatalogueProblemKind::Duplicate(other) => {
                let other = other.display();
                write!(f, "{file}: has the url and version of {other}; give it another version")
            }
        }
    }
}

/// Everything that is wrong with the files of a catalogue, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueProblems(Vec<CatalogueProblem>);

impl CatalogueProblems {
    /// The problems, by file name. There is at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, CatalogueProblem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a CatalogueProblems {
    type Item = &'a CatalogueProblem;
    type IntoIter = std::slice::Iter<'a, CatalogueProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for CatalogueProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CatalogueProblems {}
