//! Tests of the SSML parser.

use super::*;

fn items(inner: &str) -> Vec<Item> {
    let document = parse(&format!("<speak>{inner}</speak>")).unwrap();
    assert_eq!(document.warnings, [], "{inner}");
    document.items
}

/// The items and warnings of a document with mistakes.
fn lenient(inner: &str) -> (Vec<Item>, Vec<String>) {
    let document = parse(&format!("<speak>{inner}</speak>")).unwrap();
    (document.items, document.warnings.into_iter().map(|warning| warning.message).collect())
}

fn style(inner: &str) -> Style {
    match &lenient(inner).0[..] {
        [Item::Text { style, .. }] => style.clone(),
        other => panic!("{inner}: {other:?}"),
    }
}

/// The items in short form: texts unchanged, others by name.
fn short(items: &[Item]) -> Vec<String> {
    let describe = |item: &Item| match item {
        Item::Text { text, .. } => text.clone(),
        Item::SayAs { text, how, .. } => format!("{how:?}({text})"),
        Item::Phonemes { ipa, written, .. } => format!("/{ipa}/({written})"),
        Item::Break { ms } => format!("{ms} ms"),
        Item::Mark { name } => format!("#{name}"),
        Item::Boundary(boundary) => format!("{boundary:?}"),
    };
    items.iter().map(describe).collect()
}

#[test]
fn elements_become_items() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("مرحبا", &["مرحبا"]),
        ("one<break/>two", &["one", "500 ms", "two"]),
        ("one<mark name='m1'/>two", &["one", "#m1", "two"]),
        ("<p>one</p><p>two</p>", &["one", "Paragraph", "two", "Paragraph"]),
        ("<p><s>واحد.</s><s>اثنان.</s></p>ثلاثة", &["واحد.", "Sentence", "اثنان.", "Paragraph", "ثلاثة"]),
        (
            "one<s>two</s><break/><s>three</s>",
            &["one", "Sentence", "two", "Sentence", "500 ms", "three", "Sentence"],
        ),
        ("<p/><s/><p></p>", &[]),
        ("<phoneme alphabet='ipa' ph='təˈmeɪtoʊ'>tomato</phoneme>", &["/təˈmeɪtoʊ/(tomato)"]),
        ("<phoneme ph='a'/>", &["/a/()"]),
        ("<sub alias='World Wide Web'>WWW</sub>", &["World Wide Web"]),
        ("<sub alias=' World&#13;&#10;Wide  Web '>WWW</sub>", &["World Wide Web"]),
        ("<lang xml:lang='ar'>نعم</lang>", &["نعم"]),
        ("a<metadata><x>hidden</x> too</metadata>b", &["a", "b"]),
        ("a<!-- comment --><?target instruction?>b", &["ab"]),
        ("<![CDATA[a < b & c]]>", &["a < b & c"]),
        ("a &lt; b &amp; c &#x41;&#1576;&quot;&apos;&gt;", &["a < b & c Aب\"'>"]),
        ("  a \n\t b  <break strength='none'/>  c ", &["a b", "0 ms", "c"]),
    ];
    for (inner, expected) in table {
        let items = lenient(inner).0;
        assert_eq!(short(&items), *expected, "{inner}");
    }
}

#[test]
fn say_as_reads_kinds_and_synonyms() {
    let table = [
        ("cardinal", "Cardinal"),
        ("number", "Cardinal"),
        ("ordinal", "Ordinal"),
        ("digits", "Digits"),
        ("date", "Date"),
        ("time", "Time"),
        ("telephone", "Telephone"),
        ("characters", "Characters"),
        ("spell-out", "Characters"),
        ("verbatim", "Characters"),
    ];
    for (name, kind) in table {
        let inner = format!("<say-as interpret-as='{name}'>12</say-as>");
        assert_eq!(short(&items(&inner)), [format!("{kind}(12)")]);
    }
    let (given, warnings) = lenient("<say-as interpret-as='expletive'>12</say-as><say-as>3</say-as>");
    assert_eq!((short(&given), warnings.len()), (vec!["12 3".to_owned()], 2));
    let (given, warnings) = lenient("<say-as interpret-as='date' format='dmy'>1<b>/</b>2</say-as>");
    assert_eq!((short(&given), warnings.len()), (vec!["DateIn(Dmy)(1/2)".to_owned()], 1));
    for (kind, format) in [("date", "x"), ("time", "mdy"), ("telephone", "home"), ("digits", "mdy")] {
        let (given, warnings) =
            lenient(&format!("<say-as interpret-as='{kind}' format='{format}'>1</say-as>"));
        assert_eq!((given.len(), warnings.len()), (1, 1), "{kind} {format}");
    }
    let known = "<say-as interpret-as='time' format='hms24'>14:30</say-as><say-as interpret-as='telephone' format='966'>0501234567</say-as>";
    assert_eq!(short(&items(known)), ["TimeIn(Hms24)(14:30)", "Telephone(0501234567)"]);
}

