//! An ONNX graph as a list of nodes, from which parts can be extracted as separate models.
//!
//! Field numbers are from `onnx.proto` (the ONNX project, IR version 8).

use std::collections::{HashMap, HashSet};

use super::wire::{Field, damaged, fields, put_bytes, put_integer};
use crate::error::Result;

/// The maximum nesting of graphs. Exporters use one level, for branches and loops.
const MAX_NESTING: u32 = 8;

/// A model file, read without copying its weights.
pub(crate) struct Graph<'a> {
    /// The fields of the model around its graph: versions, operator sets, functions.
    around: Vec<&'a [u8]>,
    /// In topological order, as the format requires.
    nodes: Vec<Node<'a>>,
    weights: HashMap<&'a str, Weight<'a>>,
    inputs: Vec<Port<'a>>,
    outputs: Vec<Port<'a>>,
    /// The index of the node that computes a tensor.
    producers: HashMap<&'a str, usize>,
}

/// One operation.
pub(crate) struct Node<'a> {
    pub(crate) operation: &'a str,
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) outputs: Vec<&'a str>,
    /// Its integer attributes; single values are lists of one.
    integers: HashMap<&'a str, Vec<i64>>,
    /// Tensors used by graphs inside its attributes.
    captured: Vec<&'a str>,
    raw: &'a [u8],
}

struct Weight<'a> {
    dimensions: Vec<i64>,
    raw: &'a [u8],
}

/// Returns a replacement for the weight with that name and field, if there is one.
pub(super) type Replace<'r> = dyn Fn(&str, &[u8]) -> Option<Vec<u8>> + 'r;

/// An input or output of the whole graph.
pub(crate) struct Port<'a> {
    pub(crate) name: &'a str,
    raw: &'a [u8],
}

