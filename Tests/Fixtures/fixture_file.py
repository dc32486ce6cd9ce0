"""Collects cases of operations with PyTorch's answers, and writes them as one safetensors file.

A tensor is named CASE.ROLE. The metadata has one text, `cases`: the parameters by case in JSON.
Images are stored NHWC, weights as PyTorch has them (OIHW).
"""

import json
import os

import numpy as np
import torch
from safetensors.numpy import save_file


def image(*shape):
    """Normally distributed values, given and stored as [N, H, W, C], seen by PyTorch as [N, C, H, W]."""
    return torch.randn(*shape).permute(0, 3, 1, 2)


def stored(tensor, is_image):
    """The values as they stand in the file: float32 or int32, images NHWC."""
    tensor = tensor.detach()
    if is_image:
        tensor = tensor.permute(0, 2, 3, 1)
    kind = np.float32 if tensor.is_floating_point() else np.int32
    return tensor.numpy().astype(kind, order="C")


class FixtureFile:
    def __init__(self, path):
        self.path = path
        self.tensors = {}
        self.parameters = {}

    def add(self, case, calculate, inputs, /, images=("input", "output", "residual"), precise=True, **parameters):
        """Notes inputs, outputs, the gradient given to the first output, and those by all float inputs.

        `calculate` takes the inputs by role and returns the output, or a dictionary by role that begins
        with it. It calculates in float64, so that the file holds the true values, unless float32's own
        rounding is part of the definition (`precise=False`).
        """
        torch.manual_seed(len(self.parameters) + 1)
        inputs = {role: value() if callable(value) else value for role, value in inputs.items()}
        variables = {}
        for role, value in inputs.items():
            if value.is_floating_point():
                value = value.double() if precise else value.clone()
                value.requires_grad_(not role.startswith("running_"))
            variables[role] = value
        outputs = calculate(**variables)
        outputs = outputs if isinstance(outputs, dict) else {"output": outputs}
        output = outputs["output"]
        gradient = torch.randn(output.shape).to(output.dtype)
        notes = dict(inputs) | outputs
        if output.requires_grad:
            output.backward(gradient)
            notes["output_gradient"] = gradient
        for role, value in variables.items():
            if value.grad is not None:
                notes[role + "_gradient"] = value.grad
        for role, value in notes.items():
            is_image = role.removesuffix("_gradient") in images and value.dim() == 4
            self.tensors[f"{case}.{role}"] = stored(value, is_image)
        self.parameters[case] = parameters

    def save(self):
        # One text only, because the order of several differs from run to run.
        save_file(self.tensors, self.path, metadata={"cases": json.dumps(self.parameters)})
        print(f"{os.path.basename(self.path)}: {len(self.parameters)} cases, {os.path.getsize(self.path)} bytes")
