"""Times a network in PyTorch on the CPU as a peer of `nn bench`.

usage: time_torch.py NETWORK [--precision fp32|bf16] [--tasks train infer1 infer16] [--compiled]

With --compiled the training step is timed compiled too. A training step is forward, loss, backward and the fused optimizer. Layout is channels-last, PyTorch's fastest on a
CPU. Writes a line for each task and system; see measure.py.
"""
import argparse
import contextlib
import resource

import torch

from measure import measure, report
from networks import NETWORKS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--tasks", nargs="+", default=["train", "infer1"])
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    benchmark = NETWORKS[options.network]
    network = benchmark.make().to(memory_format=torch.channels_last)
    parameters = sum(parameter.numel() for parameter in network.parameters())

    def precision():
        return torch.autocast("cpu", torch.bfloat16) if options.precision == "bf16" else contextlib.nullcontext()

    def images(batch):
        return torch.rand(batch, 3, *benchmark.size).to(memory_format=torch.channels_last)

    def training_step(forward):
        x = images(benchmark.batch)
        labels = torch.randint(
            0, benchmark.classes, (benchmark.batch, *benchmark.size) if benchmark.is_dense else (benchmark.batch,))
        optimizer = benchmark.optimizer(network.parameters())

        def step():
            optimizer.zero_grad(set_to_none=True)
            with precision():
                logits = forward(x)
            benchmark.loss(logits.float(), labels).backward()
            optimizer.step()

        return step

    def inference_step(forward, batch):
        x = images(batch)

        def step():
            with torch.inference_mode(), precision():
                forward(x)

        return step

    # Training comes first, so that the peak of the process is that of an eager training step.
    for task in sorted(options.tasks, key=lambda task: task != "train"):
        network.train(task == "train")
        for system in ["eager", "compiled"] if task == "train" and options.compiled else ["eager"]:
            forward = torch.compile(network) if system == "compiled" else network
            step = training_step(forward) if task == "train" else inference_step(forward, int(task[5:]))
            try:
                times, first = measure(step, options.seconds)
            except Exception as error:  # a compiler may be missing, or refuse a network
                print(f"# {options.network} {task}: PyTorch {system}: {str(error).splitlines()[0][:120]}", flush=True)
                continue
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            shows_peak = task == "train" and system == "eager"
            report(
                options.network, options.precision, task, f"pytorch-{system}", times, first, parameters,
                peak if shows_peak else 0)


if __name__ == "__main__":
    main()
