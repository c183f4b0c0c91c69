//! Maps paths to routes.

use hyper::Method;

use crate::request::SessionRoute;
use crate::store::InterviewId;

/// A route of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Describes this service; with an upgrade, an unsecured session.
    Service,
    Session(SessionRoute),
    /// Text to speech.
    Speech,
    /// The meaning of spoken words.
    Parse,
    /// The forms that interviews ask.
    Forms,
    /// The answers of interviews.
    Responses,
    ResponsesExport,
    Response(InterviewId),
    Health,
    Alive,
    Ready,
    Token,
    Ticket,
    Revoke,
    KeySet,
    AdminSessions,
    AdminSession(u64),
    AdminHealth,
    AdminReload,
    AdminOutbox,
    Metrics,
}

impl Route {
    pub(crate) fn find(path: &str) -> Option<Self> {
        Some(match path {
            "/" => Self::Service,
            "/ws" => Self::Session(SessionRoute::Basic),
            "/secure" | "/ws/secure" => Self::Session(SessionRoute::Secure),
            "/secure/healthcare" | "/ws/secure/healthcare" => Self::Session(SessionRoute::Healthcare),
            "/v1/audio/speech" => Self::Speech,
            "/v1/text/parse" => Self::Parse,
            "/health" => Self::Health,
            "/livez" => Self::Alive,
            "/readyz" => Self::Ready,
            "/auth/token" => Self::Token,
            "/auth/ticket" => Self::Ticket,
            "/auth/revoke" => Self::Revoke,
            "/.well-known/jwks.json" => Self::KeySet,
            "/admin/sessions" => Self::AdminSessions,
            "/admin/health" => Self::AdminHealth,
            "/admin/models/reload" => Self::AdminReload,
            "/metrics" => Self::Metrics,
            "/v1/questionnaires" => Self::Forms,
            "/admin/outbox" => Self::AdminOutbox,
            "/v1/questionnaire-responses" => Self::Responses,
            "/v1/questionnaire-responses/$export" | "/v1/questionnaire-responses/%24export" => {
                Self::ResponsesExport
            }
            _ => return Self::with_id(path),
        })
    }

    fn with_id(path: &str) -> Option<Self> {
        if let Some(id) = path.strip_prefix("/v1/questionnaire-responses/") {
            return id.parse().ok().map(Self::Response);
        }
        Some(Self::AdminSession(path.strip_prefix("/admin/sessions/")?.parse().ok()?))
    }

    fn is_outbox(self) -> bool {
        self == Self::AdminOutbox
    }

    /// Whether it reads or deletes answers of interviews.
    fn is_of_interviews(self) -> bool {
        matches!(self, Self::Responses | Self::ResponsesExport | Self::Response(_))
    }

    /// Whether refusals on this route count against the rate of the address. Health checks never count, and the admin
    /// routes have a separate rate.
    pub(crate) fn counts_refusals(self) -> bool {
        !self.is_outbox()
            && !matches!(
                self,
                Self::Health
                    | Self::Alive
                    | Self::Ready
                    | Self::Token
                    | Self::Revoke
                    | Self::AdminSessions
                    | Self::AdminSession(_)
                    | Self::AdminHealth
                    | Self::AdminReload
                    | Self::Metrics
            )
    }

    /// Whether the audit log must hold the action before the answer is sent.
    pub(crate) fn is_audited(self) -> bool {
        matches!(
            self,
            Self::Token
                | Self::Ticket
                | Self::Revoke
                | Self::AdminSessions
                | Self::AdminSession(_)
                | Self::AdminHealth
                | Self::AdminReload
        ) || self.is_of_interviews()
            || self.is_outbox()
    }

    /// The accepted methods. Routes that accept GET accept HEAD too.
    pub(crate) fn methods(self) -> &'static [Method] {
        match self {
            Self::Token | Self::AdminOutbox => &[Method::GET, Method::POST],
            Self::Speech | Self::Parse | Self::Ticket | Self::Revoke | Self::AdminReload => &[Method::POST],
            Self::AdminSession(_) => &[Method::DELETE],
            Self::Response(_) => &[Method::GET, Method::DELETE],
            _ => &[Method::GET],
        }
    }

    pub(crate) fn takes(self, method: &Method) -> bool {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.methods().contains(method)
    }

    /// One name for all paths that mean the same, for metrics and logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Service => "/",
            Self::Session(route) => route.path(),
            Self::Speech => "/v1/audio/speech",
            Self::Forms => "/v1/questionnaires",
            Self::Parse => "/v1/text/parse",
            Self::Responses => "/v1/questionnaire-responses",
            Self::ResponsesExport => "/v1/questionnaire-responses/$export",
            Self::Response(_) => "/v1/questionnaire-responses/{id}",
            Self::Health => "/health",
            Self::Alive => "/livez",
            Self::Ready => "/readyz",
            Self::Token => "/auth/token",
            Self::Ticket => "/auth/ticket",
            Self::Revoke => "/auth/revoke",
            Self::KeySet => "/.well-known/jwks.json",
            Self::AdminSessions => "/admin/sessions",
            Self::AdminSession(_) => "/admin/sessions/{id}",
            Self::AdminHealth => "/admin/health",
            Self::AdminReload => "/admin/models/reload",
            Self::AdminOutbox => "/admin/outbox",
            Self::Metrics => "/metrics",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_paths_are_found() {
        for path in
            ["/", "/ws", "/secure", "/secure/healthcare", "/v1/audio/speech", "/auth/token", "/metrics"]
        {
            assert_eq!(Route::find(path).map(Route::name), Some(path));
        }
        assert_eq!(Route::find("/admin/sessions/17"), Some(Route::AdminSession(17)));
        assert_eq!(Route::find("/ws/secure"), Some(Route::Session(SessionRoute::Secure)));
    }

    #[test]
    fn similar_paths_are_not_found() {
        let twisted = [
            "",
            "//",
            "/secure/",
            "/Secure",
            "/secure%2f",
            "/ws/..",
            "/admin/sessions/",
            "/admin/sessions/-1",
            "/admin/sessions/1/2",
            "/admin",
            "/secure//healthcare",
            "/admin/sessions/99999999999999999999",
            "/v1/questionnaire-responses/",
            "/v1/questionnaire-responses/17",
            "/v1/questionnaire-responses/export",
            "/v1/questionnaire-responses/0000000000000000000000000000000A",
        ];
        for path in twisted {
            assert_eq!(Route::find(path), None, "{path}");
        }
    }
}
