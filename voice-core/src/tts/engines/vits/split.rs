//! Finds where a VITS graph can be split, by its structure, since names differ between exporters.
//!
//! VITS (Kim et al. 2021) turns text into a prior over frames, a flow turns a sample of it into the latent of the
//! decoder, and the decoder (HiFi-GAN, Kong et al. 2020) turns frames into samples. Flow and decoder are
//! convolutions: their output for a frame depends only on its receptive field. So both can be run over overlapping
//! parts of an utterance, with the same result as on the whole.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::receptive_field::{self, Field};
use crate::onnx::{Graph, Node};

/// The tensors at which to split.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Split {
    /// The latent: frames on the last axis.
    pub(super) latent: String,
    /// Other inputs of the decoder, the same for all frames: the speaker.
    pub(super) speaker: Vec<String>,
    pub(super) decoder: Field,
    pub(super) flow: Option<FlowSplit>,
}

/// The start of the flow.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct FlowSplit {
    /// The sample of the prior: frames on the last axis.
    pub(super) prior: String,
    /// Other inputs of the flow: the mask of the frames, the speaker.
    pub(super) others: Vec<String>,
    pub(super) field: Field,
}

/// Elementwise operations, which do not mix frames.
const ELEMENTWISE: [&str; 12] =
    ["LeakyRelu", "Relu", "PRelu", "Elu", "Add", "Mul", "Sub", "Div", "Sin", "Pow", "Cast", "Identity"];

/// Finds where `graph` can be split; `None` if it does not have the structure of VITS.
pub(super) fn find(graph: &Graph) -> Option<Split> {
    let [output] = graph.outputs() else { return None };
    let moving = graph.dependents(graph.inputs().iter().map(|input| input.name));
    let (latent, speaker) = decoder_inputs(graph, &moving)?;
    let given: Vec<_> = std::iter::once(latent).chain(speaker.iter().copied()).collect();
    // Other tensors that the decoder depends on could not be split.
    if leaves(graph, output.name, &given, &moving).next().is_some() {
        return None;
    }
    let decoder = receptive_field::of(graph, &[latent], output.name, &speaker)?;
    let flow = find_flow(graph, latent, &moving);
    Some(Split {
        latent: latent.to_owned(),
        speaker: speaker.into_iter().map(str::to_owned).collect(),
        decoder,
        flow,
    })
}

/// The latent and the speaker, which are the inputs of the convolutions before the first transposed one.
fn decoder_inputs<'a>(graph: &Graph<'a>, moving: &HashSet<&str>) -> Option<(&'a str, Vec<&'a str>)> {
    let transposed: Vec<_> = graph.nodes().iter().filter(|node| node.operation == "ConvTranspose").collect();
    let outputs = transposed.iter().flat_map(|node| &node.outputs).copied();
    let behind = graph.dependents(outputs);
    let is_first = |node: &&&Node| !node.uses().any(|input| behind.contains(input));
    let mut first = transposed.iter().filter(is_first);
    let (Some(first), None) = (first.next(), first.next()) else { return None };

    let mut convolutions: Vec<&Node> = Vec::new();
    let mut waiting = vec![*first.inputs.first()?];
    let mut seen = HashSet::new();
    while let Some(tensor) = waiting.pop() {
        if !seen.insert(tensor) || !moving.contains(tensor) {
            continue;
        }
        let node = graph.producer(tensor)?;
        if node.operation == "Conv" {
            convolutions.push(node);
        } else if ELEMENTWISE.contains(&node.operation) {
            waiting.extend(node.uses());
        } else {
            return None;
        }
    }
    // The widest one reads the latent; convolutions of width 1 add the speaker.
    let width = |node: &&Node| receptive_field::kernel(graph, node).unwrap_or(1);
    let main = *convolutions.iter().max_by_key(|node| width(node))?;
    let latent = *main.inputs.first()?;
    let others = convolutions.iter().filter(|node| !std::ptr::eq(**node, main));
    let mut speaker: Vec<_> = others.filter_map(|node| node.inputs.first().copied()).collect();
    speaker.sort_unstable();
    speaker.dedup();
    speaker.retain(|tensor| *tensor != latent);
    Some((latent, speaker))
}

