"""Writes PyTorch's answers for the heads of Packages/Heads, which its tests are held against.

    python Tests/Fixtures/make_heads.py [FILE]

Needs torch, numpy and safetensors. The file is committed; run it again only to change the cases.
"""

import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

from network_fixture import NetworkFixtureFile

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Heads/Tests/NNHeadsTests/Fixtures/heads.safetensors")

IMAGE = (13, 18)
CLASSES = 2
BATCH = 3
FEATURES = [(2, 4), (4, 6), (8, 8), (16, 10)]  # stride, channels
POOLED = [(1, 4), (2, 6), (4, 8), (8, 8)]  # all but the last with pooling indices


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel=3, dilation=1, act=F.relu, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, 1, dilation * (kernel // 2), dilation, groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.act = act

    def forward(self, x):
        x = self.bn(self.conv(x))
        return self.act(x) if self.act else x


class NormedConv(nn.Conv2d):
    """A convolution with its normalization below it in the state dictionary."""

    def __init__(self, inputs, outputs, kernel, dilation=1, groups=1):
        super().__init__(inputs, outputs, kernel, 1, dilation * (kernel // 2), dilation, groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.bn(super().forward(x))


class JPUSeparable(nn.Module):
    def __init__(self, inputs, outputs, dilation=1):
        super().__init__()
        self.depthwise = NormedConv(inputs, inputs, 3, dilation, inputs)
        self.pointwise = NormedConv(inputs, outputs, 1)

    def forward(self, x):
        return F.mish(self.pointwise(self.depthwise(x)))


class Separable(nn.Module):
    def __init__(self, inputs, outputs, dilation=1):
        super().__init__()
        self.depthwise_conv = Block(inputs, inputs, 3, dilation, groups=inputs)
        self.pointwise_conv = Block(inputs, outputs, 1)

    def forward(self, x):
        return self.pointwise_conv(self.depthwise_conv(x))


def stack(inputs, outputs, count, first=True):
    changing = 0 if first else count - 1
    return nn.Sequential(*[
        Block(inputs if i <= changing else outputs, inputs if i < changing else outputs) for i in range(count)
    ])


def size(x):
    return tuple(x.shape[2:])


def resize(x, target, mode):
    if mode == "nearest":
        return F.interpolate(x, target, mode="nearest")
    return F.interpolate(x, target, mode="bilinear", align_corners=mode == "corners")


class MLP(nn.Module):
    features = FEATURES

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(10, 7), nn.Linear(7, 5)])
        self.fc = nn.Linear(5, CLASSES)

    def forward(self, maps):
        x = maps[-1].mean((2, 3))
        return self.fc(F.mish(self.layers[1](F.relu(self.layers[0](x)))))


class SegNet(nn.Module):
    features = POOLED

    def __init__(self, counts, first):
        super().__init__()
        self.stages = nn.ModuleList([
            stack(i, o, n, first) for i, o, n in zip([8, 6, 4], [6, 4, 4], counts)
        ])
        self.conv_seg = nn.Conv2d(4, CLASSES, 3, padding=1)

    def forward(self, maps):
        x = maps[-1]
        for stage, fine in zip(self.stages, reversed(maps[:-1])):
            indices = F.max_pool2d(fine, 2, return_indices=True)[1]
            x = stage(F.max_unpool2d(x, indices, 2, output_size=size(fine)))
        return self.conv_seg(x)


class Upsample(nn.Module):
    features = FEATURES

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([stack(10, 7, 2), stack(7, 5, 1), stack(5, 4, 2)])
        self.conv_seg = nn.Conv2d(4, CLASSES, 3, padding=1)

    def forward(self, maps):
        x = maps[-1]
        for stage, fine in zip(self.stages, reversed(maps[:-1])):
            x = stage(resize(x, size(fine), "nearest"))
        return resize(self.conv_seg(x), IMAGE, "nearest")


class JPU(nn.Module):
    features = FEATURES

    def __init__(self):
        super().__init__()
        self.laterals = nn.ModuleList([Block(c, 5, act=F.mish) for c in (6, 8, 10)])
        self.dilated = nn.ModuleList([JPUSeparable(15, 5, d) for d in (1, 2)])
        self.projection = Block(10, 6, 1, act=F.mish)
        self.low_level = Block(4, 3, 1, act=F.mish)
        self.fuse = JPUSeparable(9, 7)
        self.conv_seg = nn.Conv2d(7, CLASSES, 1)

    def forward(self, maps):
        x = [lateral(m) for lateral, m in zip(self.laterals, maps[1:])]
        x = torch.cat([resize(m, size(x[0]), "nearest") for m in x], 1)
        x = self.projection(torch.cat([d(x) for d in self.dilated], 1))
        x = self.fuse(torch.cat([resize(x, size(maps[0]), "nearest"), self.low_level(maps[0])], 1))
        return self.conv_seg(resize(x, IMAGE, "nearest"))


class DeepLabV3Plus(nn.Module):
    features = FEATURES

    def __init__(self, conv, pools, kernel, mode):
        super().__init__()
        if pools:
            self.image_pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), Block(10, 6, 1))
        self.aspp_modules = nn.ModuleList([Block(10, 6, 1), conv(10, 6, dilation=2), conv(10, 6, dilation=3)])
        self.bottleneck = Block(24 if pools else 18, 6, kernel)
        self.c1_bottleneck = Block(4, 3, 1)
        self.sep_bottleneck = nn.Sequential(conv(9, 6), conv(6, 6))
        self.conv_seg = nn.Conv2d(6, CLASSES, 1)
        self.pools = pools
        self.mode = mode

    def forward(self, maps):
        parts = [module(maps[3]) for module in self.aspp_modules]
        if self.pools:
            parts.insert(0, resize(self.image_pool(maps[3]), size(maps[3]), self.mode))
        x = resize(self.bottleneck(torch.cat(parts, 1)), size(maps[0]), self.mode)
        x = self.sep_bottleneck(torch.cat([x, self.c1_bottleneck(maps[0])], 1))
        return resize(self.conv_seg(x), IMAGE, self.mode)


