# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does fusion converge faster? Three descriptors trained under one budget, score against cost.

The Residual paper claims convergence 50 times faster than SuperPoint's. Here the same h is trained
with the hand-crafted descriptor (fused), alone with the same loss (no_fusion), and alone with
SuperPoint's dense loss (superpoint), on the same samples in the same order with the same schedule.
The factor is the whole cost of a rival over the cost from which on fused keeps the rival's final
score. Since fused may have that before its first step, the cost of the hand-crafted descriptor's
score is written for each run too.
"""
from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import torch

from residual_features_ros.environment import commit
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from training.checkpoint import TrainState
from training.epochs import with_steps
from training.export import public
from training.methods.residual.config import ResidualConfig
from training.runs import open_run
from training.train import train

FIRST_VALIDATION = 25
DIFFERENCES = {'fused': 'h and the hand-crafted descriptor',
               'no_fusion': 'h alone, of the same length, same loss',
               'superpoint': "h alone, SuperPoint's dense loss"}
RIVALS = ('no_fusion', 'superpoint')


def study(config: ResidualConfig, out: Path, command: str, data: str) -> str:
    """Train all runs, write <out>/study.json and study.png, return the table.

    Runs that are done are not trained again, one that was stopped goes on.

    Args:
        config: the fused run; the others are made from it.
        out: folder; each run has its own below it.
        command: how to do it again, written with the results.
        data: what the photographs are, written with the results.

    Raises:
        OutputError: `out` has results, but not the runs that they are of.
        ValueError: `out` has a run with other settings, or torchrun started this.
    """
    if int(os.environ.get('WORLD_SIZE', '1')) > 1:
        raise ValueError('a study is of one process: start it without torchrun')
    if not (out / 'fused' / 'last.pt').exists():
        refuse_existing([out / 'study.json', out / 'study.png'])
    config = with_steps(config)
    runs, device = {}, 'cuda' if torch.cuda.is_available() else 'cpu'
    for name, settings in plan(config).items():
        path = out / name / 'last.pt'
        if path.exists() and open_run(path).config != settings:
            raise ValueError(f'{path}: trained with other settings; take another --out')
        runs[name] = curve(open_run(train(settings, out / name)).state)
    fused = open_run(out / 'fused' / 'last.pt')
    protocol = {'settings': public(fused.config), 'runs': DIFFERENCES,
                'score': 'mean recall at 3 px on the held-out pairs',
                'seconds': 'of training, without validation; all runs get the same samples, with '
                           'their hand-crafted descriptors',
                'device': device, 'threads': torch.get_num_threads(), 'torch': torch.__version__}
    handcrafted = fused.state.scores['recall_handcrafted']
    for run in runs.values():
        run['reaches_handcrafted'] = {unit: crossing(run[unit], run['score'], handcrafted)
                                      for unit in ('steps', 'seconds')}
    result = {'protocol': protocol, 'runs': runs, 'handcrafted': handcrafted,
              'factor': {name: factor(runs['fused'], runs[name]) for name in RIVALS},
              'commit': commit(), 'command': command, 'data': data}
    (out / 'study.json').write_text(json.dumps(result, indent=2) + '\n')
    plot(result, out / 'study.png')
    return table(result)


def plan(config: ResidualConfig) -> dict[str, ResidualConfig]:
    """Return the runs of a study, validated at 25, 50, 100, ... steps unless config says where."""
    if config.model.fusion == 'none':
        raise ValueError(f'{config.method} has no fusion to study; take --method residual_*')
    if config.data.kind != 'homography':
        raise ValueError(f'data.kind={config.data.kind} has no homographies, which the rival '
                         'superpoint needs')
    steps = config.optim.steps
    fused = dataclasses.replace(config, validate_every=steps,
                                validate_at=config.validate_at or doubling(steps))
    no_fusion = dataclasses.replace(
        fused, method=without_fusion(config),
        model=dataclasses.replace(config.model, fusion='none', dense_dim=256))
    superpoint = dataclasses.replace(
        no_fusion, loss=dataclasses.replace(config.loss, kind='superpoint'))
    return {'fused': fused, 'no_fusion': no_fusion, 'superpoint': superpoint}


def without_fusion(config: ResidualConfig) -> str:
    """Return the method of h alone that is nearest: of these keypoints, then of this network."""
    finder, network = DETECTORS[config.handcrafted].finder, METHODS[config.method].network
    alone = {name: entry for name, entry in METHODS.items() if entry.network and not entry.fused}
    return max(alone, key=lambda name: (DETECTORS[alone[name].detector].finder == finder,
                                        alone[name].network == network))


def doubling(steps: int) -> tuple[int, ...]:
    """Return 25, 50, 100, ... below `steps`."""
    found = []
    step = FIRST_VALIDATION
    while step < steps:
        found.append(step)
        step *= 2
    return tuple(found)


def curve(state: TrainState) -> dict[str, Any]:
    """Return a run's validations, and the seconds of each phase, from its checkpoint."""
    columns = {'steps': 'step', 'seconds': 'seconds', 'score': 'recall'}
    return {**{name: [line[key] for line in state.history] for name, key in columns.items()},
            'phases': state.seconds}


