"""Writes PyTorch's answers for the losses, which the tests of Losses are held against.

    python Tests/Fixtures/make_losses.py [FOLDER]

Needs torch, numpy and safetensors. The file is committed; run it again only to change the cases. Every loss
is written out here in float64 after its definition, so that autograd gives its gradient.
"""

import os
import sys

import torch
import torch.nn.functional as F

from fixture_file import FixtureFile

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Losses/Tests/NNLossesTests/Fixtures")
IGNORED = 255


def counted(logits, labels):
    """The logits and labels of the positions that count."""
    logits, labels = logits.flatten(0, -2), labels.flatten()
    keep = labels != IGNORED
    return logits[keep], labels[keep].long()


def cross_entropy(logits, labels, weights=None, smoothing=0.0):
    logits, labels = counted(logits, labels)
    return F.cross_entropy(logits, labels, weights, label_smoothing=smoothing)


def focal(logits, labels, gamma=2.0, alpha=1.0, weights=None):
    logits, labels = counted(logits, labels)
    cost = F.cross_entropy(logits, labels, reduction="none")
    factor = torch.ones_like(cost) if weights is None else weights[labels]
    probability = logits.softmax(-1).gather(1, labels[:, None])[:, 0]
    return (alpha * factor * (1 - probability) ** gamma * cost).sum() / factor.sum()


def binary(logits, labels, positive=None):
    logits, labels = counted(logits, labels)
    targets = labels[:, None] if logits.shape[1] == 1 else F.one_hot(labels, logits.shape[1])
    return F.binary_cross_entropy_with_logits(logits, targets.double(), pos_weight=positive)


def hard(logits, labels, threshold, least, weights=None):
    logits, labels = counted(logits, labels)
    probability = logits.softmax(-1).gather(1, labels[:, None])[:, 0].detach()
    keep = probability < threshold
    if least > 0:
        keep |= probability <= probability.sort().values[min(least, len(labels)) - 1]
    return F.cross_entropy(logits[keep], labels[keep], weights)


def areas(logits, labels):
    """Intersection, prediction and label by image and class; images are one image."""
    if logits.dim() == 2:
        logits, labels = logits[None], labels[None]
    logits, labels = logits.flatten(1, -2), labels.flatten(1)
    keep = (labels != IGNORED)[..., None]
    targets = F.one_hot(labels.where(labels != IGNORED, 0).long(), logits.shape[-1]) * keep
    softmax = logits.softmax(-1) * keep
    return (softmax * targets).sum(1), softmax.sum(1), targets.sum(1).double()


def tversky(logits, labels, alpha=0.5, beta=0.5, smooth=0.5, classes="present", weights=None):
    by_image = []
    for intersection, prediction, label in zip(*areas(logits, labels)):
        if label.sum() == 0:
            continue
        index = (intersection + smooth) / (
            intersection + alpha * (prediction - intersection) + beta * (label - intersection) + smooth)
        share = torch.ones_like(label) if weights is None else weights
        if classes == "present":
            share = share * (label > 0)
        by_image.append(((1 - index) * share).sum() / share.sum())
    return torch.stack(by_image).mean()


def dice(logits, labels, smooth=1.0, classes="present", weights=None):
    by_image = []
    for intersection, prediction, label in zip(*areas(logits, labels)):
        if label.sum() == 0:
            continue
        coefficient = (2 * intersection + smooth) / (prediction + label + smooth)
        share = torch.ones_like(label) if weights is None else weights
        if classes == "present":
            share = share * (label > 0)
        by_image.append(((1 - coefficient) * share).sum() / share.sum())
    return torch.stack(by_image).mean()


def generalized_dice(logits, labels, weights=None):
    by_image = []
    for intersection, prediction, label in zip(*areas(logits, labels)):
        if label.sum() == 0:
            continue
        share = 1 / label**2
        share = share.where(label > 0, share[label > 0].max())
        if weights is not None:
            share = share * weights
        by_image.append(1 - 2 * (share * intersection).sum() / (share * (prediction + label)).sum())
    return torch.stack(by_image).mean()


def lovasz_flat(softmax, labels):
    """Algorithm 1 of the paper for each class that is present."""
    losses = []
    for index in range(softmax.shape[1]):
        truth = (labels == index).double()
        if truth.sum() == 0:
            continue
        errors, order = (truth - softmax[:, index]).abs().sort(descending=True)
        truth = truth[order]
        intersection = truth.sum() - truth.cumsum(0)
        union = truth.sum() + (1 - truth).cumsum(0)
        jaccard = 1 - intersection / union
        jaccard[1:] = jaccard[1:] - jaccard[:-1].clone()
        losses.append(errors @ jaccard)
    return torch.stack(losses).mean()


