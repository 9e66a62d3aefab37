# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plots by matplotlib, where it is installed."""
from __future__ import annotations

import io
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
    picture = plot(draw, path.suffix.lstrip('.') or 'png')
    if picture is None:
        print(f'{path} needs the Python package matplotlib: pip install matplotlib')
        return False
    path.write_bytes(picture)
    print(f'plot: {path}')
    return True


def plot(draw: Callable[[Any], None], kind: str = 'png',
         size_inches: tuple[float, float] = SIZE_INCHES) -> bytes | None:
    """Return a picture in a format of matplotlib, None where that is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=size_inches, layout='constrained')
    FigureCanvasAgg(figure)
    draw(figure)
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=DPI)
    return content.getvalue()
