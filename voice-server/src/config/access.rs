//! Access: secrets, tokens, origins, addresses.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::environment::Environment;
use super::reader::{Reader, Switch, split_userinfo};
use crate::audit::AuditKey;
use crate::security::client::origin::Origins;
use crate::security::credentials::secret::Secret;

#[derive(Debug, Clone)]
pub(crate) struct AccessConfig {
    /// Opens the admin routes; without it they are closed.
    pub(crate) admin: Option<Secret>,
    /// Signs tokens; without it the secured paths are closed.
    pub(crate) tokens: Option<SigningKeys>,
    /// Whether `/` and `/ws` need no token.
    pub(crate) basic: bool,
    pub(crate) origins: Origins,
    /// The number of proxies in front of the server whose `X-Forwarded-For` is trusted.
    pub(crate) trusted_proxies: usize,
    /// The Redis that instances share limits through. It often contains a password.
    pub(crate) redis: Option<Secret>,
    /// The file of the audit log; `None` for the ordinary log.
    pub(crate) audit: Option<PathBuf>,
    /// The secret that signs the audit log; the admin secret if unset.
    audit_key: Option<Secret>,
    pub(crate) tls: Option<Tls>,
}

#[derive(Debug, Clone)]
pub(crate) struct SigningKeys {
    pub(crate) secret: Secret,
    /// The PEM file of an Ed25519 key that signs tokens instead of the secret.
    pub(crate) ed25519: Option<PathBuf>,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) max_lifetime: Duration,
}

/// PEM files of a certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// More proxies than any request passes.
const MAX_PROXIES: u64 = 100;

/// The longest life of a token. Tokens for longer use are better replaced by new ones.
const MAX_LIFETIME: u64 = 366 * 24 * 3_600;

impl AccessConfig {
    /// Mistakes are added to the reader. The function returns, as warnings, settings that only production forbids.
    pub(super) fn read(reader: &mut Reader, environment: Environment, host: IpAddr) -> (Self, Vec<String>) {
        let production = environment == Environment::Production;
        let admin = reader.secret("VOICE_SERVICE_SECRET");
        let signing = reader.secret("VOICE_SERVICE_TOKEN");
        let mut weaknesses = Vec::new();
        let audit_key = reader.secret("VOICE_AUDIT_KEY");
        for (name, secret, is_needed) in [
            ("VOICE_SERVICE_SECRET", &admin, production),
            ("VOICE_SERVICE_TOKEN", &signing, production),
            ("VOICE_AUDIT_KEY", &audit_key, false),
        ] {
            match secret.as_ref().map(Secret::check_strength) {
                None if is_needed => {
                    reader.problems.push(format!("{name} is not set; make one: openssl rand -base64 48"));
                }
                Some(Err(weakness)) => weaknesses.push(format!("{name} {weakness}")),
                None | Some(Ok(())) => {}
            }
        }
        for ((name, secret), (other_name, other)) in [
            (("VOICE_SERVICE_SECRET", &admin), ("VOICE_SERVICE_TOKEN", &signing)),
            (("VOICE_SERVICE_SECRET", &admin), ("VOICE_AUDIT_KEY", &audit_key)),
            (("VOICE_SERVICE_TOKEN", &signing), ("VOICE_AUDIT_KEY", &audit_key)),
        ] {
            if let (Some(secret), Some(other)) = (secret, other)
                && secret.matches(other.expose())
            {
                weaknesses.push(format!("{name} and {other_name} are the same; make one for each"));
            }
        }
        if production {
            reader.problems.append(&mut weaknesses);
        }
        let ed25519 = reader.path("VOICE_TOKEN_ED25519_KEY");
        let issuer = reader.value("VOICE_TOKEN_ISSUER", "voice-server".to_owned());
        let audience = reader.value("VOICE_TOKEN_AUDIENCE", "voice".to_owned());
        let max_lifetime = reader.number("VOICE_TOKEN_MAX_SECONDS", 86_400, 1..=MAX_LIFETIME);
        let tokens = signing.map(|secret| SigningKeys {
            secret,
            ed25519,
            issuer,
            audience,
            max_lifetime: Duration::from_secs(max_lifetime),
        });
        let tls = tls(reader);
        let trusted_proxies = reader.number("VOICE_TRUSTED_PROXIES", 0, 0..=MAX_PROXIES) as usize;
        let mut warnings = weaknesses;
        if production && tls.is_none() && trusted_proxies == 0 && is_public(host) {
            warnings.push(format!(
                "tokens and audio travel in clear to {host}: set VOICE_TLS_CERT and VOICE_TLS_KEY; or VOICE_TRUSTED_PROXIES, \
                 where a proxy does TLS; or VOICE_HOST, where only this machine or a private network is to connect"
            ));
        }
        let access = Self {
            admin,
            tokens,
            basic: reader.value("VOICE_BASIC", Switch(!production)).0,
            origins: origins(reader, production),
            trusted_proxies,
            redis: reader.secret("REDIS_URL"),
            audit: reader.path("VOICE_AUDIT_LOG"),
            audit_key,
            tls,
        };
        warnings.extend(access.exposures(reader));
        (access, warnings)
    }

