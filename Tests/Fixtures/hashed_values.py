"""Values that follow from the names of tensors alone: the counterpart of NNTesting's HashedValues.swift.

Fixtures of whole networks need not hold their weights: both sides make the same ones.
"""
import numpy as np
import torch

MASK = 0xFFFFFFFFFFFFFFFF


def noise(name, count):
    """Numbers from -1 to below 1, multiples of 2^-23: FNV-1a of the name seeds SplitMix64."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        state = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = (state ^ (state >> np.uint64(31))) >> np.uint64(40)
    return state.astype(np.float64) / (1 << 23) - 1


def values(name, shape):
    """The values of one tensor of a state dictionary, float32, scaled for what its name says that it is."""
    shape = tuple(shape)
    count = int(np.prod(shape, dtype=np.int64))
    if len(shape) > 1:
        offset, scale = 0, np.sqrt(6 / np.prod(shape[1:], dtype=np.float64))
    elif name.endswith("running_var"):
        offset, scale = 1, 0.3
    elif name.endswith("weight"):
        offset, scale = 1, 0.2
    else:
        offset, scale = 0, 0.1
    return torch.tensor((offset + scale * noise(name, count)).astype(np.float32).reshape(shape))


def fill(module):
    """Gives a module's parameters and statistics their values, by their names in its state dictionary."""
    state = module.state_dict()
    for name, tensor in state.items():
        if tensor.dtype.is_floating_point:
            state[name] = values(name, tensor.shape).to(tensor.dtype)
    module.load_state_dict(state)
    return module
