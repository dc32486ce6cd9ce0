"""Writes files as torch.save writes them, good and bad ones, which the tests of Weights read.

    python Tests/Fixtures/make_pytorch_files.py [FOLDER]

Needs torch, numpy and safetensors. NAME.safetensors has what the tensors of the good files must be. The bad ones do
harm to who loads them with pickle; do not.
"""

import builtins
import io
import os
import pickle
import sys
import types
import warnings
import zipfile
from collections import OrderedDict, defaultdict

import numpy as np
import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "../../Packages/Weights/Tests/NNWeightsTests/Fixtures/PyTorch")


class Files:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, name, value, legacy=False, **options):
        torch.save(value, self.path(name), _use_new_zipfile_serialization=not legacy, **options)

    def expect(self, name, tensors):
        save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()}, self.path(name))

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def repack(self, source, name, method=zipfile.ZIP_STORED, change=lambda name, content: content):
        """Writes the files of an archive again; those that `change` makes None are left out."""
        with zipfile.ZipFile(self.path(source)) as old, zipfile.ZipFile(self.path(name), "w", method) as new:
            for entry in old.namelist():
                content = change(entry, old.read(entry))
                if content is not None:
                    new.writestr(zipfile.ZipInfo(entry), content, method)


def values(*shape, dtype=torch.float32):
    return (torch.randn(*shape) * 10).to(dtype)


def every_type():
    return {
        str(dtype).removeprefix("torch."): (values(3, 2).abs() if dtype == torch.uint8 else values(3, 2)).to(dtype)
        for dtype in (
            torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
            torch.int8, torch.uint8, torch.bool,
        )
    }


