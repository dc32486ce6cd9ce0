"""Writes the answers of torchmetrics and MMSegmentation, which the metrics of NNInference are held against.

    python Tests/Fixtures/make_metric_definitions.py [FOLDER]

Needs torch, torchmetrics (1.9.0), mmsegmentation (1.2.2), mmengine, mmcv-lite (2.1.0), ftfy, regex and safetensors. The
file is committed; run it again only to change the cases. Percentages are from 0 to 100, undefined values null.
"""

import json
import math
import os
import sys

import numpy as np
import torch
import torchmetrics.classification as classification
import torchmetrics.functional.classification as functional
from safetensors.numpy import save_file
from torchmetrics.regression import MeanAbsoluteError, MeanSquaredError, R2Score

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Inference/Tests/NNInferenceTests/Fixtures")
IGNORED = 255


def number(value):
    value = float(value)
    return None if math.isnan(value) else value


def percent(value):
    value = number(value)
    return None if value is None else 100 * value


def multiclass(logits, labels):
    """Probabilities in float64, so that rounding does not decide in which bin a confidence is."""
    classes = logits.shape[1]
    target = torch.tensor(labels.astype(np.int64))
    scores = torch.tensor(logits).softmax(-1)
    values = {}
    options = {"num_classes": classes, "ignore_index": IGNORED}
    for average in ["macro", "weighted"]:
        for name, metric in [
            ("precision", functional.multiclass_precision), ("recall", functional.multiclass_recall),
            ("f1", functional.multiclass_f1_score),
        ]:
            values[f"{average}_{name}"] = percent(metric(scores, target, average=average, **options))
    values["accuracy"] = percent(functional.multiclass_accuracy(scores, target, average="micro", **options))
    values["error"] = 100 - values["accuracy"]
    values["ece"] = percent(functional.multiclass_calibration_error(scores, target, n_bins=15, norm="l1", **options))
    # With each class of the labels alone, since torchmetrics counts predicted classes without labels as 0.
    recalls = functional.multiclass_recall(scores, target, average="none", **options)
    counted = labels[labels != IGNORED]
    values["balanced_accuracy"] = percent(np.mean([float(recalls[c]) for c in sorted(set(counted.tolist()))]))
    for k in [1, 2]:
        name = functional.multiclass_accuracy(scores, target, top_k=k, average="micro", **options)
        values[f"top{k}"] = percent(name)
    per_class = {}
    for name, metric in [
        ("precision", functional.multiclass_precision), ("recall", functional.multiclass_recall),
        ("f1", functional.multiclass_f1_score),
    ]:
        per_class[name] = [percent(v) for v in metric(scores, target, average="none", **options)]
    return {"kind": "classes", "classes": classes, "values": values, "per_class": per_class}


def binary(logits, labels):
    target = torch.tensor(labels.astype(np.int64))
    scores = torch.tensor(logits[:, 0]).sigmoid()
    counted = set(labels[labels != IGNORED].tolist())
    values = {
        "accuracy": percent(functional.binary_accuracy(scores, target, ignore_index=IGNORED)),
        "precision": percent(functional.binary_precision(scores, target, ignore_index=IGNORED)),
        "recall": percent(functional.binary_recall(scores, target, ignore_index=IGNORED)),
        "f1": percent(functional.binary_f1_score(scores, target, ignore_index=IGNORED)),
        # torchmetrics warns, and returns 0, where there is one class only.
        "roc_auc": percent(functional.binary_auroc(scores, target, ignore_index=IGNORED)) if len(counted) == 2 else None,
    }
    return {"kind": "binary", "classes": 2, "values": values}


def multilabel(logits, labels):
    count = logits.shape[1]
    scores, target = torch.tensor(logits).sigmoid(), torch.tensor(np.nan_to_num(labels, nan=IGNORED).astype(np.int64))
    options = {"num_labels": count, "ignore_index": IGNORED}
    values = {}
    # torchmetrics counts all scores of a class without positives as 0; they are undefined.
    kept = [c for c in range(count) if (labels[:, c] == 1).any()]

    def mean(metric):
        found = metric(scores, target, average="none", **options)
        return percent(np.mean([float(found[c]) for c in kept]))

    for name, metric in [
        ("precision", functional.multilabel_precision), ("recall", functional.multilabel_recall),
        ("f1", functional.multilabel_f1_score),
    ]:
        values[f"macro_{name}"] = mean(metric)
        values[f"micro_{name}"] = percent(metric(scores, target, average="micro", **options))
    values["mAP"] = mean(functional.multilabel_average_precision)
    return {"kind": "flags", "classes": count, "values": values}


