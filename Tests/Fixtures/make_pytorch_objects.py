"""Writes checkpoints with objects beside their tensors, as training scripts save them.

    python Tests/Fixtures/make_pytorch_objects.py [FOLDER]

Needs Python 3.8 alone. What PyTorch, NumPy and OmegaConf would be named in the pickles is defined here, so that the
files have what theirs have.
"""

import argparse
import dataclasses
import datetime
import enum
import functools
import io
import os
import pathlib
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict, deque, namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Weights/Tests/NNWeightsTests/Fixtures/PyTorch")


def define(module, name, value):
    """Makes a value known under the name that pickles shall have of it."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        path = ".".join(parts[:count])
        sys.modules.setdefault(path, types.ModuleType(path))
    value.__module__, value.__name__, value.__qualname__ = module, name, name
    setattr(sys.modules[module], name, value)
    return value


class Storage:
    def __init__(self, values):
        self.values = values


FloatStorage = define("torch", "FloatStorage", type("FloatStorage", (), {}))
rebuild = define("torch._utils", "_rebuild_tensor_v2", lambda *arguments: None)
rebuild_parameter = define("torch._utils", "_rebuild_parameter", lambda *arguments: None)


class Tensor:
    def __init__(self, *values):
        self.storage = Storage(values)

    def __reduce__(self):
        count = len(self.storage.values)
        return rebuild, (self.storage, 0, (count,), (1,), False, OrderedDict())


class Parameter(Tensor):
    def __reduce__(self):
        return rebuild_parameter, (Tensor(*self.storage.values), True, OrderedDict())


class Saver(pickle.Pickler):
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.storages = {}

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key, _ = self.storages.setdefault(id(value), (str(len(self.storages)), value))
        return "storage", FloatStorage, key, "cpu", len(value.values)


def save(path, value, protocol=2):
    content = io.BytesIO()
    saver = Saver(content, protocol)
    saver.dump(value)
    with zipfile.ZipFile(path, "w") as archive:

        def write(name, content):
            archive.writestr(zipfile.ZipInfo("archive/" + name), content)

        write("data.pkl", content.getvalue())
        write("byteorder", b"little")
        for key, storage in saver.storages.values():
            write("data/" + key, struct.pack(f"<{len(storage.values)}f", *storage.values))
        write("version", b"3\n")


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Options:
    lr: float = 0.1
    nested: object = None


@dataclasses.dataclass(frozen=True)
class Frozen:
    lr: float = 0.1


class WithSlots:
    __slots__ = ("a",)


class WithNames:
    """Is made with names for its arguments: NEWOBJ_EX."""

    def __new__(cls, *, lr=0):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (), {"lr": 0.1}


class ListWithAttributes(list):
    pass


class DictWithAttributes(dict):
    pass


class Custom:
    pass


Pair = namedtuple("Pair", "a b")


class Reduced:
    """Is written as a call: of a function, or with items to append and to set."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def objects():
    for kind in (Color, Options, Frozen, WithSlots, WithNames, ListWithAttributes, DictWithAttributes, Custom, Pair):
        define("project.types", kind.__name__, kind)
    scalar = define("numpy._core.multiarray", "scalar", lambda *arguments: None)
    dtype = define("numpy", "dtype", lambda *arguments: None)
    config = define("omegaconf.dictconfig", "DictConfig", type("DictConfig", (), {}))
    anything = define("typing_stub", "Any", type("Any", (), {}))
    square = define("project.models", "<lambda>", lambda x: x)
    generator = define("torch._C", "Generator", type("Generator", (), {}))
    omega = config()
    omega.__dict__.update(_metadata={"ref_type": anything, "optional": True}, _parent=None, _content={"lr": 0.1})
    custom = Custom()
    custom.itself, custom.path, custom.tensor = custom, pathlib.PurePosixPath("/a"), Tensor(7, 8)
    attributes = ListWithAttributes([1, 2])
    attributes.name = "list"
    mapping = DictWithAttributes(a=1)
    mapping.name = "dict"
    slots = WithSlots()
    slots.a = 1
    kind = Reduced(dtype, ("f8", False, True), (3, "<", None, None, None, -1, -1, 0))
    return {
        "args": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/x"), nested=argparse.Namespace(a=[1])),
        "same_args": None,
        "path": pathlib.PurePosixPath("/data"),
        "started": datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
        "took": datetime.timedelta(seconds=3),
        "best": Reduced(scalar, (kind, struct.pack("<d", 0.75))),
        "dtype": kind,
        "color": Color.RED,
        "options": Options(nested=Frozen()),
        "slots": slots,
        "names": WithNames(),
        "list": attributes,
        "dict": mapping,
        "pair": Pair(1, (2, 3)),
        "queue": deque([1, 2], maxlen=5),
        "partial": functools.partial(square, 1, b=2),
        "lambda": square,
        "class": Custom,
        "custom": custom,
        "generator": generator(),
        "config": omega,
        "complex": 1 + 2j,
        "range": range(3),
        "slice": slice(1, 2),
        "bound": Reduced(getattr, (custom, "run")),
    }


