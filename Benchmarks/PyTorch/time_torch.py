"""Times PyTorch on the CPU with two threads, as the peer that `nn bench` is held against.

usage: time_torch.py resnet20|resnet56|resnet50 [--modes fp32 bf16] [--seconds 8]

Prints, per mode: median, minimum and maximum milliseconds of a training step (forward, loss,
backward, fused SGD) and of an inference of batch 1. Layout is channels-last, PyTorch's fastest
eager mode on a CPU.
"""
import argparse
import contextlib
import time

import torch
import torch.nn.functional as F
from torch import nn


def conv_bn(inputs, outputs, kernel=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.stride, self.pad = stride, outputs - inputs
        self.a = conv_bn(inputs, outputs, stride=stride)
        self.b = conv_bn(outputs, outputs)

    def forward(self, x):
        y = self.b(F.relu(self.a(x)))
        if self.pad:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.pad))
        return F.relu(y + x)


class ResNetCifar(nn.Module):
    def __init__(self, n):
        super().__init__()
        blocks, channels = [], 16
        for i, width in enumerate((16, 32, 64)):
            for j in range(n):
                blocks.append(BasicBlock(channels, width, 2 if i > 0 and j == 0 else 1))
                channels = width
        self.stem = conv_bn(3, 16)
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.stem(x))).mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.a = conv_bn(inputs, width, 1)
        self.b = conv_bn(width, width, 3, stride)
        self.c = conv_bn(width, 4 * width, 1)
        self.down = conv_bn(inputs, 4 * width, 1, stride) if stride > 1 or inputs != 4 * width else nn.Identity()

    def forward(self, x):
        y = self.c(F.relu(self.b(F.relu(self.a(x)))))
        return F.relu(y + self.down(x))


class ResNet50(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.stem = conv_bn(3, 64, 7, 2)
        blocks, channels = [], 64
        for i, (count, width) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512))):
            for j in range(count):
                blocks.append(Bottleneck(channels, width, 2 if i > 0 and j == 0 else 1))
                channels = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(2048, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.stem(x)), 3, 2, 1)
        return self.fc(self.blocks(x).mean((2, 3)))


MODELS = {
    "resnet20": (lambda: ResNetCifar(3), 128, 32, 10),
    "resnet56": (lambda: ResNetCifar(9), 128, 32, 10),
    "resnet50": (ResNet50, 8, 224, 1000),
}


def measure(function, seconds, warm_up=3):
    for _ in range(warm_up):
        function()
    times, start = [], time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - start < seconds and len(times) < 200):
        begin = time.perf_counter()
        function()
        times.append((time.perf_counter() - begin) * 1e3)
    times.sort()
    return f"{times[len(times) // 2]:9.2f} ms (min {times[0]:.2f}, max {times[-1]:.2f}, n {len(times)})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--modes", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--skip", choices=["train", "infer"])
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    make, batch, size, classes = MODELS[options.model]
    for mode in options.modes:
        context = (lambda: torch.autocast("cpu", torch.bfloat16)) if mode == "bf16" else contextlib.nullcontext
        model = make().to(memory_format=torch.channels_last).train()
        optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, fused=True)
        x = torch.rand(batch, 3, size, size).to(memory_format=torch.channels_last)
        y = torch.randint(0, classes, (batch,))

        def step():
            optimizer.zero_grad(set_to_none=True)
            with context():
                out = model(x)
            F.cross_entropy(out.float(), y).backward()
            optimizer.step()

        if options.skip != "train":
            print(f"{options.model} {mode} train batch {batch}: {measure(step, options.seconds)}", flush=True)
        model.eval()
        single = x[:1].contiguous(memory_format=torch.channels_last)

        def infer():
            with torch.inference_mode(), context():
                model(single)

        if options.skip != "infer":
            print(f"{options.model} {mode} infer batch 1: {measure(infer, options.seconds / 2)}", flush=True)


if __name__ == "__main__":
    main()