#[test]
fn breaks_have_lengths() {
    let table = [
        ("strength='none'", 0),
        ("strength='x-weak'", 100),
        ("strength='weak'", 250),
        ("strength='medium'", 500),
        ("strength='strong'", 750),
        ("strength='x-strong'", 1_000),
        ("time='0s'", 0),
        ("time='250ms'", 250),
        ("time='1.5s'", 1_500),
        ("time='.5s'", 500),
        ("time='10s'", 10_000),
        ("strength='weak' time='2s'", 2_000),
    ];
    for (attributes, ms) in table {
        assert_eq!(items(&format!("<break {attributes}/>")), [Item::Break { ms }], "{attributes}");
    }
    let odd = [
        ("time='11s'", 10_000),
        ("time='99999999999999999999999999999999999999s'", 10_000),
        ("time='-1s'", 500),
        ("time='1'", 500),
        ("time='1e3ms'", 500),
        ("time='infs'", 500),
        ("time='s'", 500),
        ("strength='huge'", 500),
    ];
    for (attributes, ms) in odd {
        let (given, warnings) = lenient(&format!("<break {attributes}/>"));
        assert_eq!((given, warnings.len()), (vec![Item::Break { ms }], 1), "{attributes}");
    }
}

#[test]
fn prosody_sets_rate_pitch_and_volume() {
    let close = |value: f32, expected: f32| (value - expected).abs() < 0.01;
    for (value, expected) in [
        ("x-slow", 0.5),
        ("slow", 0.64),
        ("medium", 1.0),
        ("default", 1.0),
        ("fast", 1.55),
        ("x-fast", 2.0),
        ("120%", 1.2),
        ("+20%", 1.2),
        ("-20%", 0.8),
        ("1.5", 1.5),
        (" 2 ", 2.0),
        ("0%", 0.2),
        ("900%", 5.0),
    ] {
        let style = style(&format!("<prosody rate='{value}'>x</prosody>"));
        assert!(close(style.rate, expected), "{value}: {style:?}");
    }
    for (value, expected) in [
        ("x-low", -10.35),
        ("low", -3.86),
        ("medium", 0.0),
        ("high", 3.16),
        ("x-high", 6.43),
        ("+2st", 2.0),
        ("-3.5st", -3.5),
        ("+100%", 12.0),
        ("-50%", -12.0),
        ("-100%", -12.0),
        ("+99st", 12.0),
    ] {
        let style = style(&format!("<prosody pitch='{value}'>x</prosody>"));
        assert!(close(style.pitch, expected), "{value}: {style:?}");
    }
    for (value, expected) in [
        ("silent", -100.0),
        ("x-soft", -12.0),
        ("soft", -6.0),
        ("medium", 0.0),
        ("loud", 6.0),
        ("x-loud", 12.0),
        ("+6dB", 6.0),
        ("-3.5dB", -3.5),
        ("50", -6.02),
        ("100", 0.0),
        ("0", -100.0),
        ("+100%", 6.02),
        ("+99dB", 12.0),
    ] {
        let style = style(&format!("<prosody volume='{value}'>x</prosody>"));
        assert!(close(style.volume_db, expected), "{value}: {style:?}");
    }
}

#[test]
fn out_of_range_values_are_clamped() {
    for attribute in ["rate='900%'", "rate='0'", "pitch='+13st'", "volume='+13dB'"] {
        let (_, warnings) = lenient(&format!("<prosody {attribute}>x</prosody>"));
        assert!(
            warnings.len() == 1 && warnings[0].contains("moved into its range"),
            "{attribute}: {warnings:?}"
        );
    }
    for attribute in [
        "rate='quick'",
        "rate='-1'",
        "rate='NaN'",
        "rate='inf'",
        "rate='1e9'",
        "rate=''",
        "rate='%'",
        "pitch='200Hz'",
        "pitch='+2'",
        "volume='+6'",
        "volume='dB'",
        "contour='(0%,+20Hz)'",
        "range='high'",
        "duration='2s'",
    ] {
        let inner = format!("<prosody {attribute}>x</prosody>");
        assert_eq!(style(&inner), Style::default(), "{attribute}");
        assert_eq!(lenient(&inner).1.len(), 1, "{attribute}");
    }
}

