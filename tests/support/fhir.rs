//! Published forms, and the JSON schema of FHIR R4.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use voice_core::interview::{Form, Problems, Response};

/// Reads a published form of the data folder.
pub fn form(data: &Path, name: &str) -> Result<Form, Problems> {
    let path = data.join("fhir").join(name);
    Form::parse(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A response without answers to a published form.
pub fn response(data: &Path, name: &str) -> Response {
    Response::new(Arc::new(form(data, name).unwrap_or_else(|problems| panic!("{name}: {problems}"))))
}

/// Asserts that a response is valid by the JSON schema of FHIR R4.
pub fn assert_valid(data: &Path, response: &Value) {
    let errors = errors(data, response);
    assert!(errors.is_empty(), "{errors:#?}\n{response:#}");
}

/// What the JSON schema of FHIR R4 says against a response.
pub fn errors(data: &Path, response: &Value) -> Vec<String> {
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| {
        let text = std::fs::read(data.join("fhir/fhir-r4.schema.json")).expect("the schema of FHIR R4");
        let mut schema: Value = serde_json::from_slice(&text).expect("JSON");
        // The whole schema is a choice among all resources, whose errors say nothing.
        let parts = schema.as_object_mut().expect("an object");
        parts.retain(|key, _| matches!(key.as_str(), "definitions" | "$schema"));
        schema["anyOf"] = json!([{"$ref": "#/definitions/QuestionnaireResponse"}]);
        jsonschema::validator_for(&schema).expect("a schema")
    });
    let errors = validator.iter_errors(response);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}
