//! The receptive field of convolutions, computed from the graph.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::onnx::{Graph, Node};

/// The receptive field of a part of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Field {
    /// Frames of context on each side.
    pub(super) frames: usize,
    /// Output values per input frame.
    pub(super) growth: usize,
}

/// Operations that mix frames without a kernel, so that they need the whole input.
const GLOBAL: [&str; 12] = [
    "MatMul",
    "Gemm",
    "Softmax",
    "LSTM",
    "GRU",
    "RNN",
    "ReduceMean",
    "ReduceSum",
    "InstanceNormalization",
    "CumSum",
    "Loop",
    "Scan",
];

/// The receptive field between the tensors `from` and `to`. Tensors in `aside` carry nothing from other frames.
/// `None` if it cannot be determined.
pub(super) fn of(graph: &Graph, from: &[&str], to: &str, aside: &[&str]) -> Option<Field> {
    let given: Vec<_> = from.iter().chain(aside).copied().collect();
    let nodes: Vec<_> = graph.needs(&[to], &given).into_iter().map(|index| &graph.nodes()[index]).collect();
    let growth = growth(&nodes, from, to)?;

    // Backwards: the number of context values that each tensor needs for the output.
    let moving: HashSet<&str> = graph.dependents(from.iter().copied());
    let mut reaches = HashMap::from([(to, 0)]);
    for node in nodes.into_iter().rev() {
        let Some(reach) = node.outputs.iter().filter_map(|output| reaches.get(output).copied()).max() else {
            continue;
        };
        let looks_at = match node.operation {
            "Conv" => reach + sides(graph, node)?,
            "ConvTranspose" => before_transposed(graph, node, reach)?,
            // Shapes do not depend on the content of frames.
            "Shape" => continue,
            global if GLOBAL.contains(&global) && node.uses().any(|input| moving.contains(input)) => {
                return None;
            }
            _ => reach,
        };
        for input in node.uses() {
            let known = reaches.entry(input).or_insert(0);
            *known = looks_at.max(*known);
        }
    }
    let frames = from.iter().filter_map(|tensor| reaches.get(tensor)).max()?;
    Some(Field { frames: usize::try_from(*frames).ok()?, growth })
}

/// The number of values of `to` per frame of `from`.
fn growth(nodes: &[&Node], from: &[&str], to: &str) -> Option<usize> {
    let mut growths: HashMap<&str, i64> = from.iter().map(|tensor| (*tensor, 1)).collect();
    for node in nodes {
        let Some(growth) = node.uses().filter_map(|input| growths.get(input).copied()).max() else {
            continue;
        };
        let stride = first(node, "strides");
        let growth = match node.operation {
            "ConvTranspose" => growth.checked_mul(stride)?,
            // A frame that gives less than one value cannot be extracted.
            "Conv" if stride != 1 => return None,
            _ => growth,
        };
        growths.extend(node.outputs.iter().map(|output| (*output, growth)));
    }
    usize::try_from(*growths.get(to)?).ok()
}

/// The longer side of a convolution's kernel, shifted by its padding.
fn sides(graph: &Graph, node: &Node) -> Option<i64> {
    let span = (kernel(graph, node)? - 1) * first(node, "dilations");
    let left = node.integers("pads").map_or(span / 2, |pads| pads[0]);
    Some(left.max(span - left))
}

/// The context of a transposed convolution's input for `reach` context values of its output: output `o` depends on
/// the inputs from `(o + pad - span) / stride` to `(o + pad) / stride`.
fn before_transposed(graph: &Graph, node: &Node, reach: i64) -> Option<i64> {
    let span = (kernel(graph, node)? - 1) * first(node, "dilations");
    let stride = first(node, "strides");
    let pad = node.integers("pads").map_or(0, |pads| pads[0]);
    let left = (reach + span - pad).div_euclid(stride);
    let right = (reach - 1 + pad + stride).div_euclid(stride);
    Some(left.max(right).max(0))
}

fn first(node: &Node, attribute: &str) -> i64 {
    node.integers(attribute).map_or(1, |values| values[0]).max(1)
}

/// The kernel width of a one-dimensional convolution.
pub(super) fn kernel(graph: &Graph, node: &Node) -> Option<i64> {
    let said = node.integers("kernel_shape").map(|shape| shape[0]);
    said.or_else(|| graph.weight_dimensions(node.inputs.get(1)?)?.last().copied()).filter(|width| *width > 0)
}
