//! The meaning of spoken words over HTTP.

use serde_json::{Value, json};
use voice_tests::server::Server;

fn parse(server: &Server, headers: &[(&str, &str)], wanted: &Value) -> (u16, Value) {
    let answer = server.request("POST", "/v1/text/parse", headers, &wanted.to_string());
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[test]
fn spoken_words_are_parsed() {
    let server = Server::builder().start();
    let wanted = json!({"kind": "date", "text": "الاثنين الماضي", "today": "2026-11-26"});
    let (status, parsed) = parse(&server, &[], &wanted);
    assert_eq!((status, &parsed["value"]["date"]), (200, &json!("2026-11-23")), "{parsed}");
    let options = json!([{"label": "Not at all"}, {"label": "Several days"}]);
    let hypotheses = json!([{"text": "the first, no, the second one", "confidence": 0.9}]);
    let wanted = json!({"kind": "choice", "options": options, "hypotheses": hypotheses, "language": "en-GB"});
    let (status, parsed) = parse(&server, &[], &wanted);
    assert_eq!((status, &parsed["options"]), (200, &json!([1])), "{parsed}");
    for (wanted, code) in [
        (json!({"kind": "choice", "text": "x"}), "option_invalid"),
        (json!({"kind": "colour", "text": "x"}), "body_invalid"),
    ] {
        let refused = server.request("POST", "/v1/text/parse", &[], &wanted.to_string());
        assert_eq!((refused.status, &*refused.code()), (400, code), "{wanted}");
    }
    assert_eq!(server.request("GET", "/v1/text/parse", &[], "").status, 405);
}

#[test]
fn parsing_needs_a_token_where_sessions_do() {
    let server = Server::secured().env("VOICE_BASIC", "false").start();
    let (status, _) = parse(&server, &[], &json!({"kind": "boolean", "text": "نعم"}));
    assert_eq!(status, 401);
}
