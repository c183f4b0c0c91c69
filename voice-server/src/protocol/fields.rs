//! What is wrong with a JSON object of a client, in words that do not quote its values.

/// Describes an object that does not have the fields that it should have. `what` is its name in the sentence.
pub(crate) fn describe(what: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let (path, inner) = (error.path().to_string(), error.inner());
    if !inner.is_data() {
        return malformed(what, inner);
    }
    let text = inner.to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    // Of the names of fields, only unknown ones are the client's own words.
    if text.starts_with("unknown field") {
        return format!("{what} has an {}", shortened(text));
    }
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        return format!("{what} has a {}", shortened(text));
    }
    let expected = text.rsplit_once("expected ").map_or("another type", |(_, expected)| expected);
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a tuple of size 2" => "a list of two numbers",
        other if other.starts_with("struct") => "an object",
        other => other,
    };
    if path == "." {
        format!("{what} must be {expected}")
    } else {
        format!("{}: expected {expected}", shortened(&path))
    }
}

/// Describes text that is not JSON.
pub(crate) fn malformed(what: &str, error: &serde_json::Error) -> String {
    format!("{what} cannot be read at line {}, column {}", error.line(), error.column())
}

/// At most 500 characters: the names of the fields, and some text of a client.
fn shortened(text: &str) -> String {
    text.chars().take(500).collect()
}
