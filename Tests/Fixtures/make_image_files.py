"""Writes the image files of the tests of NNDatasets, NNTIFF and NNWebP, by Pillow, tifffile and imagecodecs.

The value of channel c in row y and column x is (37 y + 11 x + 53 c) mod 251, of 16 bits 257 times that plus y, of floats
a seventh of it less 10.
"""

import os
import struct
import sys

import numpy as np
import tifffile
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
TIFF = os.path.join(HERE, "../../Plugins/TIFF/Tests/NNTIFFTests/Fixtures")
WEBP = os.path.join(HERE, "../../Plugins/WebP/Tests/NNWebPTests/Fixtures")
DATASETS = os.path.join(HERE, "../../Packages/Datasets/Tests/NNDatasetsTests/Fixtures/images")
HEIGHT, WIDTH = 21, 37


def pattern(channels, height=HEIGHT, width=WIDTH):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return ((37 * y + 11 * x + 53 * c) % 251).astype("uint8")


def words(channels):
    return pattern(channels).astype("uint16") * 257 + np.arange(HEIGHT, dtype="uint16")[:, None, None]


def floats(channels):
    return pattern(channels).astype("float32") / 7 - 10


def tiff(name, array, planar=False, **options):
    if planar:
        array = np.moveaxis(array, -1, 0)
    options.setdefault("photometric", "minisblack")
    options.setdefault("metadata", None)
    head = {key: options.pop(key) for key in ("bigtiff", "byteorder") if key in options}
    with tifffile.TiffWriter(os.path.join(TIFF, name), **head) as file:
        file.write(array, planarconfig="separate" if planar else "contig" if array.ndim == 3 else None,
                   software=False, **options)


def forged(name, height, width, tile, count):
    """A header that claims so many pixels and tiles, and nothing behind it."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)]
    if tile:
        entries += [(322, 4, 1, tile), (323, 4, 1, tile), (324, 4, count, 200), (325, 4, count, 200)]
    else:
        entries += [(273, 4, count, 200), (278, 4, 1, 1), (279, 4, count, 200)]
    body = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
    for entry in sorted(entries):
        body += struct.pack("<HHII", *entry)
    with open(os.path.join(TIFF, name), "wb") as file:
        file.write(body + bytes(4 + 32))


def write_tiffs():
    tiff("grey.tif", pattern(1)[..., 0])
    tiff("white_is_zero.tif", 255 - pattern(1)[..., 0], photometric="miniswhite")
    tiff("bits.tif", pattern(1)[..., 0] > 125, photometric="minisblack")
    tiff("rgb_tiles_lzw.tif", pattern(3), photometric="rgb", tile=(16, 16), compression="lzw")
    tiff("rgb_planar.tif", pattern(3), True, photometric="rgb", rowsperstrip=5, compression="packbits")
    tiff("rgba.tif", pattern(4), photometric="rgb", extrasamples=["unassalpha"], compression="deflate")
    tiff("bands5.tif", pattern(5), rowsperstrip=4, compression="deflate", predictor=True)
    tiff("bands5_16.tif", words(5), byteorder=">", rowsperstrip=4)
    tiff("bands5_16_planar_tiles.tif", words(5), True, tile=(16, 16), compression="deflate")
    tiff("big.tif", words(2), bigtiff=True, compression="lzw")
    tiff("floats.tif", floats(3), compression="deflate", predictor=3, tile=(16, 16))
    tiff("doubles.tif", floats(1)[..., 0].astype("float64"), rowsperstrip=2)
    tiff("signed.tif", pattern(1)[..., 0].astype("int16") - 100)
    tiff("missing.tif", np.where(pattern(1)[..., 0] == 0, np.nan, floats(1)[..., 0]).astype("float32"))
    tiff("turned.tif", pattern(3), photometric="rgb", extratags=[(274, 3, 1, 6, True)])
    tiff("no_orientation.tif", pattern(3), photometric="rgb", extratags=[(274, 3, 1, 9, True)])
    indices = pattern(1)[..., 0] % 3
    tiff("mask8.tif", indices, compression="lzw")
    tiff("mask16.tif", indices.astype("uint16"))
    tiff("mask300.tif", indices.astype("uint16") + 299)
    palette = np.zeros((3, 256), "uint16")
    palette[:, :3] = np.array([[255, 0, 128], [0, 255, 64], [10, 20, 30]], "uint16").T * 257
    tiff("palette.tif", indices, photometric="palette", colormap=palette)
    whole = open(os.path.join(TIFF, "rgb_tiles_lzw.tif"), "rb").read()
    with open(os.path.join(TIFF, "cut.tif"), "wb") as file:
        file.write(whole[: len(whole) * 2 // 3])
    forged("forged_tiles.tif", 16 << 15, 16 << 16, 16, (1 << 31) & 0xFFFFFFFF)
    forged("forged_size.tif", 60000, 60000, 0, 60000)


def exif(orientation):
    result = Image.Exif()
    result[274] = orientation
    return result


def write_webps():
    image = Image.fromarray(pattern(3))
    image.save(os.path.join(WEBP, "lossless.webp"), lossless=True)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = np.stack([x * 6, y * 10, (x + y) * 4], -1).astype("uint8")
    Image.fromarray(smooth).save(os.path.join(WEBP, "lossy.webp"), quality=95)
    decoded = Image.open(os.path.join(WEBP, "lossy.webp")).convert("RGB")
    decoded.save(os.path.join(WEBP, "lossy.png"))
    Image.fromarray(pattern(4)).save(os.path.join(WEBP, "alpha.webp"), lossless=True, exact=True)
    image.save(os.path.join(WEBP, "turned.webp"), lossless=True, exif=exif(6))
    image.save(os.path.join(WEBP, "animation.webp"), save_all=True, append_images=[image.rotate(90)], lossless=True)
    whole = open(os.path.join(WEBP, "lossless.webp"), "rb").read()
    with open(os.path.join(WEBP, "cut.webp"), "wb") as file:
        file.write(whole[: len(whole) // 2])


def write_orientations():
    from PIL import ImageOps

    image = Image.fromarray(pattern(3, 6, 9))
    for orientation in range(0, 10):
        path = os.path.join(DATASETS, f"orientation{orientation}.png")
        image.save(path, exif=exif(orientation))
        ImageOps.exif_transpose(Image.open(path)).save(os.path.join(DATASETS, f"upright{orientation}.png"), exif=b"")
    Image.fromarray(pattern(3, 16, 24)).save(os.path.join(DATASETS, "turned.jpg"), exif=exif(6), quality=95)
    grey = Image.open(os.path.join(DATASETS, "turned.jpg"))
    ImageOps.exif_transpose(grey).convert("L").save(os.path.join(DATASETS, "turned_grey.png"), exif=b"")
    words16 = (pattern(1, 6, 9)[..., 0].astype("uint16") * 257) + 5
    Image.fromarray(words16).save(os.path.join(DATASETS, "grey16.png"))


for folder in (TIFF, WEBP, DATASETS):
    os.makedirs(folder, exist_ok=True)
write_tiffs()
write_webps()
write_orientations()
sys.exit(0)
