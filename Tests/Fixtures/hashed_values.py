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
    if len(shape) > 1:
        return torch.tensor(_weights(name, shape, shape[1:]))
    if name.endswith("running_var"):
        return torch.tensor(_scaled(name, shape, 1, 0.3))
    return torch.tensor(_scaled(name, shape, *((1, 0.2) if name.endswith("weight") else (0, 0.1))))


def keras_values(name, shape):
    """The values of one tensor of a file of Keras, a float32 array."""
    if len(shape) > 1:
        # Of a depthwise kernel [H, W, C, 1] each channel sees one alone.
        return _weights(name, shape, shape[:2] if len(shape) == 4 and shape[3] == 1 else shape[:-1])
    if "moving_variance" in name or "running_std" in name:
        return _scaled(name, shape, 1, 0.3)
    return _scaled(name, shape, *((1, 0.2) if "gamma" in name else (0, 0.1)))


def _weights(name, shape, seen):
    return _scaled(name, shape, 0, np.sqrt(6 / np.prod(seen, dtype=np.float64)))


def _scaled(name, shape, offset, scale):
    shape = tuple(shape)
    return (offset + scale * noise(name, int(np.prod(shape, dtype=np.int64)))).astype(np.float32).reshape(shape)


def fill(module):
    """Gives a module's parameters and statistics their values, by their names in its state dictionary."""
    state = module.state_dict()
    for name, tensor in state.items():
        if tensor.dtype.is_floating_point:
            state[name] = values(name, tensor.shape).to(tensor.dtype)
    module.load_state_dict(state)
    return module
