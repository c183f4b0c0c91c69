//! How far the output of convolutions looks around, from the graph alone.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::tts::onnx::{Graph, Node};

/// The neighbourhood that a stretch of graph looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Field {
    /// Frames on each side, rounded up.
    pub(super) frames: usize,
    /// Values at the end for each frame at the beginning.
    pub(super) growth: usize,
}

/// Operations that mix frames in ways that no kernel tells: what they need is the whole.
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

/// What is known of a tensor: values for each frame, and frames looked at on each side.
#[derive(Clone, Copy)]
struct Reach {
    growth: f64,
    frames: f64,
}

/// The field of what lies between the tensors `from` and `to`; tensors in `aside` bring nothing from
/// other frames. Nothing if it cannot be told.
pub(super) fn of(graph: &Graph, from: &[&str], to: &str, aside: &[&str]) -> Option<Field> {
    let given: Vec<_> = from.iter().chain(aside).copied().collect();
    let start = Reach { growth: 1.0, frames: 0.0 };
    let mut reaches: HashMap<&str, Reach> = from.iter().map(|tensor| (*tensor, start)).collect();
    for index in graph.needs(&[to], &given) {
        let node = &graph.nodes()[index];
        let widest = node.uses().filter_map(|input| reaches.get(input).copied()).reduce(wider);
        let Some(input) = widest else { continue };
        if GLOBAL.contains(&node.operation) {
            return None;
        }
        let reach = match node.operation {
            "Conv" => convolved(graph, node, input)?,
            "ConvTranspose" => transposed(graph, node, input)?,
            // Sizes say nothing of what is in the frames.
            "Shape" => continue,
            _ => input,
        };
        reaches.extend(node.outputs.iter().map(|output| (*output, reach)));
    }
    let reach = reaches.get(to)?;
    let growth = reach.growth.round();
    // A last half frame of reach needs a whole one.
    let is_whole = (reach.growth - growth).abs() < 1e-9 && growth >= 1.0;
    is_whole.then_some(Field { frames: reach.frames.ceil() as usize, growth: growth as usize })
}

fn wider(a: Reach, b: Reach) -> Reach {
    Reach { growth: a.growth.max(b.growth), frames: a.frames.max(b.frames) }
}

fn convolved(graph: &Graph, node: &Node, input: Reach) -> Option<Reach> {
    let dilation = first(node, "dilations");
    let span = (kernel(graph, node)? - 1) * dilation;
    let stride = first(node, "strides") as f64;
    let sides = sides(node, span);
    Some(Reach { growth: input.growth / stride, frames: input.frames + sides / input.growth })
}

fn transposed(graph: &Graph, node: &Node, input: Reach) -> Option<Reach> {
    let span = (kernel(graph, node)? - 1) * first(node, "dilations");
    let stride = first(node, "strides") as f64;
    // Of the kernel, each value sees the taps that fall on input values, a stride apart.
    let sides = sides(node, span) / stride;
    Some(Reach { growth: input.growth * stride, frames: input.frames + sides / input.growth })
}

/// The longer side of a kernel that spans `span` values beside its own, as its padding shifts it.
fn sides(node: &Node, span: i64) -> f64 {
    let left = node.integers("pads").and_then(|pads| pads.first().copied()).unwrap_or(span / 2);
    left.max(span - left) as f64
}

fn first(node: &Node, attribute: &str) -> i64 {
    node.integers(attribute).map_or(1, |values| values[0]).max(1)
}

/// Width of a convolution along its only axis.
pub(super) fn kernel(graph: &Graph, node: &Node) -> Option<i64> {
    let said = node.integers("kernel_shape").map(|shape| shape[0]);
    said.or_else(|| graph.weight_dimensions(node.inputs.get(1)?)?.last().copied()).filter(|width| *width > 0)
}
