#!/usr/bin/env python3
"""Make a VITS voice with random seeded weights: true shape, true size, true speed, and no meaning.

Writes OUT (one ONNX file) and OUT.json (Piper's configuration). The same arguments give the same bytes.
"""

import argparse
import io
import json
import logging
import pathlib
import re
import sys
import warnings

try:
    import onnx
    import torch

    import config
    import graph
    import network
except ImportError as missing:
    sys.exit(f"voices: {missing.name} is missing; run pip install -r requirements.txt (see README.md)")

OPSET = 15


class Piper(network.Voice):
    """Piper's door: three scales in one tensor, a waveform f32[B,1,1,samples]."""

    inputs = {"input": {0: "batch_size", 1: "phonemes"}, "input_lengths": {0: "batch_size"}, "scales": {}}
    outputs = {"output": {0: "batch_size", 3: "time"}}

    def forward(self, ids, lengths, scales, sid=None):
        return self.speak(ids, lengths, scales[0], scales[1], scales[2], sid).unsqueeze(1)

    @staticmethod
    def example():
        return [torch.tensor([0.667, 1.0, 0.8])]


class Coqui(Piper):
    """Piper's inputs, a waveform f32[B,1,samples]."""

    outputs = {"output": {0: "batch_size", 2: "time"}}

    def forward(self, ids, lengths, scales, sid=None):
        return self.speak(ids, lengths, scales[0], scales[1], scales[2], sid)


class Generic(Piper):
    """Each scale an input of its own, a waveform f32[N,1,L]."""

    inputs = {
        "x": {0: "N", 1: "L"}, "x_length": {0: "N"},
        "noise_scale": {}, "length_scale": {}, "noise_scale_w": {}}
    outputs = {"y": {0: "N", 2: "L"}}

    def forward(self, ids, lengths, noise, length, noise_w, sid=None):
        return self.speak(ids, lengths, noise, length, noise_w, sid)

    @staticmethod
    def example():
        return [torch.tensor([0.667]), torch.tensor([1.0]), torch.tensor([0.8])]


STYLES = {"piper": Piper, "coqui": Coqui, "generic": Generic}


def export(voice, speakers):
    """The graph of a voice, by PyTorch's tracing exporter, as Piper's own export makes it."""
    ids = torch.arange(50).unsqueeze(0)
    arguments = [ids, torch.tensor([50]), *voice.example()]
    inputs = dict(voice.inputs)
    if speakers > 1:
        arguments.append(torch.tensor([0]))
        inputs["sid"] = {0: next(iter(voice.inputs.values()))[0]}
    sink = io.BytesIO()
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), torch.no_grad():
        # Tracing fixes what Python code decides; here that is only how short a text may get.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            voice, tuple(arguments), sink, opset_version=OPSET, dynamo=False, input_names=list(inputs),
            output_names=list(voice.outputs),
            dynamic_axes={name: axes for name, axes in {**inputs, **voice.outputs}.items() if axes})
    return onnx.load_from_string(sink.getvalue())


def finish(model, options, rate):
    """Names and metadata of the chosen style."""
    nodes = tensors = {"piper": graph.piper, "coqui": graph.coqui}.get(options.style)
    if options.size == "tiny":
        graph.share_constants(model)
        nodes, tensors = nodes and graph.short(nodes), graph.counted("t")
    if options.style == "generic":
        nodes, tensors = graph.scrambled("n", options.seed), graph.scrambled("t", options.seed + 1)
    graph.rename_all(model, nodes, tensors)
    language = options.language.split("_")[0]
    common = {"model_type": "vits", "sample_rate": rate, "n_speakers": options.speakers, "language": language}
    if options.style == "coqui":
        graph.describe(model, {
            **common, "comment": "coqui", "use_eos_bos": 1, "blank_id": 0, "bos_id": 1, "eos_id": 2,
            "pad_id": 0, "has_espeak": 1, "voice": language})
    elif options.style == "generic":
        graph.describe(model, {
            **common, "comment": "random", "add_blank": 1, "punctuation": ", . ! ?",
            "frontend": "characters"})
    model.producer_name, model.producer_version = "libvoice", ""
    onnx.checker.check_model(model)


def write(model, options, rate):
    """Both files, the configuration last: where it is, the voice is whole."""
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(model.SerializeToString(deterministic=True))
    beside = config.piper(options.size, rate, network.SYMBOLS, options.speakers, options.language)
    text = re.sub(r"\[\s+(\d+)\s+\]", r"[\1]", json.dumps(beside, ensure_ascii=False, indent=1))
    options.out.with_name(options.out.name + ".json").write_text(text + "\n", encoding="utf-8")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, metavar="OUT", help="the .onnx file to write")
    parser.add_argument("--size", choices=network.SIZES, default="medium", help="Piper's quality, or tiny")
    parser.add_argument("--style", choices=STYLES, default="piper", help="names of inputs, outputs and nodes")
    parser.add_argument("--speakers", type=int, default=1, help="more than one adds the input sid")
    parser.add_argument("--language", default="en_US", help="language code in the configuration (ar_JO, en_US)")
    parser.add_argument("--seed", type=int, default=1, help="where the weights come from")
    options = parser.parse_args()
    if options.speakers < 1:
        parser.error("--speakers must be at least 1")
    if options.out.suffix != ".onnx":
        parser.error(f"{options.out} must end in .onnx")
    return options


def main():
    options = arguments()
    size = network.SIZES[options.size]
    voice = network.build(STYLES[options.style], size, options.speakers, options.seed)
    model = export(voice, options.speakers)
    finish(model, options, size.rate)
    write(model, options, size.rate)
    parameters = sum(parameter.numel() for parameter in voice.parameters())
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, {len(model.graph.node):,} nodes, "
          f"{parameters:,} parameters")


if __name__ == "__main__":
    try:
        main()
    except network.MissingPackage as error:
        sys.exit(f"voices: {error}")
    except OSError as error:
        sys.exit(f"voices: {error.strerror}: {error.filename}; check the folder's permissions and free space")
