//! The names of units, to their signs and codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Words;
use crate::text::matching;
use crate::text::spoken_units;

/// A unit of measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MeasureUnit {
    /// Its code by UCUM, such as `kg`, `Cel` or `mm[Hg]`.
    pub code: &'static str,
    /// As it is written: kg, °C, mmHg.
    pub sign: &'static str,
}

/// A name of a unit that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    pub(super) unit: MeasureUnit,
    /// Whether the name means two of the unit: كيلوين.
    pub(super) is_dual: bool,
    /// The word after the name.
    pub(super) end: usize,
}

/// The unit with the longest name that begins with the word `at`.
pub(super) fn named(words: &Words, at: usize) -> Option<Named> {
    if at >= words.len() {
        return None;
    }
    let sign = trimmed(words[at].text);
    // "Five in the morning": a sign of one letter, or a word, is a unit only where it is joined to its number.
    let is_word = sign.len() == 1 && !matches!(sign, "g" | "m" | "L" | "l" | "C" | "F" | "%")
        || matches!(sign, "in" | "st" | "mo" | "ha" | "cap" | "tab");
    let by_sign = of_sign(sign).filter(|_| !is_word);
    let mut best = by_sign.map(|unit| Named { unit, is_dual: false, end: at + 1 });
    let mut name = String::new();
    for end in at..words.len().min(at + INDEX.longest) {
        if end > at && words.pauses_after(end - 1) {
            break;
        }
        if end > at {
            name.push(' ');
        }
        name += words.key(end);
        if let Some(&(unit, is_dual)) = INDEX.names.get(&name)
            && best.is_none_or(|best| best.end < end + 1)
        {
            best = Some(Named { unit, is_dual, end: end + 1 });
        }
    }
    best
}

/// The same after the "and" that is joined to the word.
pub(super) fn joined(words: &Words, at: usize) -> Option<Named> {
    let text = words.text(at..words.len().min(at + 3));
    let named = named(&Words::new(text.strip_prefix('و')?), 0)?;
    Some(Named { end: at + named.end, ..named })
}

/// The unit of a sign, exactly as written, also "mg/dL".
pub(super) fn of_sign(sign: &str) -> Option<MeasureUnit> {
    // The percent sign of Arabic.
    let sign = if sign == "٪" { "%" } else { sign };
    if let Some(unit) = INDEX.signs.get(sign) {
        return Some(*unit);
    }
    COMPOUND.iter().find(|(_, signs, _)| signs.contains(&sign)).map(|(unit, ..)| *unit)
}

/// A word without marks around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_end_matches(super::items::is_mark)
}

const fn unit(code: &'static str, sign: &'static str) -> MeasureUnit {
    MeasureUnit { code, sign }
}

/// Units of two, with their signs and names.
static COMPOUND: [(MeasureUnit, &[&str], &[&str]); 4] = [
    (
        unit("mg/dL", "mg/dL"),
        &["mg/dL", "mg/dl", "ملغ/دل", "ملجم/دل", "مغ/دل"],
        &[
            "milligrams per deciliter",
            "milligram per deciliter",
            "milligrams per decilitre",
            "مليغرام لكل ديسيلتر",
            "مليجرام لكل ديسيلتر",
            "ملليغرام لكل ديسيلتر",
            "ملي غرام لكل ديسيلتر",
            "مليغرام في الديسيلتر",
            "مليجرام على ديسيلتر",
            "ملغ لكل دل",
        ],
    ),
    (
        unit("mmol/L", "mmol/L"),
        &["mmol/L", "mmol/l", "ممول/ل", "مليمول/لتر"],
        &[
            "millimoles per liter",
            "millimole per liter",
            "millimoles per litre",
            "millimols per liter",
            "millimole",
            "millimoles",
            "مليمول لكل لتر",
            "ملي مول لكل لتر",
            "مليمول في اللتر",
            "ملليمول لكل لتر",
            "مليمول",
            "ملي مول",
            "ملليمول",
        ],
    ),
    (
        unit("/min", "bpm"),
        &[],
        &[
            "beats per minute",
            "beats a minute",
            "a minute",
            "per minute",
            "breaths per minute",
            "نبضة في الدقيقة",
            "نبضة بالدقيقة",
            "دقة في الدقيقة",
            "دقة بالدقيقة",
            "ضربة في الدقيقة",
            "نفس في الدقيقة",
            "في الدقيقة",
            "بالدقيقة",
        ],
    ),
    (
        unit("L/min", "L/min"),
        &["L/min", "l/min"],
        &["liters per minute", "litres per minute", "لتر في الدقيقة"],
    ),
];

