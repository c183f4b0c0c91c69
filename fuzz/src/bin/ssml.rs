//! SSML: what is read is within the limits, and every item says where it stands.

#![no_main]

use std::ops::Range;

use voice_core::ErrorKind;
use voice_core::text::ssml::{self, Item, MAX_BREAK_MS, MAX_ITEMS, MAX_WARNINGS, Style};
use voice_fuzz::target;

const WORDS: [&str; 28] = [
    "<speak>",
    "</speak>",
    "<p>",
    "</p>",
    "<s>",
    "</s>",
    "<break time='",
    "strength='",
    "<prosody rate='",
    "pitch='",
    "volume='",
    "</prosody>",
    "<say-as interpret-as='",
    "</say-as>",
    "<phoneme ph='",
    "</phoneme>",
    "<sub alias='",
    "</sub>",
    "<lang xml:lang='",
    "</lang>",
    "<mark name='",
    "<!--",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE",
    "&amp;",
    "&#x",
    "<?xml",
];

fn seeds() -> [&'static str; 5] {
    [
        "<speak>One<break time='2s'/>two <mark name='here'/><p><s>a</s><s>b</s></p></speak>",
        "<?xml version='1.0'?><speak version='1.1' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='ar'>\
         <prosody rate='fast' pitch='+2st' volume='-6dB'>أهلا &amp; &#x645;</prosody></speak>",
        "<speak><say-as interpret-as='date'>1/2/2024</say-as><phoneme alphabet='ipa' ph='aː'>a</phoneme></speak>",
        "<speak><sub alias='World Wide Web'>WWW</sub><lang xml:lang='en-GB'>x</lang><!-- c --><![CDATA[<]]></speak>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><speak>&b;</speak>",
    ]
}

target!(seeds(), WORDS, |text: &str| {
    let document = match ssml::parse(text) {
        Ok(document) => document,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::SsmlInvalid | ErrorKind::TextTooLarge));
            return;
        }
    };
    assert!(document.items.len() <= MAX_ITEMS && document.warnings.len() <= MAX_WARNINGS);
    assert!(document.warnings.iter().all(|warning| warning.at <= text.len()));
    let mut done = 0;
    for item in &document.items {
        match item {
            Item::Text { text: said, span, style } | Item::SayAs { text: said, span, style, .. } => {
                assert!(
                    !said.is_empty()
                        && said.trim_matches([' ', '\t', '\n', '\r']) == said
                        && !said.contains("  ")
                );
                done = check(text, done, span, style);
            }
            Item::Phonemes { ipa, span, style, .. } => {
                assert!(!ipa.is_empty());
                done = check(text, done, span, style);
            }
            Item::Break { ms } => assert!(*ms <= MAX_BREAK_MS),
            _ => {}
        }
    }
});

fn check(document: &str, done: usize, span: &Range<usize>, style: &Style) -> usize {
    assert!(document.get(span.clone()).is_some(), "a span within the document");
    assert!((0.2..=5.0).contains(&style.rate));
    assert!((-12.0..=12.0).contains(&style.pitch));
    assert!((-100.0..=12.0).contains(&style.volume_db));
    if span.is_empty() {
        return done;
    }
    assert!(span.start >= done, "in order");
    span.end
}
