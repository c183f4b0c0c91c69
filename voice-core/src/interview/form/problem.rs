//! What is wrong with a form.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// The kind of a problem of a form. A code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ProblemCode { $($(#[$doc])* $name,)* }

        impl ProblemCode {
            /// Every code, in the order of docs/interview.md.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

codes! {
    /// The bytes are no JSON.
    NotJson = "not_json";
    /// The JSON is no Questionnaire.
    NotAQuestionnaire = "not_a_questionnaire";
    /// The form is too large.
    FormTooLarge = "form_too_large";
    /// The form has no item that can be asked.
    FormEmpty = "form_empty";
    /// The form has too many items.
    TooManyItems = "too_many_items";
    /// An item has too many options.
    TooManyOptions = "too_many_options";
    /// Items or values are nested too deeply.
    NestedTooDeeply = "nested_too_deeply";
    /// A field has a value of a wrong type.
    ValueInvalid = "value_invalid";
    /// The status of the form does not allow its use.
    StatusUnusable = "status_unusable";
    /// An item has no `linkId`.
    LinkIdMissing = "link_id_missing";
    /// Two items have the same `linkId`.
    LinkIdDuplicate = "link_id_duplicate";
    /// An item that is asked or read has no text.
    TextMissing = "text_missing";
    /// A text has no translation to the language.
    TranslationMissing = "translation_missing";
    /// An item has no type, or one that does not exist.
    TypeUnknown = "type_unknown";
    /// An item has a type that cannot be asked by voice.
    TypeUnsupported = "type_unsupported";
    /// A field does not belong to items of this type.
    FieldMisplaced = "field_misplaced";
    /// A question with options has none.
    OptionsMissing = "options_missing";
    /// Two options of an item are the same.
    OptionDuplicate = "option_duplicate";
    /// The value set of an item is not contained in the form.
    ValueSetExternal = "value_set_external";
    /// The value set of an item has no codes that can be listed.
    ValueSetUnusable = "value_set_unusable";
    /// A condition names a question that does not exist.
    ConditionQuestionUnknown = "condition_question_unknown";
    /// A condition names an item without an answer.
    ConditionQuestionUnanswerable = "condition_question_unanswerable";
    /// A condition has no operator, or one that does not exist.
    ConditionOperatorUnknown = "condition_operator_unknown";
    /// A condition has an operator that does not fit the type of its question.
    ConditionOperatorMisfit = "condition_operator_misfit";
    /// A condition has no answer, several, or one that does not fit the type of its question.
    ConditionAnswerMisfit = "condition_answer_misfit";
    /// Conditions depend on each other in a circle.
    ConditionCycle = "condition_cycle";
    /// Limits of an item contradict each other.
    LimitsContradict = "limits_contradict";
    /// A limit does not fit the type of its item.
    LimitMisfit = "limit_misfit";
    /// A regular expression that cannot be used.
    RegexInvalid = "regex_invalid";
    /// An initial value does not fit its item.
    InitialMisfit = "initial_misfit";
    /// The form is made for answers in any order.
    EntryModeUnsupported = "entry_mode_unsupported";
    /// A modifier extension that is not known.
    ModifierUnknown = "modifier_unknown";
    /// An extension has a wrong value.
    ExtensionInvalid = "extension_invalid";
    /// An expression that cannot be evaluated.
    ExpressionUnsupported = "expression_unsupported";
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, such as `Questionnaire.item[0].enableWhen[1].question`.
    pub path: String,
    /// Its kind.
    pub code: ProblemCode,
    /// What is wrong, and what to do.
    pub sentence: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn new(path: impl Into<String>, code: ProblemCode, sentence: impl Into<String>) -> Self {
        Self { path: path.into(), code, sentence: sentence.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.sentence, self.code)
    }
}

/// All that is wrong with a form: at least one problem, in document order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The most problems that are listed.
    pub const MAX: usize = 1_000;

    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        debug_assert!(!problems.is_empty());
        problems.truncate(Self::MAX);
        Self(problems)
    }

    /// The problems.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The first problem.
    pub fn first(&self) -> &Problem {
        &self.0[0]
    }

    /// Whether one of them has this code.
    pub fn contains(&self, code: ProblemCode) -> bool {
        self.iter().any(|problem| problem.code == code)
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