class FCN(nn.Module):
    features = FEATURES

    def __init__(self):
        super().__init__()
        self.convs = stack(8, 5, 2)
        self.conv_cat = Block(13, 5)
        self.conv_seg = nn.Conv2d(5, CLASSES, 1)

    def forward(self, maps):
        x = self.conv_cat(torch.cat([maps[2], self.convs(maps[2])], 1))
        return resize(self.conv_seg(x), IMAGE, "bilinear")


class FCNWithSkips(nn.Module):
    features = FEATURES

    def __init__(self):
        super().__init__()
        self.convs = stack(10, 2, 1)
        self.conv_seg = nn.Conv2d(2, CLASSES, 1)
        self.skips = nn.ModuleList([nn.Conv2d(8, CLASSES, 1), nn.Conv2d(6, CLASSES, 1)])

    def forward(self, maps):
        x = self.conv_seg(self.convs(maps[3]))
        for skip, fine in zip(self.skips, (maps[2], maps[1])):
            x = resize(x, size(fine), "bilinear") + skip(fine)
        return resize(x, IMAGE, "bilinear")


class UNet(nn.Module):
    features = FEATURES

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([stack(18, 8, 2), stack(14, 6, 2), stack(10, 4, 2)])
        self.conv_seg = nn.Conv2d(4, CLASSES, 1)

    def forward(self, maps):
        x = maps[-1]
        for stage, fine in zip(self.stages, reversed(maps[:-1])):
            x = stage(torch.cat([resize(x, size(fine), "bilinear"), fine], 1))
        return resize(self.conv_seg(x), IMAGE, "bilinear")


class PyramidPooling(nn.Module):
    def __init__(self, inputs, width, bins):
        super().__init__()
        self.psp_modules = nn.ModuleList([
            nn.Sequential(nn.AdaptiveAvgPool2d(b), Block(inputs, width, 1)) for b in bins
        ])
        self.bottleneck = Block(inputs + len(bins) * width, width)

    def pooled(self, x):
        return self.bottleneck(torch.cat([x] + [resize(p(x), size(x), "bilinear") for p in self.psp_modules], 1))


class PSPNet(PyramidPooling):
    features = FEATURES

    def __init__(self):
        super().__init__(6, 3, (1, 2, 3, 6))
        self.conv_seg = nn.Conv2d(3, CLASSES, 1)

    def forward(self, maps):
        return resize(self.conv_seg(self.pooled(maps[1])), IMAGE, "bilinear")


class UPerNet(PyramidPooling):
    features = FEATURES

    def __init__(self):
        super().__init__(10, 5, (1, 2, 3))
        self.lateral_convs = nn.ModuleList([Block(c, 5, 1) for c in (4, 6, 8)])
        self.fpn_convs = nn.ModuleList([Block(5, 5) for _ in range(3)])
        self.fpn_bottleneck = Block(20, 5)
        self.conv_seg = nn.Conv2d(5, CLASSES, 1)

    def forward(self, maps):
        x = [lateral(m) for lateral, m in zip(self.lateral_convs, maps)] + [self.pooled(maps[3])]
        for i in (2, 1, 0):
            x[i] = x[i] + resize(x[i + 1], size(x[i]), "bilinear")
        x = [conv(m) for conv, m in zip(self.fpn_convs, x)] + x[3:]
        x = self.fpn_bottleneck(torch.cat([resize(m, size(x[0]), "bilinear") for m in x], 1))
        return resize(self.conv_seg(x), IMAGE, "bilinear")


CASES = {
    "mlp_classifier": MLP,
    "segnet": lambda: SegNet([2, 1, 2], True),
    "segnet_last": lambda: SegNet([3, 2, 1], False),
    "upsample": Upsample,
    "jpu": JPU,
    "deeplabv3plus": lambda: DeepLabV3Plus(Separable, True, 1, "bilinear"),
    "deeplabv3plus_plain": lambda: DeepLabV3Plus(Block, False, 3, "corners"),
    "fcn": FCN,
    "fcn_skips": FCNWithSkips,
    "unet": UNet,
    "pspnet": PSPNet,
    "upernet": UPerNet,
}


def shapes(infos):
    """[N, H, W, C] of each feature; pooling leaves the half of the rows and columns to the next."""
    return [
        (BATCH, *[n // stride if infos is POOLED else -(-n // stride) for n in IMAGE], channels)
        for stride, channels in infos
    ]


def main():
    file = NetworkFixtureFile(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)
    os.makedirs(os.path.dirname(file.path), exist_ok=True)
    for case, make in CASES.items():
        head = make()
        file.add(case, head, shapes(head.features), lambda head, maps: [head(maps)])
    file.save()


if __name__ == "__main__":
    main()
