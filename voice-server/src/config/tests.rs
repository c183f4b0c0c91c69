use super::*;

fn with(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    parse(&|name| Ok(variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())))
}

#[test]
fn unset_and_empty_variables_mean_defaults() {
    for config in [with(&[]).unwrap(), with(&[("PORT", ""), ("VOSK_MODEL_PATH", "")]).unwrap()] {
        assert_eq!(config.address.to_string(), "0.0.0.0:2700");
        assert_eq!(config.model, None);
        assert_eq!(config.endpoint, Endpoint::default());
    }
}

#[test]
fn all_mistakes_are_shown_together() {
    let problems = with(&[
        ("PORT", "70000"),
        ("MAX_CONCURRENT_SESSIONS", "0"),
        ("VOICE_SILENCE_MS", "5"),
        ("LOG_LEVEL", "loud"),
        ("VOICE_SERVICE_ENV", "prod"),
        ("VOICE_OFFLINE", "perhaps"),
        ("VOICE_STT_MODELS", "a,,b"),
        ("VOICE_LOAD_ATTEMPTS", "0"),
        ("VOICE_THREADS", "99999"),
        ("VOICE_MAX_CONNECTIONS", "18446744073709551615"),
    ])
    .unwrap_err();
    assert_eq!(problems.len(), 10, "{problems:?}");
    assert!(problems.iter().any(|problem| problem.starts_with("PORT=70000: ")));
}

#[test]
fn huge_number_is_a_mistake_not_a_panic() {
    let names = ["MAX_CONCURRENT_SESSIONS", "VOICE_MAX_CONNECTIONS", "VOICE_THREADS"];
    for much in [usize::MAX.to_string(), ((1 << 20) + 1).to_string()] {
        let problems = with(&names.map(|name| (name, &*much))).unwrap_err();
        for name in names {
            let told = format!("{name}={much}: give a whole number from 1 to ");
            assert!(problems.iter().any(|problem| problem.starts_with(&told)), "{problems:?}");
        }
    }
    let most = (1 << 20).to_string();
    let limits = with(&[("MAX_CONCURRENT_SESSIONS", &*most)]).unwrap().limits;
    assert_eq!(limits.connections.get(), 1 << 20);
    tokio::sync::Semaphore::new(limits.connections.get());
}

#[test]
fn number_out_of_range_names_the_range() {
    for (name, value, range) in [
        ("PORT", "99999", "from 0 to 65535"),
        ("PORT", "-1", "from 0 to 65535"),
        ("MAX_CONCURRENT_SESSIONS", "ten", "from 1 to 1048576"),
        ("RATE_LIMIT_PER_MINUTE", "0", "from 1 to 4294967295"),
        ("VOICE_PING_SECONDS", "9999999", "from 0 to 604800"),
        ("VOICE_TOKEN_MAX_SECONDS", "99999999999999999999999", "from 1 to 31622400"),
        ("VOICE_SILENCE_MS", "5", "from 100 to 10000"),
        ("VOICE_TRUSTED_PROXIES", "1.5", "from 0 to 100"),
        ("VOICE_LOAD_ATTEMPTS", "0", "from 1 to 1000"),
    ] {
        let problems = with(&[(name, value)]).unwrap_err();
        assert_eq!(problems, [format!("{name}={value}: give a whole number {range}")]);
    }
}

#[test]
fn unknown_variable_is_refused_in_production() {
    let names = || ["VOICE_MAX_SESSIONS".to_owned()].into_iter();
    let development = parse_all(&|_| Ok(None), names()).unwrap();
    let told =
        "VOICE_MAX_SESSIONS is not a variable of this program; the nearest one is MAX_CONCURRENT_SESSIONS";
    assert!(development.warnings.iter().any(|warning| warning.starts_with(told)));
    let production = |name: &str| Ok((name == "VOICE_SERVICE_ENV").then(|| "production".into()));
    let problems = parse_all(&production, names()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.starts_with(told)), "{problems:?}");
}

#[test]
fn basic_sessions_are_off_in_production() {
    let strong = |seed: &str| format!("{seed}-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE");
    let basic = |value: &str| {
        let (admin, token) = (strong("a"), strong("b"));
        let variables = [
            ("VOICE_SERVICE_ENV", "production"),
            ("VOICE_SERVICE_SECRET", &*admin),
            ("VOICE_SERVICE_TOKEN", &*token),
            ("VOICE_BASIC", value),
        ];
        with(&variables).unwrap().access.basic
    };
    assert!(!basic("") && !basic("false") && basic("true"));
    assert!(with(&[]).unwrap().access.basic, "development");
}

