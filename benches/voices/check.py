#!/usr/bin/env python3
"""Check that a voice can be streamed exactly: decode it in pieces with overlap, and compare with the whole.

The file is cut in two at the input of the decoder's first convolution (and of its conditioning, if it has
speakers). Prints one JSON line per overlap and piece length, in frames: the greatest difference of any sample.
"""

import argparse
import json
import sys

import numpy
import onnx
import onnx.utils
import onnxruntime

import config
import expected

HOP = 256


def halves(path):
    """Sessions for ids to latent, latent to waveform, and the whole."""
    model = onnx.load(path)
    inputs = [value.name for value in model.graph.input]
    outputs = [value.name for value in model.graph.output]
    into_decoder = ("dec/conv_pre/Conv", "decoder/conv_pre/Conv", "dec/cond/Conv", "decoder/cond_layer/Conv")
    cut = sorted({node.input[0] for node in model.graph.node if node.name.endswith(into_decoder)})
    if not cut:
        raise ValueError(f"{path} names no decoder; give a voice in piper or coqui style")
    for name in cut:
        # An export tells the type of inputs and outputs only.
        model.graph.value_info.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    extractor = onnx.utils.Extractor(model)
    ends = ((inputs, cut), (cut, outputs), (inputs, outputs))
    return [session(extractor.extract_model(*pair)) for pair in ends]


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def in_pieces(decoder, latent, others, pad, length):
    """The waveform of `latent` f32[1,C,T], `length` frames at a time with `pad` more on either side."""
    name = next(value.name for value in decoder.get_inputs() if value.name not in others)
    frames = latent.shape[2]
    for start in range(0, frames, length):
        end = min(start + length, frames)
        left, right = max(start - pad, 0), min(end + pad, frames)
        wave = decoder.run(None, {name: latent[:, :, left:right], **others})[0].reshape(-1)
        yield wave[(start - left) * HOP:(end - left) * HOP]


def numbers(text):
    return [int(number) for number in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="a voice in piper or coqui style")
    parser.add_argument("--pads", type=numbers, default=[0, 5, 8, 10, 11, 14], help="overlaps, in frames")
    parser.add_argument("--pieces", type=numbers, default=[1, 7, 16, 32, 45, 100], help="lengths, in frames")
    options = parser.parse_args()
    encoder, decoder, whole = halves(options.model)
    names = [value.name for value in encoder.get_inputs()]
    inputs = expected.feeds(names, config.ids("".join(config.UTTERANCES)), 0)
    found = dict(zip([value.name for value in encoder.get_outputs()], encoder.run(None, inputs)))
    latent = next(value for value in found.values() if value.shape[2] > 1)
    others = {name: value for name, value in found.items() if value.shape[2] == 1}
    reference = whole.run(None, inputs)[0].reshape(-1)
    for pad in options.pads:
        for length in options.pieces:
            wave = numpy.concatenate(list(in_pieces(decoder, latent, others, pad, length)))
            difference = float(numpy.abs(wave - reference).max())
            line = {"pad": pad, "piece": length, "max_difference": float(f"{difference:.2g}")}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(f"voices: {error}")
    except OSError as error:
        sys.exit(f"voices: {error.strerror}: {error.filename}; check the path")
