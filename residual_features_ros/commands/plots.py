# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plots by matplotlib, where it is installed."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE_INCHES = (10, 4)
DPI = 120


def write_plot(path: Path, draw: Callable[[Any], None]) -> bool:
    """Write a picture; say where it is, or what it needs.

    Args:
        path: of the picture; its ending decides the format.
        draw: fills a matplotlib Figure.

    Returns:
        whether it was written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        print(f'{path} needs the Python package matplotlib: pip install matplotlib')
        return False
    figure = Figure(figsize=SIZE_INCHES, layout='constrained')
    FigureCanvasAgg(figure)
    draw(figure)
    figure.savefig(path, dpi=DPI)
    print(f'plot: {path}')
    return True
