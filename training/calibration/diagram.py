# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Reliability diagram: whether of the matches given .8 80 % are right."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

ABREAST = 4


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw a panel for each method.

    Args:
        results: by method, what reliability.numbers gives.
        path: of a suffix that matplotlib knows.
    """
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    across = min(len(results), ABREAST)
    down = -(-len(results) // across)
    figure, axes = pyplot.subplots(down, across, figsize=(3.4 * across, 3.6 * down),
                                   squeeze=False, layout='constrained')
    for panel, (method, found) in zip(axes.flat, results.items(), strict=False):
        means, shares, counts = zip(*found['reliability'], strict=True)
        panel.plot([0, 1], [0, 1], color='0.6', linestyle='--', linewidth=1)
        total = sum(counts)
        panel.bar(means, [count / total for count in counts], width=0.06, color='C0', alpha=0.25,
                  label='share of the matches')
        panel.plot(means, shares, color='C0', marker='o', markersize=4, label='right')
        panel.set(title=f'{method}\nAUC {found["auc"]:.3f}, ECE {found["ece"]:.3f}',
                  xlabel='confidence', ylabel='share within 3 pixels', xlim=(0, 1), ylim=(0, 1),
                  aspect='equal')
        panel.grid(alpha=0.3)
    axes.flat[0].legend(loc='upper left', fontsize=8)
    for panel in axes.flat[len(results):]:
        panel.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
