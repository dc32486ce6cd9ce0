"""Segments a video by VoVNet-57 with the real-time decoder in PyTorch, as the peer of `nn predict RUN VIDEO`.

usage: segment_video.py VIDEO OUTPUT [--precision fp32|bf16]

Does what nnkit does: ffmpeg decodes, the network and the argmax run on two threads in channels-last, the colours
are laid over the frame, ffmpeg encodes. Weights are random. Prints the frames a second from the first frame on.
"""
import argparse
import contextlib
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HEIGHT, WIDTH, CLASSES = 320, 480, 151


class Block(nn.Sequential):
    def __init__(self, inputs, outputs, kernel=3, stride=1, dilation=1, groups=1, activates=True):
        padding = kernel // 2 * dilation
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False),
            nn.BatchNorm2d(outputs), nn.Mish(inplace=True) if activates else nn.Identity())


class Separable(nn.Sequential):
    def __init__(self, inputs, outputs, dilation=1):
        super().__init__(
            Block(inputs, inputs, dilation=dilation, groups=inputs, activates=False), Block(inputs, outputs, 1))


class Aggregation(nn.Module):
    """Five convolutions in a row, whose results are concatenated; the input is not among them."""

    def __init__(self, inputs, width, outputs):
        super().__init__()
        self.blocks = nn.ModuleList([Block(inputs if i == 0 else width, width) for i in range(5)])
        self.concat = Block(5 * width, outputs, 1)

    def forward(self, x):
        results = []
        for block in self.blocks:
            x = block(x)
            results.append(x)
        return self.concat(torch.cat(results, 1))


class Segmenter(nn.Module):
    def __init__(self, width=512):
        super().__init__()
        self.stem = nn.Sequential(Block(3, 64, stride=2), Block(64, 64), Block(64, 128))
        stages, inputs = [], 128
        for middle, outputs, count in ((128, 256, 1), (160, 512, 1), (192, 768, 4), (224, 1024, 3)):
            blocks = [Aggregation(outputs if i else inputs, middle, outputs) for i in range(count)]
            stages.append(nn.Sequential(nn.MaxPool2d(3, 2, 1), *blocks))
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList([Block(channels, width) for channels in (512, 768, 1024)])
        self.dilated = nn.ModuleList([Separable(3 * width, width, dilation) for dilation in (1, 2, 4, 8)])
        self.projection = Block(4 * width, 320, 1)
        self.low_level = Block(256, 64, 1)
        self.fuse = Separable(384, 384)
        self.classifier = nn.Conv2d(384, CLASSES, 1)

    def forward(self, x):
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        low, *maps = maps
        x = [lateral(features) for lateral, features in zip(self.laterals, maps)]
        x = torch.cat([F.interpolate(features, x[0].shape[2:]) for features in x], 1)
        x = self.projection(torch.cat([dilated(x) for dilated in self.dilated], 1))
        x = self.fuse(torch.cat([F.interpolate(x, low.shape[2:]), self.low_level(low)], 1))
        # Nearest pixels and a 1x1 convolution can change places: in this order it has a sixteenth of the work.
        return self.classifier(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("output")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    network = Segmenter().eval().to(memory_format=torch.channels_last)
    colors = np.random.default_rng(0).integers(0, 255, (CLASSES, 3), dtype=np.uint8)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    reader = subprocess.Popen(["ffmpeg", "-v", "error", "-i", options.video, *raw, "-"], stdout=subprocess.PIPE)
    writer = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", *raw, "-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-", options.output],
        stdin=subprocess.PIPE)
    context = contextlib.nullcontext()
    if options.precision == "bf16":
        context = torch.autocast("cpu", torch.bfloat16)
    count, start = 0, time.perf_counter()
    with torch.inference_mode(), context:
        while len(data := reader.stdout.read(HEIGHT * WIDTH * 3)) == HEIGHT * WIDTH * 3:
            frame = np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH, 3)
            x = torch.from_numpy(frame.copy()).permute(2, 0, 1)[None].float() / 255
            classes = network(x.to(memory_format=torch.channels_last)).argmax(1)[:, None]
            classes = F.interpolate(classes.to(torch.uint8), (HEIGHT, WIDTH))[0, 0].numpy()
            mixed = (frame.astype(np.uint16) + colors[classes] + 1) // 2
            writer.stdin.write(mixed.astype(np.uint8).tobytes())
            count += 1
    seconds = time.perf_counter() - start
    writer.stdin.close()
    writer.wait()
    print(f"{count / seconds:.2f} frames/s")


if __name__ == "__main__":
    main()
