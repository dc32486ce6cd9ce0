"""Writes NumPy's answers for the metrics, which the tests of NNInference are held against.

    python Tests/Fixtures/make_metrics.py [FOLDER]

Needs numpy and safetensors. The file is committed; run it again only to change the cases. Everything is
counted by loops over the definitions.
"""

import json
import os
import sys

import numpy as np
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Inference/Tests/NNInferenceTests/Fixtures")
IGNORED = 255


def mean(values):
    values = [value for value in values if value is not None]
    return 100 * sum(values) / len(values)


def ratio(part, whole):
    return None if whole == 0 else part / whole


def top_k(logits, labels, k):
    right = [label in np.argsort(-row, kind="stable")[:k] for row, label in zip(logits, labels)]
    return 100 * sum(right) / len(right)


def area_under_curve(scores, labels):
    """The part of the pairs of a positive and a negative that are in order; equal ones count half."""
    positives, negatives = scores[labels == 1], scores[labels == 0]
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positives for n in negatives]
    return 100 * sum(pairs) / len(pairs)


def measure(logits, labels, is_segmentation, ks):
    one = logits.shape[-1] == 1
    classes = 2 if one else logits.shape[-1]
    logits, labels = logits.reshape(-1, logits.shape[-1]), labels.reshape(-1)
    logits, labels = logits[labels != IGNORED], labels[labels != IGNORED]
    predicted = (logits[:, 0] > 0).astype(int) if one else logits.argmax(-1)
    confusion = [[int(((labels == l) & (predicted == p)).sum()) for p in range(classes)] for l in range(classes)]
    result = {"classes": classes, "ignore_index": IGNORED, "confusion": confusion, "values": {}}
    values = result["values"]
    values["balanced_accuracy"] = mean([ratio(confusion[c][c], sum(confusion[c])) for c in range(classes)])
    if ks:
        both = np.concatenate([-logits, logits], 1) if one else logits
        result["top_k"] = {str(k): top_k(both, labels, min(k, classes)) for k in ks}
    if is_segmentation:
        areas = [[confusion[c][c], int((predicted == c).sum()), int((labels == c).sum())] for c in range(classes)]
        result["areas"] = areas
        values["mIoU"] = mean([ratio(i, p + l - i) for i, p, l in areas])
        values["mAcc"] = mean([ratio(i, l) for i, p, l in areas])
        values["mDice"] = mean([ratio(2 * i, p + l) for i, p, l in areas])
        values["aAcc"] = 100 * sum(i for i, _, _ in areas) / sum(l for _, _, l in areas)
    if classes == 2:
        (_, wrong), (missed, right) = confusion
        values["accuracy"] = 100 * (predicted == labels).mean()
        values["precision"] = 100 * right / (right + wrong)
        values["recall"] = 100 * right / (right + missed)
        values["f1"] = 2 * values["precision"] * values["recall"] / (values["precision"] + values["recall"])
        values["roc_auc"] = area_under_curve(logits[:, 0] if one else logits[:, 1] - logits[:, 0], labels)
    return result


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(0)
    tensors, cases = {}, {}

    def add(name, shape, columns, classes, is_segmentation=False, ks=(), unlabelled=(), unpredicted=(), step=None):
        labels = random.integers(0, classes, shape)
        for index in unlabelled:
            labels[labels == index] = 0
        logits = random.normal(size=(*shape, columns)).astype(np.float32)
        # Better than chance, so that the metrics differ from each other.
        if columns > 1:
            logits += 1.2 * np.eye(columns, dtype=np.float32)[labels]
        else:
            logits[..., 0] += 1.5 * labels - 0.5
        for index in unpredicted:
            logits[..., index] = -20
        if step:
            # Few different scores, so that positives and negatives often have the same one.
            logits = (np.round(logits / step) * step).astype(np.float32)
        labels[random.random(shape) < 0.15] = IGNORED
        tensors[f"{name}.logits"] = logits
        tensors[f"{name}.labels"] = labels.astype(np.int32)
        cases[name] = measure(logits, labels, is_segmentation, ks)

    add("classes", (61,), 7, 7, ks=(1, 2, 5, 7, 50), unlabelled=(3,), unpredicted=(6,))
    add("pixels", (4, 9, 8), 6, 6, True, ks=(1, 3), unlabelled=(4, 5), unpredicted=(4,))
    add("two", (80,), 2, 2, ks=(1, 2, 5))
    add("one_logit", (80,), 1, 2, ks=(1, 2))
    add("one_logit_pixels", (2, 7, 9), 1, 2, True)
    add("one_logit_ties", (90,), 1, 2, ks=(1,), step=1)
    add("two_ties", (90,), 2, 2, step=0.5)
    path = os.path.join(folder, "metrics.safetensors")
    save_file(tensors, path, metadata={"cases": json.dumps(cases)})
    os.chmod(path, 0o644)
    print(f"{len(cases)} cases, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
