"""Segments a video by VoVNet-57 with the real-time decoder in PyTorch or OpenVINO, as a peer of `nn predict RUN VIDEO`.

usage: segment_video.py VIDEO OUTPUT [--precision fp32|bf16] [--onnx FILE]

Does what nnkit does: ffmpeg decodes, the network and the argmax run on two threads, the colours are laid over the
frame, ffmpeg encodes. PyTorch has random weights and images in channels-last. With --onnx, OpenVINO calculates the
logits of that file, whose images are [1, 3, 320, 480]. Prints the frames a second from the first frame on.
"""
import argparse
import contextlib
import subprocess
import time

import numpy as np

HEIGHT, WIDTH, CLASSES = 320, 480, 151


def classes_by_torch(precision):
    """A function from a frame to its classes, [320, 480]."""
    import torch
    import torch.nn.functional as F

    from networks import NETWORKS

    torch.manual_seed(0)
    torch.set_num_threads(2)
    network = NETWORKS["rtss"].make().eval().to(memory_format=torch.channels_last)
    context = contextlib.nullcontext()
    if precision == "bf16":
        context = torch.autocast("cpu", torch.bfloat16)

    def classes(frame):
        with torch.inference_mode(), context:
            x = torch.from_numpy(frame.copy()).permute(2, 0, 1)[None].float() / 255
            small = network.small_logits(x.to(memory_format=torch.channels_last)).argmax(1)[:, None]
            return F.interpolate(small.to(torch.uint8), (HEIGHT, WIDTH))[0, 0].numpy()

    return classes


def classes_by_openvino(file, precision):
    """A function from a frame to its classes, [320, 480]."""
    from time_runtimes import openvino_step, without_last_upsampling

    # The classes of small logits are enlarged, as nnkit and PyTorch do it here.
    run = openvino_step(file, 2, precision, [1, 3, HEIGHT, WIDTH], without_last_upsampling)

    def classes(frame):
        logits = run(frame.transpose(2, 0, 1)[None].astype(np.float32) / 255)[0]
        small = logits.argmax(1)[0].astype(np.uint8)
        return small.repeat(HEIGHT // small.shape[0], 0).repeat(WIDTH // small.shape[1], 1)

    return classes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("output")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--onnx")
    options = parser.parse_args()
    if options.onnx:
        classes_of = classes_by_openvino(options.onnx, options.precision)
    else:
        classes_of = classes_by_torch(options.precision)
    colors = np.random.default_rng(0).integers(0, 255, (CLASSES, 3), dtype=np.uint8)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    reader = subprocess.Popen(["ffmpeg", "-v", "error", "-i", options.video, *raw, "-"], stdout=subprocess.PIPE)
    writer = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", *raw, "-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-", options.output],
        stdin=subprocess.PIPE)
    count, start = 0, time.perf_counter()
    while len(data := reader.stdout.read(HEIGHT * WIDTH * 3)) == HEIGHT * WIDTH * 3:
        frame = np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH, 3)
        mixed = (frame.astype(np.uint16) + colors[classes_of(frame)] + 1) // 2
        writer.stdin.write(mixed.astype(np.uint8).tobytes())
        count += 1
    seconds = time.perf_counter() - start
    writer.stdin.close()
    writer.wait()
    print(f"{count / seconds:.2f} frames/s")


if __name__ == "__main__":
    main()
