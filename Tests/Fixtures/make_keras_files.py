"""Writes small files of Keras, and some that are none, which the tests of Plugins/Keras read.

    KERAS_BACKEND=torch python Tests/Fixtures/make_keras_files.py

Needs keras, torch, h5py and numpy. Values follow from the names that Swift gives the tensors. Files of Keras 1 and
2, which do not run any more, are written as their sources did it.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import numpy as np

from hashed_values import keras_values

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../Plugins/Keras/Tests/NNKerasTests/Fixtures")


def path(name):
    return os.path.join(FOLDER, name)


def model():
    """With a network inside it."""
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="inner_conv")], name="inner")
    x = images = keras.Input((8, 8, 3))
    x = inner(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.SeparableConv2D(5, 3, use_bias=False, name="separable")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, keras.layers.Dense(2, name="predictions")(x), name="outer")


def write_keras3():
    made = model()
    for layer in made.layers:
        for weight in layer.weights:
            weight.assign(keras_values(weight.path, weight.shape))
    made.compile(optimizer="adam", loss="mse")
    made.fit(np.zeros((1, 8, 8, 3)), np.zeros((1, 2)), epochs=0, verbose=0)
    made.save(path("keras3_model.h5"))
    made.save_weights(path("keras3_whole.weights.h5"))
    with h5py.File(path("keras3_whole.weights.h5"), "r+") as file:
        names = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in names:
            file[name][...] = keras_values(name, file[name].shape)


def write_keras2():
    """Fixed strings, a list of layers in two parts, and elements of several types."""
    with h5py.File(path("keras2_weights.h5"), "w") as file:
        file.attrs["layer_names0"] = np.array([b"input_1", b"conv1/conv"])
        file.attrs["layer_names1"] = np.array([b"conv1/bn", b"fc1000"])
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.1.6"
        file.create_group("input_1").attrs["weight_names"] = []

        def layer(name, **weights):
            group = file.create_group(name)
            names = [f"{name}/{weight}:0" for weight in weights]
            group.attrs["weight_names"] = np.array([text.encode() for text in names])
            for text, (shape, kind) in zip(names, weights.values()):
                group.create_dataset(text, data=keras_values(text, shape).astype(kind))

        layer("conv1/conv", kernel=((3, 3, 3, 4), "f2"), bias=((4,), "f8"))
        layer("conv1/bn", gamma=((4,), "<f4"), beta=((4,), ">f4"))
        layer("fc1000", kernel=((4, 2), "f4"))
        group = file["fc1000"]
        group.attrs["weight_names"] = np.array([b"fc1000/kernel:0", b"count", b"bytes", b"none"])
        group.create_dataset("count", data=np.int16(-7))
        group.create_dataset("bytes", data=np.array([1, 2, 255], np.uint8))
        group.create_dataset("none", data=np.zeros((0, 3), np.float32))


def write_keras1():
    """Strings of any length."""
    with h5py.File(path("keras1_weights.h5"), "w") as file:
        file.attrs["layer_names"] = ["block1_conv1", "block1_pool"]
        file.create_group("block1_pool").attrs["weight_names"] = []
        group = file.create_group("block1_conv1")
        group.attrs["weight_names"] = ["block1_conv1_W_1:0", "block1_conv1_b_1:0"]
        for name, shape in (("block1_conv1_W_1:0", (3, 3, 3, 2)), ("block1_conv1_b_1:0", (2,))):
            group.create_dataset(name, data=keras_values(f"block1_conv1/{name}", shape))


def write_others():
    with h5py.File(path("plain.h5"), "w") as file:
        file.create_dataset("values", data=np.arange(3.0))
    with h5py.File(path("circle.h5"), "w") as file:
        group = file.create_group("layers")
        for name in "abc":
            group[name] = group

    def legacy(name, weight, write):
        """A file of one layer with one weight."""
        with h5py.File(path(name), "w") as file:
            file.attrs["layer_names"] = np.array([b"conv"])
            group = file.create_group("conv")
            group.attrs["weight_names"] = np.array([weight])
            write(group)

    def without_elements(group):
        space = h5py.h5s.create_simple((1 << 20, 1 << 15))
        h5py.h5d.create(group.id, b"kernel", h5py.h5t.IEEE_F32LE, space)

    def unbounded(group):
        group.create_dataset("kernel", shape=(1 << 30, 1 << 30, 1 << 30), dtype="f4", chunks=(16, 16, 16))

    legacy("chunks.h5", b"kernel", lambda group: group.create_dataset("kernel", data=np.ones(9, "f4"), chunks=(4,)))
    legacy("empty.h5", b"kernel", lambda group: None)
    legacy("text.h5", b"kernel", lambda group: group.create_dataset("kernel", data=b"text"))
    legacy("group.h5", b"kernel", lambda group: group.create_group("kernel"))
    legacy("no_elements.h5", b"kernel", without_elements)
    legacy("unbounded.h5", b"kernel", unbounded)
    legacy("soft_link.h5", b"kernel", lambda group: group.__setitem__("kernel", h5py.SoftLink("/conv/kernel")))
    legacy("other_file.h5", b"kernel", lambda group: group.__setitem__("kernel", h5py.ExternalLink("a.h5", "/b")))
    legacy("other_data.h5", b"kernel", lambda group: group.create_dataset(
        "kernel", shape=(4,), dtype="f4", external=[("a.raw", 0, 16)]))
    legacy("uint64.h5", b"kernel", lambda group: group.create_dataset("kernel", data=np.zeros(2, "u8")))
    legacy("odd_float.h5", b"kernel", lambda group: create(group, b"kernel", (2,), float_type(4, 9, 22, 255)))
    # Its layer's name, once in front of it and once not.
    legacy("twice.h5", b"kernel", lambda group: (
        group.create_dataset("kernel", data=np.zeros(1, "f4")),
        group.create_dataset("conv/kernel", data=np.zeros(1, "f4"))))


def float_type(size, exponent, mantissa, bias):
    """A type of floats with the fields in the order of IEEE 754."""
    kind = h5py.h5t.IEEE_F64LE.copy()
    kind.set_fields(exponent + mantissa, mantissa, exponent, 0, mantissa)
    kind.set_precision(8 * size)
    kind.set_size(size)
    kind.set_ebias(bias)
    return kind


def create(group, name, shape, kind, plist=None):
    space = h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR)
    dataset = h5py.h5d.create(group.id, name, kind, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.zeros(shape, "f4"))
    return dataset


def write_types():
    """Elements in the header, the largest byte first, and bfloat16."""
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    with h5py.File(path("types.h5"), "w") as file:
        group = file.create_group("layer")
        for name, kind in (("compact", "<f4"), ("compact_big", ">f8")):
            kind = h5py.h5t.py_create(np.dtype(kind))
            data = keras_values(f"layer/{name}", (3, 2))
            create(group, name.encode(), (3, 2), kind, compact).write(h5py.h5s.ALL, h5py.h5s.ALL, data)
        for kind in (">f2", ">f8", ">i2", ">i8", ">u4"):
            group.create_dataset(kind[1:], data=np.array([1, 2, 100], kind))
        data = np.array([1, -2, 0.5], "f4")
        create(group, b"bfloat16", (3,), float_type(2, 8, 7, 127)).write(h5py.h5s.ALL, h5py.h5s.ALL, data)


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    write_keras3()
    write_keras2()
    write_keras1()
    write_others()
    write_types()
    print({name: os.path.getsize(path(name)) for name in sorted(os.listdir(FOLDER))})