def regression(outputs, labels):
    predicted, target = torch.tensor(outputs), torch.tensor(labels)
    count = outputs.shape[1]
    values = {
        "mae": number(MeanAbsoluteError(num_outputs=count)(predicted, target).mean()),
        "rmse": number(MeanSquaredError(num_outputs=count, squared=False)(predicted, target).mean()),
        "r2": number(R2Score(multioutput="uniform_average")(predicted, target)),
    }
    return {"kind": "values", "classes": count, "values": values}


def segmentation(logits, labels):
    from mmseg.evaluation import IoUMetric

    classes = logits.shape[-1]
    areas = [
        IoUMetric.intersect_and_union(
            torch.tensor(image.argmax(-1)), torch.tensor(mask.astype(np.int64)), classes, IGNORED)
        for image, mask in zip(logits, labels)
    ]
    totals = [sum(parts) for parts in zip(*areas)]
    found = IoUMetric.total_area_to_metrics(*totals, ["mIoU", "mDice"])
    names = {"IoU": "iou", "Acc": "accuracy", "Dice": "dice"}
    per_class = {names[key]: [percent(v) for v in values] for key, values in found.items() if key in names}
    values = {"aAcc": percent(found["aAcc"])}
    for key in ["IoU", "Acc", "Dice"]: values["m" + key] = percent(np.nanmean(found[key]))
    return {"kind": "pixels", "classes": classes, "values": values, "per_class": per_class}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    random = np.random.default_rng(7)
    tensors, cases = {}, {}

    def add(name, measure, logits, labels):
        logits = logits.astype(np.float32)
        tensors[f"{name}.logits"] = logits
        tensors[f"{name}.labels"] = labels
        cases[name] = measure(logits.astype(np.float64) if measure is multiclass else logits, labels)

    def classes(count, rows, factor=1.5, unlabelled=(), unpredicted=(), ignored=0.0):
        labels = random.integers(0, count, rows)
        logits = random.normal(0, 1, (rows, count))
        logits[np.arange(rows), labels] += factor
        for index in unlabelled: labels[labels == index] = (index + 1) % count
        for index in unpredicted: logits[:, index] = -20
        labels[random.random(rows) < ignored] = IGNORED
        return logits, labels.astype(np.int32)

    add("three", multiclass, *classes(3, 60))
    add("two", multiclass, *classes(2, 40, ignored=0.2))
    add("ten", multiclass, *classes(10, 200, factor=2.5, ignored=0.1))
    add("unlabelled", multiclass, *classes(5, 80, unlabelled=[1], ignored=0.1))
    add("unpredicted", multiclass, *classes(5, 80, unpredicted=[2]))
    add("absent", multiclass, *classes(6, 90, unlabelled=[4], unpredicted=[4, 0]))
    add("confident", multiclass, *[part * (40 if index == 0 else 1) for index, part in enumerate(classes(4, 50))])
    for name, kept in [("binary", None), ("binary_negatives", 0), ("binary_positives", 1)]:
        labels = random.integers(0, 2, 50) if kept is None else np.full(50, kept)
        logits = np.abs(random.normal(0, 1, (50, 1))) + 0.1 if kept == 1 else random.normal(0, 1, (50, 1))
        labels[random.random(50) < 0.1] = IGNORED
        add(name, binary, logits, labels.astype(np.int32))
    flags = (random.random((60, 4)) < 0.3).astype(np.float32)
    scores = random.normal(0, 1, (60, 4)) + 2 * flags - 1
    add("flags", multilabel, scores, flags)
    unknown = flags.copy()
    unknown[random.random(flags.shape) < 0.2] = np.nan
    add("flags_unknown", multilabel, scores, unknown)
    negative = flags.copy()
    negative[:, 1] = 0
    add("flags_negative", multilabel, scores, negative)
    numbers = random.normal(3, 2, (30, 2)).astype(np.float32)
    add("numbers", regression, numbers + random.normal(0, 1, numbers.shape), numbers)

    for name, count, absent in [("pixels", 4, []), ("pixels_absent", 6, [2, 5])]:
        labels = random.integers(0, count, (3, 9, 11))
        logits = random.normal(0, 1, (3, 9, 11, count))
        np.put_along_axis(logits, labels[..., None], 1.5, -1)
        for index in absent: labels[labels == index] = 0
        if absent: logits[..., absent[-1]] = -20
        labels[random.random(labels.shape) < 0.1] = IGNORED
        add(name, segmentation, logits, labels.astype(np.int32))

    path = os.path.join(folder, "metric_definitions.safetensors")
    save_file(tensors, path, metadata={"cases": json.dumps(cases, sort_keys=True, allow_nan=False)})
    print(path, os.path.getsize(path), "bytes")


main()
