"""Writes PyTorch's answers for the operations of NNCore, which its tests are held against.

    python Tests/Fixtures/make_operations.py [FOLDER]

Needs torch, numpy and safetensors. The files are committed; run it again only to change the cases.
"""

import os
import sys

import torch
import torch.nn.functional as F

from fixture_file import FixtureFile, image

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/NNCore/Tests/NNCoreTests/Fixtures")


def normal(*shape):
    return lambda: torch.randn(*shape)


def images(*shape):
    return lambda: image(*shape)


def positive(*shape):
    return lambda: torch.rand(*shape) + 0.25


def whole(limit, *shape):
    return lambda: torch.randint(0, limit, shape)


def pair(value):
    return list(value) if isinstance(value, tuple) else [value, value]


ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": F.relu,
    "leakyReLU": lambda x: F.leaky_relu(x, 0.1),
    "mish": F.mish,
    "silu": F.silu,
    "gelu": F.gelu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "hardSwish": F.hardswish,
    "relu6": F.relu6,
}


def padded(x, padding):
    top, bottom, left, right = padding
    return F.pad(x, (left, right, top, bottom))


def convolutions(file):
    def add(case, size, channels, outputs, kernel, stride=1, padding=0, dilation=1, groups=1, bias=False, batch=2):
        insets = list(padding) if isinstance(padding, tuple) else [padding] * 4

        def convolve(input, weight, bias=None):
            return F.conv2d(padded(input, insets), weight, bias, stride, 0, dilation, groups)

        inputs = {
            "input": images(batch, *pair(size), channels),
            "weight": normal(outputs, channels // groups, *pair(kernel)),
        }
        if bias:
            inputs["bias"] = normal(outputs)
        file.add(case, convolve, inputs, strides=pair(stride), padding=insets, dilations=pair(dilation), groups=groups)

    add("conv_s1_d1_g1", (7, 6), 3, 4, 3, padding=1)
    add("conv_s2_d1_g1", (7, 6), 3, 4, 3, stride=2, padding=1)
    add("conv_s2_d2_g1", (9, 8), 3, 4, 3, stride=2, padding=2, dilation=2)
    add("conv_s1_d3_g1", (8, 9), 4, 2, 3, dilation=3)
    add("conv_s1_d1_g2", (5, 6), 4, 6, 3, padding=1, groups=2)
    add("conv_s2_d2_g3", (9, 7), 6, 3, 3, stride=2, padding=2, dilation=2, groups=3)
    add("conv_bias", (5, 5), 3, 4, 3, padding=1, bias=True)
    add("conv_uneven", (9, 8), 2, 3, (5, 2), stride=(1, 3), padding=(2, 1, 0, 1), dilation=(1, 2), bias=True)
    add("conv_same_even", (6, 5), 2, 3, 4, padding=(1, 2, 1, 2))
    add("conv_1x1", (4, 5), 5, 7, 1, bias=True)
    add("conv_1x1_s2", (5, 4), 4, 6, 1, stride=2)
    add("conv_stem", (11, 9), 3, 4, 7, stride=2, padding=3)
    add("conv_pixel", (1, 1), 4, 3, 3, padding=1)
    add("conv_wide", (5, 3), 17, 19, 3, padding=1, batch=1)
    add("conv_depthwise", (7, 5), 6, 6, 3, padding=1, groups=6)
    add("conv_depthwise_s2_d2", (9, 9), 5, 5, 3, stride=2, padding=2, dilation=2, groups=5, bias=True)
    add("conv_depthwise_double", (5, 6), 3, 6, 3, padding=1, groups=3)
    add("conv_depthwise_5x5", (6, 7), 4, 4, 5, stride=2, padding=2, groups=4)


def transposed_convolutions(file):
    def add(case, size, channels, outputs, kernel, stride=1, padding=0, extra=0, dilation=1, groups=1, bias=False):
        def convolve(input, weight, bias=None):
            return F.conv_transpose2d(input, weight, bias, stride, padding, extra, groups, dilation)

        inputs = {
            "input": images(2, *pair(size), channels),
            "weight": normal(channels, outputs // groups, *pair(kernel)),
        }
        if bias:
            inputs["bias"] = normal(outputs)
        vertical, horizontal = pair(padding)
        file.add(case, convolve, inputs, strides=pair(stride), padding=[vertical] * 2 + [horizontal] * 2,
                 output_padding=pair(extra), dilations=pair(dilation), groups=groups)

    add("transposed_s1", (4, 5), 3, 2, 3)
    add("transposed_s2", (4, 3), 3, 4, 2, stride=2, bias=True)
    add("transposed_s2_p1", (4, 5), 2, 3, 3, stride=2, padding=1, extra=1)
    add("transposed_s3", (3, 4), 2, 3, 2, stride=3, extra=(2, 0))
    add("transposed_s2_d2_g2", (3, 4), 4, 6, 3, stride=2, padding=(2, 1), dilation=2, groups=2, bias=True)
    add("transposed_depthwise", (4, 4), 3, 3, 4, stride=2, padding=1, groups=3)


def normalizations(file):
    vectors = {"scale": normal(5), "offset": normal(5)}
    running = {"running_mean": normal(5), "running_variance": positive(5)}

    def training(input, scale, offset, residual=None, activation=ACTIVATIONS["identity"]):
        output = F.batch_norm(input, None, None, scale, offset, True, 0.0, 1e-3)
        axes = [axis for axis in range(input.dim()) if axis != 1]
        return {
            "output": activation(output if residual is None else output + residual),
            "mean": input.mean(axes),
            "variance": input.var(axes, unbiased=False),
        }

    def inference(input, scale, offset, running_mean, running_variance):
        return F.batch_norm(input, running_mean, running_variance, scale, offset, False, 0.0, 1e-3)

    file.add("batch_norm_training", training, {"input": images(3, 4, 3, 5)} | vectors, training=True, epsilon=1e-3)
    file.add("batch_norm_matrix", training, {"input": normal(7, 5)} | vectors, training=True, epsilon=1e-3)
    file.add("batch_norm_inference", inference, {"input": images(2, 4, 3, 5)} | vectors | running, training=False,
             epsilon=1e-3)

    def layer(input, scale, offset):
        return F.layer_norm(input, scale.shape, scale, offset, 1e-3)

    def layer_without_offset(input, scale):
        return F.layer_norm(input, scale.shape, scale, None, 1e-3)

    file.add("layer_norm", layer, {"input": normal(4, 3, 5)} | vectors, epsilon=1e-3)
    file.add("layer_norm_axes", layer, {"input": normal(4, 3, 5), "scale": normal(3, 5), "offset": normal(3, 5)},
             epsilon=1e-3)
    file.add("layer_norm_wide", layer_without_offset, {"input": normal(3, 67), "scale": normal(67)}, epsilon=1e-3)


def fused_blocks(file):
    def add(case, activation, training=True, residual=False, stride=1, groups=1, bias=False):
        def block(input, weight, scale, offset, running_mean=None, running_variance=None, residual=None, bias=None):
            x = F.conv2d(input, weight, bias, stride, 1, 1, groups)
            output = F.batch_norm(x, running_mean, running_variance, scale, offset, training, 0.0, 1e-5)
            output = ACTIVATIONS[activation](output if residual is None else output + residual)
            if not training:
                return output
            return {"output": output, "mean": x.mean((0, 2, 3)), "variance": x.var((0, 2, 3), unbiased=False)}

        inputs = {
            "input": images(2, 5, 4, 4), "weight": normal(6, 4 // groups, 3, 3), "scale": positive(6),
            "offset": normal(6),
        }
        if not training:
            inputs |= {"running_mean": normal(6), "running_variance": positive(6)}
        if residual:
            inputs["residual"] = images(2, (5 + stride - 1) // stride, (4 + stride - 1) // stride, 6)
        if bias:
            inputs["bias"] = normal(6)
        file.add(case, block, inputs, activation=activation, training=training, strides=pair(stride), padding=[1] * 4,
                 dilations=[1, 1], groups=groups, epsilon=1e-5)

    for activation in ("identity", "relu", "leakyReLU", "mish", "silu", "hardSwish"):
        add(f"fused_{activation}", activation)
    add("fused_relu_residual", "relu", residual=True)
    add("fused_mish_residual_s2", "mish", residual=True, stride=2, groups=2)
    add("fused_relu_bias", "relu", bias=True)
    for activation in ("identity", "relu", "mish"):
        add(f"fused_{activation}_inference", activation, training=False)
    add("fused_relu_residual_inference", "relu", training=False, residual=True, bias=True)


def products(file):
    file.add("linear", lambda input, weight, bias: F.linear(input, weight, bias),
             {"input": normal(5, 7), "weight": normal(3, 7), "bias": normal(3)})
    file.add("linear_plain", lambda input, weight: F.linear(input, weight),
             {"input": normal(2, 3, 6), "weight": normal(4, 6)})
    file.add("matmul", lambda left, right: left @ right, {"left": normal(4, 5), "right": normal(5, 3)})
    file.add("matmul_batch", lambda left, right: left @ right, {"left": normal(3, 4, 5), "right": normal(3, 5, 2)})


def losses(file):
    def add(case, shape, smoothing=0.0, weights=False, ignored=None):
        def loss(input, labels, class_weights=None):
            if class_weights is not None:
                class_weights = class_weights.detach()
            logits = input.flatten(0, -2)
            return F.cross_entropy(logits, labels.flatten().long(), class_weights,
                                   ignore_index=-100 if ignored is None else ignored, label_smoothing=smoothing)

        inputs = {"input": normal(*shape), "labels": whole(shape[-1], *shape[:-1])}
        if weights:
            inputs["class_weights"] = positive(shape[-1])
        parameters = {} if ignored is None else {"ignore_index": ignored}
        file.add(case, loss, inputs, images=(), label_smoothing=smoothing, **parameters)

    add("cross_entropy", (6, 5))
    add("cross_entropy_smoothing", (6, 5), smoothing=0.1)
    add("cross_entropy_weights", (6, 5), weights=True)
    add("cross_entropy_ignore", (12, 4), ignored=2)
    add("cross_entropy_smoothing_weights", (6, 5), smoothing=0.2, weights=True)
    add("cross_entropy_pixels", (2, 3, 4, 5), smoothing=0.1, weights=True, ignored=3)


def pools(file):
    def window(kernel, stride, padding, ceil):
        vertical, horizontal = pair(padding)
        return {"kernel": pair(kernel), "strides": pair(stride), "padding": [vertical] * 2 + [horizontal] * 2,
                "ceil_mode": ceil}

    def maximum(case, size, kernel, stride, padding=0, dilation=1, ceil=False):
        def pool(input):
            values, indices = F.max_pool2d(input, kernel, stride, padding, dilation, ceil, return_indices=True)
            return {"output": values, "indices": indices}

        file.add(case, pool, {"input": images(2, *size, 3)}, images=("input", "output", "indices"),
                 dilations=pair(dilation), **window(kernel, stride, padding, ceil))

    def average(case, size, kernel, stride, padding=0, counts=True, ceil=False):
        file.add(case, lambda input: F.avg_pool2d(input, kernel, stride, padding, ceil, counts),
                 {"input": images(2, *size, 3)}, counts_padding=counts, **window(kernel, stride, padding, ceil))

    maximum("max_pool_2", (6, 7), 2, 2)
    maximum("max_pool_2_ceil", (5, 7), 2, 2, ceil=True)
    maximum("max_pool_3", (7, 8), 3, 2, 1)
    maximum("max_pool_3_s1", (5, 6), 3, 1, 1)
    maximum("max_pool_3_ceil", (6, 8), 3, 2, 1, ceil=True)
    maximum("max_pool_dilated", (8, 7), 3, 1, 1, dilation=2)
    maximum("max_pool_uneven", (9, 7), (4, 2), (3, 1), (2, 0))
    average("average_pool_2", (6, 7), 2, 2)
    average("average_pool_3", (7, 8), 3, 2, 1)
    average("average_pool_3_inside", (7, 8), 3, 2, 1, counts=False)
    average("average_pool_ceil", (6, 8), 3, 2, 1, ceil=True)
    average("average_pool_ceil_inside", (6, 8), 3, 2, 1, counts=False, ceil=True)
    average("average_pool_uneven", (9, 7), (4, 2), (3, 1), (2, 0))
    file.add("global_average_pool", lambda input: input.mean((2, 3)), {"input": images(2, 5, 3, 4)})

    def unpooled(values, indices):
        return F.max_unpool2d(values, indices.long(), 2, output_size=(5, 7))

    torch.manual_seed(0)
    values, indices = F.max_pool2d(image(2, 5, 7, 3), 2, return_indices=True)
    file.add("max_unpool", unpooled, {"values": values, "indices": indices},
             images=("values", "indices", "output"), output_size=[5, 7])


def resizes(file):
    sizes = {"up": (10, 8), "down": (3, 2), "uneven": (7, 11), "same": (5, 4), "pixel": (1, 1)}
    for name, size in sizes.items():
        file.add(f"nearest_{name}", lambda input: F.interpolate(input, size, mode="nearest"),
                 {"input": images(1, 5, 4, 3)}, precise=False, size=list(size), method="nearest")
        for corners in (True, False):
            file.add(f"bilinear_{name}{'_corners' if corners else ''}",
                     lambda input: F.interpolate(input, size, mode="bilinear", align_corners=corners),
                     {"input": images(1, 5, 4, 3)}, size=list(size), method="bilinear", aligns_corners=corners)


def rearrangements(file):
    file.add("concatenate", lambda left, right: torch.cat([left, right], 1),
             {"left": normal(2, 3, 4), "right": normal(2, 2, 4)}, axis=1)
    file.add("split", lambda input: torch.split(input, [2, 1, 3], 1)[2], {"input": normal(2, 6, 3)}, axis=1,
             sizes=[2, 1, 3])
    file.add("pad", lambda input: F.pad(input, (1, 0, 0, 2, 2, 1), value=1.5), {"input": normal(2, 3, 4)},
             widths=[[2, 1], [0, 2], [1, 0]], value=1.5)
    file.add("transpose", lambda input: input.permute(2, 0, 1), {"input": normal(2, 3, 5)}, permutation=[2, 0, 1])
    file.add("slice", lambda input: input[:, 1:6:2], {"input": normal(3, 7)}, axis=1, range=[1, 6], step=2)
    file.add("gather", lambda input, indices: input.index_select(1, indices),
             {"input": normal(2, 4, 3), "indices": whole(4, 6)}, axis=1)


def element_functions(file):
    functions = {
        "exp": (torch.exp, normal), "log": (torch.log, positive), "sqrt": (torch.sqrt, positive),
        "abs": (torch.abs, normal), "squared": (torch.square, normal), "rsqrt": (torch.rsqrt, positive),
        "reciprocal": (torch.reciprocal, positive), "sin": (torch.sin, normal), "cos": (torch.cos, normal),
        "erf": (torch.erf, normal),
    }
    for name, (function, values) in functions.items():
        file.add(f"function_{name}", lambda input: function(input), {"input": values(3, 37)}, function=name)
    file.add("power", lambda input: input.pow(2.5), {"input": positive(3, 37)}, exponent=2.5)
    file.add("clamp", lambda input: input.clamp(-0.5, 0.75), {"input": normal(3, 37)}, bounds=[-0.5, 0.75])
    for name, function in ACTIVATIONS.items():
        # Wide, so that the tails of exponential functions are reached.
        file.add(f"activation_{name}", lambda input: function(input), {"input": lambda: torch.randn(4, 67) * 4}, activation=name)

    pairs = {
        "add": torch.add, "subtract": torch.subtract, "multiply": torch.multiply, "divide": torch.divide,
        "maximum": torch.maximum, "minimum": torch.minimum,
    }
    shapes = {"": ((3, 5), (3, 5)), "_row": ((2, 3, 5), (5,)), "_both": ((4, 1, 5), (3, 1))}
    for name, function in pairs.items():
        for suffix, (left, right) in shapes.items():
            file.add(f"{name}{suffix}", lambda left, right: function(left, right),
                     {"left": normal(*left), "right": positive(*right)}, function=name)


def reductions(file):
    functions = {
        "sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin,
        "variance": lambda x, axes, keepdim: torch.var(x, axes, unbiased=False, keepdim=keepdim),
    }
    for name, function in functions.items():
        for axes, keeps in (([0, 1, 2], False), ([2], True), ([0, 2], False), ([1], False)):
            case = f"{name}_{''.join(map(str, axes))}{'_kept' if keeps else ''}"
            file.add(case, lambda input: function(input, axes, keepdim=keeps), {"input": normal(3, 4, 5)},
                     function=name, axes=axes, keeps_dimensions=keeps)
    for axis in (-1, 1):
        inputs = {"input": lambda: torch.randn(3, 4, 5) * 5}
        file.add(f"softmax{axis}", lambda input: input.softmax(axis), inputs, function="softmax", axis=axis)
        file.add(f"log_softmax{axis}", lambda input: input.log_softmax(axis), inputs, function="logSoftmax", axis=axis)


FILES = {
    "convolution": convolutions, "transposed_convolution": transposed_convolutions, "normalization": normalizations,
    "fused_block": fused_blocks, "product": products, "loss": losses, "pool": pools, "resize": resizes,
    "rearrangement": rearrangements, "element_function": element_functions, "reduction": reductions,
}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    os.makedirs(folder, exist_ok=True)
    for name, add_cases in FILES.items():
        file = FixtureFile(os.path.join(folder, f"{name}.safetensors"))
        add_cases(file)
        file.save()


if __name__ == "__main__":
    main()
