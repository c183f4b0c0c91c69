//! The names of models: the language in a published name, and the nearest known name to a mistyped one.
//!
//! Sources of the name forms: the list of models at <https://alphacephei.com/vosk/models>
//! (`vosk-model-[small-]LANGUAGE[-REGION]-REST`) and the voices of Piper
//! (`LANGUAGE_REGION-SPEAKER-QUALITY`, before 2023 `LANGUAGE-REGION-SPEAKER-QUALITY`).

use crate::language::LanguageTag;

/// The language codes of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy \
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii \
    ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr \
    ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl \
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh \
    zu";

/// The country codes of ISO 3166-1.
const REGIONS: &str = "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs \
    bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi \
    fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir \
    is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm \
    mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt \
    pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm \
    tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

/// Country codes that publishers use in place of a language, and the language.
const MISTAKEN: [(&str, &str); 6] =
    [("cn", "zh"), ("cz", "cs"), ("jp", "ja"), ("kz", "kk"), ("ua", "uk"), ("vn", "vi")];

/// The last parts of the names of Piper's voices.
const QUALITIES: [&str; 5] = ["x_low", "x-low", "low", "medium", "high"];

/// The language of the published model or voice called `name`, if it tells one.
pub(crate) fn language(name: &str) -> Option<LanguageTag> {
    let name = name.strip_suffix(".onnx").unwrap_or(name).to_ascii_lowercase();
    let after = |name: &str, prefixes: &[&str]| {
        prefixes.iter().fold(name.to_owned(), |name, prefix| {
            name.strip_prefix(prefix).map(str::to_owned).unwrap_or(name)
        })
    };
    if let Some(rest) = name.strip_prefix("vosk-model-") {
        return tag(&after(rest, &["small-", "tts-"]));
    }
    if !QUALITIES.iter().any(|quality| name.ends_with(&format!("-{quality}"))) {
        return None;
    }
    let bare = after(&name, &["voice-"]);
    // Two letters alone could be a word in a user's own name, such as `my-voice-low`.
    tag(&bare).filter(|tag| tag.contains('-') || bare != name)
}

/// The tag at the beginning of `name`: a language, and a region if the next part is one.
fn tag(name: &str) -> Option<LanguageTag> {
    let mut parts = name.split(['-', '_']);
    let code = parts.next()?;
    let code = MISTAKEN.iter().find(|(mistaken, _)| *mistaken == code).map_or(code, |(_, code)| code);
    let is_among = |list: &str, code: &str| list.split_ascii_whitespace().any(|known| known == code);
    if !is_among(LANGUAGES, code) {
        return None;
    }
    let region = parts.next().filter(|region| is_among(REGIONS, region));
    region.map_or_else(|| code.to_owned(), |region| format!("{code}-{region}")).parse().ok()
}

/// The known name that is most similar to `wanted`, if one is similar enough.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// The least similarity of a suggestion.
    const MIN_SIMILARITY: f64 = 0.85;
    /// The measure takes quadratic time, and no name of a model is longer.
    const MAX_LETTERS: usize = 100;

    let wanted: String = wanted.chars().take(MAX_LETTERS).flat_map(char::to_lowercase).collect();
    // The Jaro-Winkler measure gives more weight to the beginning, which has the family and the language.
    let scored = known.map(|name| (strsim::jaro_winkler(&wanted, &name.to_ascii_lowercase()), name));
    let near = scored.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_names_give_the_language() {
        for (name, language) in [
            ("vosk-model-small-ko-0.22", "ko"),
            ("vosk-model-ar-mgb2-0.4", "ar"),
            ("vosk-model-ar-0.22-linto-1.1.0", "ar"),
            ("vosk-model-small-en-us-0.15", "en-US"),
            ("vosk-model-en-us-daanzu-20200905-lgraph", "en-US"),
            ("vosk-model-small-en-in-0.4", "en-IN"),
            ("vosk-model-small-ar-tn-0.1-linto", "ar-TN"),
            ("vosk-model-small-cn-0.22", "zh"),
            ("vosk-model-cn-kaldi-multicn-0.15", "zh"),
            ("vosk-model-small-uk-v3-nano", "uk"),
            ("vosk-model-ua-0.1", "uk"),
            ("vosk-model-small-kz-0.42", "kk"),
            ("vosk-model-vn-0.4", "vi"),
            ("vosk-model-el-gr-0.7", "el-GR"),
            ("vosk-model-tl-ph-generic-0.6", "tl-PH"),
            ("vosk-model-pt-fb-v0.1.1-20220516_2113", "pt"),
            ("vosk-model-nl-spraakherkenning-0.6-lgraph", "nl"),
            ("vosk-model-small-sv-rhasspy-0.15", "sv"),
            ("vosk-model-small-cs-0.4-rhasspy", "cs"),
            ("vosk-model-tts-ru-0.9-multi", "ru"),
            ("en_US-joe-medium", "en-US"),
            ("en_US-joe-medium.onnx", "en-US"),
            ("ar_JO-kareem-medium", "ar-JO"),
            ("zh_CN-huayan-x_low", "zh-CN"),
            ("en-us-ryan-high", "en-US"),
            ("voice-de-thorsten-low", "de"),
        ] {
            assert_eq!(self::language(name).as_deref(), Some(language), "{name}");
        }
    }

    #[test]
    fn other_names_give_no_language() {
        for name in [
            "",
            "model",
            "ar-commands",
            "clinic",
            "vosk-model-spk-0.4",
            "vosk-model-clinic-1",
            "en",
            "my-voice-low",
        ] {
            assert_eq!(language(name), None, "{name}");
        }
    }

    #[test]
    fn misspelt_name_suggests_the_right_one() {
        let known = ["vosk-model-ar-mgb2-0.4", "vosk-model-small-en-us-0.15", "ar_JO-kareem-medium"];
        for (wanted, name) in [
            ("vosk-model-ar-mgb9", Some(known[0])),
            ("vosk-model-smal-en-us-0.15", Some(known[1])),
            ("ar_jo-karim-medium", Some(known[2])),
            ("model", None),
            ("clinic", None),
        ] {
            assert_eq!(nearest(wanted, known.into_iter()), name, "{wanted}");
        }
    }
}
