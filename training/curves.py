# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation scores of runs against steps: one picture, a panel for each score, and a table."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.outputs import refuse_existing
from training import checkpoint
from training.benchmarks.reports.image_pairs import markdown_table
from training.progress import NOT_SCORES

PANELS_ABREAST = 3
NONE = '-'


@dataclass(frozen=True)
class Curve:
    """The validations of a run.

    label: tells the run from the others.
    lines: (stage, step of the run, scores) of each validation.
    """

    label: str
    lines: tuple[tuple[str, int, dict[str, float]], ...]

    def names(self) -> list[str]:
        """Return the names of the scores in the order of their first validation."""
        return list(dict.fromkeys(name for _, _, scores in self.lines for name in scores))

    def points(self, name: str) -> tuple[list[int], list[float]]:
        """Return the steps at which a score was validated, and the score there."""
        found = [(step, scores[name]) for _, step, scores in self.lines if name in scores]
        return [step for step, _ in found], [value for _, value in found]

    def borders(self) -> list[tuple[int, str]]:
        """Return where stages begin that follow another, and their names."""
        return [(step, stage) for (before, *_), (stage, step, _)
                in zip(self.lines, self.lines[1:], strict=False) if stage != before]


def main(runs: Sequence[Path], out: Path) -> str:
    """Draw runs into <out> and write the same as a table beside it; say where.

    Args:
        runs: folders of runs, finished or not, or checkpoints.
        out: the picture, of a suffix that matplotlib knows.

    Raises:
        OutputError: one of the files is there already.
        ValueError: not a run, or a run that was not validated; a picture of an unknown kind.
    """
    refuse_existing([out, out.with_suffix('.md')])
    curves = [read(path, label) for path, label in zip(runs, labels(runs), strict=True)]
    out.parent.mkdir(parents=True, exist_ok=True)
    plot(curves, out)
    out.with_suffix('.md').write_text(table(curves) + '\n', encoding='utf-8')
    return f'{out} and {out.with_suffix(".md").name}: {", ".join(c.label for c in curves)}'


def read(path: Path, label: str) -> Curve:
    """Return the validations of a run's last checkpoint, steps counted on over its stages."""
    state = checkpoint.load(path / 'last.pt' if path.is_dir() else path)
    if not state.history:
        raise ValueError(f'{path}: no validations yet')
    return Curve(label, count_on(state.history))


def count_on(history: Sequence[dict[str, Any]],
             ) -> tuple[tuple[str, int, dict[str, float]], ...]:
    """Return (stage, step, scores) of a history, with the steps of all stages before in `step`.

    The last validation of a stage is at its end.
    """
    lines, before, last = [], 0, history[0]
    for line in history:
        if line.get('stage', '') != last.get('stage', ''):
            before += last['step']
        scores = {name: value for name, value in line.items() if name not in NOT_SCORES}
        lines.append((line.get('stage', ''), before + line['step'], scores))
        last = line
    return tuple(lines)


def labels(runs: Sequence[Path]) -> list[str]:
    """Return what of their paths tells runs apart: 'a' and 'b' of x/a/run and x/b/run."""
    paths = [path.resolve().parts for path in runs]
    if len(set(paths)) < 2:
        return [path.resolve().name for path in runs]
    shared = alike(paths)
    rest = [path[shared:] for path in paths]
    end = alike([path[::-1] for path in rest])
    return ['/'.join(path[:len(path) - end]) or full[-1]
            for path, full in zip(rest, paths, strict=True)]


def alike(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many parts all paths begin with."""
    columns = [len(set(parts)) == 1 for parts in zip(*paths, strict=False)]
    return [*columns, False].index(False)


def score_names(curves: Sequence[Curve]) -> list[str]:
    """Return the names of all scores: those of the most runs first, as the runs order them."""
    names = list(dict.fromkeys(name for curve in curves for name in curve.names()))
    return sorted(names, key=lambda name: -sum(name in curve.names() for curve in curves))


def plot(curves: Sequence[Curve], path: Path) -> None:
    """Draw a panel for each score, a line for each run; dotted where its next stage begins."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    names = score_names(curves)
    last = max(1, *(step for curve in curves for _, step, _ in curve.lines))
    across = min(len(names), PANELS_ABREAST)
    down = -(-len(names) // across)
    figure, axes = pyplot.subplots(down, across, figsize=(4.5 * across, 0.7 + 3 * down),
                                   squeeze=False, layout='constrained')
    for panel, name in zip(axes.flat, names, strict=False):
        for number, curve in enumerate(curves):
            steps, scores = curve.points(name)
            if not steps:
                continue
            panel.plot(steps, scores, color=f'C{number}', marker='o', markersize=3)
            for step, stage in curve.borders():
                panel.axvline(step, color=f'C{number}', linestyle=':', linewidth=1)
                panel.annotate(stage, (step, 1), (2, -2), xycoords=('data', 'axes fraction'),
                               textcoords='offset points', rotation=90, va='top', fontsize=7,
                               color=f'C{number}')
        panel.set(title=name, xlabel='steps', xlim=(-0.03 * last, 1.03 * last))
        panel.grid(alpha=0.3)
    for panel in axes.flat[len(names):]:
        panel.set_axis_off()
    lines = [Line2D([], [], color=f'C{number}', marker='o', markersize=3)
             for number in range(len(curves))]
    figure.legend(lines, [curve.label for curve in curves], loc='outside upper center',
                  ncols=min(len(curves), 4))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def table(curves: Sequence[Curve]) -> str:
    """Return the validations in Markdown."""
    names = score_names(curves)
    return markdown_table(['run', 'stage', 'step', *names], [
        [curve.label, stage or NONE, str(step),
         *(f'{scores[name]:.4g}' if name in scores else NONE for name in names)]
        for curve in curves for stage, step, scores in curve.lines])
