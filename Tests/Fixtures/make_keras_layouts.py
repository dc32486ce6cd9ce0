"""Writes how Keras names the weights of its networks, and what they make of two images.

    KERAS_BACKEND=torch python Tests/Fixtures/make_keras_layouts.py [NAME ...]

Needs keras, torch, numpy and safetensors. The files are committed; run it again only to change the cases.
"""

import os
import re
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import applications

from hashed_values import keras_values
from weight_layout import images, store


def keras2_name(path):
    """As Keras 2 writes it into files: depthwise kernels have a name of their own, and each ends in `:0`."""
    return re.sub(r"(dw_\d+|depthwise)/kernel$", r"\1/depthwise_kernel", path) + ":0"


def keras1_name(path):
    """As Keras 1 does: the layer's name once more, and one of its own for each role."""
    layer, role = path.rsplit("/", 1)
    roles = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}
    return f"{layer}/{layer}_{roles.get(role, role)}_1:0"


def first_resnet_name(path):
    """As the first version of ResNet-50 has it: `res2a_branch2b`."""
    layer, role = path.rsplit("/", 1)
    layer = {"conv1_conv": "conv1", "conv1_bn": "bn_conv1", "predictions": "fc1000"}.get(layer, layer)
    found = re.fullmatch(r"conv(\d)_block(\d)_(\d)_(conv|bn)", layer)
    if found:
        group, block, part, kind = found.groups()
        branch = "1" if part == "0" else "2" + "abc"[int(part) - 1]
        layer = f"{'res' if kind == 'conv' else 'bn'}{group}{'abcdef'[int(block) - 1]}_branch{branch}"
    return keras1_name(f"{layer}/{role}")


def plain(path):
    return path


def nested(path):
    """As a part of another network, and made after another: layers without names have larger numbers."""
    path = re.sub(r"^(conv2d|batch_normalization)(?:_(\d+))?/", lambda m: f"{m[1]}_{int(m[2] or 0) + 5}/", path)
    return f"model_1/{keras2_name(path)}"


# A network, the size of its images, the layer of its last map, and the names of a version.
CASES = {
    "keras_resnet50": (applications.ResNet50, 64, "conv5_block3_out", plain),
    "keras_resnet50_first": (applications.ResNet50, 63, "conv5_block3_out", first_resnet_name),
    "keras_densenet121": (applications.DenseNet121, 64, "relu", keras2_name),
    "keras_mobilenet": (applications.MobileNet, 64, "conv_pw_13_relu", keras2_name),
    "keras_mobilenet_v2": (applications.MobileNetV2, 64, "out_relu", plain),
    "keras_xception": (applications.Xception, 74, "block14_sepconv2_act", plain),
    "keras_inception_resnet_v2": (applications.InceptionResNetV2, 75, "conv_7b_ac", nested),
    "keras_vgg16": (applications.VGG16, 64, "block5_pool", keras1_name),
    "keras_vgg19": (applications.VGG19, 64, "block5_pool", keras2_name),
}


def main():
    keras.config.set_floatx("float64")
    for name in sys.argv[1:] or CASES:
        make, size, last, rename = CASES[name]
        # VGG's dense layers are ten times as large as the rest; tables leave them out, as they do this one.
        is_vgg = make in (applications.VGG16, applications.VGG19)
        options = {"include_top": False} if is_vgg else {"classes": 10, "classifier_activation": None}
        if name.startswith("keras_mobilenet"):
            options["alpha"] = 0.5
        keras.utils.clear_session()
        model = make(weights=None, input_shape=(size, size, 3), **options)
        if is_vgg:
            result = keras.layers.GlobalAveragePooling2D()(model.output)
            model = keras.Model(model.input, keras.layers.Dense(10, name="predictions")(result))
        entries = []
        for weight in model.weights:
            entry = rename(weight.path)
            weight.assign(keras_values(entry, weight.shape).astype(np.float64))
            entries.append([entry, list(weight.shape), "float32"])
        probe = keras.Model(model.input, [model.get_layer(last).output, model.output])
        feature, logits = (keras.ops.convert_to_numpy(x) for x in probe(images(size), training=False))
        store(name, size, entries, feature, logits.reshape(2, -1))


if __name__ == "__main__":
    main()
