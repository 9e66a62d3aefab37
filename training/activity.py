# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a network says anything: what of its ReLUs fires, and how long its outputs are.

A descriptor of two halves can have a good score while one of them is silent; recall alone does not
tell.
"""
from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from torch import Tensor, nn

REMEDY = 'try model.batch_norm=True or a smaller optim.lr, with --restart or a new --out'
LEAST_ACTIVE = 0.005  # of a ReLU's outputs; those of networks that learn were above a third
LONGEST = 1e9  # beyond 1e19 its square is no float32


def warning(scores: Mapping[str, float]) -> str:
    """Return what is wrong with a network of these scores (Activity.scores), '' for nothing."""
    if scores.get('active', 1.0) < LEAST_ACTIVE:
        return (f'h falls silent: of one of its ReLUs {scores["active"]:.2%} of the outputs are '
                f'above 0; {REMEDY}')
    if scores.get('length', 0.0) > LONGEST:
        return f"h's map grows without end: its mean length is {scores['length']:.1g}; {REMEDY}"
    return ''


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
