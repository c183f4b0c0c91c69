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

/// Asserts that a questionnaire, or a response to one, is valid by the JSON schema of FHIR R4.
pub fn assert_valid(data: &Path, resource: &Value) {
    let errors = errors(data, resource);
    assert!(errors.is_empty(), "{errors:#?}\n{resource:#}");
}

/// What the JSON schema of FHIR R4 says against a questionnaire, or a response to one.
pub fn errors(data: &Path, resource: &Value) -> Vec<String> {
    static VALIDATORS: [OnceLock<jsonschema::Validator>; 2] = [const { OnceLock::new() }; 2];
    let kinds = ["QuestionnaireResponse", "Questionnaire"];
    let at = usize::from(resource["resourceType"] == kinds[1]);
    let validator = VALIDATORS[at].get_or_init(|| {
        let text = std::fs::read(data.join("fhir/fhir-r4.schema.json")).expect("the schema of FHIR R4");
        let mut schema: Value = serde_json::from_slice(&text).expect("JSON");
        // The whole schema is a choice among all resources, whose errors say nothing.
        let parts = schema.as_object_mut().expect("an object");
        parts.retain(|key, _| matches!(key.as_str(), "definitions" | "$schema"));
        schema["anyOf"] = json!([{"$ref": format!("#/definitions/{}", kinds[at])}]);
        jsonschema::validator_for(&schema).expect("a schema")
    });
    let errors = validator.iter_errors(resource);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}
