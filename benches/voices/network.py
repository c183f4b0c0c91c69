"""A VITS network of Piper's shape with random weights, made of coqui-tts's layers.

Paper: Kim, Kong, Son, "Conditional Variational Autoencoder with Adversarial Learning for End-to-End
Text-to-Speech", 2021. The weights come from a seed and are then tamed, so that the voice speaks at a human
pace and fills a sane part of the range; it says nothing that anyone could understand.
"""

import dataclasses
import functools
import importlib
import importlib.util
import math
import pathlib
import sys
import types

import torch
from torch import nn
from torch.nn.utils import parametrize

import config

FRAMES_PER_ID = 2.7
LOG_DURATION_SPREAD = 0.4  # standard deviation of ln(frames), with Piper's default noise
LOUDNESS = 0.2  # standard deviation of the waveform before tanh


class MissingPackage(Exception):
    """One line that says what to install."""


@dataclasses.dataclass(frozen=True)
class Decoder:
    """A HiFi-GAN: block kind, kernels and dilations of the residual blocks, the upsampling steps, channels."""

    block: str
    kernels: tuple
    dilations: tuple
    factors: tuple
    factor_kernels: tuple
    channels: int


@dataclasses.dataclass(frozen=True)
class Size:
    """The dimensions of one of Piper's qualities: Hz, then channels and layers."""

    rate: int
    hidden: int
    filter: int
    layers: int
    flow: int
    speaker: int
    decoder: Decoder


SMALL_DECODER = Decoder("2", (3, 5, 7), ((1, 2), (2, 6), (3, 12)), (8, 8, 4), (16, 16, 8), 256)
LARGE_DECODER = Decoder("1", (3, 7, 11), ((1, 3, 5),) * 3, (8, 8, 2, 2), (16, 16, 4, 4), 512)
SIZES = {
    "x_low": Size(16000, 96, 384, 6, 96, 512, SMALL_DECODER),
    "low": Size(16000, 192, 768, 6, 192, 512, SMALL_DECODER),
    "medium": Size(22050, 192, 768, 6, 192, 512, SMALL_DECODER),
    "high": Size(22050, 192, 768, 6, 192, 512, LARGE_DECODER),
    # Not Piper's: medium with few channels, for tests. Each output sample still hears the same frames.
    "tiny": Size(22050, 16, 32, 2, 8, 16, dataclasses.replace(SMALL_DECODER, channels=32)),
}
SYMBOLS = 256


@functools.cache
def open_package():
    """Let coqui-tts's layers be imported without the start-up code of the packages around them.

    That code asks for torchaudio, torchcodec, trainers and loss functions, none of which these layers use.
    """
    found = importlib.util.find_spec("TTS")
    if found is None:
        raise MissingPackage("coqui-tts is missing; run pip install --no-deps coqui-tts==0.28.0")
    root = pathlib.Path(found.origin).parent
    for package in ("TTS", "TTS.tts", "TTS.tts.layers", "TTS.vocoder", "TTS.vocoder.models"):
        bare = sys.modules[package] = types.ModuleType(package)
        bare.__path__ = [str(root.joinpath(*package.split(".")[1:]))]
    # hifigan_generator imports one function to load checkpoints; there is nothing to load.
    checkpoints = sys.modules["trainer.io"] = types.ModuleType("trainer.io")
    checkpoints.load_fsspec = None


def layers(name):
    """A module of coqui-tts."""
    open_package()
    return importlib.import_module(f"TTS.{name}")


class Voice(nn.Module):
    """Text encoder, stochastic duration predictor, flow, decoder; the attributes bear Piper's names.

    A subclass gives it inputs and outputs in its `forward`.
    """

    def __init__(self, size, speakers):
        super().__init__()
        networks = layers("tts.layers.vits.networks")
        durations = layers("tts.layers.vits.stochastic_duration_predictor")
        self.helpers = layers("tts.utils.helpers")
        gin = size.speaker if speakers > 1 else 0
        hidden = size.hidden
        self.enc_p = networks.TextEncoder(SYMBOLS, hidden, hidden, size.filter, 2, size.layers, 3, 0.1)
        self.dp = durations.StochasticDurationPredictor(hidden, hidden, 3, 0.5, 4, cond_channels=gin)
        self.flow = networks.ResidualCouplingBlocks(hidden, size.flow, 5, 1, 4, cond_channels=gin)
        self.dec = decoder(size, gin)
        if gin:
            self.emb_g = nn.Embedding(speakers, gin)

    def speak(self, ids, lengths, noise, length, noise_w, sid=None):
        """ids i64[B,L], lengths i64[B], three scales, sid i64[B] -> waveform f32[B,1,samples]."""
        speaker = None if sid is None else self.emb_g(sid).unsqueeze(-1)
        hidden, mean, log_scale, mask = self.enc_p(ids, lengths)
        frames = torch.ceil(torch.exp(self.log_durations(hidden, mask, speaker, noise_w)) * mask * length)
        total = torch.clamp_min(torch.sum(frames, [1, 2]), 1).long()
        frame_mask = self.helpers.sequence_mask(total).unsqueeze(1).to(mask.dtype)
        path = self.helpers.generate_path(frames[:, 0], mask.transpose(1, 2) * frame_mask)
        mean, log_scale = torch.matmul(mean, path), torch.matmul(log_scale, path)
        latent = mean + torch.randn_like(mean) * torch.exp(log_scale) * noise
        latent = self.flow(latent, frame_mask, g=speaker, reverse=True)
        return self.dec(latent * frame_mask, g=speaker)

    def log_durations(self, hidden, mask, speaker, noise_w):
        """The natural logarithm of each id's frames, f32[B,1,L]."""
        return self.dp(hidden, mask, g=speaker, reverse=True, noise_scale=noise_w)


