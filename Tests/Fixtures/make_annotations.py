"""Writes polygons and runs with the pixels that COCO's tools give them, which the tests of NNDatasets are held against.

    python Tests/Fixtures/make_annotations.py [FOLDER]

Needs numpy and pycocotools. The file is committed; run it again only to change the cases. Each case has the height and
width of an image, a segmentation as COCO stores it, and its runs as pycocotools compresses them.
"""

import json
import os
import sys

import numpy as np
from pycocotools import mask as coco

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Datasets/Tests/NNDatasetsTests/Fixtures")


def star(rng, h, w, corners, spread):
    """Corners around a point in any order, so that edges may cross."""
    x, y = rng.uniform(0, w), rng.uniform(0, h)
    points = np.stack([x + rng.normal(0, spread * w, corners), y + rng.normal(0, spread * h, corners)], axis=1)
    return points.reshape(-1)


def polygons():
    rng = np.random.default_rng(7)
    for number in range(90):
        h, w = int(rng.integers(1, 40)), int(rng.integers(1, 40))
        corners = int(rng.integers(3, 12))
        points = star(rng, h, w, corners, [0.1, 0.3, 1.0, 3.0][number % 4])
        # All decimals, fifths (the grid of the rule), tenths, halves, whole numbers.
        points = [lambda p: np.round(p, 3), lambda p: np.round(p * 5) / 5, lambda p: np.round(p, 1),
                  lambda p: np.round(p * 2) / 2, np.round][number % 5](points)
        yield h, w, [[float(p) for p in points]]
    yield 10, 10, [[1, 1, 8, 1, 8, 8, 1, 8]]
    yield 10, 10, [[0, 0, 10, 0, 10, 10, 0, 10]]
    yield 10, 10, [[-5, -5, 15, -5, 15, 15, -5, 15]]
    yield 10, 10, [[-9, -9, -1, -9, -1, -1]]
    yield 10, 10, [[12, 3, 19, 3, 19, 8]]
    yield 10, 10, [[3, 3, 3, 3, 3, 3]]
    yield 10, 10, [[2, 2, 7, 7, 2, 2]]
    yield 10, 10, [[5, 1, 5, 9, 5, 1]]
    yield 10, 10, [[1, 5, 9, 5, 1, 5]]
    yield 9, 7, [[0.5, 0.5, 6.5, 0.5, 6.5, 8.5, 0.5, 8.5]]
    yield 9, 7, [[1, 1, 1, 1, 5, 1, 5, 1, 5, 7, 5, 7, 1, 7]]
    yield 20, 20, [[2, 2, 18, 18, 18, 2, 2, 18]]
    yield 20, 20, [[2, 2, 18, 2, 18, 18, 2, 18, 2, 2, 6, 6, 14, 6, 14, 14, 6, 14, 6, 6]]
    yield 20, 20, [[1, 1, 9, 1, 9, 9, 1, 9], [5, 5, 15, 5, 15, 15, 5, 15]]
    yield 20, 20, [[1, 1, 4, 1, 4, 4], [10, 10, 15, 10, 15, 15], [-3, 12, 3, 12, 3, 30]]
    yield 5, 300, [[-1000, 2, 3000, 2.4, 3000, 3.1]]
    yield 300, 5, [[2, -1000, 2.4, 3000, 3.1, 3000]]
    yield 30, 30, [[-20000, 7, 15, -300.5, 20000, 29]]
    yield 1, 1, [[0, 0, 1, 0, 1, 1, 0, 1]]
    yield 3, 3, [[0.4, 0.4, 0.6, 0.4, 0.6, 0.6]]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    cases = []
    for h, w, segmentation in polygons():
        runs = coco.merge(coco.frPyObjects(segmentation, h, w))
        cases.append({"size": [h, w], "segmentation": segmentation, "counts": runs["counts"].decode(),
                      "area": int(coco.area(runs)), "bbox": [int(v) for v in coco.toBbox(runs)]})
    rng = np.random.default_rng(11)
    for density in [0, 0.02, 0.3, 0.5, 0.98, 1]:
        for h, w in [(1, 1), (7, 5), (40, 33), (300, 2)]:
            mask = np.asfortranarray((rng.uniform(size=(h, w)) < density).astype(np.uint8))
            runs = coco.encode(mask)
            changes = np.flatnonzero(np.diff(np.concatenate([[0], mask.reshape(-1, order="F")])))
            counts = np.diff(np.concatenate([[0], changes, [h * w]]))
            cases.append({"size": [h, w], "segmentation": {"size": [h, w], "counts": [int(c) for c in counts]},
                          "counts": runs["counts"].decode(), "area": int(coco.area(runs)),
                          "bbox": [int(v) for v in coco.toBbox(runs)]})
    # A length that falls by more than it was needs the sign of the last five bits.
    for counts in [[0, 5000, 1, 1, 4998], [100000, 1, 1, 99998], [3, 1, 70000, 1, 2, 69993]]:
        size = [sum(counts) // 10, 10]
        runs = coco.frPyObjects({"size": size, "counts": counts}, *size)
        cases.append({"size": size, "segmentation": {"size": size, "counts": counts},
                      "counts": runs["counts"].decode(), "area": int(coco.area(runs)),
                      "bbox": [int(v) for v in coco.toBbox(runs)]})
    path = os.path.join(folder, "coco_masks.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases, {os.path.getsize(path)} bytes")


main()
