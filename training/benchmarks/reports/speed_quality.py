# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Right matches against processor time, of saved results, as one picture."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS

KINDS = {'hand-crafted': 'dimgrey', 'learned whole': 'tab:blue', 'this package': 'tab:orange'}
# Of a name beside its point: across and up in points, and which edges of it are there.
PLACES = ((0, 6, 'center', 'bottom'), (0, -6, 'center', 'top'), (7, 0, 'left', 'center'),
          (-7, 0, 'right', 'center'))


@dataclass(frozen=True)
class Point:
    """A method.

    kind: a word of KINDS.
    cost: processor time of a frame over that of the reference.
    correct: right matches, the sum over all pairs.
    """

    method: str
    kind: str
    cost: float
    correct: float


def main(quality: Path, speed: Path, out: Path) -> str:
    """Draw the methods that both results have into a new picture; say which.

    Args:
        quality: what 'evaluate hpatches --brief --out' saved.
        speed: what 'bench --out' of the package saved.
        out: the picture, of a suffix that matplotlib knows.

    Raises:
        OutputError: the picture is there already.
        ValueError: a file that is no such result, or no method in both.
    """
    refuse_existing([out])
    good, fast = read(quality, 'summary'), read(speed, 'reference')
    found = points(good, fast)
    if not found:
        raise ValueError(f'{quality} and {speed} have no method in common')
    out.parent.mkdir(parents=True, exist_ok=True)
    draw(found, labels(good, fast), out)
    return f'{out}: {", ".join(point.method for point in found)}'


def read(path: Path, key: str) -> dict[str, Any]:
    """Return a saved result that has a key; ValueError for anything else."""
    result = json.loads(path.read_text(encoding='utf-8'))
    if not isinstance(result, dict) or key not in result:
        raise ValueError(f'{path}: not the saved result that is needed (it has no {key!r})')
    return result


def points(quality: dict[str, Any], speed: dict[str, Any]) -> list[Point]:
    """Return the methods that both results have, in the order of the times."""
    base = frame_core_ms(speed, speed['reference'])
    found = [Point(name, kind(name), frame_core_ms(speed, name) / base,
                   quality['summary'][name]['all']['correct'])
             for name in speed['methods'] if name in quality['summary']]
    return sorted(found, key=lambda point: point.cost)


def frame_core_ms(speed: dict[str, Any], method: str) -> float:
    """Return the processor time of a frame, extraction and matching, in ms."""
    return float(speed['methods'][method]['figures']['core_ms']['frame'])


def kind(method: str) -> str:
    """Return whose method it is."""
    facts = METHODS[method]
    if not facts.network:
        return 'hand-crafted'
    return 'this package' if facts.detector else 'learned whole'


def labels(quality: dict[str, Any], speed: dict[str, Any]) -> tuple[str, str]:
    """Return what the axes show."""
    width, height = speed['size']
    return (f'processor time of a frame, of {speed["reference"]} ({width}x{height}, '
            f'{speed["max_keypoints"]} keypoints)',
            f'right matches, {quality["data"]["pairs"]} pairs')


def draw(found: Sequence[Point], axes: tuple[str, str], path: Path) -> None:
    """Draw a dot for each method, and its name beside it."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    from matplotlib.transforms import Bbox
    figure, panel = pyplot.subplots(figsize=(8, 5.4), layout='constrained')
    for name, colour in KINDS.items():
        of_kind = [point for point in found if point.kind == name]
        panel.scatter([point.cost for point in of_kind], [point.correct for point in of_kind],
                      color=colour, label=name, zorder=3)
    panel.set(xscale='log', xlabel=axes[0], ylabel=axes[1])
    shown = [share for share in (0.05, 0.1, 0.2, 0.5, 1, 2, 5)
             if found[0].cost / 2 <= share <= found[-1].cost * 2]
    panel.set_xticks(shown, [f'{share:g}' for share in shown])
    panel.minorticks_off()
    panel.margins(0.12, 0.1)
    panel.grid(alpha=0.3)
    figure.legend(loc='outside upper center', ncols=len(KINDS))
    figure.canvas.draw()  # only then is known where everything is
    dots = panel.transData.transform([(point.cost, point.correct) for point in found])
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in dots]
    for point in found:
        taken.append(name_beside(panel, point, taken))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def name_beside(panel: Any, point: Point, taken: Sequence[Any]) -> Any:
    """Write a point's name where nothing else is, if there is such a place; return its box."""
    for place in PLACES:
        text = panel.annotate(point.method, (point.cost, point.correct), place[:2], fontsize=8,
                              textcoords='offset points', ha=place[2], va=place[3],
                              color=KINDS[point.kind])
        box = text.get_window_extent()
        if not any(box.overlaps(other) for other in taken):
            break
        if place != PLACES[-1]:
            text.remove()
    return box
