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

from networks import NETWORKS

HEIGHT, WIDTH = 320, 480


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("output")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    network = NETWORKS["rtss"].make().eval().to(memory_format=torch.channels_last)
    colors = np.random.default_rng(0).integers(0, 255, (NETWORKS["rtss"].classes, 3), dtype=np.uint8)
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
            classes = network.small_logits(x.to(memory_format=torch.channels_last)).argmax(1)[:, None]
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
