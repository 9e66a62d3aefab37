# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How methods do as images are further apart, drawn over the gap."""
from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.tools.evaluate_bag.gaps import GapResult
from residual_features_ros.tools.evaluate_bag.plots import SIZE_INCHES, STYLES
from residual_features_ros.tools.plots import plot, write_plot

Results = Mapping[int, GapResult]
# title, key of the figures, what it is, upper end of the axis
PANELS = (('Inliers by gap', 'inliers', 'inliers (median)', None),
          ('Accurate poses by gap', 'accurate_share', 'share of accurate poses', 1.02))
Panel = tuple[str, str, str, float | None]


def gap_plots(results: Results) -> dict[str, bytes]:
    """Return the PNG of each plot that has something to show, by title; {} without matplotlib."""
    drawn = {panel[0]: plot(partial(draw, results=results, panels=[panel]), 'png', SIZE_INCHES)
             for panel in known_panels(results)}
    return {title: picture for title, picture in drawn.items() if picture is not None}


def write_gap_plot(path: Path, results: Results) -> None:
    """Write the plots side by side as a PNG file, where they have something to show."""
    panels = known_panels(results)
    if panels:
        write_plot(path, partial(draw, results=results, panels=panels))


def known_panels(results: Results) -> list[Panel]:
    """Return the plots for which any method has a number."""
    return [panel for panel in PANELS if any(
        np.isfinite(figures[panel[1]]) for result in results.values()
        for figures in result.methods.values())]


def draw(figure: Any, results: Results, panels: list[Panel]) -> None:
    """Draw plots side by side, a line for each method."""
    for axes, (_, key, label, top) in zip(figure.subplots(1, len(panels), squeeze=False)[0],
                                          panels, strict=True):
        draw_lines(axes, results, key)
        axes.set(ylabel=label, ylim=(0, top))
    lines, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(lines, names, loc='outside upper left', ncols=2, fontsize='small')


def draw_lines(axes: Any, results: Results, key: str) -> None:
    """Draw a figure of each method over the gap; a gap without pairs has no point."""
    gaps = list(results)
    for name, style in zip(next(iter(results.values())).methods, cycle(STYLES), strict=False):
        numbers = [result.methods[name][key] for result in results.values()]
        axes.plot(gaps, numbers, f'o{style}', label=name, markersize=4)
    axes.set_xscale('log', base=2)
    axes.set_xticks(gaps, [str(gap) for gap in gaps])
    axes.minorticks_off()
    axes.set_xlabel('gap [images]')
    axes.grid(alpha=0.3)