/// The tensors that `target` depends on, that depend on the inputs, and that `given` does not cover.
fn leaves<'a, 'g>(
    graph: &'g Graph<'a>,
    target: &str,
    given: &[&str],
    moving: &'g HashSet<&'a str>,
) -> impl Iterator<Item = &'a str> {
    let given: HashSet<_> = given.iter().copied().collect();
    let dependents = graph.dependents(given.iter().copied());
    let nodes = graph.needs(&[target], &given.into_iter().collect::<Vec<_>>());
    let mut found: Vec<_> = nodes
        .into_iter()
        .map(|index| &graph.nodes()[index])
        .filter(|node| !node.outputs.iter().any(|output| dependents.contains(output)))
        .flat_map(|node| node.outputs.iter().copied())
        .filter(|output| moving.contains(output))
        .collect();
    found.sort_unstable();
    found.into_iter()
}

/// The flow lies between a sample of the prior, which is noise times a deviation plus a mean, and the latent.
fn find_flow(graph: &Graph, latent: &str, moving: &HashSet<&str>) -> Option<FlowSplit> {
    let noises = graph.nodes().iter().filter(|node| node.operation.starts_with("RandomNormal"));
    let priors = noises.filter_map(|node| scaled_and_moved(graph, node.outputs.first()?));
    // The durations have noise too; it affects the latent only through the number of frames.
    let mut found = None;
    for prior in priors {
        let dependents = graph.dependents([prior]);
        if !dependents.contains(latent)
            || graph.nodes().iter().any(|node| {
                node.operation == "Ceil" && node.outputs.iter().any(|output| dependents.contains(output))
            })
        {
            continue;
        }
        let nodes = graph.needs(&[latent], &[prior]);
        let inside =
            |index: &usize| graph.nodes()[*index].outputs.iter().any(|output| dependents.contains(output));
        let mut others: Vec<_> = nodes
            .iter()
            .filter(|index| inside(index))
            .flat_map(|index| graph.nodes()[*index].uses())
            .filter(|tensor| moving.contains(tensor) && !dependents.contains(tensor))
            .map(str::to_owned)
            .collect();
        others.sort_unstable();
        others.dedup();
        let given: Vec<_> = others.iter().map(String::as_str).collect();
        let field = receptive_field::of(graph, &[prior], latent, &given)?;
        found = Some(FlowSplit { prior: prior.to_owned(), others, field });
    }
    found
}

/// The sum after a noise tensor that is multiplied once or more.
fn scaled_and_moved<'a>(graph: &Graph<'a>, noise: &str) -> Option<&'a str> {
    let mut tensor = noise;
    // A file may contain a cycle, so the number of steps is limited to the number of nodes.
    for _ in graph.nodes() {
        let mut users = graph.nodes().iter().filter(|node| node.uses().any(|input| input == tensor));
        let (Some(user), None) = (users.next(), users.next()) else { return None };
        let output = user.outputs.first()?;
        match user.operation {
            "Mul" | "Cast" => tensor = output,
            "Add" => return Some(output),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::builder::{GraphBuilder, node, vits};

    fn split(sketch: &GraphBuilder) -> Option<Split> {
        find(&Graph::read(&sketch.to_bytes()).unwrap())
    }

    #[test]
    fn split_is_found_without_names() {
        let split = split(&vits()).unwrap();
        assert_eq!((&*split.latent, &split.speaker[..]), ("latent", &["speaker".to_owned()][..]));
        // The first kernel needs three frames; the second reaches into the next frame.
        assert_eq!(split.decoder, Field { frames: 4, growth: 4 });
        let flow = split.flow.unwrap();
        assert_eq!((&*flow.prior, &flow.others[..]), ("prior", &["text".to_owned()][..]));
        assert_eq!(flow.field, Field { frames: 2, growth: 1 });
    }

    #[test]
    fn other_graphs_are_not_split() {
        let mut without = vits();
        without.rename("ConvTranspose", "Resize");
        assert_eq!(split(&without), None);
        // A decoder that depends on the text other than through the latent.
        let mut leaking = vits();
        leaking = leaking.with(node("Add", &["up", "text"], "also")).with(node("Tanh", &["also"], "out"));
        leaking.outputs(&["out"]);
        assert_eq!(split(&leaking), None);
    }

    #[test]
    fn cyclic_noise_is_not_a_prior() {
        let noise = node("RandomNormalLike", &["text"], "again");
        let circle = vits().with(noise).with(node("Mul", &["again", "text"], "again"));
        assert_eq!(split(&circle), split(&vits()));
    }

    #[test]
    fn global_flow_is_not_split() {
        let mut attentive = vits();
        attentive.rename_at("flow", "Softmax");
        let split = split(&attentive).unwrap();
        assert_eq!(split.flow, None);
        assert_eq!(split.latent, "latent");
    }
}
