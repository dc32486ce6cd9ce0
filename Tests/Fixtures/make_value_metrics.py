"""Writes scikit-learn's answers for the metrics of flags and numbers, which the tests of NNInference are held against.

    python Tests/Fixtures/make_value_metrics.py [FOLDER]

Needs scikit-learn, numpy and safetensors. The file is committed; run it again only to change the cases. Labels that
are NaN are left out class by class, and classes without a positive label are left out of means.
"""

import json
import os
import sys

import numpy as np
from safetensors.numpy import save_file
from sklearn.metrics import (average_precision_score, f1_score, mean_absolute_error, precision_score, r2_score,
                             recall_score, root_mean_squared_error)

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Inference/Tests/NNInferenceTests/Fixtures")


def best_f1(y, scores):
    """The largest F1 that any threshold reaches."""
    return max(f1_score(y, scores >= threshold, zero_division=0) for threshold in scores)


def multi_label(logits, labels, thresholds):
    logits = logits.astype(np.float64)
    probabilities = 1 / (1 + np.exp(-logits))
    predicted = probabilities > np.array(thresholds if thresholds else [0.5] * logits.shape[1])
    known = ~np.isnan(labels)
    result = {"ap": [], "f1": [], "best_f1": []}
    precisions, recalls = [], []
    for c in range(labels.shape[1]):
        y, p, s = labels[known[:, c], c], predicted[known[:, c], c], logits[known[:, c], c]
        if not (y == 1).any():
            result["ap"].append(None)
            result["best_f1"].append(None)
            continue
        result["ap"].append(average_precision_score(y, s))
        result["best_f1"].append(best_f1(y, s))
        result["f1"].append(f1_score(y, p, zero_division=0))
        precisions.append(precision_score(y, p, zero_division=0))
        recalls.append(recall_score(y, p, zero_division=0))
    y, p = labels[known], predicted[known]
    rows = known.any(1)
    exact = ((labels == predicted) | ~known).all(1)[rows]
    result["values"] = {
        "mAP": np.mean([ap for ap in result["ap"] if ap is not None]), "macro_f1": np.mean(result["f1"]),
        "macro_precision": np.mean(precisions), "macro_recall": np.mean(recalls), "micro_f1": f1_score(y, p),
        "micro_precision": precision_score(y, p), "micro_recall": recall_score(y, p), "exact_match": exact.mean()}
    result["values"] = {key: 100 * float(value) for key, value in result["values"].items()}
    return result


def regression(predictions, labels):
    mae, rmse, r2 = [], [], []
    for c in range(labels.shape[1]):
        known = ~np.isnan(labels[:, c])
        y, p = labels[known, c].astype(np.float64), predictions[known, c].astype(np.float64)
        mae.append(mean_absolute_error(y, p))
        rmse.append(root_mean_squared_error(y, p))
        # Of equal labels scikit-learn returns 0 or 1.
        r2.append(None if np.ptp(y) == 0 else r2_score(y, p))
    defined = [value for value in r2 if value is not None]
    values = {"mae": np.mean(mae), "rmse": np.mean(rmse), "r2": np.mean(defined)}
    return {"mae": mae, "rmse": rmse, "r2": r2, "values": {key: float(value) for key, value in values.items()}}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    os.makedirs(folder, exist_ok=True)
    tensors, cases = {}, {}

    def flags(name, shape, unknown=0.0, step=0.0, absent=(), thresholds=None):
        random = np.random.default_rng(len(cases) + 1)
        labels = (random.random(shape) < np.linspace(0.15, 0.7, shape[1])).astype(np.float32)
        for index in absent:
            labels[:, index] = 0
        logits = (1.5 * random.standard_normal(shape) + 1.6 * labels - 0.8).astype(np.float32)
        if step:
            # Few different scores, so that many are equal.
            logits = (np.round(logits / step) * step).astype(np.float32)
        labels[random.random(shape) < unknown] = np.nan
        tensors[f"{name}.logits"], tensors[f"{name}.labels"] = logits, labels
        cases[name] = {"task": "multi_label", "thresholds": thresholds, **multi_label(logits, labels, thresholds)}

    def numbers(name, shape, unknown=0.0, offset=0.0, constant=()):
        random = np.random.default_rng(len(cases) + 1)
        labels = (offset + random.standard_normal(shape) * np.arange(1, shape[1] + 1)).astype(np.float32)
        for index in constant:
            labels[:, index] = 3
        predictions = (labels + 0.5 * random.standard_normal(shape)).astype(np.float32)
        labels[random.random(shape) < unknown] = np.nan
        tensors[f"{name}.logits"], tensors[f"{name}.labels"] = predictions, labels
        cases[name] = {"task": "regression", **regression(predictions, labels)}

    flags("flags", (70, 5))
    flags("flags_unknown", (80, 6), unknown=0.3)
    flags("flags_ties", (90, 4), step=1, unknown=0.1)
    flags("flags_absent", (60, 5), absent=(1, 4))
    flags("flags_thresholds", (75, 3), thresholds=[0.25, 0.6, 0.9])
    flags("one_flag", (50, 1))
    numbers("numbers", (60, 4))
    numbers("numbers_unknown", (60, 3), unknown=0.4)
    # The squares of such labels have no digits left for their spread in float32.
    numbers("numbers_far", (50, 2), offset=10000)
    numbers("numbers_constant", (40, 3), constant=(1,))
    path = os.path.join(folder, "value_metrics.safetensors")
    save_file(tensors, path, metadata={"cases": json.dumps(cases)})
    os.chmod(path, 0o644)
    print(f"{len(cases)} cases, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