def every_view():
    base = values(4, 6)
    return {
        "base": base,
        "row": base[1],
        "column": base[:, 2],
        "transposed": base.t(),
        "block": base[1:3, 2:5],
        "steps": base[::2, 1::3],
        "expanded": base[:1].expand(3, 6),
        "expanded_scalar": base[1, 1].expand(2, 2),
        "scalar": base[3, 5],
        "channels_last": values(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "one": values(1, 1, 3).transpose(0, 2),
        "empty": torch.empty(0, 3),
        "empty_inner": torch.empty(2, 0, 3, dtype=torch.int64),
        "half_column": values(5, 3).half()[:, 1],
        "parameter": torch.nn.Parameter(values(2, 3)),
        "frozen": torch.nn.Parameter(values(2), requires_grad=False),
        "größe/µ": values(2),
        "attributes": with_attribute(values(2)),
        "parameter_attributes": with_attribute(torch.nn.Parameter(values(2))),
    }


def with_attribute(tensor):
    tensor.origin = "here"
    return tensor


class Python2Pickler(pickle._Pickler):
    """Writes text and ordered dictionaries as Python 2 did."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        content = text.encode()
        self.write(pickle.SHORT_BINSTRING + bytes([len(content)]) + content)
        self.memoize(text)

    dispatch[str] = save_text

    def save_ordered(self, items):
        self.save_reduce(OrderedDict, ([[key, value] for key, value in items.items()],), obj=items)

    dispatch[OrderedDict] = save_ordered


class Call:
    """An object that calls a function when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def save_weights(files):
    kinds = every_type()
    files.expect("types.safetensors", kinds)
    files.save("types.pt", kinds)
    files.save("types_legacy.pth", kinds, legacy=True)
    wide = {"uint16": values(4).abs().to(torch.uint16), "uint32": values(4).abs().to(torch.uint32)}
    files.save("unsigned.pt", wide)
    files.expect("unsigned.safetensors", wide)

    views = every_view()
    files.expect("views.safetensors", views)
    files.save("views.pt", views)
    files.save("views_legacy.pth", views, legacy=True)
    for protocol in (1, 3, 4, 5):
        files.save(f"views_protocol_{protocol}.pt", views, pickle_protocol=protocol)
        files.save(f"views_protocol_{protocol}.pth", views, pickle_protocol=protocol, legacy=True)
    files.repack("views.pt", "views_deflated.pt", zipfile.ZIP_DEFLATED)
    torch.serialization.set_crc32_options(False)
    files.save("views_no_checksum.pt", views)
    torch.serialization.set_crc32_options(True)

    # The third field of a legacy description of a storage that is a part of another.
    part = values(6)
    files.expect("part.safetensors", {"part": part[2:5]})
    content = io.BytesIO()
    torch.save({"part": part[:3]}, content, _use_new_zipfile_serialization=False)
    content, whole = content.getvalue(), b"K\x06Nt"
    assert content.count(whole) == 1
    files.write("part_legacy.pth", content.replace(whole, b"K\x06(X\x01\x00\x00\x00vK\x02K\x03tt"))


def save_checkpoints(files):
    network = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3, bias=False), torch.nn.BatchNorm2d(3), torch.nn.Linear(3, 2))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    state = network.state_dict()
    files.expect("network.safetensors", state)
    parallel = torch.nn.DataParallel(network).state_dict()
    checkpoint = {
        "epoch": 3, "arch": "resnet20", "best_prec1": np.float64(91.75), "best_acc1": torch.tensor(76.5), "amp": True,
        "lr": 0.1, "count": np.int64(7), "note": None, "rng_state": torch.arange(16, dtype=torch.uint8),
        "blob": b"\x00\xff", "array": np.arange(3), "counts": defaultdict(list, a=[1]), "seen": {1, 2},
        "dtype": torch.float16, "large": 2**200, "device": torch.device("cpu"), "size": torch.Size([1, 2]),
        "optimizer": optimizer.state_dict(), "state_dict": parallel,
    }
    files.save("checkpoint.ckpt", checkpoint)
    files.save("checkpoint_protocol_4.ckpt", checkpoint, pickle_protocol=4)
    files.save("checkpoint_legacy.th", checkpoint, legacy=True)
    python2 = types.SimpleNamespace(__name__="python2", Pickler=Python2Pickler, dump=pickle.dump)
    files.save("python2_legacy.pth", OrderedDict(state), legacy=True, pickle_module=python2)

    zeros = {name: torch.zeros_like(value) for name, value in state.items()}
    files.save("averaged.pth", {"model": zeros, "model_ema": state, "epoch": 1})
    files.save("compiled.pth", {"model": {f"module._orig_mod.{name}": value for name, value in state.items()}})
    files.save("unknown_key.pth", {"weights": dict(state), "optimizer": optimizer.state_dict(), "step": 4})
    files.save("twice_wrapped.pth", {"checkpoint": {"net": dict(state)}, "step": 4})
    tree = {"net": {"encoder": {"0": values(2)}, "heads": [values(3), {"bias": values(1)}]}}
    files.save("tree.pt", tree)
    files.expect("tree.safetensors", {
        "encoder.0": tree["net"]["encoder"]["0"], "heads.0": tree["net"]["heads"][0],
        "heads.1.bias": tree["net"]["heads"][1]["bias"],
    })
    files.save("list.pt", [values(2), (values(3), 5)])
    loaded = torch.load(files.path("list.pt"))
    files.expect("list.safetensors", {"0": loaded[0], "1.0": loaded[1][0]})
    files.save("lone.pt", values(2))
    files.expect("lone.safetensors", {"0": torch.load(files.path("lone.pt"))})
    files.save("ambiguous.pth", {"generator": {"a": values(1, 2)}, "discriminator": {"a": values(1, 2)}})
    files.save("no_tensors.pth", {"epoch": 3, "names": ["a", "b"]})
    whole = values(3)
    files.save("unsupported.pt", {
        "whole": whole, "complex": whole.to(torch.complex64), "sparse": whole.to_sparse(),
        "quantized": torch.quantize_per_tensor(whole, 0.1, 0, torch.quint8), "uint64": torch.arange(3).to(torch.uint64),
        "float8": whole.to(torch.float8_e4m3fn), "negative": torch.view_as_complex(values(3, 2)).conj().imag,
        "compressed": whole.diag().to_sparse_csr(), "meta": whole.to("meta"),
    })


