# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Distances and ratios of right and wrong nearest neighbours, and the thresholds among them."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

ORB_SLAM = {'TH_LOW': 50, 'TH_HIGH': 100}  # ORB-SLAM2 and 3 (ORBmatcher.cc)
ORB_SLAM_RATIOS = 0.6, 0.9  # that their searches ask for
COLOURS = {'right': 'C0', 'right in windows': 'C2', 'wrong': 'C3'}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw a column for each method: distances above, ratios below.

    Args:
        results: by method, low, high and ratio, and thresholds.histograms.
        path: of a suffix that matplotlib knows.
    """
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(2, len(results), figsize=(4.2 * len(results), 5.6),
                                   squeeze=False, layout='constrained')
    for (above, below), (method, found) in zip(axes.T, results.items(), strict=True):
        steps(above, found['distances'])
        above.axvline(found['low'], color='k', label=f'low {found["low"]:g}')
        above.axvline(found['high'], color='k', linestyle='--', label=f'high {found["high"]:g}')
        steps(below, found['ratios'])
        below.axvline(found['ratio'], color='k', label=f'ratio {found["ratio"]:g}')
        if method == 'orb':
            for name, value in ORB_SLAM.items():
                above.axvline(value, color='0.6', linestyle=':', label=f"ORB-SLAM's {name}")
            below.axvspan(*ORB_SLAM_RATIOS, color='0.6', alpha=0.2, label="ORB-SLAM's ratios")
        above.set(title=method, xlabel=found['unit'])
        below.set(xlabel='nearest / second nearest', xlim=(0, 1))
        for panel in (above, below):
            panel.set(yticks=[], ylim=(0, None))
            panel.legend(fontsize=7)
    axes[0, 0].set_ylabel('share of each')
    axes[1, 0].set_ylabel('share of each')
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def steps(panel: Any, found: Mapping[str, Any]) -> None:
    """Draw the histograms of one panel, each as shares of its own sum."""
    for name, counts in found.items():
        if name == 'step':
            continue
        places = [(number + 0.5) * found['step'] for number in range(len(counts))]
        shares = [count / max(sum(counts), 1) for count in counts]
        panel.fill_between(places, shares, step='mid', color=COLOURS[name], alpha=0.3, label=name)
