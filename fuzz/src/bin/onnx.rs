//! ONNX files: whatever can be read can be cut, and what was cut out is a graph of the same kind.

#![no_main]

use voice_core::fuzzing::{Onnx, is_cache, sketch};
use voice_fuzz::target;

const WORDS: [&str; 12] = [
    "Conv",
    "ConvTranspose",
    "RandomNormalLike",
    "Mul",
    "Add",
    "Ceil",
    "strides",
    "pads",
    "kernel_shape",
    "dilations",
    "latent",
    "output",
];

fn seeds() -> Vec<Vec<u8>> {
    let whole = sketch();
    let graph = Onnx::read(&whole).expect("a sketch is a graph");
    let (given, growth) = graph.cut().expect("a sketch is a VITS voice");
    assert_eq!(growth, 4);
    let given: Vec<_> = given.iter().map(String::as_str).collect();
    let memo = br#"{"latent": "z", "speaker": ["g"], "decoder": {"frames": 4, "growth": 256}, "flow": null}"#;
    assert!(is_cache(memo));
    vec![graph.extract(&given, &["output"]), whole, memo.to_vec()]
}

target!(seeds(), WORDS, |data: &[u8]| {
    let _ = is_cache(data);
    let Ok(graph) = Onnx::read(data) else { return };
    let outputs = graph.outputs();
    if let Some((given, growth)) = graph.cut() {
        assert!(growth > 0);
        let given: Vec<_> = given.iter().map(String::as_str).collect();
        check(&graph, &given, &outputs);
        check(&graph, &[], &given);
    }
    check(&graph, &[], &outputs);
});

/// A part has no more nodes than the whole and the outputs that were asked for, and is its own part.
fn check(graph: &Onnx, given: &[&str], outputs: &[&str]) {
    let part = graph.extract(given, outputs);
    // A part may be empty: its outputs are what it is given.
    let Ok(read) = Onnx::read(&part) else { return };
    assert!(read.len() <= graph.len());
    assert_eq!(read.outputs(), outputs);
    let again = read.extract(given, outputs);
    assert_eq!(Onnx::read(&again).map(|again| again.len()).ok(), Some(read.len()));
}