#[test]
fn nested_prosody_multiplies() {
    let inner = "a<prosody rate='2' pitch='+2st' volume='-6dB'>b<prosody rate='50%' pitch='+1st' volume='-6dB'>c</prosody>d</prosody>e";
    let styles: Vec<_> = items(inner)
        .into_iter()
        .map(|item| match item {
            Item::Text { style, .. } => (style.rate, style.pitch, style.volume_db),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        styles,
        [(1.0, 0.0, 0.0), (2.0, 2.0, -6.0), (1.0, 3.0, -12.0), (2.0, 2.0, -6.0), (1.0, 0.0, 0.0)]
    );
}

#[test]
fn languages_nest() {
    let inner = "<p xml:lang='en'>a<s xml:lang='en-GB'>b</s>c</p><lang xml:lang='fr'>d</lang>e";
    let document = parse(&format!("<speak xml:lang='ar'>{inner}</speak>")).unwrap();
    let languages: Vec<_> = document
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Text { text, style, .. } => Some((text.as_str(), style.language.as_deref().unwrap())),
            _ => None,
        })
        .collect();
    assert_eq!(languages, [("a", "en"), ("b", "en-GB"), ("c", "en"), ("d", "fr"), ("e", "ar")]);
    for bad in ["", "e n", "-", "ار", &"x".repeat(36)] {
        assert_eq!(lenient(&format!("<s xml:lang='{bad}'>x</s>")).1.len(), 1, "{bad}");
    }
}

#[test]
fn tags_separate_words() {
    for (inner, text) in [
        ("<b>a</b><b>b</b>", "a b"),
        ("cup<b>board</b>", "cup board"),
        ("<b>نعم</b><i>لا</i>", "نعم لا"),
        ("<b>a</b>, <b>b</b>.", "a, b."),
        ("(<b>a</b>) $<b>5</b> <b>5</b>%", "(a) $5 5%"),
        ("a<!-- comment -->b", "ab"),
        ("a<b/>b", "a b"),
    ] {
        assert_eq!(short(&lenient(inner).0), [text], "{inner}");
    }
    assert_eq!(short(&items("<w>cup</w><token>board</token>")), ["cup board"]);
    assert_eq!(short(&lenient("<w>cup<b>board</b></w> x").0), ["cupboard x"]);
}

#[test]
fn descriptions_are_not_spoken() {
    let (given, warnings) =
        lenient("<audio src='bell.wav'><desc>a bell rings</desc>ding</audio> <desc>x<b>y</b></desc>");
    assert_eq!((short(&given), warnings.len()), (vec!["ding".to_owned()], 1));
}

#[test]
fn voice_sets_a_language() {
    for attributes in ["xml:lang='ar'", "languages='ar-SA en'"] {
        let items = items(&format!("a <voice {attributes}>b</voice> c"));
        let language = |item: &Item| match item {
            Item::Text { style, .. } => style.language.as_ref().map(|tag| tag.primary().to_owned()),
            other => panic!("{other:?}"),
        };
        assert_eq!(items.iter().map(language).collect::<Vec<_>>(), [None, Some("ar".into()), None]);
    }
}

#[test]
fn unknown_elements_give_warnings() {
    let document = parse("<speak>un<emphasis>break</emphasis>able</speak>").unwrap();
    assert_eq!(short(&document.items), ["un break able"]);
    assert_eq!(document.warnings[0].at, 9);
    assert!(document.warnings[0].message.contains("<emphasis>"));
    for inner in [
        "<voice name='x'>a</voice>",
        "<audio src='x'>a</audio>",
        "<sub>a</sub>",
        "<lang>a</lang>",
        "<phoneme alphabet='x-sampa' ph='a'>a</phoneme>",
        "<phoneme>a</phoneme>",
        "a<mark/>",
        "<ssml:other>a</ssml:other>",
    ] {
        let (given, warnings) = lenient(inner);
        assert_eq!((short(&given), warnings.len()), (vec!["a".to_owned()], 1), "{inner}");
    }
    assert_eq!(lenient(&"<x/>".repeat(1_000)).1.len(), MAX_WARNINGS);
}

#[test]
fn namespace_and_declaration_are_accepted() {
    let document = "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<ssml:speak xmlns:ssml='http://www.w3.org/2001/10/synthesis' version='1.1'>\
                    <ssml:break time='1s'/></ssml:speak>\n<!-- end -->\n";
    assert_eq!(parse(document).unwrap().items, [Item::Break { ms: 1_000 }]);
}

