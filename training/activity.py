# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a network says anything: what of its ReLUs fires, and how long its outputs are.

A descriptor of two halves can have a good score while one of them is silent; recall alone does not
tell.
"""
from __future__ import annotations

from types import TracebackType
from typing import Any

from torch import Tensor, nn


class Activity:
    """Listens to a network while it is entered; None is a network that is not there."""

    def __init__(self, network: nn.Module | None) -> None:
        """Take the network, whose output is a map (B, C, H, W)."""
        self._network = network
        self._layers = [] if network is None else [
            layer for layer in network.modules() if isinstance(layer, nn.ReLU)]
        self._fired, self._seen = [0.0] * len(self._layers), [0] * len(self._layers)
        self._length, self._places = 0.0, 0
        self._hooks: list[Any] = []

    def __enter__(self) -> Activity:
        """Begin to listen."""
        for number, layer in enumerate(self._layers):
            self._hooks.append(layer.register_forward_hook(
                lambda layer, given, found, number=number: self._count(number, found)))
        if self._network is not None:
            self._hooks.append(self._network.register_forward_hook(
                lambda network, given, found: self._measure(found)))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def scores(self) -> dict[str, float]:
        """Return what was heard, {} of nothing.

        Returns:
            active: the least share, over the ReLUs, of outputs above 0. length: the mean L2 norm
            of the map at a place.
        """
        if not self._places:
            return {}
        shares = [fired / seen for fired, seen in zip(self._fired, self._seen, strict=True)]
        return {'active': min(shares, default=1.0), 'length': self._length / self._places}

    def _count(self, number: int, found: Tensor) -> None:
        self._fired[number] += int((found > 0).sum())
        self._seen[number] += found.numel()

    def _measure(self, found: Tensor) -> None:
        lengths = found.double().norm(dim=1)
        self._length += float(lengths.sum())
        self._places += lengths.numel()
