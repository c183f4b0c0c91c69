//! Set variables that look like ours and that nothing reads, which are mostly misspelt ones.

/// Variables that only scripts, tests and libraries of this project read.
const OTHERS: [&str; 14] = [
    "VOICE_DATA",
    "VOICE_ENGINE_CYCLES",
    "VOICE_FUZZ_DIR",
    "VOICE_FUZZ_PLANT",
    "VOICE_FUZZ_SCRATCH",
    "VOICE_KILLS",
    "VOICE_NATIVE_DIR",
    "VOICE_NATIVE_RPATHS",
    "VOICE_PUBLISHED_MODELS",
    "VOICE_RANDOM_CALLS",
    "VOICE_RANDOM_SEED",
    "VOICE_REQUIRE_ADVISORIES",
    "VOICE_TEST_AUDIT_LOG",
    "VOICE_WRITE_HEADER",
];

/// The similarity of letters, from 0 to 1, from which a name without our prefix counts as misspelt.
const ALIKE: f64 = 0.85;

/// Those of `names` that nothing reads, each with the most similar known one.
pub(super) fn find(
    names: impl Iterator<Item = String>,
    known: &[&'static str],
) -> Vec<(String, &'static str)> {
    let mut unknown: Vec<_> = names
        .filter(|name| !known.contains(&name.as_str()) && !OTHERS.contains(&name.as_str()))
        .filter(|name| !is_of_orchestrator(name))
        .filter_map(|name| {
            let alike = |known: &&'static str| likeness(&name, known);
            let nearest = known.iter().copied().max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
            let is_meant = name.starts_with("VOICE_")
                || (name.len() > 6 && strsim::normalized_damerau_levenshtein(&name, nearest) >= ALIKE);
            is_meant.then_some((name, nearest))
        })
        .collect();
    unknown.sort();
    unknown
}

/// Compares letters and words: `VOICE_MAX_SESSIONS` means `MAX_CONCURRENT_SESSIONS`.
fn likeness(name: &str, known: &str) -> f64 {
    let strip = |name: &str| name.strip_prefix("VOICE_").unwrap_or(name).to_owned();
    let (name, known) = (strip(name), strip(known));
    let words = |name: &str| -> Vec<String> {
        name.split('_').map(|word| word.trim_end_matches('S').to_owned()).collect()
    };
    let (ours, theirs) = (words(&known), words(&name));
    let shared = theirs.iter().filter(|word| ours.contains(word)).count();
    let all = ours.len() + theirs.len() - shared;
    strsim::normalized_damerau_levenshtein(&name, &known) + shared as f64 / all.max(1) as f64
}

/// Kubernetes and Docker describe each service to its neighbours in variables that begin with the service's name, and
/// `voice` is a likely name.
fn is_of_orchestrator(name: &str) -> bool {
    let address = |rest: &str| {
        matches!(rest, "_ADDR" | "_PORT" | "_PROTO")
            || rest.strip_prefix('_').is_some_and(|rest| {
                rest.split('_')
                    .next()
                    .is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
            })
    };
    name.contains("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.rsplit_once("_PORT").is_some_and(|(_, rest)| address(rest))
        || name.split_once("_PORT_").is_some_and(|(_, rest)| address(&format!("_{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(name: &str) -> Option<&'static str> {
        let known = crate::config::names();
        find([name.to_owned()].into_iter(), &known).first().map(|(_, nearest)| *nearest)
    }

    #[test]
    fn misspelt_name_suggests_the_right_one() {
        for (misspelt, meant) in [
            ("VOICE_ALLOWED_ORIGIN", "VOICE_ALLOWED_ORIGINS"),
            ("VOICE_MAX_SESSIONS", "MAX_CONCURRENT_SESSIONS"),
            ("MAX_CONCURENT_SESSIONS", "MAX_CONCURRENT_SESSIONS"),
            ("VOICE_RATE_LIMIT_PER_MINUTE", "RATE_LIMIT_PER_MINUTE"),
            ("RATE_LIMIT_PER_MIN", "RATE_LIMIT_PER_MINUTE"),
            ("VOICE_SERVICE_SECERT", "VOICE_SERVICE_SECRET"),
            ("VOICE_BASICS", "VOICE_BASIC"),
            ("VOSK_MODELPATH", "VOSK_MODEL_PATH"),
            ("VOICE_TLS_CERTIFICATE", "VOICE_TLS_CERT"),
            ("VOICE_LOG_LEVEL", "LOG_LEVEL"),
            ("LOGLEVEL", "LOG_LEVEL"),
            ("VOICE_PORT", "PORT"),
        ] {
            assert_eq!(nearest(misspelt), Some(meant), "{misspelt}");
        }
    }

    #[test]
    fn variables_of_other_programs_are_ignored() {
        for name in [
            "PATH",
            "HOME",
            "PORTS",
            "LANG",
            "REDIS_HOST",
            "VOSK_SAMPLE_RATE",
            "TTS_VOICE",
            "VOICE_DATA",
            "VOICE_SERVER_SERVICE_HOST",
            "VOICE_SERVER_SERVICE_PORT_HTTP",
            "VOICE_SERVER_PORT_2700_TCP_ADDR",
            "VOICE_SERVER_PORT_2700_TCP",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "PORT",
            "VOICE_BASIC",
        ] {
            assert_eq!(nearest(name), None, "{name}");
        }
    }
}
