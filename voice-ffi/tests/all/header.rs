//! The header is generated, committed, complete, and accepted by strict compilers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{compiles, root, run};

/// The sources, in reading order.
const SOURCES: [&str; 23] = [
    "version",
    "error",
    "text",
    "options",
    "engine/settings",
    "engine",
    "health",
    "stt/settings",
    "stt/event",
    "stt",
    "tts/settings",
    "tts/event",
    "tts",
    "tts/explanation",
    "dialog/settings",
    "dialog/event",
    "dialog",
    "dialog/speech",
    "dialog/control",
    "voices",
    "store",
    "store/list",
    "log",
];

const THREADS: [&str; 4] = [
    "Threads: any thread, at once.",
    "Threads: any thread, after all other calls on it.",
    "Threads: any thread, one call at a time.",
    "Threads: any thread, even during another call.",
];

fn path() -> PathBuf {
    root().join("include/voice.h")
}

pub(crate) fn generate() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in SOURCES {
        builder = builder.with_src(here.join(format!("src/{name}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().expect("the sources can be parsed").write(&mut header);
    String::from_utf8(header).unwrap()
}

#[test]
fn header_matches_the_sources() {
    let header = generate();
    if std::env::var_os("VOICE_WRITE_HEADER").is_some() {
        fs::write(path(), header).unwrap();
        return;
    }
    let committed = fs::read_to_string(path()).unwrap_or_default();
    assert!(committed == header, "include/voice.h is out of date: run `make header` and commit it");
}

/// The name of each function, and the lines of the comment before it.
pub(crate) fn functions(header: &str) -> Vec<(&str, Vec<&str>)> {
    header
        .split("\n\n")
        .filter(|item| item.trim_end().ends_with(");"))
        .filter_map(|item| {
            let code: Vec<_> = item.lines().filter(|line| !line.starts_with("//")).collect();
            if code.first()?.starts_with("typedef") {
                return None;
            }
            let (before, _) = code.iter().find_map(|line| line.split_once('('))?;
            let name = before.rsplit([' ', '*']).next()?;
            Some((name, item.lines().filter_map(|line| line.strip_prefix("/// ")).collect()))
        })
        .collect()
}

/// Each parameter of each function: the function's name and its own.
pub(crate) fn parameters(header: &str) -> Vec<(String, String)> {
    let code: Vec<_> = header.lines().filter(|line| !line.starts_with("//")).collect();
    let code = code.join(" ");
    let mut found = Vec::new();
    for declaration in code.split(';').filter(|item| item.trim_end().ends_with(')')) {
        let Some((before, parameters)) = declaration.rsplit_once('(') else { continue };
        let name = |text: &str| text.trim_end().rsplit([' ', '*']).next().unwrap_or_default().to_owned();
        if declaration.contains("typedef") || !name(before).starts_with("voice_") {
            continue;
        }
        let parameters = parameters.trim_end().trim_end_matches(')').split(',');
        found.extend(parameters.filter(|text| *text != "void").map(|text| (name(before), name(text))));
    }
    found
}

#[test]
fn functions_document_ownership_threads_errors() {
    let header = generate();
    let functions = functions(&header);
    let exported: usize = SOURCES
        .iter()
        .map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{name}.rs")))
        .map(|source| fs::read_to_string(source).unwrap().matches("#[unsafe(no_mangle)]").count())
        .sum();
    assert_eq!(functions.len(), exported, "{functions:#?}");
    for (name, lines) in functions {
        for start in ["Ownership: ", "Threads: ", "Errors: "] {
            assert_eq!(lines.iter().filter(|line| line.starts_with(start)).count(), 1, "{name}: {start}");
        }
        assert!(lines.iter().any(|line| THREADS.contains(line)), "{name}: {lines:?}");
    }
}

#[test]
fn header_has_the_abi_number() {
    let line = format!("#define VOICE_ABI_VERSION {}\n", voice::voice_abi_version());
    assert!(generate().contains(&line), "{line}");
}

/// The program in the header's opening comment.
pub(crate) fn opening_program(header: &str) -> String {
    let opening = header.split_once("*/").unwrap().0;
    let lines: Vec<_> = opening.lines().filter_map(|line| line.strip_prefix(" *     ")).collect();
    lines.join("\n") + "\n"
}

#[test]
fn strict_compilers_accept_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let include = folder.path().join("voice.h");
    let header = generate();
    fs::write(&include, &header).unwrap();
    let program = opening_program(&header);
    assert!(program.contains("int main(void)"), "{program}");
    let with_grammar =
        "#include \"voice.h\"\nvoice_text phrases[] = {VOICE_TEXT(\"yes\"), VOICE_TEXT(\"no\")};\n";
    compiles(folder.path(), "program.c", &["cc", "-std=c99"], &program);
    compiles(folder.path(), "alone.c", &["cc", "-std=c99"], with_grammar);
    compiles(folder.path(), "alone.cpp", &["c++", "-std=c++17", "-Wold-style-cast"], with_grammar);
    // UTF-8 literals have their own type in C++20.
    let marked = with_grammar.replace("(\"", "(u8\"");
    compiles(folder.path(), "marked.c", &["cc", "-std=c11"], &marked);
    compiles(folder.path(), "marked.cpp", &["c++", "-std=c++20"], &marked);
    // The header as parsers without extensions see it, such as pycparser.
    let plain = run(Command::new("cc").args(["-E", "-DVOICE_MUST_USE="]).arg(&include));
    assert!(!plain.contains("warn_unused_result"));
}

#[test]
fn ignored_error_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("voice.h"), generate()).unwrap();
    let ignores = "#include \"voice.h\"\nvoid f(voice_stt *stt) { voice_stt_flush(stt); }\n";
    let refused = std::panic::catch_unwind(|| compiles(folder.path(), "a.c", &["cc", "-std=c99"], ignores));
    assert!(refused.is_err());
}

#[test]
fn guide_lists_the_ffi_codes() {
    let guide = fs::read_to_string(root().join("docs/embedding.md")).unwrap();
    for (number, name) in [(1, "argument_null"), (2, "argument_invalid"), (3, "unsupported"), (4, "busy")] {
        assert!(guide.contains(&format!("| {number} | `{name}` |")), "{name}");
    }
}
