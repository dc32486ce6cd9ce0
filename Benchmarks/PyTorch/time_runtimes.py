"""Times an ONNX file in ONNX Runtime or OpenVINO on the CPU, as a peer of `nn bench --mode infer`.

usage: time_runtimes.py NETWORK FILE onnxruntime|openvino [--precision fp32|bf16] [--tasks infer1 infer16]

The file takes images [N, 3, H, W]. Writes a line for each task; see measure.py.
"""
import argparse

import numpy as np

from measure import measure, report


def onnxruntime_step(file, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})


def without_last_upsampling(model):
    """The model before the interpolation that ends it; the model itself where none does."""
    import openvino

    last = model.outputs[0].get_node().input_value(0).get_node()
    if last.get_type_name() != "Interpolate":
        return model
    return openvino.Model([last.input_value(0)], model.get_parameters())


def openvino_step(file, threads, precision, shape, change=lambda model: model):
    import openvino

    core = openvino.Core()
    model = change(core.read_model(file))
    model.reshape(shape)
    # OpenVINO takes bf16 where the processor has it, unless it is told otherwise.
    settings = {
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32", "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    return lambda images: request.infer([images])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("file")
    parser.add_argument("runtime", choices=["onnxruntime", "openvino"])
    parser.add_argument("--size", type=int, nargs=2, required=True, metavar=("H", "W"))
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--tasks", nargs="+", default=["infer1"])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    for task in options.tasks:
        images = np.random.default_rng(0).random((int(task[5:]), 3, *options.size), dtype=np.float32)
        if options.runtime == "openvino":
            run = openvino_step(options.file, options.threads, options.precision, list(images.shape))
        else:
            run = onnxruntime_step(options.file, options.threads)
        times, first = measure(lambda: run(images), options.seconds)
        report(options.network, options.precision, task, options.runtime, times, first)


if __name__ == "__main__":
    main()
