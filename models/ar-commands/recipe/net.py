"""A residual time-delay net that computes exactly what Kaldi's nnet3 computes.

No layer pads: the caller repeats the first and the last feature frame
(`pad`), as libvosk does at the edges of an utterance.
"""

import torch
from torch import nn

import lexicon

SUBSAMPLING = 3
INPUT_OFFSETS = (-2, -1, 0, 1, 2)  # frames of 10 ms
LAYER_OFFSETS = (  # output frames of 30 ms
    (-1, 0, 1),
    (-1, 0, 1),
    (-3, 0, 1),
    (-3, 0, 1),
    (-3, 0, 1),
    (-6, -3, 0),
)
LEFT_UNITS = -sum(min(o) for o in LAYER_OFFSETS)
RIGHT_UNITS = sum(max(o) for o in LAYER_OFFSETS)
LEFT_FRAMES = SUBSAMPLING * LEFT_UNITS - INPUT_OFFSETS[0]
RIGHT_FRAMES = SUBSAMPLING * RIGHT_UNITS + INPUT_OFFSETS[-1]


def num_outputs(num_frames):
    return -(-num_frames // SUBSAMPLING)


def pad(features, num_frames):
    """Repeats edge frames of [frames, 40] until `num_frames` have full context."""
    left = features[:1].expand(LEFT_FRAMES, -1)
    outputs = num_outputs(num_frames)
    right = SUBSAMPLING * (outputs - 1) + 1 + RIGHT_FRAMES - len(features)
    return torch.cat([left, features, features[-1:].expand(right, -1)])


class Tied(nn.Module):
    """Output layer: a weight per phone, shared by its positions, plus a weight
    per position that starts at zero. Exported as their sum."""

    def __init__(self, width):
        super().__init__()
        rows = torch.tensor(lexicon.PDF_TO_PHONE_ROW)
        self.register_buffer("rows", rows)
        self.phone = nn.Linear(width, 2 * len(lexicon.PHONES))
        self.position = nn.Linear(width, lexicon.NUM_PDFS)
        nn.init.zeros_(self.position.weight)
        nn.init.zeros_(self.position.bias)
        nn.init.normal_(self.phone.weight, std=0.3 / width ** 0.5)

    def affine(self):
        return (self.phone.weight[self.rows] + self.position.weight,
                self.phone.bias[self.rows] + self.position.bias)

    def forward(self, x):
        return nn.functional.linear(x, *self.affine())


class Layer(nn.Module):
    """Affine, batch normalisation, ReLU; with a linear bottleneck before them
    where one is given (TDNN-F, Povey et al. 2018), which halves weights and work."""

    def __init__(self, inputs, width, bottleneck=None):
        super().__init__()
        self.reduce = None
        if bottleneck:
            self.reduce = nn.Linear(inputs, bottleneck, bias=False)
            nn.init.orthogonal_(self.reduce.weight)
        self.affine = nn.Linear(bottleneck or inputs, width)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        if self.reduce:
            x = self.reduce(x)
        x = self.affine(x)
        shape = x.shape
        return torch.relu(self.norm(x.view(-1, shape[-1])).view(shape))


class Net(nn.Module):
    def __init__(self, width=256, bottleneck=80, dropout=0.1):
        super().__init__()
        self.width, self.bottleneck = width, bottleneck
        self.register_buffer("mean", torch.zeros(40))
        self.register_buffer("scale", torch.ones(40))
        self.first = Layer(40 * len(INPUT_OFFSETS), width)
        self.layers = nn.ModuleList(Layer(len(o) * width, width, bottleneck) for o in LAYER_OFFSETS)
        self.dropout = dropout
        self.reduce = nn.Linear(width, bottleneck, bias=False)
        self.output = Tied(bottleneck)

    def forward(self, padded):
        """[batch, frames, 40] from `pad` to [batch, outputs, pdfs]."""
        x = (padded - self.mean) * self.scale
        outputs = (x.shape[1] - LEFT_FRAMES - RIGHT_FRAMES - 1) // SUBSAMPLING + 1
        inner = outputs + LEFT_UNITS + RIGHT_UNITS
        span = SUBSAMPLING * (inner - 1) + 1
        x = self.first(torch.cat(
            [x[:, i:i + span:SUBSAMPLING] for i in range(len(INPUT_OFFSETS))], dim=2))
        for layer, offsets in zip(self.layers, LAYER_OFFSETS):
            size = x.shape[1] + offsets[0] - max(offsets[-1], 0)
            parts = [x[:, o - offsets[0]:o - offsets[0] + size] for o in offsets]
            y = layer(torch.cat(parts, dim=2))
            x = self.drop(y) + parts[offsets.index(0)]
        return self.output(self.reduce(x))

    def drop(self, y):
        """Drops units for a whole utterance: cheaper than per frame, and neighbours
        in time cannot stand in for the dropped."""
        if not self.training or not self.dropout:
            return y
        keep = 1 - self.dropout
        return y * y.new_empty(y.shape[0], 1, y.shape[2]).bernoulli_(keep).div_(keep)