def lovasz(logits, labels, per_image=False):
    if per_image and logits.dim() > 2:
        by_image = [lovasz(*image) for image in zip(logits, labels) if (image[1] != IGNORED).any()]
        return torch.stack(by_image).mean()
    logits, labels = counted(logits, labels)
    return lovasz_flat(logits.softmax(-1), labels)


def summed(logits, labels):
    return focal(logits, labels) + 0.5 * generalized_dice(logits, labels)


def logits_of(*shape):
    # Wide enough for probabilities near 0 and 1.
    return lambda: torch.randn(*shape) * 2


def labels_of(limit, shape, ignored=False, empty_image=False, absent=()):
    def make():
        labels = torch.randint(0, limit, shape)
        for index in absent:
            labels[labels == index] = (index + 1) % limit
        if ignored:
            labels[torch.rand(shape) < 0.2] = IGNORED
        if empty_image:
            labels[0] = IGNORED
        return labels

    return make


IMAGES, PIXELS = (9,), (3, 6, 7)
WEIGHTS = [0.5, 2.0, 0.0, 1.0, 3.0]


def add_cases(file):
    def add(case, loss, type, classes=5, columns=None, weights=None, options=None, **arguments):
        """One case for images, and for pixels with ignored ones, an empty image and an absent class."""
        for name, shape in (("images", IMAGES), ("pixels", PIXELS)):
            is_image = len(shape) > 1
            inputs = {
                "input": logits_of(*shape, columns or classes),
                "labels": labels_of(classes, shape, ignored=is_image, empty_image=is_image,
                                    absent=(3,) if is_image and classes > 3 else ()),
            }

            def calculate(input, labels):
                more = {} if weights is None else {"weights": torch.tensor(weights, dtype=torch.float64)}
                return loss(input, labels, **arguments, **more)

            node = {"type": type} | (options or arguments)
            if weights is not None:
                node["class_weights"] = weights
            file.add(f"{case}_{name}", calculate, inputs, images=(), classes=classes, ignored=IGNORED, loss=node)

    add("cross_entropy", cross_entropy, "cross_entropy")
    add("cross_entropy_all", cross_entropy, "cross_entropy", weights=WEIGHTS, smoothing=0.1,
        options={"label_smoothing": 0.1})
    add("focal", focal, "focal")
    add("focal_0", focal, "focal", gamma=0.0)
    add("focal_half", focal, "focal", gamma=0.5, alpha=0.25, weights=WEIGHTS)
    add("focal_many", focal, "focal", classes=37, gamma=3.0)
    add("binary", binary, "binary_cross_entropy", classes=2, columns=1)
    add("binary_weight", lambda *x: binary(*x, positive=torch.tensor([2.5])), "binary_cross_entropy", classes=2,
        columns=1, options={"pos_weight": 2.5})
    add("binary_each", binary, "binary_cross_entropy")
    positive = [1.0, 2.0, 0.5, 4.0, 1.5]
    add("binary_each_weights", lambda *x: binary(*x, positive=torch.tensor(positive)), "binary_cross_entropy",
        options={"pos_weight": positive})
    add("ohem", lambda *x: hard(*x, 0.3, 3), "ohem", options={"threshold": 0.3, "min_kept": 3})
    add("ohem_least", lambda *x: hard(*x, 0.0, 7), "ohem", options={"threshold": 0.0, "min_kept": 7})
    add("ohem_weights", lambda input, labels, weights: hard(input, labels, 0.5, 0, weights), "ohem", weights=WEIGHTS,
        options={"threshold": 0.5, "min_kept": 0})
    add("dice", dice, "dice")
    add("dice_all", dice, "dice", classes=5, weights=WEIGHTS, smooth=0.01,
        options={"smooth": 0.01, "classes": "present"})
    add("dice_absent", lambda *x: dice(*x, classes="all"), "dice", options={"classes": "all"})
    add("generalized_dice", generalized_dice, "generalized_dice")
    add("generalized_dice_weights", generalized_dice, "generalized_dice", weights=WEIGHTS)
    add("generalized_dice_many", generalized_dice, "generalized_dice", classes=19)
    add("tversky", tversky, "tversky", alpha=0.3, beta=0.7, smooth=1.0)
    add("tversky_weights", tversky, "tversky", weights=WEIGHTS, alpha=1.0, beta=0.2, smooth=0.1)
    add("lovasz", lovasz, "lovasz_softmax")
    add("lovasz_per_image", lovasz, "lovasz_softmax", per_image=True)
    add("sum", summed, "sum", options={"terms": [
        {"loss": "focal"}, {"weight": 0.5, "loss": "generalized_dice"}]})


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    os.makedirs(folder, exist_ok=True)
    file = FixtureFile(os.path.join(folder, "losses.safetensors"))
    add_cases(file)
    file.save()


if __name__ == "__main__":
    main()
