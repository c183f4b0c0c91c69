//! Compares the names and numbers of the Kotlin and Swift layers with the header. It reads their sources and needs no
//! compiler for them; `kotlin.rs` and `swift.rs` run them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::build::root;
use crate::header::{functions, generate};

/// The header without comments.
fn code(header: &str) -> String {
    let code: Vec<_> = header.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n")
}

/// The fields of each struct that is not opaque, in order: `typedef struct { … } NAME;`.
pub(crate) fn structs(header: &str) -> Vec<(String, Vec<String>)> {
    let field = |line: &str| Some(line.trim().strip_suffix(';')?.rsplit([' ', '*']).next()?.to_owned());
    let read = |rest: &str| {
        let (body, rest) = rest.split_once('}')?;
        let name = rest.split_once(';')?.0.trim().to_owned();
        Some((name, body.lines().filter_map(field).collect()))
    };
    code(header).split("typedef struct {").skip(1).filter_map(read).collect()
}

/// The enumerators of each `enum NAME … { … }` by its name in the layers: `voice_end_reason` is `EndReason`, and its
/// `VOICE_END_REASON_MAX_LENGTH` is `max_length`.
fn enums(header: &str) -> Vec<(String, BTreeMap<String, u32>)> {
    let read = |rest: &str| {
        let (name, rest) = rest.split_once('\n')?;
        let (body, _) = rest.split_once('{')?.1.split_once('}')?;
        let prefix = name.to_uppercase() + "_";
        let enumerator = |line: &str| {
            let (enumerator, number) = line.trim().strip_suffix(',')?.split_once(" = ")?;
            Some((enumerator.strip_prefix(&prefix)?.to_lowercase(), number.parse().ok()?))
        };
        let words = name.strip_prefix("voice_")?.split('_');
        let title = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        Some((title, body.lines().filter_map(enumerator).collect()))
    };
    code(header).split("\nenum ").skip(1).filter_map(read).collect()
}

/// All sources below a folder, joined.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { sources(&path) } else { fs::read_to_string(path).unwrap() })
        .collect::<Vec<_>>()
        .join("\n")
}

fn kotlin() -> String {
    sources(&root().join("examples/kotlin/src/main"))
}

fn swift() -> String {
    sources(&root().join("examples/swift/Sources/Voice"))
}

/// The results of `read` for the lines of the block from `opening` to the next `}` at the start of a line.
fn block<T>(source: &str, opening: &str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let (_, rest) = source.split_once(opening).unwrap_or_else(|| panic!("there is no {opening}"));
    rest.split("\n}").next().unwrap().lines().filter_map(|line| read(line.trim())).collect()
}

/// `maxLength` as `max_length`.
fn snake(camel: &str) -> String {
    camel.chars().fold(String::new(), |name, letter| {
        let separator = if letter.is_uppercase() && !name.is_empty() { "_" } else { "" };
        name + separator + &letter.to_lowercase().to_string()
    })
}

#[test]
fn both_have_every_enumerator() {
    let header = generate();
    let enums = enums(&header);
    assert!(enums.len() >= 12 && enums.iter().all(|(_, known)| !known.is_empty()), "{enums:?}");
    let (kotlin, swift) = (kotlin(), swift());
    for (name, mut expected) in enums {
        if name == "Code" {
            // The layers do not have it: no error is no exception.
            assert_eq!(expected.remove("ok"), Some(0));
        }
        let in_kotlin = block(&kotlin, &format!("enum class {name}("), |line| {
            let (name, number) = line.strip_suffix("),")?.split_once('(')?;
            Some((name.to_lowercase(), number.parse().ok()?))
        });
        assert_eq!(in_kotlin.into_iter().collect::<BTreeMap<_, _>>(), expected, "{name} in Kotlin");
        let in_swift = block(&swift, &format!("enum {name}: UInt32"), |line| {
            let (name, number) = line.strip_prefix("case ")?.split_once(" = ")?;
            // The number that the header does not have has another notation and is skipped.
            Some((snake(name.trim_matches('`')), number.parse().ok()?))
        });
        assert_eq!(in_swift.into_iter().collect::<BTreeMap<_, _>>(), expected, "{name} in Swift");
    }
}

#[test]
fn both_call_every_function() {
    let header = generate();
    let functions = functions(&header);
    assert!(functions.len() > 30, "{functions:?}");
    let (kotlin, swift) = (kotlin(), swift());
    for (name, _) in &functions {
        assert!(kotlin.contains(&format!("fun {name}(")), "{name} is not declared in Kotlin");
        let calls = [format!(".{name}("), format!("::{name}")];
        assert!(calls.iter().any(|call| kotlin.contains(call)), "{name} is not called in Kotlin");
        assert!(swift.contains(&format!("{name}(")), "{name} is not called in Swift");
    }
    let declared =
        kotlin.lines().filter_map(|line| line.trim().strip_prefix("fun voice_")?.split('(').next());
    for name in declared {
        let known = functions.iter().any(|(function, _)| function.strip_prefix("voice_") == Some(name));
        assert!(known, "the header has no voice_{name}");
    }
}

/// Single-entry fields, which the layers replace by lists.
const SHORT: [&str; 2] = ["stt_model", "tts_voice"];

#[test]
fn both_set_every_option() {
    let (kotlin, swift) = (kotlin(), swift());
    let options = structs(&generate()).into_iter().filter(|(name, _)| name.ends_with("_options"));
    let mut count = 0;
    for (name, fields) in options {
        let layer = name.strip_prefix("voice_").unwrap();
        let layer = layer[..1].to_uppercase() + &layer[1..].replace("_options", "Options");
        let in_kotlin = block(&kotlin, &format!("fun {layer}.within("), |line| Some(line.to_owned()));
        let in_swift = block(&swift, &format!("var options = {name}()"), |line| Some(line.to_owned()));
        for field in fields.iter().filter(|field| *field != "reserved" && !SHORT.contains(&field.as_str())) {
            let sets = |line: &String| {
                line.starts_with(&format!("{field} = ")) || line.ends_with(&format!(", {field})"))
            };
            assert!(in_kotlin.iter().any(sets), "{name}.{field} is not set in Kotlin");
            let sets = |line: &String| line.starts_with(&format!("options.{field} = "));
            assert!(in_swift.iter().any(sets), "{name}.{field} is not set in Swift");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn kotlin_structs_match_the_header() {
    let source =
        fs::read_to_string(root().join("examples/kotlin/src/main/kotlin/libvoice/c/Structures.kt")).unwrap();
    let mut structs = structs(&generate());
    let mut mirrored: Vec<(String, Vec<String>)> = source
        .split("@Structure.FieldOrder(")
        .skip(1)
        .map(|rest| {
            let (names, rest) = rest.split_once(')').unwrap();
            let (_, name) = rest.split_once("class ").unwrap();
            let fields = names.split('"').skip(1).step_by(2).map(str::to_owned).collect();
            (name.split('(').next().unwrap().to_owned(), fields)
        })
        .collect();
    structs.sort();
    mirrored.sort();
    assert_eq!(mirrored, structs);
}
