# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks on a GPU that is not there: torch's own fake tensors, which have types and no numbers.

Which types meet in an operator is then what torch's rules for CUDA say, autocast's among them.
"""
from contextlib import contextmanager
from unittest import mock

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode

GPU = torch.device('cuda:0')


class Slices(TorchFunctionMode):
    """Cuts slices as operators do: Python's own way asks for CUDA, which torch may lack."""

    def __torch_function__(self, function, kinds, args=(), kwargs=None):
        """Run a function of torch."""
        if function is not torch.Tensor.__getitem__:
            return function(*args, **(kwargs or {}))
        found, parts = args
        for axis, part in reversed(list(enumerate(parts))):
            if isinstance(part, int):
                found = found.select(axis, part)
            else:
                first, end, _ = part.indices(found.shape[axis])
                found = found.narrow(axis, first, end - first)
        return found


@contextmanager
def on_a_fake_gpu(network, *shape):
    """Yield an input (shape) fp32 on the GPU for a network that is moved there, of no use after.

    torch turns autocast off for CUDA where there is none; here it does not.
    """
    mode = FakeTensorMode()

    def moved(tensor):
        return FakeTensor(mode, torch.empty_like(tensor, device='meta'), GPU)

    for module in network.modules():
        for name, value in module.named_parameters(recurse=False):
            setattr(module, name, torch.nn.Parameter(moved(value.detach()), requires_grad=False))
        for name, value in module.named_buffers(recurse=False):
            setattr(module, name, moved(value))
    always = mock.patch('torch.cuda.amp.common.amp_definitely_not_available', lambda: False)
    with always, mode, Slices():
        yield moved(torch.empty(shape))
