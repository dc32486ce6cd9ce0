"""The eight networks of the benchmark in PyTorch, each with as many parameters as nnkit's.

Images are [N, C, H, W]; each network gives logits. NETWORKS names what `Benchmarks/compare` measures.
"""
from dataclasses import dataclass
from typing import Callable

import torch
import torch.nn.functional as F
from torch import nn


def block(inputs, outputs, kernel=3, stride=1, dilation=1, groups=1, padding=None, activation=nn.ReLU):
    """A convolution without bias, batch normalization, and an activation unless it is None."""
    if padding is None:
        padding = kernel // 2 * dilation
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False), nn.BatchNorm2d(outputs)]
    if activation is not None:
        layers.append(activation(inplace=True))
    return nn.Sequential(*layers)


class Aggregation(nn.Module):
    """Convolutions in a row, whose results are concatenated (Lee et al. 2019); the input is not among them."""

    def __init__(self, inputs, width, outputs, count=5):
        super().__init__()
        self.blocks = nn.ModuleList([block(width if i else inputs, width, activation=nn.Mish) for i in range(count)])
        self.concat = block(count * width, outputs, 1, activation=nn.Mish)

    def forward(self, x):
        results = []
        for layer in self.blocks:
            x = layer(x)
            results.append(x)
        return self.concat(torch.cat(results, 1))