    /// Secrets that are sent unencrypted to another machine. This may be intended on a private network, so it is not
    /// refused.
    fn exposures(&self, reader: &mut Reader) -> Vec<String> {
        let mut exposures = Vec::new();
        let redis = self.redis.as_ref().and_then(|url| str::from_utf8(url.expose()).ok()).unwrap_or_default();
        if let Some(rest) = redis.strip_prefix("redis://")
            && let Some((_, host)) = rest.rsplit_once('@')
            && !is_here(host)
        {
            exposures.push(
                "REDIS_URL sends its password in clear; use rediss:// unless the network is private"
                    .to_owned(),
            );
        }
        let collector = reader.settings.iter().find(|setting| setting.name == "OTEL_EXPORTER_OTLP_ENDPOINT");
        if let Some(rest) = collector.and_then(|setting| setting.value.strip_prefix("http://")) {
            let (userinfo, host) = split_userinfo(rest);
            let headers = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];
            let secret = if headers.iter().any(|name| reader.is_set(name)) {
                Some("OTEL_EXPORTER_OTLP_HEADERS go")
            } else {
                userinfo.map(|_| "the password in OTEL_EXPORTER_OTLP_ENDPOINT goes")
            };
            if let Some(secret) = secret.filter(|_| !is_here(host)) {
                exposures.push(format!("{secret} in clear to the collector; give it an https:// address"));
            }
        }
        exposures
    }

    /// The key of the audit log, if there is a secret to derive it from.
    pub(crate) fn audit_key(&self) -> Option<AuditKey> {
        self.audit_key.as_ref().or(self.admin.as_ref()).map(AuditKey::derive)
    }
}

/// Whether machines outside this machine and its private network can reach a listening address.
fn is_public(host: IpAddr) -> bool {
    match host.to_canonical() {
        IpAddr::V4(host) => !(host.is_loopback() || host.is_private() || host.is_link_local()),
        IpAddr::V6(host) => !(host.is_loopback() || host.is_unique_local() || host.is_unicast_link_local()),
    }
}

/// Whether an authority, with or without a path, is this machine.
pub(super) fn is_here(authority: &str) -> bool {
    let authority = authority.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn origins(reader: &mut Reader, production: bool) -> Origins {
    let unlisted = Origins::unlisted(production);
    let Some(list) = reader.optional::<String>("VOICE_ALLOWED_ORIGINS") else { return unlisted };
    Origins::parse(&list, production).unwrap_or_else(|problem| {
        reader.problems.push(format!("VOICE_ALLOWED_ORIGINS: {problem}"));
        unlisted
    })
}

fn tls(reader: &mut Reader) -> Option<Tls> {
    match (reader.path("VOICE_TLS_CERT"), reader.path("VOICE_TLS_KEY")) {
        (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
        (None, None) => None,
        _ => {
            let problem = "VOICE_TLS_CERT and VOICE_TLS_KEY belong together; set both or neither";
            reader.problems.push(problem.to_owned());
            None
        }
    }
}
