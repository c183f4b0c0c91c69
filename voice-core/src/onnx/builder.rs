//! Small graphs for tests and as the first inputs of fuzz targets.

use super::wire::{put_bytes, put_integer};

/// The version of the set of operations.
const OPERATIONS: u64 = 17;

/// A graph under construction.
pub(crate) struct GraphBuilder {
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// The element types of inputs and outputs, which a graph needs to be run.
    types: Option<[Vec<ElementType>; 2]>,
    nodes: Vec<NodeBuilder>,
}

/// The type of a tensor's elements, with its number in `TensorProto.DataType`.
#[cfg_attr(not(test), expect(dead_code, reason = "fuzz targets run no graphs"))]
#[derive(Debug, Clone, Copy)]
pub(crate) enum ElementType {
    Float = 1,
    Uint8 = 2,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Double = 11,
}

/// A node under construction.
pub(crate) struct NodeBuilder {
    operation: String,
    inputs: Vec<String>,
    output: String,
    integers: Vec<(String, Vec<i64>)>,
    integer: Option<(String, i64)>,
}

pub(crate) fn node(operation: &str, inputs: &[&str], output: &str) -> NodeBuilder {
    NodeBuilder {
        operation: operation.into(),
        inputs: owned(inputs),
        output: output.into(),
        integers: Vec::new(),
        integer: None,
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A text encoder followed by a decoder: a wide convolution, an optional speaker input, and an upsampling.
pub(crate) fn vits() -> GraphBuilder {
    GraphBuilder::new(&["input", "sid"], &["output"])
        .with(node("Gather", &["input"], "text"))
        .with(node("RandomNormalLike", &["text"], "noise"))
        .with(node("Mul", &["noise", "text"], "scaled"))
        .with(node("Add", &["scaled", "text"], "prior"))
        .with(node("Conv", &["prior"], "flow").integers("kernel_shape", &[5]))
        .with(node("Add", &["flow", "text"], "latent"))
        .with(node("Gather", &["sid"], "speaker"))
        .with(node("Conv", &["latent"], "pre").integers("kernel_shape", &[7]))
        .with(node("Conv", &["speaker"], "cond").integers("kernel_shape", &[1]))
        .with(node("Add", &["pre", "cond"], "sum"))
        .with(node("LeakyRelu", &["sum"], "active"))
        .with(
            node("ConvTranspose", &["active"], "up")
                .integers("kernel_shape", &[8])
                .integers("strides", &[4])
                .integers("pads", &[2, 2]),
        )
        .with(node("Tanh", &["up"], "output"))
}

impl NodeBuilder {
    pub(crate) fn integers(mut self, name: &str, values: &[i64]) -> Self {
        self.integers.push((name.to_owned(), values.to_vec()));
        self
    }

    #[cfg(test)]
    pub(crate) fn integer(self, name: &str, value: i64) -> Self {
        Self { integer: Some((name.to_owned(), value)), ..self }
    }

    fn to_bytes(&self) -> Vec<u8> {
        /// The numbers of `AttributeProto.AttributeType`.
        const INTEGER: u64 = 2;
        const INTEGERS: u64 = 7;
        let mut bytes = Vec::new();
        for input in &self.inputs {
            put_bytes(&mut bytes, 1, input.as_bytes());
        }
        put_bytes(&mut bytes, 2, self.output.as_bytes());
        put_bytes(&mut bytes, 4, self.operation.as_bytes());
        for (name, values) in &self.integers {
            let mut attribute = Vec::new();
            put_bytes(&mut attribute, 1, name.as_bytes());
            for value in values {
                put_integer(&mut attribute, 8, value.cast_unsigned());
            }
            put_integer(&mut attribute, 20, INTEGERS);
            put_bytes(&mut bytes, 5, &attribute);
        }
        if let Some((name, value)) = &self.integer {
            let mut attribute = Vec::new();
            put_bytes(&mut attribute, 1, name.as_bytes());
            put_integer(&mut attribute, 3, value.cast_unsigned());
            put_integer(&mut attribute, 20, INTEGER);
            put_bytes(&mut bytes, 5, &attribute);
        }
        bytes
    }
}

impl GraphBuilder {
    pub(crate) fn new(inputs: &[&str], outputs: &[&str]) -> Self {
        Self { inputs: owned(inputs), outputs: owned(outputs), types: None, nodes: Vec::new() }
    }

    /// Sets the element types of inputs and outputs.
    #[cfg(test)]
    pub(crate) fn with_types(self, inputs: &[ElementType], outputs: &[ElementType]) -> Self {
        Self { types: Some([inputs.to_vec(), outputs.to_vec()]), ..self }
    }

    pub(crate) fn with(mut self, node: NodeBuilder) -> Self {
        self.nodes.push(node);
        self
    }

    pub(crate) fn outputs(&mut self, names: &[&str]) {
        self.outputs = owned(names);
    }

    /// Changes the kind of all nodes of one kind.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        for node in self.nodes.iter_mut().filter(|node| node.operation == from) {
            to.clone_into(&mut node.operation);
        }
    }

    /// Changes the kind of the node that computes `output`.
    pub(crate) fn rename_at(&mut self, output: &str, to: &str) {
        for node in self.nodes.iter_mut().filter(|node| node.output == output) {
            to.clone_into(&mut node.operation);
        }
    }

    /// The graph as an ONNX file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        for node in &self.nodes {
            put_bytes(&mut graph, 1, &node.to_bytes());
        }
        put_bytes(&mut graph, 2, b"graph");
        for (at, (number, names)) in [(11, &self.inputs), (12, &self.outputs)].into_iter().enumerate() {
            for (position, name) in names.iter().enumerate() {
                let mut port = Vec::new();
                put_bytes(&mut port, 1, name.as_bytes());
                if let Some(types) = &self.types {
                    let (mut tensor, mut kind) = (Vec::new(), Vec::new());
                    put_integer(&mut tensor, 1, types[at][position] as u64);
                    put_bytes(&mut kind, 1, &tensor);
                    put_bytes(&mut port, 2, &kind);
                }
                put_bytes(&mut graph, number, &port);
            }
        }
        let mut operations = Vec::new();
        put_integer(&mut operations, 2, OPERATIONS);
        let mut model = Vec::new();
        put_integer(&mut model, 1, 8);
        put_bytes(&mut model, 7, &graph);
        put_bytes(&mut model, 8, &operations);
        model
    }
}