#[test]
fn spans_are_bytes_of_the_document() {
    let document = "\u{feff}<speak> نص &amp; more <sub alias='x'>y z</sub> <![CDATA[end]]> </speak>";
    let written: Vec<_> = parse(document)
        .unwrap()
        .items
        .into_iter()
        .map(|item| match item {
            Item::Text { span, .. } => &document[span],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(written, ["نص &amp; more", "y z", "end"]);
}

#[test]
fn dangerous_xml_is_refused() {
    let bomb = "<!DOCTYPE speak [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><speak>&b;</speak>";
    let external = "<!DOCTYPE speak SYSTEM 'file:///etc/passwd'><speak/>";
    let deep = format!("<speak>{}{}</speak>", "<p>".repeat(64), "</p>".repeat(64));
    let wide = format!("<speak {}/>", (0..33).fold(String::new(), |all, i| format!("{all} a{i}=''")));
    let many = format!("<speak {}/>", "a='' ".repeat(100_000));
    for (document, why) in [
        (bomb, "DOCTYPE"),
        (external, "DOCTYPE"),
        ("<speak><!DOCTYPE x></speak>", ""),
        ("<speak>&b;</speak>", "XML's own entities"),
        ("<speak>&nbsp;</speak>", "XML's own entities"),
        ("<speak><mark name='&b;'/></speak>", "unknown entity"),
        ("<speak>&#0;</speak>", "character reference"),
        ("<speak>&#7;</speak>", "&#7;"),
        ("<speak>&#xD800;</speak>", "character reference"),
        ("<speak>&#x110000;</speak>", "character reference"),
        ("<speak><mark name='&#7;'/></speak>", "control character"),
        ("<speak>\0</speak>", "control character"),
        (&deep, "nested deeper than 64"),
        (&wide, "32 attributes"),
        (&many, ""),
    ] {
        let error = parse(document).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SsmlInvalid);
        assert!(error.to_string().contains(why), "{error}");
    }
    assert!(parse(&format!("<speak>{}{}</speak>", "<p>".repeat(63), "</p>".repeat(63))).is_ok());
    let large = format!("<speak>{}</speak>", "a".repeat(MAX_BYTES));
    assert_eq!(parse(&large).unwrap_err().kind(), ErrorKind::TextTooLarge);
    let crowded = format!("<speak>{}</speak>", "<break/>".repeat(MAX_ITEMS + 1));
    assert_eq!(parse(&crowded).unwrap_err().kind(), ErrorKind::TextTooLarge);
    let crowded = format!("<speak>{}</speak>", "<break/>".repeat(MAX_ITEMS));
    assert_eq!(parse(&crowded).unwrap().items.len(), MAX_ITEMS);
}

#[test]
fn malformed_document_is_refused() {
    for document in [
        "",
        " ",
        "plain text",
        "<speak>",
        "</speak>",
        "<speak><p>a</speak>",
        "<speak>a</speak><speak>b</speak>",
        "<speak>a</speak>b",
        "a<speak>b</speak>",
        "<p>a</p>",
        "<speak>a & b</speak>",
        "<speak>a < b</speak>",
        "<speak a=b/>",
        "<speak a='1' a='2'/>",
        "<speak",
        "<speak>&#x",
        "<speak><![CDATA[a</speak>",
        "<speak><!-- a</speak>",
        "&amp;<speak/>",
    ] {
        let error = parse(document).map_err(|error| error.kind());
        assert_eq!(error, Err(ErrorKind::SsmlInvalid), "{document}");
    }
    let whole = "<speak xml:lang='ar'><p>نص &amp; <sub alias='x'>y</sub></p><![CDATA[z]]><!-- c --><break time='1s'/></speak>";
    for end in 0..whole.len() {
        let cut = &whole[..whole.floor_char_boundary(end)];
        assert!(parse(cut).is_err(), "{cut}");
    }
    assert!(parse(whole).is_ok());
}

#[test]
fn random_documents_do_not_panic() {
    const PARTS: &[&str] = &[
        "<speak>",
        "</speak>",
        "<p>",
        "</p>",
        "<s>",
        "</s>",
        "<break/>",
        "<prosody rate='2'>",
        "</prosody>",
        "&amp;",
        "&#65;",
        "&x;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<sub alias='a'>",
        "</sub>",
        "نص",
        " ",
        "<",
        ">",
        "'",
        "<?",
        "?>",
        "<mark name='",
        "\u{feff}",
    ];
    for seed in 0..3_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let inner: String = (0..random.usize(0..20)).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
        let document = if random.bool() { format!("<speak>{inner}</speak>") } else { inner };
        let Ok(read) = parse(&document) else { continue };
        for item in read.items {
            if let Item::Text { span, .. } = item {
                assert!(document.get(span).is_some(), "{document}");
            }
        }
    }
}
