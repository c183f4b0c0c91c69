//! The outcomes of checks, and the report.

use std::fmt::Write as _;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::client::{Answer, Failure};
use super::target::Target;

/// What was found, or why it is not right.
pub(super) type Outcome = Result<String, Finding>;

/// An outcome other than success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// It works, but the operator should change it.
    Warning {
        found: String,
        advice: String,
    },
    Failure {
        found: String,
        advice: String,
    },
    /// It could not be checked.
    Skipped {
        why: String,
    },
}

pub(super) fn failure(found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding::Failure { found: found.into(), advice: advice.into() }
}

pub(super) fn warning(found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding::Warning { found: found.into(), advice: advice.into() }
}

pub(super) fn skipped(why: impl Into<String>) -> Finding {
    Finding::Skipped { why: why.into() }
}

impl From<Failure> for Finding {
    fn from(error: Failure) -> Self {
        let advice = match error {
            Failure::Connect(_) => "check the address, the firewall, and that the server runs",
            Failure::Tls(_) => {
                "check the certificate's name, dates and chain; VOICE_CA_FILE names an authority of your own"
            }
            Failure::Http(_) | Failure::TooLarge => {
                "another program listens there, or a proxy ends connections; try the server's own address"
            }
            Failure::Handshake => "a proxy answers upgrades itself; let it pass Upgrade and Connection on",
            Failure::Late(_) => {
                "check the server's load and log, and the proxy's time-outs; --timeout sets a longer limit"
            }
        };
        failure(error.to_string(), advice)
    }
}

/// The finding for an unexpected answer.
pub(super) fn unexpected(answer: &Answer, due: &str, advice: &str) -> Finding {
    let mut found = format!("{} in place of {due}", answer.status.as_u16());
    if let Some(code) = answer.code() {
        let _ = write!(found, " ({code})");
    }
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        let wait = answer.header("retry-after").unwrap_or("60");
        return failure(found, format!("the rate limit refused this check; try again in {wait} s"));
    }
    failure(found, advice)
}

/// One row of the checklist with its outcome.
pub(super) struct Row {
    /// The name of the check.
    pub(super) id: &'static str,
    /// What is checked.
    pub(super) what: &'static str,
    pub(super) outcome: Outcome,
}

/// All rows of one examination.
pub(super) struct Report {
    pub(super) target: Target,
    pub(super) rows: Vec<Row>,
}

impl Report {
    pub(super) fn failures(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.outcome, Err(Finding::Failure { .. }))).count()
    }

    pub(super) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.id.len()).max().unwrap_or_default();
        let mut table = format!("{}\n\n", self.target);
        for Row { id, what, outcome } in &self.rows {
            let (found, advice) = description(outcome);
            let _ = writeln!(table, "{:<8} {:<width$}  {}", word(outcome), id, what);
            for line in [found, advice].into_iter().filter(|line| !line.is_empty()) {
                let _ = writeln!(table, "{:8} {:width$}    {line}", "", "");
            }
        }
        let count = |wanted| self.rows.iter().filter(|row| word(&row.outcome) == wanted).count();
        let _ = writeln!(
            table,
            "\nok {}, warning {}, failed {}, skipped {}",
            count("ok"),
            count("warning"),
            count("FAILED"),
            count("skipped")
        );
        table
    }

    pub(super) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|Row { id, what, outcome }| {
            let (found, advice) = description(outcome);
            json!({
                "check": id,
                "what": what,
                "outcome": word(outcome).to_ascii_lowercase(),
                "found": found,
                "advice": advice,
            })
        });
        json!({"url": self.target.to_string(), "rows": rows.collect::<Vec<_>>(), "failed": self.failures()})
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(Finding::Warning { .. }) => "warning",
        Err(Finding::Failure { .. }) => "FAILED",
        Err(Finding::Skipped { .. }) => "skipped",
    }
}

/// What was found, and what to do about it.
fn description(outcome: &Outcome) -> (&str, &str) {
    match outcome {
        Ok(found) => (found, ""),
        Err(Finding::Warning { found, advice } | Finding::Failure { found, advice }) => (found, advice),
        Err(Finding::Skipped { why }) => (why, ""),
    }
}