class VoVNetStages(nn.Module):
    """The feature maps of VoVNet-57 at strides 4, 8, 16 and 32."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            block(3, 64, stride=2, activation=nn.Mish), block(64, 64, activation=nn.Mish),
            block(64, 128, activation=nn.Mish))
        stages, inputs = [], 128
        for width, outputs, count in ((128, 256, 1), (160, 512, 1), (192, 768, 4), (224, 1024, 3)):
            parts = [Aggregation(outputs if i else inputs, width, outputs) for i in range(count)]
            stages.append(nn.Sequential(nn.MaxPool2d(3, 2, 1), *parts))
            inputs = outputs
        self.stages = nn.ModuleList(stages)

    def forward(self, x):
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class VoVNet57(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.stages = VoVNetStages()
        self.classifier = nn.Linear(1024, classes)

    def forward(self, x):
        return self.classifier(self.stages(x)[-1].mean((2, 3)))


class Separable(nn.Sequential):
    def __init__(self, inputs, outputs, dilation=1):
        super().__init__(
            block(inputs, inputs, dilation=dilation, groups=inputs, activation=None),
            block(inputs, outputs, 1, activation=nn.Mish))


class SceneSegmenter(nn.Module):
    """VoVNet-57, joint pyramid upsampling (Wu et al. 2019) and a decoder in the way of DeepLabv3+."""

    def __init__(self, classes=151, width=512):
        super().__init__()
        self.backbone = VoVNetStages()
        self.laterals = nn.ModuleList([block(channels, width, activation=nn.Mish) for channels in (512, 768, 1024)])
        self.dilated = nn.ModuleList([Separable(3 * width, width, dilation) for dilation in (1, 2, 4, 8)])
        self.projection = block(4 * width, 320, 1, activation=nn.Mish)
        self.low_level = block(256, 64, 1, activation=nn.Mish)
        self.fuse = Separable(384, 384)
        self.classifier = nn.Conv2d(384, classes, 1)

    def small_logits(self, x):
        """Logits at a quarter of the size."""
        low, *maps = self.backbone(x)
        x = [lateral(features) for lateral, features in zip(self.laterals, maps)]
        x = torch.cat([x[0]] + [F.interpolate(features, x[0].shape[2:]) for features in x[1:]], 1)
        x = self.projection(torch.cat([dilated(x) for dilated in self.dilated], 1))
        x = self.fuse(torch.cat([F.interpolate(x, low.shape[2:]), self.low_level(low)], 1))
        # Nearest pixels and a 1x1 convolution can change places: in this order it has a sixteenth of the work.
        return self.classifier(x)

    def forward(self, x):
        return F.interpolate(self.small_logits(x), x.shape[2:])


def row(channels):
    """Blocks from each number of channels to the next."""
    return nn.Sequential(*[block(a, b) for a, b in zip(channels, channels[1:])])


class SegNet(nn.Module):
    """An encoder whose pooling indices a decoder uses (Badrinarayanan et al. 2017)."""

    def __init__(self, encoder, bottleneck, decoder, classes, dropout=0.0):
        super().__init__()
        self.encoder = nn.ModuleList([row(channels) for channels in encoder])
        self.bottleneck = row(bottleneck) if bottleneck else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.decoder = nn.ModuleList([row(channels) for channels in decoder])
        self.classifier = nn.Conv2d(decoder[-1][-1], classes, 3, padding=1)

    def forward(self, x):
        pools = []
        for stage in self.encoder:
            x = stage(x)
            size = x.shape
            x, indices = F.max_pool2d(x, 2, return_indices=True)
            pools.append((indices, size))
        x = self.dropout(self.bottleneck(x))
        for stage, (indices, size) in zip(self.decoder, reversed(pools)):
            x = stage(F.max_unpool2d(x, indices, 2, output_size=size))
        return self.classifier(x)


def segnet64():
    return SegNet(
        [[3, 32, 32], [32, 64, 64], [64, 128, 128, 128], [128, 256, 256, 256]], [256, 256, 256, 256],
        [[256, 128, 128, 128], [128, 64, 64, 64], [64, 32, 32], [32, 32, 32]], 22, dropout=0.5)


def segnet():
    return SegNet(
        [[3, 64, 64], [64, 128, 128], [128, 256, 256, 256], [256, 512, 512, 512], [512, 512, 512, 512]], None,
        [[512, 512, 512, 512], [512, 512, 512, 256], [256, 256, 256, 128], [128, 128, 64], [64, 64]], 11)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.missing = outputs - inputs
        self.a = block(inputs, outputs, stride=stride)
        self.b = block(outputs, outputs, activation=None)

    def forward(self, x):
        y = self.b(self.a(x))
        if self.missing:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.missing))
        return F.relu(y + x)


class SmallResNet(nn.Module):
    """A residual network of 6n + 2 layers for images of 32x32 (He et al. 2016)."""

    def __init__(self, n, classes=10):
        super().__init__()
        layers, channels = [block(3, 16)], 16
        for i, width in enumerate((16, 32, 64)):
            for j in range(n):
                layers.append(BasicBlock(channels, width, 2 if i > 0 and j == 0 else 1))
                channels = width
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Linear(64, classes)

    def forward(self, x):
        return self.classifier(self.layers(x).mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.layers = nn.Sequential(
            block(inputs, width, 1), block(width, width, 3, stride), block(width, outputs, 1, activation=None))
        self.skip = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.skip = block(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        return F.relu(self.layers(x) + self.skip(x))


class ResNet50(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        layers, channels = [block(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)], 64
        for i, (count, width) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512))):
            for j in range(count):
                layers.append(Bottleneck(channels, width, 2 if i > 0 and j == 0 else 1))
                channels = 4 * width
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Linear(2048, classes)

    def forward(self, x):
        return self.classifier(self.layers(x).mean((2, 3)))


def separable(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


class XceptionBlock(nn.Module):
    def __init__(self, channels, activates_first=True, shrinks=True):
        super().__init__()
        layers = []
        for i, (a, b) in enumerate(zip(channels, channels[1:])):
            if i or activates_first:
                layers.append(nn.ReLU())
            layers.append(separable(a, b))
        self.layers = nn.Sequential(*layers)
        self.skip = block(channels[0], channels[-1], 1, 2, activation=None) if shrinks else None

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.skip is None else F.max_pool2d(y, 3, 2, 1) + self.skip(x)


class Xception(nn.Module):
    """Chollet 2017, in the order and with the numbers of layers of Keras."""

    def __init__(self, classes=1000):
        super().__init__()
        self.layers = nn.Sequential(
            block(3, 32, stride=2, padding=0), block(32, 64, padding=0),
            XceptionBlock([64, 128, 128], activates_first=False), XceptionBlock([128, 256, 256]),
            XceptionBlock([256, 728, 728]), *[XceptionBlock([728] * 4, shrinks=False) for _ in range(8)],
            XceptionBlock([728, 728, 1024]), separable(1024, 1536), nn.ReLU(), separable(1536, 2048), nn.ReLU())
        self.classifier = nn.Linear(2048, classes)

    def forward(self, x):
        return self.classifier(self.layers(x).mean((2, 3)))


def focal_and_dice(logits, labels):
    """The focal loss with gamma 2, and the generalized Dice loss of each image."""
    log_probabilities = F.log_softmax(logits, 1)
    log_true = log_probabilities.gather(1, labels[:, None])
    focal = (-(1 - log_true.exp()) ** 2 * log_true).mean()
    probabilities = log_probabilities.exp()
    masks = F.one_hot(labels, logits.shape[1]).permute(0, 3, 1, 2).float()
    areas = masks.sum((2, 3))
    weights = torch.where(areas > 0, 1 / areas.clamp(min=1) ** 2, torch.zeros_like(areas))
    common = (weights * (probabilities * masks).sum((2, 3))).sum(1)
    all_pixels = (weights * (probabilities + masks).sum((2, 3))).sum(1)
    return focal + (1 - 2 * common / (all_pixels + 1e-5)).mean()


@dataclass
class Benchmark:
    make: Callable[[], nn.Module]
    size: tuple  # height and width
    batch: int  # of a training step
    classes: int
    is_dense: bool = False
    loss: Callable = F.cross_entropy

    def optimizer(self, parameters):
        if self.is_dense:
            return torch.optim.Adam(parameters, 1e-3, fused=True)
        return torch.optim.SGD(parameters, 0.1, momentum=0.9, weight_decay=5e-4, fused=True)


NETWORKS = {
    "vovnet57": Benchmark(VoVNet57, (224, 224), 8, 1000),
    "rtss": Benchmark(SceneSegmenter, (320, 480), 2, 151, True, focal_and_dice),
    "segnet64": Benchmark(segnet64, (64, 64), 32, 22, True),
    "segnet": Benchmark(segnet, (360, 480), 2, 11, True),
    "resnet20": Benchmark(lambda: SmallResNet(3), (32, 32), 128, 10),
    "resnet56": Benchmark(lambda: SmallResNet(9), (32, 32), 128, 10),
    "xception": Benchmark(Xception, (299, 299), 8, 1000),
    "resnet50": Benchmark(ResNet50, (224, 224), 8, 1000),
}
