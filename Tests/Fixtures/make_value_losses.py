"""Writes NumPy's answers for the losses of flags and numbers, which the tests of NNLosses are held against.

    python Tests/Fixtures/make_value_losses.py [FOLDER]

Needs numpy and safetensors. The file is committed; run it again only to change the cases. Losses and gradients
are written out in float64 after the definitions of PyTorch's binary_cross_entropy_with_logits (pos_weight),
mse_loss, l1_loss, huber_loss and smooth_l1_loss, over the labels that are known.
"""

import json
import os
import sys

import numpy as np
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Losses/Tests/NNLossesTests/Fixtures")


def log_sigmoid(x):
    return -np.logaddexp(0, -x)


def binary(x, y, weight=1.0):
    loss = -(weight * y * log_sigmoid(x) + (1 - y) * log_sigmoid(-x))
    sigmoid = np.exp(log_sigmoid(x))
    return loss, -weight * y * (1 - sigmoid) + (1 - y) * sigmoid


def mse(x, y):
    return (x - y) ** 2, 2 * (x - y)


def mae(x, y):
    return abs(x - y), np.sign(x - y)


def huber(x, y, delta=1.0):
    error = abs(x - y)
    loss = np.where(error <= delta, error ** 2 / 2, delta * (error - delta / 2))
    return loss, np.clip(x - y, -delta, delta)


def smooth_l1(x, y, beta=1.0):
    error = abs(x - y)
    loss = np.where(error < beta, error ** 2 / (2 * beta), error - beta / 2)
    return loss, np.clip((x - y) / beta, -1, 1)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    os.makedirs(folder, exist_ok=True)
    tensors, cases = {}, {}

    def add(name, function, loss, task="regression", unknown=0.2, scale=2.0, shape=(9, 5), **parameters):
        random = np.random.default_rng(len(cases) + 1)
        logits = (scale * random.standard_normal(shape)).astype(np.float32)
        if task == "multi_label":
            labels = (random.random(shape) < 0.4).astype(np.float32)
        else:
            labels = (scale * random.standard_normal(shape)).astype(np.float32)
        labels[random.random(shape) < unknown] = np.nan
        known = ~np.isnan(labels)
        value, gradient = function(logits.astype(np.float64), np.nan_to_num(labels.astype(np.float64)), **parameters)
        count = max(known.sum(), 1)
        tensors[f"{name}.logits"] = logits
        tensors[f"{name}.labels"] = labels
        tensors[f"{name}.loss"] = np.array((value * known).sum() / count, dtype=np.float32)
        tensors[f"{name}.gradient"] = (np.where(known, gradient, 0) / count).astype(np.float32)
        cases[name] = {"classes": shape[-1], "loss": loss, "task": task}

    weights = [1.0, 2.5, 0.25, 7.0, 1.5]
    flags = {"task": "multi_label"}
    add("binary", binary, "binary_cross_entropy", unknown=0, **flags)
    add("binary_unknown", binary, "binary_cross_entropy", **flags)
    add("binary_weight", binary, {"type": "binary_cross_entropy", "pos_weight": 2.5}, weight=2.5, **flags)
    add("binary_weights", binary, {"type": "binary_cross_entropy", "pos_weight": weights}, weight=np.array(weights),
        **flags)
    add("binary_large", binary, "binary_cross_entropy", scale=60, **flags)
    add("binary_one", binary, "binary_cross_entropy", shape=(12, 1), **flags)
    add("mse", mse, "mse")
    add("mse_unknown", mse, "mse", unknown=1)
    add("mae", mae, "mae", unknown=0)
    add("mae_unknown", mae, "mae")
    add("huber", huber, "huber")
    add("huber_delta", huber, {"type": "huber", "delta": 0.4}, delta=0.4)
    add("smooth_l1", smooth_l1, "smooth_l1", unknown=0)
    add("smooth_l1_beta", smooth_l1, {"type": "smooth_l1", "beta": 2.5}, beta=2.5)
    path = os.path.join(folder, "value_losses.safetensors")
    save_file(tensors, path, metadata={"cases": json.dumps(cases)})
    os.chmod(path, 0o644)
    print(f"{len(cases)} cases, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
