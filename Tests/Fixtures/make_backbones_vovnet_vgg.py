"""Writes PyTorch's results for narrow networks of the VoVNet and VGG families.

    python Tests/Fixtures/make_backbones_vovnet_vgg.py [FOLDER]

Needs torch, timm, numpy and safetensors. The files are committed; run it again only to change the cases.
"""
import os
import sys

import torch
from torch import nn
import torch.nn.functional as F
from timm.models.vovnet import VovNet

from network_fixture import NetworkFixtureFile

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Backbones/Tests/NNBackbonesTests/Fixtures")


class Block(nn.Module):
    """A convolution, batch norm and an activation."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, activation=F.mish):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.activation = activation

    def forward(self, x):
        return self.activation(self.bn(self.conv(x)))


class Aggregation(nn.Module):
    """Without its input in the concatenation."""

    def __init__(self, inputs, width, outputs, count):
        super().__init__()
        self.conv_mid = nn.ModuleList([Block(inputs if i == 0 else width, width) for i in range(count)])
        self.conv_concat = Block(count * width, outputs, kernel=1)

    def forward(self, x):
        results = []
        for block in self.conv_mid:
            x = block(x)
            results.append(x)
        return self.conv_concat(torch.cat(results, 1))


class Stage(nn.Module):
    def __init__(self, *blocks):
        super().__init__()
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        return self.blocks(F.max_pool2d(x, 3, 2, 1))


class PlainVoVNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(Block(3, 4, stride=2), Block(4, 4), Block(4, 6))
        self.stages = nn.ModuleList([
            Stage(Aggregation(6, 4, 8, 3)),
            Stage(Aggregation(8, 5, 10, 3), Aggregation(10, 5, 10, 3)),
            Stage(Aggregation(10, 6, 12, 3)),
        ])

    def forward(self, x):
        x = self.stem(x)
        results = []
        for stage in self.stages:
            x = stage(x)
            results.append(x)
        return results


def timm_vovnet():
    layout = dict(
        stem_chs=[4, 4, 6], stage_conv_chs=[4, 5, 6, 7], stage_out_chs=[8, 10, 12, 14], layer_per_block=3,
        block_per_stage=[1, 2, 3, 1], residual=True, depthwise=False, attn="ese")
    return VovNet(layout, num_classes=0)


def vgg_layers(counts, widths, normalizes):
    """torchvision's `features`."""
    layers, inputs = [], 3
    for count, width in zip(counts, widths):
        for _ in range(count):
            layers += [nn.Conv2d(inputs, width, 3, padding=1)]
            layers += [nn.BatchNorm2d(width)] if normalizes else []
            layers += [nn.ReLU()]
            inputs = width
        layers += [nn.MaxPool2d(2)]
    module = nn.Module()
    module.features = nn.Sequential(*layers)
    return module


def run_vgg(module, inputs):
    x, results = inputs[0], []
    for layer in module.features:
        if isinstance(layer, nn.MaxPool2d):
            results.append(x)
        x = layer(x)
    return results + [x]


class SegNetEncoder(nn.Module):
    def __init__(self, counts, widths, bottleneck):
        super().__init__()
        blocks = lambda i, o, n: nn.Sequential(*[Block(o if j else i, o, activation=F.relu) for j in range(n)])
        self.stages = nn.ModuleList([blocks(i, o, n) for i, o, n in zip([3] + widths, widths, counts)])
        self.bottleneck = blocks(widths[-1], widths[-1], bottleneck)

    def forward(self, x):
        maps, indices = [], []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
            x, places = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
            indices.append(places)
        return maps + [self.bottleneck(x)] + indices


def main(folder):
    os.makedirs(folder, exist_ok=True)
    images = [(2, 45, 58, 3)]
    several = lambda module, inputs: module(inputs[0])

    file = NetworkFixtureFile(os.path.join(folder, "vovnet.safetensors"))
    file.add("plain", PlainVoVNet(), images, several)
    # The first of timm's features is the stem's.
    file.add("timm", timm_vovnet(), [(2, 65, 98, 3)],
             lambda module, inputs: module.forward_intermediates(inputs[0], intermediates_only=True)[1:])
    file.save()

    images = [(2, 17, 26, 3)]
    file = NetworkFixtureFile(os.path.join(folder, "vgg.safetensors"))
    file.add("plain", vgg_layers([1, 2, 2], [4, 5, 6], False), images, run_vgg)
    file.add("batch_norm", vgg_layers([2, 1, 2], [4, 5, 6], True), images, run_vgg)
    file.add("segnet", SegNetEncoder([2, 1, 2], [4, 8, 16], 2), images, several)
    file.save()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)