def save_arrays(files):
    """Weights as arrays of NumPy, beside what is none: text, objects, another byte order."""
    weights = OrderedDict(
        (kind, np.arange(6).reshape(2, 3).astype(kind))
        for kind in ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool"])
    weights["columns"] = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    weights["scalar"] = np.array(2.5, np.float32)
    weights["empty"] = np.zeros((0, 3), np.float32)
    weights["swapped"] = np.arange(3, dtype=">f4")
    checkpoint = {
        "model": weights, "names": np.array(["a", "bc"]), "objects": np.array([None, {}], object), "epoch": 3,
        "best": np.float32(0.5), "random": np.random.RandomState(0).get_state(),
    }
    files.save("arrays.pth", checkpoint)
    files.save("arrays_legacy.pth", checkpoint, legacy=True)
    for protocol in [2, 4, 5]:
        files.write(f"arrays_protocol_{protocol}.pkl", pickle.dumps(checkpoint, protocol=protocol))
    # Where there are tensors, arrays are none.
    files.save("arrays_beside.pth", {"weight": torch.ones(2), "scores": np.arange(4.0)})


def save_bad(files):
    bad = torch.nn.Linear(2, 1)
    files.save("bad_module.pt", bad)
    files.save("bad_module_legacy.pth", bad, legacy=True)
    touch = Call(os.system, "touch nnkit_was_here")
    for name, call in {"system": touch, "eval": Call(builtins.eval, "open('nnkit_was_here', 'w')")}.items():
        files.save(f"bad_{name}.pt", {"weight": values(2), "more": call})
        files.save(f"bad_{name}_legacy.pth", {"weight": values(2), "more": call}, legacy=True)
        files.save(f"bad_{name}_protocol_4.pt", {"weight": values(2), "more": call}, pickle_protocol=4)
    files.save("bad_namespace.pth", {"state_dict": {"a": values(2)}, "args": types.SimpleNamespace(lr=0.1)})

    files.repack("lone.pt", "bad_big_endian.pt", change=lambda name, c: b"big" if name.endswith("byteorder") else c)
    files.save("bad_big_endian_legacy.pth", values(2), legacy=True)
    content = files.read("bad_big_endian_legacy.pth")
    at = content.index(b"little_endianq") + len(b"little_endianq") + 1
    files.write("bad_big_endian_legacy.pth", content[:at] + b"\x89" + content[at + 1:])
    files.repack("lone.pt", "bad_no_pickle.pt", change=lambda name, c: None if name.endswith(".pkl") else c)
    files.repack("lone.pt", "bad_no_storage.pt", change=lambda name, c: None if name.endswith("data/0") else c)
    files.repack("lone.pt", "bad_short_storage.pt", change=lambda name, c: c[:-1] if name.endswith("data/0") else c)
    files.write("bad_pickle.pth", pickle.dumps({"a": [1, 2], "b": np.array(["c"])}, protocol=2))
    script = torch.jit.trace(torch.nn.Linear(2, 1), torch.zeros(1, 2))
    script.save(files.path("bad_script.pt"))
    # Far smaller than what it would be unpacked to.
    with zipfile.ZipFile(files.path("bad_bomb.pt"), "w") as archive:
        archive.writestr(zipfile.ZipInfo("bad_bomb/data.pkl"), bytes(1 << 21), zipfile.ZIP_DEFLATED)


def main():
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    files = Files(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)
    save_weights(files)
    save_checkpoints(files)
    save_arrays(files)
    save_bad(files)
    for name in os.listdir(files.folder):
        os.chmod(files.path(name), 0o644)
    sizes = [os.path.getsize(files.path(name)) for name in os.listdir(files.folder)]
    print(f"{len(sizes)} files, {sum(sizes)} bytes, the largest {max(sizes)}")


if __name__ == "__main__":
    main()