#[test]
fn unencrypted_secrets_are_reported() {
    let warned = |variables: &[(&str, &str)]| with(variables).unwrap().warnings.join("\n");
    assert!(
        warned(&[("REDIS_URL", "redis://:pw-of-redis@10.0.0.7:6379")])
            .contains("REDIS_URL sends its password")
    );
    for quiet in
        ["redis://10.0.0.7", "rediss://:pw@10.0.0.7", "redis://:pw@127.0.0.1", "redis://u:pw@[::1]:6379/0"]
    {
        assert_eq!(warned(&[("REDIS_URL", quiet)]), "", "{quiet}");
    }
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=x");
    let collector = |url| [("OTEL_EXPORTER_OTLP_ENDPOINT", url), headers];
    assert!(warned(&collector("http://collector:4318")).contains("OTEL_EXPORTER_OTLP_HEADERS"));
    assert_eq!(warned(&collector("https://collector:4318")), "");
    assert_eq!(warned(&collector("http://127.0.0.1:4318")), "");
    let with_password = |url| warned(&[("OTEL_EXPORTER_OTLP_ENDPOINT", url)]);
    assert!(with_password("http://me:pw@collector:4318/x").contains("the password in OTEL"));
    for quiet in ["https://me:pw@collector", "http://me:pw@localhost:4318", "http://collector/@"] {
        assert_eq!(with_password(quiet), "", "{quiet}");
    }
}

#[test]
fn unreadable_value_is_a_mistake() {
    let problem = "/credentials/VOICE_BASIC: permission denied";
    let parsed = parse(&|name| if name == "VOICE_BASIC" { Err(problem.to_owned()) } else { Ok(None) });
    assert_eq!(parsed.unwrap_err(), [problem]);
}

#[test]
fn further_models_may_have_a_language() {
    let config = with(&[("VOICE_STT_MODELS", "vosk-model-small-ar-0.3, en=/models/english")]).unwrap();
    let model = |language: Option<&str>, path: &str| ModelChoice {
        language: language.map(|tag: &str| tag.parse().unwrap()),
        model: path.into(),
    };
    assert_eq!(
        config.further_models,
        [model(None, "vosk-model-small-ar-0.3"), model(Some("en"), "/models/english")]
    );
}

#[test]
fn first_model_may_have_a_language() {
    let model = with(&[("VOSK_MODEL_PATH", "ko=/models/korean")]).unwrap().model.unwrap();
    assert_eq!((model.language.as_deref(), model.to_string()), (Some("ko"), "ko=/models/korean".to_owned()));
    assert!(
        with(&[("VOSK_MODEL_PATH", "ko=")]).unwrap_err()[0].starts_with("VOSK_MODEL_PATH=ko=: expected NAME")
    );
}

#[test]
fn variables_show_values_but_no_secrets() {
    let secret = "Qm9yaW5nIGJ1dCBsb25nIGVub3VnaCBmb3IgYSB0ZXN0";
    let config = with(&[("PORT", "80"), ("VOICE_SERVICE_SECRET", secret)]).unwrap();
    let setting = |name| config.settings.iter().find(|setting| setting.name == name).unwrap();
    assert_eq!((&*setting("PORT").value, setting("PORT").is_default), ("80", false));
    assert_eq!((&*setting("LOG_LEVEL").value, setting("LOG_LEVEL").is_default), ("INFO", true));
    assert!(!format!("{config:?}").contains(secret));
    for (given, shown) in [
        ("https://me:p@ss-word@collector:4318/v1", "https://***@collector:4318/v1"),
        ("https://pass-word@[::1]", "https://***@[::1]"),
        ("http://collector:4318/a@b", "http://collector:4318/a@b"),
    ] {
        let config = with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", given)]).unwrap();
        assert_eq!(config.collector.as_deref(), Some(given));
        let settings = config.settings.iter();
        let values: Vec<_> = settings.map(|setting| &*setting.value).collect();
        assert!(values.contains(&shown) && !values.concat().contains("ss-word"), "{given}");
    }
}

#[test]
fn production_requires_strong_secrets() {
    let strong = |seed: &str| format!("{seed}-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE");
    let with = |admin: &str, token: &str| {
        with(&[
            ("VOICE_SERVICE_ENV", "production"),
            ("VOICE_SERVICE_SECRET", admin),
            ("VOICE_SERVICE_TOKEN", token),
        ])
    };
    assert!(with(&strong("a"), &strong("b")).is_ok());
    assert_eq!(with("", "").unwrap_err().len(), 2);
    let problems = with("short", "changemechangemechangemechangeme").unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(!problems.concat().contains("changeme"));
    assert_eq!(with(&strong("a"), &strong("a")).unwrap_err().len(), 1, "one secret for both");
}

