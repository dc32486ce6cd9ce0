"""Writes what PyTorch makes of small Xceptions and MobileNets, which the tests of Backbones are held against.

    python Tests/Fixtures/make_backbones_separable.py

Needs torch, torchvision, timm, numpy and safetensors. The files are committed; run it again only to change
the cases.
"""

from timm.models.efficientnet import _gen_mobilenet_v1
from timm.models.xception import Block, Xception
from torch import nn
from torchvision.models import mobilenet_v2

from backbone_fixture import BackboneFixtureFile


def xception():
    """With one of the eight middle blocks, block4; the last block is block5."""
    model = Xception(num_classes=0)
    model.block5 = model.block12
    model.block4 = Block(728, 728, 3, 1)
    for number in range(6, 13):
        delattr(model, f"block{number}")
    return model


def xception_features(model, x):
    x = model.act1(model.bn1(model.conv1(x)))
    x = model.act2(model.bn2(model.conv2(x)))
    maps = [x]
    for number in range(1, 6):
        if number in (2, 3, 5):
            maps.append(model.act4(x.clone()))  # which may be in place
        x = getattr(model, f"block{number}")(x)
    x = model.act3(model.bn3(model.conv3(x)))
    return maps + [model.act4(model.bn4(model.conv4(x)))]


def version1(width, output_stride=32):
    return _gen_mobilenet_v1(
        "mobilenetv1_100", channel_multiplier=width, num_classes=0, output_stride=output_stride
    )


def version1_features(model, x):
    x = model.bn1(model.conv_stem(x))
    maps = []
    for group in model.blocks:
        x = group(x)
        maps.append(x)
    return maps


def version2(width):
    model = mobilenet_v2(width_mult=width)
    model.classifier = nn.Identity()
    return model


def version2_features(model, x):
    maps = []
    for index, layer in enumerate(model.features):
        if index in (2, 4, 7, 14):
            maps.append(x)
        x = layer(x)
    return maps + [x]


if __name__ == "__main__":
    file = BackboneFixtureFile("xception")
    file.add("silu", xception(), xception_features, (71, 98))
    file.add("relu", xception(), xception_features, (75, 64), trains=False)
    file.save()

    file = BackboneFixtureFile("mobilenet")
    file.add("version1_silu", version1(0.5), version1_features, (65, 97))
    file.add("version1_stride8_relu6", version1(0.25, 8), version1_features, (64, 48), trains=False)
    file.add("version2_silu", version2(0.5), version2_features, (65, 97))
    file.add("version2_relu6", version2(0.35), version2_features, (64, 48), trains=False)
    file.save()
