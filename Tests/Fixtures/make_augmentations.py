"""Writes images and masks transformed by torchvision, which the tests of NNDatasets are held against.

    python Tests/Fixtures/make_augmentations.py [FOLDER]

Needs numpy, safetensors, torch and torchvision. The file is committed; run it again only to change the cases. The image
and its mask are made by formulas, so that only the results are in the file: `NAME.image`, [H, W, 3], bilinear with black
outside, and of what moves pixels `NAME.mask`, [H, W], by nearest neighbour with 255 outside.

Names are `affine ROTATION SHEAR_X SHEAR_Y SCALE SHIFT_X SHIFT_Y`, and `wide OPERATION BIN` and `rand OPERATION BIN` for
the operations of TrivialAugmentWide and of RandAugment, of which bin 30 is the strongest; negative ones go in the other
direction.
"""

import os
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from torchvision import transforms
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F
from torchvision.transforms.autoaugment import _apply_op

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Datasets/Tests/NNDatasetsTests/Fixtures")
HEIGHT, WIDTH = 18, 23
AFFINE = [
    (0, 0, 0, 1, 0, 0), (30, 0, 0, 1, 0, 0), (-89, 0, 0, 1, 0, 0), (180, 0, 0, 1, 0, 0), (0, 20, 0, 1, 0, 0),
    (0, 0, -15, 1, 0, 0), (0, 12, 25, 1, 0, 0), (0, 0, 0, 0.6, 0, 0), (0, 0, 0, 1.7, 0, 0), (0, 0, 0, 1, 4, -3),
    (17, 8, 0, 0.8, 2, 1), (-140, -11, 7, 1.3, -5, 2), (5, 45, -30, 1, 0, 0), (73, 3, 3, 0.5, 7, 6),
]
MOVING = ["ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate"]


def pixels():
    """Soft shades with some noise, as a photograph has, which leave room for contrast."""
    values = [30 + 4 * (i // (3 * WIDTH)) + 3 * (i // 3 % WIDTH) + 15 * (i % 3) + (i * 2654435761 % 2**32 >> 27)
              for i in range(HEIGHT * WIDTH * 3)]
    return np.array(values, dtype=np.uint8).reshape(HEIGHT, WIDTH, 3)


def labels():
    return np.array([[(row // 3 * 7 + column // 4 * 3) % 5 for column in range(WIDTH)] for row in range(HEIGHT)],
                    dtype=np.uint8)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    image = torch.from_numpy(pixels()).permute(2, 0, 1)
    mask = torch.from_numpy(labels())[None]
    results = {}

    def add(name, change, moves):
        results[name + ".image"] = change(image, InterpolationMode.BILINEAR, None).permute(1, 2, 0).contiguous().numpy()
        if moves:
            results[name + ".mask"] = change(mask, InterpolationMode.NEAREST, [255.0])[0].contiguous().numpy()

    for case in AFFINE:
        angle, x, y, scale, right, down = case
        add("affine " + " ".join(map(str, case)), lambda tensor, mode, fill: F.affine(
            # torchvision turns clockwise here.
            tensor, -float(angle), [right, down], float(scale), [float(x), float(y)], mode, fill), True)
    spaces = {
        "wide": transforms.TrivialAugmentWide()._augmentation_space(31),
        "rand": transforms.RandAugment()._augmentation_space(31, (HEIGHT, WIDTH)),
    }
    for kind, space in spaces.items():
        for operation, (magnitudes, signed) in space.items():
            bins = ([0, 16, 30, -9, -30] if signed else [3, 11, 17, 30]) if magnitudes.ndim else [0]
            for bin in bins if kind == "wide" else bins[-1:]:
                magnitude = magnitudes[abs(bin)].item() if magnitudes.ndim else 0.0
                add(f"{kind} {operation} {bin}", lambda tensor, mode, fill: _apply_op(
                    tensor, operation, -magnitude if bin < 0 else magnitude, mode, fill), operation in MOVING)
    path = os.path.join(folder, "augmentations.safetensors")
    save_file(results, path)
    os.chmod(path, 0o644)
    print(f"{len(results)} images and masks, {os.path.getsize(path)} bytes")


main()
