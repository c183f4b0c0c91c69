//! Sessions never receive results of other sessions.

use serde_json::json;
use voice_tests::recordings::{self, keyword, silence};
use voice_tests::recordings_or_skip;
use voice_tests::server::Server;

const WORDS: [(&str, &str); 5] =
    [("seven", "سبعة"), ("nine", "تسعة"), ("three", "ثلاثة"), ("zero", "صفر"), ("five", "خمسة")];

#[test]
fn fifty_sessions_get_their_own_words() {
    let data = recordings_or_skip!();
    let server = Server::start();
    let speaker = recordings::SPEAKER;
    std::thread::scope(|scope| {
        for number in 0..50 {
            let (server, data) = (&server, &data);
            scope.spawn(move || {
                let mut client = server.connect().configured(&json!({"sample_rate": 16_000}));
                let (word, text) = WORDS[number % WORDS.len()];
                let silent = number % 10 == 9;
                let clip = if silent { silence(1_000) } else { keyword(data, speaker, word) };
                let stream = [clip, silence(1_000)].concat().repeat(3);
                let heard = client.transcribe(&stream);
                let expected = if silent { String::new() } else { [text; 3].join(" ") };
                assert_eq!(heard, expected, "session {number}");
            });
        }
    });
    server.wait_until_idle();
    let log = server.log();
    for (_, text) in WORDS {
        assert!(!log.contains(text), "a transcript reached the log");
        let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert!(!log.contains(&hex), "the bytes of a transcript reached the log");
    }
}
