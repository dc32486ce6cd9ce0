"""Notes how a published network names its weights, and what it makes of images with weights made from their names.

The tests of Packages/Weights make the same weights and read them by their table of names.
"""

import json
import os

import numpy as np
from safetensors.numpy import save_file

from hashed_values import noise

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../Packages/Weights/Tests/NNWeightsTests/Fixtures")


def images(size):
    """Two images [2, H, W, 3] of variance 1, float64."""
    shape = (2, size, size, 3)
    return (np.sqrt(3) * noise("images", int(np.prod(shape)))).astype(np.float32).astype(np.float64).reshape(shape)


def thinned(array):
    """About 16 channels of 5 by 5 pixels of [N, H, W, C]; all of anything else."""
    if array.ndim != 4:
        return array
    height, width, channels = array.shape[1:]
    return array[:, :: height // 5 | 1, :: width // 5 | 1, :: channels // 16 | 1]


def store(name, size, entries, feature, logits):
    """Writes a network's file.

    - entries: name, shape and type of every tensor, in the order of the package's own files.
    - feature: the last map [N, H, W, C]. logits: [N, classes], or [N, H, W, classes].
    """
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, f"{name}.safetensors")
    layout = {"size": size, "classes": logits.shape[-1], "entries": entries}
    arrays = {"feature": thinned(feature), "logits": thinned(logits)}
    assert all(np.isfinite(array).all() for array in arrays.values()), name
    save_file(
        {key: np.ascontiguousarray(array, np.float32) for key, array in arrays.items()}, path,
        metadata={"layout": json.dumps(layout, separators=(",", ":"))})
    scales = ", ".join(f"{key} {np.abs(array).max():.3g}" for key, array in arrays.items())
    print(f"{name}: {len(entries)} tensors, {os.path.getsize(path)} bytes; largest {scales}")
