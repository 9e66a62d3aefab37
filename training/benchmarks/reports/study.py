# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A study of convergence as tables and as a picture: runs, factors with their bounds, curves."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from residual_features_ros import text_table
from training.benchmarks.reports import paper
from training.benchmarks.reports.image_pairs import markdown_table
from training.convergence import STILL, Factor, Reach

NONE = '-'
STYLES = {'50 %': ':', '75 %': '-.', '100 %': '--'}  # of the lines at shares of the hand-crafted
MEANING = (
    'Runs were validated at single steps, and nothing is interpolated: "100-150" '
    'is a score that was not there, or not kept, at step 100 and is kept from 150 on, "> 900" one '
    'that was never kept in 900 steps. A factor is the cost of the rival over that of the fused '
    'descriptor at the same score: its range over seeds, and in brackets what the validations '
    'before would allow. Scores are shares of the recall of the hand-crafted descriptor, and '
    f'"own", what the rival has at its end, less {STILL}, which is noise.')


def text(result: Mapping[str, Any]) -> str:
    """Return runs, factors and what is to be said of them as text."""
    return '\n\n'.join([text_table.table(*runs_table(result)),
                        text_table.table(*factors_table(result)), '\n'.join(remarks(result))])


def section(result: Mapping[str, Any]) -> list[str]:
    """Return a saved study as a section of the document of all results."""
    return ['## Convergence', f'{MEANING} The paper: {paper.CONVERGENCE}.',
            markdown_table(*factors_table(result)), markdown_table(*runs_table(result)),
            ' '.join(remarks(result)),
            'Recall after steps, mean over seeds and its range:',
            markdown_table(*curves_table(result)),
            f'{result["data"]}: `{result["command"]}`, commit {result["commit"]}.']


def runs_table(result: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: each run, its end, and the steps after which it keeps a share."""
    names = list(STYLES)
    rows = [[name, seed, str(run['steps'][-1]), f'{run["seconds"][-1]:.0f}',
             f'{run["score"][-1]:.3f}',
             NONE if run['last_rise'] is None else f'{run["last_rise"]:+.3f}',
             *(reached(Reach(**run['reaches'][share]['steps'])) for share in names)]
            for name, of_seeds in result['runs'].items() for seed, run in of_seeds.items()]
    return ['run', 'seed', 'steps', 'seconds', 'recall', 'last third',
            *(f'{share} after' for share in names)], rows


def factors_table(result: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: each rival and target, with the factors in steps and seconds."""
    rows = []
    for rival, targets in result['comparisons'].items():
        for target, units in targets.items():
            seeds = units['steps']['seeds'].values()
            rows.append([rival, target, spread([seed['score'] for seed in seeds]),
                         *(', '.join(reached(Reach(**seed[which])) for seed in seeds)
                           for which in ('fused', 'rival')),
                         *(words(Factor(**units[unit]['factor']))
                           for unit in ('steps', 'seconds'))])
    return ['rival', 'target', 'recall', 'fused after', 'rival after', 'factor, steps',
            'factor, seconds'], rows


def curves_table(result: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: the score of all seeds at each validated step."""
    names, scores = list(result['runs']), {
        name: [dict(zip(run['steps'], run['score'], strict=True)) for run in of_seeds.values()]
        for name, of_seeds in result['runs'].items()}
    steps = sorted({step for runs in scores.values() for run in runs for step in run})
    return ['steps', *names], [
        [str(step), *(spread([run[step] for run in scores[name] if step in run])
                      for name in names)] for step in steps]


def reached(reach: Reach) -> str:
    """Return from where on a score is kept, in words of validated costs."""
    if reach.at is None:
        return f'> {reach.before:.0f}'
    return f'{reach.at:.0f}' if reach.at == reach.before else f'{reach.before:.0f}-{reach.at:.0f}'


def words(factor: Factor) -> str:
    """Return an interval and its bounds, or the one side that is known."""
    if factor.least is None or factor.most is None:
        if factor.low is not None:
            return f'at least {factor.low:.1f}'
        return NONE if factor.high is None else f'at most {factor.high:.1f}'
    above = 'or more' if factor.high is None else f'to {factor.high:.1f}'
    return f'{factor.least:.1f} to {factor.most:.1f} ({factor.low:.1f} {above})'


def spread(values: Sequence[float]) -> str:
    """Return the mean and the range of numbers, '-' for none."""
    if not values:
        return NONE
    mean = f'{fmean(values):.3f}'
    return mean if min(values) == max(values) else f'{mean} ({min(values):.3f}-{max(values):.3f})'


def remarks(result: Mapping[str, Any]) -> list[str]:
    """Return the hand-crafted recall, which runs still rise, and on what they were trained."""
    said = [f'Hand-crafted recall {spread(list(result["handcrafted"].values()))}.']
    for name, of_seeds in result['runs'].items():
        of_budget = ': at its own score the factor is that of this budget' \
            if name in result['comparisons'] else ''
        said.append(f'{name} {rising(list(of_seeds.values()), of_budget)}.')
    machines = {run['machine'] for of_seeds in result['runs'].values()
                for run in of_seeds.values()}
    told = '; '.join(sorted(machines))
    return [*said, f'Trained on {told}' + (': seconds cannot be compared.' if len(machines) > 1
                                           else '.')]


def rising(runs: Sequence[Mapping[str, Any]], of_budget: str) -> str:
    """Return whether the runs of a name still rise; `of_budget` is what follows where they do."""
    rises = [run['last_rise'] for run in runs]
    known = [rise for rise in rises if rise is not None]
    if len(known) < len(rises):
        return 'has too few validations to tell whether it still rises'
    if max(known) > STILL:
        return (f'still rises, by up to {max(known):.3f} in the last third of its steps'
                f'{of_budget}')
    if any(run['score'][-1] <= run['score'][0] + STILL for run in runs):
        return f'has not begun to learn{of_budget}'
    return 'no longer rises'


def plot(result: Mapping[str, Any], path: Path) -> None:
    """Draw the score of every run against steps and against seconds as a picture."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.4), sharey=True, layout='constrained')
    level = fmean(result['handcrafted'].values())
    name = result['protocol']['settings']['handcrafted']
    for axes, unit in zip(panels, ('steps', 'seconds'), strict=True):
        runs = [(name, run) for name, of_seeds in result['runs'].items()
                for run in of_seeds.values()]
        labelled: set[str] = set()
        for run_name, run in runs:
            axes.plot(run[unit], run['score'], marker='o', markersize=2, linewidth=1,
                      color=f'C{list(result["runs"]).index(run_name)}',
                      label=None if run_name in labelled else run_name)
            labelled.add(run_name)
        for share, style in STYLES.items():
            axes.axhline(float(share.removesuffix(' %')) / 100 * level, color='black',
                         linestyle=style, linewidth=1, label=f'{share} of {name}')
        first = min(run[unit][1] for _, run in runs)
        axes.set_xscale('symlog', linthresh=max(first, 1e-3))
        axes.set(xlabel=f'{unit} of training', xlim=(0, None))
        axes.xaxis.set_major_formatter('{x:g}')
        axes.grid(alpha=0.3)
    panels[0].set_ylabel('recall at 3 px')
    figure.legend(*panels[0].get_legend_handles_labels(), loc='outside upper center', ncols=6)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