def decoder(size, gin):
    """The HiFi-GAN of a size, conditioned on `gin` channels (0: on none)."""
    shape = size.decoder
    generator = layers("vocoder.models.hifigan_generator").HifiganGenerator
    return generator(
        size.hidden, 1, shape.block, shape.dilations, shape.kernels, shape.factor_kernels, shape.channels,
        shape.factors, inference_padding=0, cond_channels=gin, conv_post_bias=False)


def build(kind, size, speakers, seed):
    """A voice of a subclass of Voice with seeded weights, ready to export."""
    # More threads would add up in another order, and the file would differ from machine to machine.
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    voice = kind(size, speakers).eval()
    remove_weight_norm(voice)
    with torch.no_grad():
        awaken(voice)
        ids = torch.tensor([config.ids("".join(config.UTTERANCES))])
        lengths = torch.tensor([ids.shape[1]])
        sid = torch.tensor([0]) if speakers > 1 else None
        tame_durations(voice, ids, lengths, sid)
        tame_loudness(voice, ids, lengths, sid)
    return voice


def remove_weight_norm(voice):
    """Plain weights in the place of direction and length, as an export has them."""
    for module in voice.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")


def awaken(voice):
    """Give weights to what VITS starts at zero or near it, so that every part has a say in the sound."""
    for flow in voice.flow.flows:
        nn.init.normal_(flow.post.weight, std=flow.post.in_channels ** -0.5)
    for flow in voice.dp.flows[1:]:
        nn.init.normal_(flow.proj.weight)
        # Slopes come last, and unlike widths and heights are not divided later: steep ones would magnify noise.
        flow.proj.weight[2 * flow.num_bins:] /= math.sqrt(flow.hidden_channels)
    for module in voice.dec.modules():
        if isinstance(module, nn.ConvTranspose1d):
            heard = module.in_channels * module.kernel_size[0] / module.stride[0]
            nn.init.normal_(module.weight, std=math.sqrt(2 / heard))
        elif isinstance(module, nn.Conv1d):
            nn.init.normal_(module.weight, std=math.sqrt(2 / (module.in_channels * module.kernel_size[0])))
    last = voice.dec.conv_post.weight
    last.sub_(last.mean(dim=2, keepdim=True))  # Taps that add up to nothing let no direct current through.


def tame_durations(voice, ids, lengths, sid):
    """Set the last affine step of the duration predictor: FRAMES_PER_ID on average, near it with noise too."""
    speaker = None if sid is None else voice.emb_g(sid).unsqueeze(-1)
    hidden, _, _, mask = voice.enc_p(ids, lengths)
    quiet, noisy = (voice.log_durations(hidden, mask, speaker, noise_w) for noise_w in (0.0, 0.8))
    # Rounded, so that another machine's last bits give the same file.
    log_scale = round(math.log(float(noisy.std()) / LOG_DURATION_SPREAD), 2)
    spread = (quiet - quiet.mean()) * math.exp(-log_scale)
    low, high = -3.0, 3.0
    for _ in range(30):
        middle = (low + high) / 2
        short = float(torch.ceil(torch.exp(spread + middle)).mean()) < FRAMES_PER_ID
        low, high = (middle, high) if short else (low, middle)
    affine = voice.dp.flows[0]
    affine.log_scale.fill_(log_scale)
    affine.translation.fill_(round(float(quiet.mean()) - low * math.exp(log_scale), 4))


def tame_loudness(voice, ids, lengths, sid):
    """Scale the last convolution so that tanh neither clips nor silences."""
    heard = []
    handle = voice.dec.conv_post.register_forward_hook(lambda _module, _inputs, output: heard.append(output))
    voice.speak(ids, lengths, 0.0, 1.0, 0.0, sid)
    handle.remove()
    voice.dec.conv_post.weight.mul_(float(f"{LOUDNESS / float(heard[0].std()):.2g}"))
