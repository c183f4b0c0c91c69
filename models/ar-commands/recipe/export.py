"""Writes a trained net as a Vosk model directory.

    python export.py --net e.pt --out model

Normalisations are folded into the affine layers, which is exact because the
edges of an utterance are padded with feature frames, never with zeros.
"""

import argparse
import math
import struct
from pathlib import Path

import kaldifst
import numpy as np
import torch

import lexicon
import net as nets

MFCC_CONF = """\
--sample-frequency=16000
--use-energy=false
--num-mel-bins=40
--num-ceps=40
--low-freq=20
--high-freq=7600
--allow-downsample=true
--dither=0
"""

MODEL_CONF = """\
--min-active=40
--max-active=3000
--beam=13.0
--lattice-beam=4.0
--prune-interval=10
--acoustic-scale=1.0
--frame-subsampling-factor=3
--frames-per-chunk=24
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=1.0
--endpoint.rule3.min-trailing-silence=1.5
--endpoint.rule4.min-trailing-silence=2.0
"""


def phones():
    """Exported phones in order of their ids (from 1): one per position."""
    return [lexicon.SILENCE] + [p for chain in reversed(lexicon.WORDS) for p in chain]


class Writer:
    """Kaldi's binary format."""

    def __init__(self, file):
        self.file = file
        file.write(b"\0B")

    def token(self, *names):
        for name in names:
            self.file.write(name.encode() + b" ")

    def bool(self, value):
        self.file.write(b"T" if value else b"F")

    def int(self, value):
        self.file.write(struct.pack("<bi", 4, value))

    def float(self, value):
        self.file.write(struct.pack("<bf", 4, value))

    def ints(self, values):
        self.file.write(struct.pack("<bi", 4, len(values)) + np.array(values, "<i4").tobytes())

    def vector(self, values):
        self.token("FV")
        self.int(len(values))
        self.file.write(np.array(values, "<f4").tobytes())

    def matrix(self, values):
        """A CompressedMatrix of 16 bits with one range; Kaldi expands it on reading."""
        low, high = float(values.min()), float(values.max())
        self.token("CM2")
        self.file.write(struct.pack("<ffii", low, high - low, *values.shape))
        levels = np.rint((values - low) / (high - low) * 65535)
        self.file.write(levels.astype("<u2").tobytes())


def write_transitions(writer):
    """One topology for all: an entry frame, then a loop (Kaldi's chain topology)."""
    units = phones()
    numbers = list(range(1, len(units) + 1))
    writer.token("<TransitionModel>", "<Topology>")
    writer.ints(numbers)
    writer.ints([-1] + [0] * len(units))
    writer.int(-1)
    writer.int(1)
    writer.int(2)
    writer.int(0)
    writer.int(1)
    writer.int(2)
    for target in (0, 1):
        writer.int(target)
        writer.float(0.5)
    writer.int(-1)
    writer.int(-1)
    writer.int(0)
    writer.token("</Topology>", "<Tuples>")
    writer.int(len(units))
    for number, unit in zip(numbers, units):
        for value in (number, 0, unit.entry_pdf, unit.loop_pdf):
            writer.int(value)
    writer.token("</Tuples>", "<LogProbs>")
    writer.vector([0.0] + [math.log(0.5)] * (2 * len(units)))
    writer.token("</LogProbs>", "</TransitionModel>")


def folded(layer):
    """Weight and bias of an affine followed by batch normalisation."""
    norm = layer.norm
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = layer.affine.weight * gain[:, None]
    return weight, (layer.affine.bias - norm.running_mean) * gain + norm.bias


def weights(net):
    """Name, bottleneck, weight, bias of each layer, input normalisation included."""
    weight, bias = folded(net.first)
    spliced = len(nets.INPUT_OFFSETS)
    bias = bias - weight @ (net.mean * net.scale).repeat(spliced)
    yield "layer0", None, weight * net.scale.repeat(spliced), bias
    for i, layer in enumerate(net.layers, 1):
        yield f"layer{i}", layer.reduce.weight, *folded(layer)
    yield "output", net.reduce.weight, *net.output.affine()