/// A production configuration with these variables.
fn production(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let required = [
        ("VOICE_SERVICE_ENV", "production"),
        ("VOICE_SERVICE_SECRET", "a-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE"),
        ("VOICE_SERVICE_TOKEN", "b-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE"),
        ("VOICE_STORE_KEYS", STORE_KEY),
    ];
    with(&[variables, &required].concat())
}

#[test]
fn reused_secret_is_refused() {
    for (key, other) in [("a", "VOICE_SERVICE_SECRET"), ("b", "VOICE_SERVICE_TOKEN")] {
        let key = format!("{key}-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE");
        let problems = production(&[("VOICE_AUDIT_KEY", &key)]).unwrap_err();
        assert_eq!(problems, [format!("{other} and VOICE_AUDIT_KEY are the same; make one for each")]);
    }
    assert!(production(&[("VOICE_AUDIT_KEY", "c-Zr7kQ9mT2vX5nB8cL1pJ4hG6fD3sA0wE")]).is_ok());
}

#[test]
fn unencrypted_public_address_is_reported() {
    let warned = |variables: &[(&str, &str)]| production(variables).unwrap().warnings.join("\n");
    for host in ["0.0.0.0", "::", "203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7"] {
        assert!(warned(&[("VOICE_HOST", host)]).contains("in clear"), "{host}");
    }
    for host in ["127.0.0.1", "::1", "10.0.0.7", "fd00::7", "::ffff:192.168.0.7"] {
        assert_eq!(warned(&[("VOICE_HOST", host)]), "", "{host}");
    }
    assert_eq!(warned(&[("VOICE_TRUSTED_PROXIES", "1")]), "");
    assert_eq!(warned(&[("VOICE_TLS_CERT", "c.pem"), ("VOICE_TLS_KEY", "k.pem")]), "");
    assert_eq!(with(&[]).unwrap().warnings.join("\n"), "", "development");
}

/// A key of 32 bytes.
const STORE_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn interviews_need_a_key_in_production_and_with_a_database() {
    const URL: &str = "postgres://voice:hunter2@db.example.com/voice";
    let problems = with(&[("DATABASE_URL", URL)]).unwrap_err();
    assert!(problems[0].starts_with("DATABASE_URL needs VOICE_STORE_KEYS"), "{problems:?}");
    let config = production(&[("VOICE_STORE_KEYS", "")]).unwrap();
    assert!(!config.interviews.is_on && config.warnings.join("\n").contains("interviews are switched off"));
    assert!(with(&[]).unwrap().interviews.is_on, "development has a key file");
    for (url, is_warned) in [(URL.to_owned(), true), (format!("{URL}?sslmode=verify-full"), false)] {
        let config = production(&[("DATABASE_URL", &url)]).unwrap();
        assert_eq!(config.warnings.join("\n").contains("DATABASE_URL"), is_warned);
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!config.settings.iter().any(|setting| setting.value.contains("hunter2")));
    }
    for (name, value) in [("VOICE_STORE_KEYS", "c2hvcnQ="), ("DATABASE_URL", "mysql://root:hunter2@db/voice")]
    {
        let problems = production(&[(name, value)]).unwrap_err();
        assert!(
            problems[0].starts_with(&format!("{name}: ")) && !problems[0].contains(value),
            "{problems:?}"
        );
    }
}

#[test]
fn one_client_gets_half_of_the_sessions_in_production() {
    let limits = |config: Config| {
        let LimitsConfig { sessions, sessions_per_address, sessions_per_subject, .. } = config.limits;
        [sessions, sessions_per_address, sessions_per_subject].map(NonZeroUsize::get)
    };
    let sessions = |count| [("MAX_CONCURRENT_SESSIONS", count)];
    assert_eq!(limits(production(&sessions("11")).unwrap()), [11, 6, 6]);
    assert_eq!(limits(production(&sessions("1")).unwrap()), [1, 1, 1]);
    assert_eq!(limits(with(&sessions("11")).unwrap()), [11, 11, 11], "development");
    assert_eq!(limits(production(&[("VOICE_SESSIONS_PER_IP", "10")]).unwrap()), [10, 10, 5]);
}
