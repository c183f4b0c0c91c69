"""What happens to an exported graph before it is written: names, and metadata."""

import itertools
import random

import onnx

# How coqui-tts names what Piper names otherwise, as prefixes of node and tensor names.
COQUI = {"enc_p": "text_encoder", "dp": "duration_predictor", "dec": "waveform_decoder"}


def rename_all(model, nodes, tensors):
    """Give every node and every tensor but the graph's inputs and outputs the name that a function returns."""
    graph = model.graph
    kept = {value.name for value in (*graph.input, *graph.output)} | {""}
    for node in graph.node:
        node.name = nodes(node.name)
        for names in (node.input, node.output):
            names[:] = [name if name in kept else tensors(name) for name in names]
    for tensor in graph.initializer:
        tensor.name = tensors(tensor.name)
    del graph.value_info[:]


def piper(name):
    """A name as Piper's export has it: the decoder's conditioning is /dec/cond."""
    return name.replace("/dec/cond_layer/", "/dec/cond/").replace("dec.cond_layer.", "dec.cond.")


def coqui(name):
    """A name as coqui-tts's export has it."""
    for ours, theirs in COQUI.items():
        for separator in ("/", "."):
            start = f"{separator}{ours}{separator}".lstrip(".")
            if name.startswith(start):
                return start.replace(ours, theirs) + name[len(start):]
    return name


def scrambled(prefix, seed):
    """A function from names to names that say nothing, not even the order of the graph."""
    numbers = list(range(100_000))
    random.Random(seed).shuffle(numbers)
    known = {}
    return lambda name: known.setdefault(name, f"{prefix}{numbers[len(known)]}")


def counted(prefix):
    """A function from names to the shortest names, which is most of a tiny model's size."""
    known = {}
    return lambda name: known.setdefault(name, f"{prefix}{len(known):x}")


def short(rename):
    """`rename` for the decoder's nodes; for the others their part of the network and a number."""
    numbers = itertools.count()

    def name_of(name):
        renamed = rename(name)
        part, _, rest = renamed.lstrip("/").partition("/")
        return f"/{part}/{next(numbers):x}" if rest and "dec" not in part else renamed

    return name_of


def share_constants(model):
    """Keep one Constant node of each value: an export has hundreds of the same few."""
    first, instead, nodes = {}, {}, []
    for node in model.graph.node:
        node.input[:] = [instead.get(name, name) for name in node.input]
        if node.op_type == "Constant":
            value = node.attribute[0].SerializeToString(deterministic=True)
            instead[node.output[0]] = first.setdefault(value, node.output[0])
            if first[value] != node.output[0]:
                continue
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def describe(model, metadata):
    """Replace the model's metadata."""
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
