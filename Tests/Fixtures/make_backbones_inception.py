"""Writes what PyTorch makes of a short Inception-ResNet, which the tests of Backbones are held against.

    python Tests/Fixtures/make_backbones_inception.py

Needs torch, timm, numpy and safetensors. The file is committed; run it again only to change the cases.
"""

from timm.models.inception_resnet_v2 import InceptionResnetV2

from backbone_fixture import BackboneFixtureFile


def inception():
    """With one block where there are ten, twenty and nine."""
    model = InceptionResnetV2(num_classes=0)
    for group in ("repeat", "repeat_1", "repeat_2"):
        setattr(model, group, getattr(model, group)[:1])
    return model


def features(model, x):
    return model.forward_intermediates(x, intermediates_only=True)


if __name__ == "__main__":
    file = BackboneFixtureFile("inception_resnet_v2")
    # At this size the two largest values under every pooling window are 2e-5 apart. At others they come within
    # 2e-6, so that the rounding of one processor takes the other one, and gradients differ by 1e-3.
    file.add("silu", inception(), features, (115, 103))
    file.add("relu", inception(), features, (75, 80), trains=False)
    file.save()
