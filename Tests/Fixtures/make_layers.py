"""Writes PyTorch's results for the layers of NNLayers, which its tests are held against.

    python Tests/Fixtures/make_layers.py [FOLDER]

Needs torch, numpy and safetensors. The file is committed; run it again only to change the cases.
"""
import os
import sys

from torch import nn
import torch.nn.functional as F

from make_operations import ACTIVATIONS, pair
from network_fixture import NetworkFixtureFile

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/NNLayers/Tests/NNLayersTests/Fixtures")


class SameConv2d(nn.Conv2d):
    """Padded so that ceil(input / stride) pixels come out, the odd one at the bottom and right."""

    def forward(self, x):
        def padding(length, kernel, stride, dilation):
            total = max((-(-length // stride) - 1) * stride + dilation * (kernel - 1) + 1 - length, 0)
            return [total // 2, total - total // 2]

        rows, columns = (padding(*numbers) for numbers in zip(
            x.shape[2:], self.kernel_size, self.stride, self.dilation))
        return super().forward(F.pad(x, columns + rows))


class ChannelsLayerNorm(nn.LayerNorm):
    """Of [N, C, H, W] over C."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Part(nn.Conv2d):
    """Half of a separable convolution, with what follows it."""

    def __init__(self, *arguments, normalizes, activation, **options):
        super().__init__(*arguments, bias=False, **options)
        self.bn = nn.BatchNorm2d(self.out_channels) if normalizes else nn.Identity()
        self.activation = activation

    def forward(self, x):
        return self.activation(self.bn(super().forward(x)))


class Separable(nn.Module):
    def __init__(self, inputs, outputs, between=(False, "identity"), after=(True, "relu"), stride=1, dilation=1):
        super().__init__()
        self.depthwise = Part(inputs, inputs, 3, stride, dilation, dilation, groups=inputs,
                              normalizes=between[0], activation=ACTIVATIONS[between[1]])
        self.pointwise = Part(inputs, outputs, 1, normalizes=after[0], activation=ACTIVATIONS[after[1]])

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class Block(nn.Module):
    def __init__(self, activation, normalization=nn.BatchNorm2d, stride=1, bias=False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 5, 3, stride, 1, bias=bias)
        self.bn1 = normalization(5)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x, residual=None):
        x = self.bn1(self.conv1(x))
        return self.activation(x if residual is None else x + residual)


def convolutions(file):
    def add(case, size, *arguments, kind=nn.Conv2d, **options):
        file.add(case, kind(*arguments, **options), [[2, *pair(size), arguments[0]]])

    add("conv", (7, 5), 3, 4, 3, padding=1)
    add("conv_valid_s2", (9, 7), 3, 4, 3, stride=2, bias=False)
    add("conv_same_s2", (8, 7), 3, 4, 3, stride=2, kind=SameConv2d)
    add("conv_same_even", (7, 6), 3, 4, (4, 2), dilation=(1, 3), kind=SameConv2d)
    add("conv_d2", (7, 9), 3, 4, 3, padding=2, dilation=2)
    add("conv_s21_d13", (9, 11), 3, 4, 3, stride=(2, 1), padding=(1, 3), dilation=(1, 3))
    add("conv_g2", (7, 5), 4, 6, 3, padding=1, groups=2)
    add("conv_depthwise_s2", (7, 9), 5, 5, 3, stride=2, padding=1, groups=5)
    add("conv_1x1", (5, 3), 7, 3, 1, bias=False)
    add("conv_stem", (13, 15), 3, 4, 7, stride=2, padding=3)

    transposed = nn.ConvTranspose2d
    add("transposed", (3, 5), 4, 3, 2, stride=2, kind=transposed)
    add("transposed_g2", (3, 5), 4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, kind=transposed)
    add("transposed_s3_d2", (3, 4), 3, 4, (3, 2), stride=(3, 1), padding=(2, 0), dilation=(2, 1), kind=transposed)

    def separable(case, size, **options):
        file.add(case, Separable(3, 5, **options), [[2, *size, 3]])

    separable("separable", (7, 5))
    separable("separable_xception", (7, 5), after=(False, "identity"))
    separable("separable_mobilenet", (9, 7), between=(True, "relu6"), after=(True, "relu6"), stride=2)
    separable("separable_d2", (7, 9), between=(True, "identity"), after=(True, "mish"), dilation=2)


def others(file):
    file.add("linear", nn.Linear(5, 3), [[4, 5]])
    file.add("linear_rows", nn.Linear(5, 3, bias=False), [[2, 3, 5]])
    file.add("batch_norm", nn.BatchNorm2d(5), [[2, 7, 3, 5]])
    file.add("batch_norm_matrix", nn.BatchNorm1d(5, eps=1e-3, momentum=0.25), [[7, 5]])
    file.add("layer_norm", ChannelsLayerNorm(6), [[2, 3, 5, 6]])
    file.add("layer_norm_matrix", nn.LayerNorm(6, eps=1e-3), [[7, 6]])

    images = [[2, 7, 5, 3]]
    file.add("max_pool", nn.MaxPool2d(3, 2, 1), images)
    file.add("max_pool_ceil", nn.MaxPool2d(2, ceil_mode=True), images)
    file.add("max_pool_uneven", nn.MaxPool2d((3, 2), (1, 2), (0, 1)), images)
    file.add("average_pool", nn.AvgPool2d(3, 2, 1), images)
    file.add("average_pool_inside", nn.AvgPool2d(3, 2, 1, count_include_pad=False), images)
    file.add("average_pool_ceil", nn.AvgPool2d(2, ceil_mode=True), images)
    file.add("global_average_pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), images)
    file.add("nearest", nn.Upsample(scale_factor=2), images)
    file.add("nearest_uneven", nn.Upsample(scale_factor=(3, 2)), images)
    file.add("bilinear", nn.Upsample(scale_factor=2, mode="bilinear"), images)
    file.add("bilinear_aligned", nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=True), images)


def blocks(file):
    images, residual = [2, 7, 5, 3], [2, 7, 5, 5]
    for activation in ACTIVATIONS:
        file.add(f"block_{activation}", Block(activation), [images])
        file.add(f"block_{activation}_residual", Block(activation), [images, residual],
                 lambda module, inputs: [module(*inputs)])
    file.add("block_bias_s2", Block("relu", stride=2, bias=True), [images])
    file.add("block_layer_norm", Block("silu", ChannelsLayerNorm), [images, residual],
             lambda module, inputs: [module(*inputs)])
    file.add("block_bare", Block("mish", lambda channels: nn.Identity(), bias=True), [images, residual],
             lambda module, inputs: [module(*inputs)])


def main(folder):
    os.makedirs(folder, exist_ok=True)
    file = NetworkFixtureFile(os.path.join(folder, "layers.safetensors"))
    convolutions(file)
    others(file)
    blocks(file)
    file.save()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)