/// Names that are spoken and not written, by the sign of the unit.
static SPOKEN: &[(&str, &[&str])] = &[
    (
        "%",
        &[
            "per cent",
            "بالمئة",
            "بالمائة",
            "بالمية",
            "بالميه",
            "في المائة",
            "في المية",
            "في المايه",
            "في الميه",
            "فالمية",
            "من المية",
            "المية بالمية",
        ],
    ),
    (
        "kg",
        &["كيلو", "كيلوات", "كيلوا", "كيلوجرامات", "كيلو قرام", "kilo", "kilos", "kilogramme", "kilogrammes"],
    ),
    ("g", &["جرام", "جرامات", "قرام", "قرامات", "غرامات", "gramme", "grammes"]),
    ("mg", &["ملي جرام", "ملي قرام", "مليجرامات", "ملليجرام", "مليقرام", "ملغرام", "mgs"]),
    ("mcg", &["ميكرو غرام", "ميكرو جرام", "مايكروغرام", "مايكروجرام", "مايكرو جرام"]),
    ("ml", &["ملي", "ملي ليتر", "مليليتر", "ملليلتر", "سي سي", "millilitre", "millilitres"]),
    ("l", &["ليتر", "لترات", "ليترات", "litre", "litres"]),
    ("m", &["ميتر", "امتار", "متور", "metre", "metres"]),
    ("cm", &["سنتي", "سانتي", "سنتيمترات", "سانتيمتر", "سانتيمترات", "سنتيات", "centimetre", "centimetres"]),
    ("mm", &["مليميتر", "ملمتر", "millimetre", "millimetres"]),
    ("km", &["كيلومترات", "كيلو متر", "kilometre", "kilometres"]),
    ("ft", &["فوت", "قدام"]),
    ("in", &["إنش", "انش", "إنشات", "بوصات"]),
    ("lb", &["باوند", "باوندات", "lbs"]),
    (
        "°C",
        &[
            "celsius",
            "centigrade",
            "degrees centigrade",
            "degrees c",
            "مئوية",
            "مئوي",
            "سيليزيوس",
            "سلسيوس",
            "درجة سيليزيوس",
        ],
    ),
    ("°F", &["degrees f", "درجة فهرنهايتية", "درجات فهرنهايتية"]),
    ("f", &["fahrenheit", "فهرنهايت", "فرنهايت", "فهرنهايتية"]),
    ("mmHg", &["ملم زئبق", "ملي زئبق", "مليمتر زئبق", "ميليمتر زئبق", "mercury", "millimetres of mercury"]),
    ("bpm", &["نبضات", "نبضة", "دقة", "دقات", "beats"]),
    ("حبه", &["حبوب", "حبات", "قرص", "أقراص", "pill", "pills"]),
    ("mmol", &["milli mole"]),
];

/// The codes of units whose sign is not their code.
static CODES: &[(&str, &str)] = &[
    ("l", "L"),
    ("dl", "dL"),
    ("ml", "mL"),
    ("mcg", "ug"),
    ("µL", "uL"),
    ("cc", "cm3"),
    ("m³", "m3"),
    ("m²", "m2"),
    ("cm²", "cm2"),
    ("km²", "km2"),
    ("µm", "um"),
    ("lb", "[lb_av]"),
    ("oz", "[oz_av]"),
    ("st", "[stone_av]"),
    ("ton", "t"),
    ("tbsp", "[tbs_us]"),
    ("tsp", "[tsp_us]"),
    ("ft", "[ft_i]"),
    ("in", "[in_i]"),
    ("yd", "[yd_i]"),
    ("mi", "[mi_i]"),
    ("mph", "[mi_i]/h"),
    ("°C", "Cel"),
    ("°F", "[degF]"),
    ("f", "[degF]"),
    ("°", "deg"),
    ("mmHg", "mm[Hg]"),
    ("bpm", "/min"),
    ("نبضه", "{beats}"),
    ("IU", "[iU]"),
    ("U", "[iU]"),
    ("mIU", "m[iU]"),
    ("µIU", "u[iU]"),
    ("µmol", "umol"),
    ("mEq", "meq"),
    ("حبه", "{tbl}"),
    ("tab", "{tbl}"),
    ("cap", "{capsule}"),
    ("كبسوله", "{capsule}"),
    ("جرعه", "{dose}"),
    ("مره", "{times}"),
    ("قطره", "[drp]"),
    ("gtt", "[drp]"),
    ("ملعقه", "{spoon}"),
    ("كيلو", "kg"),
    ("y", "a"),
    ("عاما", "a"),
    ("K/uL", "10*3/uL"),
    ("‰", "[ppth]"),
    ("sq ft", "[sft_i]"),
    ("sq m", "m2"),
    ("sq km", "km2"),
    ("ha", "har"),
    ("gal", "[gal_us]"),
    ("qt", "[qt_us]"),
    ("fl oz", "[foz_us]"),
    ("rpm", "{rpm}"),
    ("Ω", "Ohm"),
    ("kΩ", "kOhm"),
];

struct Index {
    /// By the sign, exactly as written.
    signs: HashMap<&'static str, MeasureUnit>,
    /// By the words of the name, and whether it means two.
    names: HashMap<String, (MeasureUnit, bool)>,
    /// The most words of a name.
    longest: usize,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { signs: HashMap::new(), names: HashMap::new(), longest: 0 };
    let mut add = |name: &str, unit: MeasureUnit, is_dual: bool| {
        let words = matching::words(name);
        index.longest = index.longest.max(words.len());
        if !words.is_empty() {
            index.names.entry(words.join(" ")).or_insert((unit, is_dual));
        }
    };
    for (unit, _, names) in &COMPOUND {
        for name in *names {
            add(name, *unit, false);
        }
    }
    for (sign, names) in SPOKEN {
        for name in *names {
            add(name, unit(code(sign), sign), false);
        }
    }
    for name in ["كيلوين", "كيلوان"] {
        add(name, unit("kg", "kg"), true);
    }
    for spoken in spoken_units() {
        let unit = unit(code(spoken.sign), spoken.sign);
        for name in &spoken.names {
            add(name, unit, false);
        }
        for name in &spoken.duals {
            add(name, unit, true);
        }
        for sign in spoken.signs {
            // A letter that is a word of its own is no unit: "a", و.
            let is_word = sign.chars().nth(1).is_none() && !sign.is_ascii();
            if sign.contains(' ') {
                add(sign, unit, false);
            } else if !is_word || sign == "°" {
                index.signs.entry(sign).or_insert(unit);
            }
        }
    }
    index
});

/// Builds the table, if no text needed it yet.
pub(super) fn build_table() {
    LazyLock::force(&INDEX);
}

fn code(sign: &'static str) -> &'static str {
    CODES.iter().find(|(other, _)| *other == sign).map_or(sign, |(_, code)| code)
}