def config():
    """The computation graph in nnet3's text form."""
    def append(name, offsets, unit):
        parts = [f"Offset({name}, {o * unit})" if o else name for o in offsets]
        return f"Append({', '.join(parts)})"

    def node(name, source):
        return f"component-node name={name} component={name} input={source}"

    lines = ["input-node name=input dim=40",
             node("layer0.affine", append("input", nets.INPUT_OFFSETS, 1)),
             node("layer0.relu", "layer0.affine")]
    below = "layer0.relu"
    for i, offsets in enumerate(nets.LAYER_OFFSETS, 1):
        lines += [node(f"layer{i}.linear", append(below, offsets, nets.SUBSAMPLING)),
                  node(f"layer{i}.affine", f"layer{i}.linear"),
                  node(f"layer{i}.relu", f"layer{i}.affine"),
                  node(f"layer{i}.sum", f"Sum(layer{i}.relu, {below})")]
        below = f"layer{i}.sum"
    lines += [node("output.linear", below),
              node("output.affine", "output.linear"),
              "output-node name=output input=output.affine objective=linear"]
    return "\n".join(lines) + "\n\n"


def write_linear(writer, weight):
    """What only training needs is given values that Kaldi accepts."""
    writer.token("<LinearComponent>", "<LearningRate>")
    writer.float(0.001)
    writer.token("<Params>")
    writer.matrix(weight)
    writer.token("<OrthonormalConstraint>")
    writer.float(0.0)
    writer.token("<UseNaturalGradient>")
    writer.bool(False)
    writer.token("<RankInOut>")
    writer.int(20)
    writer.int(80)
    writer.token("<Alpha>")
    writer.float(4.0)
    writer.token("<NumSamplesHistory>")
    writer.float(2000.0)
    writer.token("<UpdatePeriod>")
    writer.int(4)
    writer.token("</LinearComponent>")


def write_affine(writer, weight, bias):
    writer.token("<AffineComponent>", "<LearningRate>")
    writer.float(0.001)
    writer.token("<LinearParams>")
    writer.matrix(weight)
    writer.token("<BiasParams>")
    writer.vector(bias)
    writer.token("</AffineComponent>")


def write_relu(writer, width):
    writer.token("<RectifiedLinearComponent>", "<Dim>")
    writer.int(width)
    for statistic in ("<ValueAvg>", "<DerivAvg>"):
        writer.token(statistic)
        writer.vector([])
    writer.token("<Count>")
    writer.float(0.0)
    writer.token("</RectifiedLinearComponent>")


def write_sum(writer, width):
    writer.token("<NoOpComponent>", "<Dim>")
    writer.int(width)
    writer.token("<BackpropScale>")
    writer.float(1.0)
    writer.token("</NoOpComponent>")


def write_net(writer, net):
    components = []
    for name, linear, weight, bias in weights(net):
        if linear is not None:
            components.append((f"{name}.linear", write_linear, linear))
        components.append((f"{name}.affine", write_affine, weight, bias))
        if name != "output":
            components.append((f"{name}.relu", write_relu, net.width))
        if linear is not None and name != "output":
            components.append((f"{name}.sum", write_sum, net.width))
    writer.token("<Nnet3>")
    writer.file.write(b"\n" + config().encode())
    writer.token("<NumComponents>")
    writer.int(len(components))
    for name, write, *values in components:
        writer.token("<ComponentName>", name)
        write(writer, *(v.detach().numpy() if isinstance(v, torch.Tensor) else v for v in values))
    writer.token("</Nnet3>", "<LeftContext>")
    writer.int(0)
    writer.token("<RightContext>")
    writer.int(0)
    writer.token("<Priors>")
    writer.vector([])