def state(scale=1, prefix=""):
    return OrderedDict(
        (prefix + name, Tensor(*(scale * value for value in values)))
        for name, values in {"0.weight": (1, 2), "0.bias": (3,)}.items())


def module(name, parameters=(), buffers=(), modules=(), transient=()):
    kind = define("torch.nn.modules.stub", name, type(name, (), {}))
    made = kind()
    made.__dict__.update(
        training=True, _parameters=OrderedDict(parameters), _buffers=OrderedDict(buffers),
        _non_persistent_buffers_set=set(transient), _backward_hooks=OrderedDict(), _modules=OrderedDict(modules),
        in_features=2)
    return made


def whole():
    linear = module("Linear", {"weight": Parameter(1, 2), "bias": None})
    norm = module("Norm", {"weight": Parameter(3, 4)}, {"running_mean": Tensor(5, 6), "grid": Tensor(9)}, (), ["grid"])
    # A child that is called as the key of a checkpoint is.
    return module("Net", {"scale": Parameter(7, 8)}, (), {"model": linear, "norm": norm, "none": None})


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    for protocol in (2, 3, 4, 5):
        checkpoint = {"epoch": 3, **objects(), "model": state()}
        checkpoint["same_args"] = checkpoint["args"]
        save(os.path.join(folder, f"objects_protocol_{protocol}.pth"), checkpoint, protocol)

    def write(name, value):
        save(os.path.join(folder, name + ".pth"), value)

    write("module", whole())
    optimizer = {"state": {0: {"exp_avg": Tensor(0, 0), "exp_avg_sq": Tensor(0, 0)}}, "param_groups": [{"lr": 0.1}]}
    write("module_in_checkpoint", {"epoch": 1, "model": whole(), "optimizer": optimizer})
    mapping = define("project.types", "States", type("States", (dict,), {}))
    write("state_of_custom_type", {"weights": mapping(state()), "optimizer": optimizer})
    write("only_objects", {"model": argparse.Namespace(a=1), "epoch": 2})
    average = {"n_averaged": Tensor(12), **state(10, "module.")}
    write("ema_torchvision", {"model": state(), "model_ema": average, "optimizer": optimizer, "epoch": 1})
    write("ema_timm", {"state_dict": state(), "state_dict_ema": state(10), "optimizer": optimizer, "version": 2})
    write("ema_key", {"model": state(), "ema_state_dict": state(10), "ema_decay": 0.999})
    write("ema_nested", {"ema": {"module": state(10), "updates": 3}, "model": state()})
    write("ema_super_resolution", {"params": state(), "params_ema": state(10)})
    write("states_within", {"checkpoint": {"net": state(), "model_ema": state(10)}, "step": 4})
    write("lightning", {"state_dict": state(prefix="model.net."), "pytorch-lightning_version": "2"})


if __name__ == "__main__":
    main()