def crossing(costs: list[float], scores: list[float], target: float) -> float | None:
    """Return the cost from which on a curve keeps `target`, linear between validations, or None.

    Having it once is not enough: an untrained fusion may keep the hand-crafted descriptor's
    neighbours, and lose them in its first steps.
    """
    below = [place for place, score in enumerate(scores) if score < target]
    if not below:
        return float(costs[0])
    last = below[-1]
    if last == len(scores) - 1:
        return None
    rise = (target - scores[last]) / (scores[last + 1] - scores[last])
    return float(costs[last] + rise * (costs[last + 1] - costs[last]))


def factor(fused: dict[str, Any], rival: dict[str, Any]) -> dict[str, Any]:
    """Compare a rival's whole cost with fused's at the rival's final score.

    Returns:
        score; for steps and for seconds the rival's total, fused's at that score (None where it
        never gets there) and their quotient (None too where fused has it before the first step).
    """
    target = rival['score'][-1]
    found: dict[str, Any] = {'score': target}
    for unit in ('steps', 'seconds'):
        total, cost = rival[unit][-1], crossing(fused[unit], fused['score'], target)
        found[unit] = {'rival': total, 'fused': cost, 'factor': total / cost if cost else None}
    return found


def table(result: dict[str, Any]) -> str:
    """Return final scores, the steps to the hand-crafted score, and factors as text."""
    lines = [f'{"run":14}{"recall":>8}{"steps":>8}{"seconds":>9}{"as hand-crafted":>17}'
             '   fused keeps this recall after']
    for name, run in result['runs'].items():
        reached = run['reaches_handcrafted']['steps']
        line = (f'{name:14}{run["score"][-1]:8.3f}{run["steps"][-1]:8}{run["seconds"][-1]:9.0f}'
                + f'{"never" if reached is None else f"{reached:.0f} steps":>17}')
        if name in result['factor']:
            entry = result['factor'][name]
            line += '   ' + ', '.join(said(entry[unit], unit) for unit in ('steps', 'seconds'))
        lines.append(line)
    return '\n'.join([*lines, f'{"handcrafted":14}{result["handcrafted"]:8.3f}'])


def said(entry: dict[str, Any], unit: str) -> str:
    """Return one comparison in words."""
    if not entry['fused']:
        return f'{"never" if entry["fused"] is None else "from the start"} ({unit})'
    quotient = '' if entry['factor'] is None else f' ({entry["factor"]:.1f} times fewer)'
    return f'{entry["fused"]:.0f} {unit}{quotient}'


def plot(result: dict[str, Any], path: Path) -> None:
    """Draw score against steps and against seconds as a picture."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4), sharey=True, layout='constrained')
    for axes, unit in zip(panels, ('steps', 'seconds'), strict=True):
        for name, run in result['runs'].items():
            axes.plot(run[unit], run['score'], marker='o', markersize=3, label=name)
        axes.axhline(result['handcrafted'], color='black', linestyle='--', linewidth=1,
                     label=f'hand-crafted ({result["protocol"]["settings"]["handcrafted"]})')
        first = min(run[unit][1] for run in result['runs'].values())
        axes.set_xscale('symlog', linthresh=max(first, 1e-3))
        axes.set(xlabel=f'{unit} of training', xlim=(0, None))
        axes.xaxis.set_major_formatter('{x:g}')
        axes.grid(alpha=0.3)
    panels[0].set_ylabel('recall at 3 px')
    panels[0].legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