impl<'a> Graph<'a> {
    /// Reads an ONNX file.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let (mut around, mut graph) = (Vec::new(), None);
        for field in fields(bytes) {
            let field = field?;
            if field.number == 7 { graph = Some(field.bytes()) } else { around.push(field.raw) }
        }
        let mut read = Self {
            around,
            nodes: Vec::new(),
            weights: HashMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            producers: HashMap::new(),
        };
        for field in fields(graph.ok_or_else(damaged)?) {
            let field = field?;
            match field.number {
                1 => read.nodes.push(Node::read(&field, MAX_NESTING)?),
                5 => {
                    let (name, weight) = Weight::read(&field)?;
                    read.weights.insert(name, weight);
                }
                11 => read.inputs.push(Port::read(&field)?),
                12 => read.outputs.push(Port::read(&field)?),
                // Names, notes, and shapes of tensors, which the runtime infers itself.
                _ => {}
            }
        }
        for (index, node) in read.nodes.iter().enumerate() {
            read.producers.extend(node.outputs.iter().map(|output| (*output, index)));
        }
        // Weights may also be listed as inputs, as defaults that a caller may replace.
        read.inputs.retain(|input| !read.weights.contains_key(input.name));
        if read.nodes.is_empty() || read.outputs.is_empty() { Err(damaged()) } else { Ok(read) }
    }

    pub(crate) fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    pub(crate) fn inputs(&self) -> &[Port<'a>] {
        &self.inputs
    }

    pub(crate) fn outputs(&self) -> &[Port<'a>] {
        &self.outputs
    }

    /// The node that computes `tensor`; `None` for inputs and weights.
    pub(crate) fn producer(&self, tensor: &str) -> Option<&Node<'a>> {
        self.producers.get(tensor).map(|index| &self.nodes[*index])
    }

    /// The version of the ONNX operator set that the model uses; `None` if it does not state one.
    pub(crate) fn operators_version(&self) -> Option<i64> {
        self.around.iter().find_map(|raw| {
            let field = fields(raw).next()?.ok().filter(|field| field.number == 8)?;
            let (mut domain, mut version) = ("", None);
            for inner in fields(field.bytes()) {
                let inner = inner.ok()?;
                match inner.number {
                    1 => domain = inner.text().ok()?,
                    2 => version = inner.integers().ok()?.first().copied(),
                    _ => {}
                }
            }
            version.filter(|_| matches!(domain, "" | "ai.onnx"))
        })
    }

    /// The length of each axis of a weight.
    pub(crate) fn weight_dimensions(&self, name: &str) -> Option<&[i64]> {
        self.weights.get(name).map(|weight| &*weight.dimensions)
    }

    /// The tensors that depend on `sources`, including `sources`.
    pub(crate) fn dependents<'s>(&self, sources: impl IntoIterator<Item = &'s str>) -> HashSet<&'a str>
    where
        'a: 's,
    {
        let sources: HashSet<_> = sources.into_iter().collect();
        let mut found: HashSet<&'a str> = HashSet::new();
        for node in &self.nodes {
            if node.uses().any(|input| found.contains(input) || sources.contains(input)) {
                found.extend(&node.outputs);
            }
        }
        let named = self
            .nodes
            .iter()
            .flat_map(|node| &node.outputs)
            .chain(self.inputs.iter().map(|input| &input.name));
        found.extend(named.filter(|name| sources.contains(*name)).copied().collect::<Vec<_>>());
        found
    }

    /// Indices, in order, of the nodes needed to compute `tensors` from `given`.
    pub(crate) fn needs(&self, tensors: &[&str], given: &[&str]) -> Vec<usize> {
        let mut needed: Vec<bool> = vec![false; self.nodes.len()];
        let mut waiting: Vec<&str> = tensors.to_vec();
        while let Some(tensor) = waiting.pop() {
            if given.contains(&tensor) {
                continue;
            }
            if let Some(&index) = self.producers.get(tensor)
                && !std::mem::replace(&mut needed[index], true)
            {
                waiting.extend(self.nodes[index].uses());
            }
        }
        (0..needed.len()).filter(|index| needed[*index]).collect()
    }

    /// Extracts a model that computes `outputs` from `given` (32-bit float tensors) and the inputs of the whole model
    /// that it needs.
    pub(crate) fn extract(&self, given: &[&str], outputs: &[&str]) -> Vec<u8> {
        let mut nodes = Vec::new();
        for index in self.needs(outputs, given) {
            nodes.extend_from_slice(self.nodes[index].raw);
        }
        self.model(&nodes, given, outputs, &|_, _| None)
    }

    /// Builds a model from the fields `nodes`, which compute `outputs` from `given`, and the weights that they need.
    /// `replace` may substitute a weight.
    pub(super) fn model(&self, nodes: &[u8], given: &[&str], outputs: &[&str], replace: &Replace) -> Vec<u8> {
        let needed = self.needs(outputs, given);
        let used: HashSet<&str> = needed
            .iter()
            .flat_map(|&index| self.nodes[index].uses())
            .chain(outputs.iter().copied())
            .collect();
        let mut graph = nodes.to_vec();
        put_bytes(&mut graph, 2, b"part");
        let mut weights: Vec<_> = self.weights.iter().filter(|(name, _)| used.contains(*name)).collect();
        weights.sort_unstable_by_key(|(name, _)| **name);
        for (name, weight) in weights {
            match replace(name, weight.raw) {
                Some(replaced) => put_bytes(&mut graph, 5, &replaced),
                None => graph.extend_from_slice(weight.raw),
            }
        }
        for input in
            self.inputs.iter().filter(|input| used.contains(input.name) && !given.contains(&input.name))
        {
            graph.extend_from_slice(input.raw);
        }
        for name in given.iter().filter(|name| used.contains(*name)) {
            put_bytes(&mut graph, 11, &float_port(name));
        }
        for name in outputs {
            match self.outputs.iter().find(|output| output.name == *name) {
                Some(output) => graph.extend_from_slice(output.raw),
                None => put_bytes(&mut graph, 12, &float_port(name)),
            }
        }
        let mut model = Vec::with_capacity(graph.len() + 1_024);
        for field in &self.around {
            model.extend_from_slice(field);
        }
        put_bytes(&mut model, 7, &graph);
        model
    }
}

/// A `ValueInfoProto` of floats with an unknown shape.
fn float_port(name: &str) -> Vec<u8> {
    const FLOAT: u64 = 1;
    let (mut tensor, mut kind, mut port) = (Vec::new(), Vec::new(), Vec::new());
    put_integer(&mut tensor, 1, FLOAT);
    put_bytes(&mut kind, 1, &tensor);
    put_bytes(&mut port, 1, name.as_bytes());
    put_bytes(&mut port, 2, &kind);
    port
}

impl<'a> Node<'a> {
    fn read(field: &Field<'a>, nesting: u32) -> Result<Self> {
        let mut node = Self {
            operation: "",
            inputs: Vec::new(),
            outputs: Vec::new(),
            integers: HashMap::new(),
            captured: Vec::new(),
            raw: field.raw,
        };
        for field in fields(field.bytes()) {
            let field = field?;
            match field.number {
                1 => node.inputs.push(field.text()?),
                2 => node.outputs.push(field.text()?),
                4 => node.operation = field.text()?,
                5 => node.read_attribute(field.bytes(), nesting)?,
                _ => {}
            }
        }
        // An unused optional output has an empty name.
        node.outputs.retain(|name| !name.is_empty());
        Ok(node)
    }

    fn read_attribute(&mut self, attribute: &'a [u8], nesting: u32) -> Result<()> {
        let (mut name, mut integers) = ("", Vec::new());
        for field in fields(attribute) {
            let field = field?;
            match field.number {
                1 => name = field.text()?,
                3 | 8 => integers.extend(field.integers()?),
                6 | 11 => self.capture(field.bytes(), nesting)?,
                _ => {}
            }
        }
        self.integers.insert(name, integers);
        Ok(())
    }

