"""Writes images resized by Pillow, which the tests of NNDatasets are held against.

    python Tests/Fixtures/make_resampling.py [FOLDER]

Needs numpy, safetensors and pillow. The file is committed; run it again only to change the cases. The images are made
by a formula, so that only the results are in the file, under names such as `bicubic 40x30 7x9 3`: filter, old and new
height and width, channels.
"""

import os
import sys

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Datasets/Tests/NNDatasetsTests/Fixtures")
FILTERS = {
    "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX, "nearest": Image.Resampling.NEAREST,
}
# Up, down, both, one pixel, 40 to 1, odd sizes, one side kept, sizes around the strip of 64 rows.
PAIRS = [
    ((h, w), (H, W)) for h, w, H, W in [
        (1, 1, 1, 2), (1, 1, 5, 3), (1, 2, 1, 1), (2, 1, 1, 1), (1, 9, 1, 4), (9, 1, 4, 1), (1, 5, 3, 1),
        (40, 40, 1, 1), (40, 3, 1, 3), (3, 40, 3, 1), (40, 40, 2, 2), (80, 120, 2, 3), (120, 40, 3, 1),
        (7, 5, 14, 10), (5, 7, 15, 21), (3, 3, 11, 13), (2, 3, 16, 9), (4, 4, 5, 5), (5, 5, 4, 4), (6, 7, 7, 6),
        (9, 33, 4, 5), (33, 9, 5, 4), (13, 17, 6, 8), (17, 13, 8, 6), (16, 16, 8, 8), (15, 15, 8, 8), (15, 15, 7, 7),
        (31, 29, 16, 15), (24, 32, 12, 16), (24, 32, 18, 24), (24, 32, 23, 31), (24, 32, 25, 33), (23, 31, 24, 32),
        (10, 20, 10, 7), (20, 10, 7, 10), (10, 20, 10, 27), (20, 10, 27, 10), (12, 12, 3, 24), (12, 12, 24, 3),
        (63, 5, 9, 5), (64, 5, 9, 5), (65, 5, 9, 5), (66, 7, 66, 3), (64, 7, 64, 3), (63, 7, 63, 15), (129, 6, 129, 4),
        (50, 70, 9, 11), (70, 50, 11, 9), (37, 53, 13, 19), (53, 37, 19, 13), (100, 100, 10, 10), (100, 100, 9, 11),
        (75, 100, 12, 16), (90, 60, 14, 14), (60, 90, 14, 14), (45, 45, 20, 20), (28, 28, 32, 32), (32, 32, 28, 28),
        (48, 36, 21, 33), (36, 48, 33, 21), (200, 10, 5, 10), (10, 200, 10, 5),
    ]
]


def pixels(height, width, channels):
    """Noise, of which many values are the smallest and the largest, so that filters overshoot."""
    count = height * width * channels
    values = np.array([(i * 2654435761 % 2**32) >> 24 for i in range(count)], dtype=np.int64)
    values = np.clip((values - 128) * 3 // 2 + 128, 0, 255)
    return values.astype(np.uint8).reshape(height, width, channels)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    results = {}
    for number, ((h, w), (H, W)) in enumerate(PAIRS):
        channels = 1 if number % 3 == 2 else 3
        image = Image.fromarray(pixels(h, w, channels).squeeze(2) if channels == 1 else pixels(h, w, channels))
        for name, resampling in FILTERS.items():
            resized = np.asarray(image.resize((W, H), resampling)).reshape(H, W, channels)
            results[f"{name} {h}x{w} {H}x{W} {channels}"] = np.ascontiguousarray(resized)
    save_file(results, os.path.join(folder, "resampling.safetensors"))
    print(f"{len(PAIRS)} pairs of sizes, {len(results)} results")


main()
