"""Collects backbones with PyTorch's feature maps and gradients, in a file that NetworkFixture reads."""

import os

from torch import nn

from network_fixture import NetworkFixtureFile

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../Packages/Backbones/Tests/NNBackbonesTests/Fixtures")


def smoothed(module):
    """The module with SiLU in place of ReLU and ReLU6.

    Where batch norm sees few values, a ReLU that is on for one rounding and off for another changes all
    gradients by a percent: PyTorch's own in float32 and float64 do not agree.
    """
    for name, part in module.named_children():
        if isinstance(part, (nn.ReLU, nn.ReLU6)):
            setattr(module, name, nn.SiLU())
        smoothed(part)
    return module


def thinned(image):
    """About 16 channels of 5 by 5 pixels, to keep files small; odd steps let all channels have their turn."""
    channels, height, width = image.shape[1:]
    return image[:, :: channels // 16 | 1, :: height // 5 | 1, :: width // 5 | 1]


class BackboneFixtureFile(NetworkFixtureFile):
    def __init__(self, name):
        os.makedirs(FOLDER, exist_ok=True)
        super().__init__(os.path.join(FOLDER, f"{name}.safetensors"))

    def add(self, case, model, features, size, trains=True):
        """Notes the maps that `features` gives for a model and images of `size`.

        Models that are trained have SiLU; the others, of which there is inference only, their own activation.
        """

        def run(model, inputs):
            return [thinned(image) for image in features(model, inputs[0])]

        super().add(case, smoothed(model) if trains else model, [(2, *size, 3)], run, trains)
