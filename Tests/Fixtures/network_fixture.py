"""Collects whole networks with PyTorch's results and gradients: the counterpart of NNTesting's NetworkFixture.swift.

Weights and inputs are not stored: both sides make them from their names, see hashed_values.py. Images are
stored NHWC. A large tensor is stored as its norm and its dot product with noise of its name.
"""
import json
import os

import numpy as np
import torch
from safetensors.numpy import save_file

from hashed_values import fill, noise


def unit_noise(name, shape):
    """Values of variance 1 that follow from a name."""
    return torch.tensor(np.sqrt(3) * noise(name, int(np.prod(shape))).reshape(shape))


def nchw(tensor):
    return tensor.permute(0, 3, 1, 2) if tensor.dim() == 4 else tensor


def nhwc(tensor):
    return tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor


def print_of(name, tensor):
    """The norm of a tensor, and its dot product with the noise of its name."""
    values = tensor.detach().double().numpy().ravel()
    return [float(np.linalg.norm(values)), float(values @ noise(name, values.size))]


class NetworkFixtureFile:
    def __init__(self, path):
        self.path = path
        self.tensors = {}
        self.cases = {}

    def add(self, case, module, shapes, run=None, trains=True):
        """Notes what a module makes of inputs, in inference and in training.

        `shapes` are those of the inputs, images as [N, H, W, C]. `run` gives a list of results for the module
        and a list of inputs; by default that of the module for the first input. Integer results have no
        gradient. Without `trains` there is inference only.
        """
        run = run or (lambda module, inputs: [module(inputs[0])])
        module = fill(module.double())
        inputs = [nchw(unit_noise(f"input.{i}", shape)).requires_grad_() for i, shape in enumerate(shapes)]
        with torch.no_grad():
            self._store(f"{case}.inference", run(module.eval(), inputs))
        self.cases[case] = {"inputs": [list(shape) for shape in shapes], "gradients": {}, "statistics": {}}
        if not trains:
            return
        results = run(module.train(), inputs)
        self._store(f"{case}.training", results)
        total = 0
        for i, result in enumerate(results):
            if result.is_floating_point():
                weights = unit_noise(f"output_gradient.{i}", nhwc(result).shape)
                total = total + (result * nchw(weights)).sum()
        total.backward()
        # An input without a gradient is not used, or only for where its maxima are.
        gradients = self.cases[case]["gradients"]
        gradients |= {
            f"input.{i}": print_of(f"input.{i}", nhwc(x.grad)) for i, x in enumerate(inputs) if x.grad is not None
        }
        for name, parameter in module.named_parameters():
            gradients[name] = print_of(name, parameter.grad)
        self.cases[case]["statistics"] |= {
            name: print_of(name, buffer) for name, buffer in module.named_buffers() if buffer.is_floating_point()
        }

    def _store(self, name, results):
        for i, result in enumerate(results):
            kind = np.float32 if result.is_floating_point() else np.int32
            self.tensors[f"{name}.{i}"] = nhwc(result.detach()).numpy().astype(kind, order="C")

    def save(self):
        # One text only, because the order of several differs from run to run.
        save_file(self.tensors, self.path, metadata={"cases": json.dumps(self.cases)})
        print(f"{os.path.basename(self.path)}: {len(self.cases)} cases, {os.path.getsize(self.path)} bytes")