def decoding_graph(costs):
    """HCLr: from transitions to words. Costs of words are left to the grammar,
    except for `costs`, by word id, which so apply to run-time grammars too."""
    fst = kaldifst.StdVectorFst()
    start, silence, loop, end = (fst.add_state() for _ in range(4))
    fst.start = start
    fst.set_final(silence, 0.0)
    fst.set_final(end, 0.0)
    arc = lambda *values: kaldifst.StdArc(*values)
    half = math.log(2)
    for hub in (start, end):
        fst.add_arc(hub, arc(2, 0, half, silence))
        fst.add_arc(hub, arc(0, 0, half, loop))
    fst.add_arc(silence, arc(1, 0, 0.0, silence))
    fst.add_arc(silence, arc(0, 0, 0.0, loop))
    phone = 2
    for word in reversed(range(len(lexicon.WORDS))):
        state, label = loop, word + 1
        cost = costs.get(word, 0.0)
        for _ in lexicon.WORDS[word]:
            follower = fst.add_state()
            # ids of transitions: the loop of phone p is 2p - 1, its entry 2p
            fst.add_arc(state, arc(2 * phone, label, cost, follower))
            fst.add_arc(follower, arc(2 * phone - 1, 0, 0.0, follower))
            state, label, cost, phone = follower, 0, 0.0, phone + 1
        fst.add_arc(state, arc(0, 0, 0.0, end))
    # Sorted by word, the composition with a grammar never enters a dead path.
    kaldifst.arcsort(fst, "olabel")
    return fst


def grammar_graph(edge_cost):
    """Gr: any sequence of all words, each at the same cost. A word beside [unk]
    costs `edge_cost` more: a keyword inside other speech is mostly none."""
    fst = kaldifst.StdVectorFst()
    fst.start = begin = fst.add_state()
    known, unknown = fst.add_state(), fst.add_state()
    word_cost = math.log(len(lexicon.WORDS))
    for state in (begin, known, unknown):
        fst.set_final(state, 0.0)
        for word in range(len(lexicon.WORDS)):
            follower = unknown if word == lexicon.UNK_ID else known
            edge = state not in (begin, follower)
            fst.add_arc(state, kaldifst.StdArc(word + 1, word + 1, word_cost + edge * edge_cost, follower))
    kaldifst.arcsort(fst, "ilabel")
    return fst


def export(net, folder, unk_cost, no_cost, edge_cost):
    costs = {lexicon.UNK_ID: unk_cost, lexicon.WORD_ID["no"]: no_cost}
    for name in ("am", "conf", "graph/phones"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with open(folder / "am/final.mdl", "wb") as file:
        writer = Writer(file)
        write_transitions(writer)
        write_net(writer, net)
    (folder / "conf/mfcc.conf").write_text(MFCC_CONF)
    (folder / "conf/model.conf").write_text(MODEL_CONF)
    decoding_graph(costs).write(str(folder / "graph/HCLr.fst"))
    grammar_graph(edge_cost).write(str(folder / "graph/Gr.fst"))
    (folder / "graph/disambig_tid.int").write_text("")
    words = ["<eps>"] + lexicon.SPELLINGS
    (folder / "graph/words.txt").write_text("".join(f"{w} {i}\n" for i, w in enumerate(words)), "utf-8")
    kinds = "".join(f"{i} {unit.kind}\n" for i, unit in enumerate(phones(), 1))
    (folder / "graph/phones/word_boundary.int").write_text(kinds)


def load(path):
    saved = torch.load(path)
    net = nets.Net(saved["width"], saved["bottleneck"])
    net.load_state_dict(saved["net"])
    return net.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--net", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--unk-cost", type=float, default=1.0, help="of [unk] in every grammar")
    parser.add_argument("--no-cost", type=float, default=2.0,
                        help="of لا in every grammar: the shortest word takes hurried others for itself")
    parser.add_argument("--edge-cost", type=float, default=4.0,
                        help="between [unk] and another word where all words are allowed")
    args = parser.parse_args()
    export(load(args.net), args.out, args.unk_cost, args.no_cost, args.edge_cost)


if __name__ == "__main__":
    main()
