"""Writes what PyTorch makes of small ResNets and DenseNets, which the tests of Backbones are held against.

    python Tests/Fixtures/make_backbones_residual.py

Needs torch, torchvision, timm, numpy and safetensors. The files are committed; run it again only to change
the cases.
"""

import timm
import torch.nn.functional as F
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from torch import nn
from torchvision.models.densenet import DenseNet

from backbone_fixture import BackboneFixtureFile


def small_resnet(block, output_stride=32):
    return ResNet(block, [1, 2, 2, 2], num_classes=0, channels=(16, 24, 32, 40), output_stride=output_stride)


def resnet_features(model, x):
    return model.forward_intermediates(x, indices=[1, 2, 3, 4], intermediates_only=True)


class CifarBlock(nn.Module):
    def __init__(self, inputs, outputs, sides):
        super().__init__()
        added = outputs - inputs
        self.stride = 2 if added else 1
        self.zeros = (added // 2, added // 2) if sides else (0, added)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.act = nn.ReLU()

    def forward(self, x):
        y = self.bn2(self.conv2(self.act(self.bn1(self.conv1(x)))))
        return self.act(y + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, *self.zeros)))


class ResNetCifar(nn.Module):
    def __init__(self, depth, sides):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.act = nn.ReLU()
        for number, (inputs, outputs) in enumerate([(16, 16), (16, 32), (32, 64)]):
            blocks = [CifarBlock(outputs if index else inputs, outputs, sides) for index in range((depth - 2) // 6)]
            setattr(self, f"layer{number + 1}", nn.Sequential(*blocks))


def cifar_features(model, x):
    x = model.act(model.bn1(model.conv1(x)))
    maps = []
    for layer in (model.layer1, model.layer2, model.layer3):
        x = layer(x)
        maps.append(x)
    return maps


def densenet(output_stride=32):
    """With poolings left out and dilation after them as DenseASPP has it (Yang et al. 2018)."""
    model = DenseNet(growth_rate=8, block_config=(2, 3, 3, 2), num_init_features=24)
    model.classifier = nn.Identity()
    stride, dilation = 4, 1
    for number in range(1, 5):
        for layer in getattr(model.features, f"denseblock{number}").values():
            layer.conv2.dilation = layer.conv2.padding = (dilation, dilation)
        if number < 4 and stride == output_stride:
            getattr(model.features, f"transition{number}").pool = nn.Identity()
            dilation *= 2
        else:
            stride *= 2
    return model


def densenet_features(model, x):
    parts = model.features
    x = parts.pool0(parts.relu0(parts.norm0(parts.conv0(x))))
    maps = []
    for number in range(1, 4):
        transition = getattr(parts, f"transition{number}")
        x = transition.relu(transition.norm(getattr(parts, f"denseblock{number}")(x)))
        maps.append(x)
        x = transition.pool(transition.conv(x))
    return maps + [parts.relu0(parts.norm5(parts.denseblock4(x)))]


if __name__ == "__main__":
    file = BackboneFixtureFile("resnet")
    file.add("resnet18_silu", timm.create_model("resnet18", num_classes=0), resnet_features, (65, 97))
    for name, block in {"basic": BasicBlock, "bottleneck": Bottleneck}.items():
        file.add(f"{name}_silu", small_resnet(block), resnet_features, (49, 78))
        file.add(f"{name}_relu", small_resnet(block), resnet_features, (64, 48), trains=False)
        file.add(f"{name}_stride8_silu", small_resnet(block, 8), resnet_features, (49, 64))
    file.save()

    file = BackboneFixtureFile("resnet_cifar")
    file.add("end_silu", ResNetCifar(8, False), cifar_features, (19, 16))
    file.add("both_sides_silu", ResNetCifar(8, True), cifar_features, (16, 19))
    file.add("resnet20_silu", ResNetCifar(20, False), cifar_features, (32, 32))
    file.add("resnet20_relu", ResNetCifar(20, True), cifar_features, (32, 32), trains=False)
    file.save()

    file = BackboneFixtureFile("densenet")
    file.add("silu", densenet(), densenet_features, (65, 97))
    file.add("relu", densenet(), densenet_features, (64, 48), trains=False)
    file.add("stride8_silu", densenet(8), densenet_features, (49, 64))
    file.save()