    /// Records every tensor that a graph inside this node reads; that graph's own tensors may be included.
    fn capture(&mut self, graph: &'a [u8], nesting: u32) -> Result<()> {
        let nesting = nesting.checked_sub(1).ok_or_else(damaged)?;
        for field in fields(graph) {
            let field = field?;
            if field.number == 1 {
                let inner = Node::read(&field, nesting)?;
                self.captured.extend(inner.inputs);
                self.captured.extend(inner.captured);
            } else if field.number == 12 {
                self.captured.push(Port::read(&field)?.name);
            }
        }
        Ok(())
    }

    /// The raw field.
    pub(super) fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The tensors that the node reads.
    pub(crate) fn uses(&self) -> impl Iterator<Item = &'a str> {
        self.inputs.iter().chain(&self.captured).copied().filter(|name| !name.is_empty())
    }

    /// An attribute that is an integer or a list of integers.
    pub(crate) fn integers(&self, name: &str) -> Option<&[i64]> {
        self.integers.get(name).map(Vec::as_slice).filter(|values| !values.is_empty())
    }
}

impl<'a> Weight<'a> {
    fn read(field: &Field<'a>) -> Result<(&'a str, Self)> {
        let (mut name, mut dimensions) = ("", Vec::new());
        for inner in fields(field.bytes()) {
            let inner = inner?;
            match inner.number {
                1 => dimensions.extend(inner.integers()?),
                8 => name = inner.text()?,
                _ => {}
            }
        }
        Ok((name, Self { dimensions, raw: field.raw }))
    }
}

impl<'a> Port<'a> {
    fn read(field: &Field<'a>) -> Result<Self> {
        let mut name = "";
        for inner in fields(field.bytes()) {
            let inner = inner?;
            if inner.number == 1 {
                name = inner.text()?;
            }
        }
        Ok(Self { name, raw: field.raw })
    }
}

#[cfg(test)]
mod tests {
    use super::super::builder::{GraphBuilder, node};
    use super::*;

    fn sketch() -> GraphBuilder {
        GraphBuilder::new(&["a", "b"], &["z"])
            .with(node("One", &["a"], "x"))
            .with(node("Two", &["x", "b"], "y").integers("strides", &[2, 3]))
            .with(node("Three", &["y", "x"], "z"))
    }

    #[test]
    fn extracted_model_has_only_needed_nodes() {
        let bytes = sketch().to_bytes();
        let graph = Graph::read(&bytes).unwrap();
        let names = |graph: &Graph| {
            let operations: Vec<_> = graph.nodes().iter().map(|node| node.operation.to_owned()).collect();
            let inputs: Vec<_> = graph.inputs().iter().map(|input| input.name.to_owned()).collect();
            let outputs: Vec<_> = graph.outputs().iter().map(|output| output.name.to_owned()).collect();
            (operations.join(" "), inputs.join(" "), outputs.join(" "))
        };
        let first = graph.extract(&[], &["x"]);
        assert_eq!(names(&Graph::read(&first).unwrap()), ("One".into(), "a".into(), "x".into()));
        let last = graph.extract(&["x"], &["z"]);
        assert_eq!(names(&Graph::read(&last).unwrap()), ("Two Three".into(), "b x".into(), "z".into()));
    }

    #[test]
    fn dependents_and_attributes_are_read() {
        let bytes = sketch().to_bytes();
        let graph = Graph::read(&bytes).unwrap();
        assert_eq!(graph.dependents(["b"]), HashSet::from(["b", "y", "z"]));
        assert_eq!(graph.producer("y").unwrap().integers("strides"), Some(&[2, 3][..]));
        assert_eq!(graph.producer("y").unwrap().integers("pads"), None);
        assert!(graph.producer("a").is_none());
    }

    #[test]
    fn invalid_graph_is_refused() {
        let whole = sketch().to_bytes();
        for bytes in [&b""[..], b"\x08\x08", b"PK\x03\x04", &whole[..whole.len() - 1], &whole[1..]] {
            assert!(Graph::read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        let mut node = Vec::new();
        put_bytes(&mut node, 4, b"If");
        for _ in 0..1_000 {
            let (mut graph, mut attribute, mut outer) = (Vec::new(), Vec::new(), Vec::new());
            put_bytes(&mut graph, 1, &node);
            put_bytes(&mut attribute, 6, &graph);
            put_bytes(&mut outer, 5, &attribute);
            node = outer;
        }
        let (mut graph, mut model) = (Vec::new(), Vec::new());
        put_bytes(&mut graph, 1, &node);
        put_bytes(&mut model, 7, &graph);
        assert!(Graph::read(&model).is_err());
    }
}
