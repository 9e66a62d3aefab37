# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tells when a network makes tensors of what Python holds, which no CUDA graph can record.

The network runs without data, on torch's device `meta`: there also what reads a value off a tensor
raises, and a tensor of the CPU stands out.
"""
from contextlib import nullcontext
from unittest import mock

import numpy as np
import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import tree_leaves

MAKERS = {torch.tensor, torch.as_tensor, torch.asarray, torch.from_numpy, torch.frombuffer,
          torch.Tensor.new_tensor, torch.Tensor.new}
INDEXING = {torch.Tensor.__getitem__, torch.Tensor.__setitem__}


class HostDataError(AssertionError):
    """A tensor was made of what Python holds."""


class OnDevice(TorchFunctionMode):
    """Raises HostDataError where a function takes or gives anything but tensors of `meta`."""

    def __torch_function__(self, function, kinds, args=(), kwargs=None):
        """Run a function of torch."""
        kwargs = kwargs or {}
        if function in MAKERS or (function in INDEXING and holds_numbers(args[1])):
            raise HostDataError(f'{resolve_name(function)} of data of the host')
        result = function(*args, **kwargs)
        for value in tree_leaves((args, kwargs, result)):
            if isinstance(value, torch.Tensor) and not value.is_meta:
                raise HostDataError(f'{resolve_name(function)} with a tensor of {value.device}')
        return result


def holds_numbers(index):
    """Return whether an index has a list or an array in it, which becomes a tensor."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, (list, np.ndarray)) for part in parts)


def run_on_device(network, shape, dtype):
    """Run a network, which is of no use afterwards, on an input of this shape.

    Raises:
        HostDataError: it makes tensors of what Python holds.
    """
    network = network.to('meta')
    given = torch.empty(shape, dtype=dtype, device='meta')
    # torch's autocast does not know meta, and no kind of number matters here.
    no_autocast = mock.patch('torch.autocast', lambda *_, **__: nullcontext())
    with torch.inference_mode(), no_autocast, OnDevice():
        network(given)
