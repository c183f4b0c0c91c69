#!/usr/bin/env python3
"""Write down what ONNX Runtime makes of the tiny voices, for the tests of our own engine to compare with.

Writes expected.json into FOLDER: for each voice and each of three utterances the first 16 samples, the sum, the
sum of squares and the number of samples, without noise, on the CPU with one thread.
"""

import argparse
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

import config

VOICES = ("tiny-piper", "tiny-multi", "tiny-generic")
SPEAKERS = (0, 3, 1)
# A duration nearer than this to a whole number of frames could be rounded the other way on another machine.
MARGIN = 2e-4


class TooClose(Exception):
    """One line that says what to do."""


def session(path):
    """The voice, with one more output: the durations before they are rounded up to frames."""
    model = onnx.load(path)
    raw = next(node.input[0] for node in model.graph.node if node.op_type == "Ceil")
    model.graph.output.append(onnx.helper.make_tensor_value_info(raw, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def feeds(names, ids, speaker):
    """The inputs of either style: no noise, natural length."""
    values = {
        "input": numpy.array([ids]), "input_lengths": numpy.array([len(ids)]),
        "x": numpy.array([ids]), "x_length": numpy.array([len(ids)]),
        "scales": numpy.array([0, 1, 0], numpy.float32), "noise_scale": numpy.zeros(1, numpy.float32),
        "length_scale": numpy.ones(1, numpy.float32), "noise_scale_w": numpy.zeros(1, numpy.float32),
        "sid": numpy.array([speaker])}
    return {name: values[name] for name in names}


def utterance(voice, phonemes, speaker):
    """What one voice makes of one utterance."""
    ids = config.ids(phonemes)
    names = [value.name for value in voice.get_inputs()]
    wave, raw = voice.run(None, feeds(names, ids, speaker))
    distance = float(numpy.abs(raw - numpy.round(raw)).min())
    if distance < MARGIN:
        raise TooClose(f"a duration of {phonemes!r} is {distance:.1e} frames from a whole; take another seed")
    samples = wave.reshape(-1)
    wide = samples.astype(numpy.float64)
    found = {
        "phonemes": phonemes, "ids": ids, "frames": numpy.ceil(raw).astype(int).reshape(-1).tolist(),
        "length": len(samples), "sum": float(wide.sum()), "sum_of_squares": float((wide ** 2).sum()),
        "first": [float(str(sample)) for sample in samples[:16]]}
    return {**found, "sid": speaker} if "sid" in names else found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER", help="where the tiny voices are")
    folder = parser.parse_args().folder
    voices = {}
    for name in VOICES:
        voice = session(folder / f"{name}.onnx")
        pairs = zip(config.UTTERANCES, SPEAKERS)
        voices[name] = [utterance(voice, phonemes, speaker) for phonemes, speaker in pairs]
    whole = {"onnxruntime": onnxruntime.__version__, "voices": voices}
    # One line per utterance: short to look at, and a change shows where it is.
    text = json.dumps(whole, ensure_ascii=False).replace('{"phonemes"', '\n{"phonemes"').replace('"tiny', '\n"tiny')
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except TooClose as error:
        sys.exit(f"voices: {error}")
    except OSError as error:
        sys.exit(f"voices: {error.strerror}: {error.filename}; make the tiny voices first (README.md)")
