"""Writes how networks of torchvision and timm name their weights, and what they make of two images.

    python Tests/Fixtures/make_weight_layouts.py [NAME ...]

Needs torch, torchvision, timm, numpy and safetensors. The files are committed; run it again only to change the
cases. Networks have the sizes of the packages; some have fewer classes or repetitions, which keeps tests quick.
"""

import re
import sys

import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from hashed_values import values
from weight_layout import images, store


def features_of(module):
    """Makes a function that runs a model and notes what a part of it returns."""

    def run(model, x):
        notes = []
        handle = module(model).register_forward_hook(lambda _, inputs, output: notes.append(output))
        logits = model(x)
        handle.remove()
        return notes[0], logits

    return run


def timm_model(name, **options):
    return lambda: timm.create_model(name, **options), lambda model, x: (model.forward_features(x), model(x))


def torchvision_model(make, module, **options):
    return lambda: make(weights=None, **options), features_of(module)


def old_densenet_name(name):
    """As in torchvision's published files, which are older than its present names: `norm.1` for `norm1`."""
    return re.sub(r"(denselayer\d+\.)(norm|conv)([12])\.", r"\1\2.\3.", name)


class CifarBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        added = y.shape[1] - x.shape[1]
        if added:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, added // 2, added // 2))
        return F.relu(y + x)


class CifarResNet(nn.Module):
    """ResNet-20 for CIFAR-10 with the names that its usual ports have: `layer1.0.conv1`, `linear`."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for number, width in enumerate((16, 32, 64)):
            blocks = [CifarBlock(inputs if i == 0 else width, width, 2 if number and i == 0 else 1) for i in range(3)]
            setattr(self, f"layer{number + 1}", nn.Sequential(*blocks))
            inputs = width
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


def small_inception():
    """timm's network with two blocks at each stride in place of 10, 20 and 9."""
    model = timm.create_model("inception_resnet_v2", num_classes=10)
    for name in ("repeat", "repeat_1", "repeat_2"):
        setattr(model, name, getattr(model, name)[:2])
    return model


def vgg(make):
    """Without the dense layers, which are ten times as large and which the table leaves out."""

    def made():
        model = make(weights=None)
        model.classifier = nn.Sequential(nn.Linear(512, 10))
        model.avgpool = nn.AdaptiveAvgPool2d(1)
        return model

    return made, features_of(lambda model: model.features)


def segmentation(make):
    options = {"weights": None, "weights_backbone": None, "num_classes": 21, "aux_loss": True}

    def run(model, x):
        feature, result = features_of(lambda model: model.backbone.layer4)(model, x)
        return feature, result["out"]

    return lambda: make(**options), run


def layer4(model):
    return model.layer4


models = torchvision.models
# What makes a model, what runs it, and the size of its images.
CASES = {
    "torchvision_resnet18": (*torchvision_model(models.resnet18, layer4), 64),
    "timm_resnet50": (*timm_model("resnet50", num_classes=10), 64),
    "cifar_resnet20": (CifarResNet, features_of(lambda model: model.layer3), 32),
    "torchvision_vgg11": (*vgg(models.vgg11), 64),
    "torchvision_vgg13_bn": (*vgg(models.vgg13_bn), 64),
    "torchvision_densenet121": (models.densenet121, lambda m, x: (F.relu(m.features(x)), m(x)), 64),
    "torchvision_densenet121_old": (models.densenet121, lambda m, x: (F.relu(m.features(x)), m(x)), 64),
    "torchvision_mobilenet_v2": (*torchvision_model(models.mobilenet_v2, lambda model: model.features), 64),
    "timm_mobilenetv2_050": (*timm_model("mobilenetv2_050"), 64),
    "timm_mobilenetv1_100": (*timm_model("mobilenetv1_100", num_classes=10), 64),
    "timm_ese_vovnet19b_dw": (*timm_model("ese_vovnet19b_dw", num_classes=10), 64),
    "timm_ese_vovnet39b": (*timm_model("ese_vovnet39b", num_classes=10), 63),
    "timm_vovnet39a": (*timm_model("vovnet39a", num_classes=10), 64),
    "timm_legacy_xception": (*timm_model("legacy_xception", num_classes=10), 71),
    "timm_inception_resnet_v2": (small_inception, lambda m, x: (m.forward_features(x), m(x)), 75),
    "torchvision_fcn_resnet50": (*segmentation(models.segmentation.fcn_resnet50), 64),
}
TYPES = {torch.float32: "F32", torch.int64: "I64"}


def main():
    for name in sys.argv[1:] or CASES:
        make, run, size = CASES[name]
        model = make().eval()
        rename = old_densenet_name if name.endswith("_old") else lambda name: name
        state = model.state_dict()
        entries = [[rename(key), list(tensor.shape), TYPES[tensor.dtype]] for key, tensor in state.items()]
        model.load_state_dict({
            key: values(rename(key), tensor.shape) if tensor.dtype.is_floating_point else tensor
            for key, tensor in state.items()})
        model.double()
        x = torch.tensor(images(size)).permute(0, 3, 1, 2)
        with torch.no_grad():
            feature, logits = run(model, x)
        logits = logits.permute(0, 2, 3, 1) if logits.dim() == 4 else logits
        store(name, size, entries, feature.permute(0, 2, 3, 1).numpy(), logits.numpy())


if __name__ == "__main__":
    main()
