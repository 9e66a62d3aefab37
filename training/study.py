# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does fusion converge faster? Three descriptors trained under one budget, score against cost.

The Residual paper claims convergence 50 times faster than SuperPoint's. Here the same h is trained
with the hand-crafted descriptor (fused), alone with the same loss (no_fusion), and alone with
SuperPoint's dense loss (superpoint), with several seeds; runs of one seed get the same samples in
the same order. The factor is the cost from which on a rival keeps a score over that of fused, at
shares of the hand-crafted descriptor's recall and at the rival's own last one.
"""
from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from residual_features_ros.environment import commit
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from training.benchmarks.reports import study as report
from training.convergence import STILL, factor, last_rise, over_seeds, reach
from training.epochs import with_steps
from training.export import public
from training.methods.residual.config import ResidualConfig
from training.resuming import FREE, differences
from training.runs import SavedRun, open_run
from training.train import train

FIRST_VALIDATION = 25
DIFFERENCES = {'fused': 'h and the hand-crafted descriptor',
               'no_fusion': 'h alone, of the same length, same loss',
               'superpoint': "h alone, SuperPoint's dense loss"}
RIVALS = ('no_fusion', 'superpoint')
SHARES = {'50 %': 0.5, '75 %': 0.75, '100 %': 1.0}  # of the hand-crafted descriptor's recall
OWN = 'own'  # the target that is a rival's last score, less what is noise
UNITS = ('steps', 'seconds')
# Of the hand-crafted recall, which OpenCV gives within .001 from machine to machine.
SAME_PAIRS = 0.01
Runs = Mapping[str, Mapping[int, dict[str, Any]]]  # [run][seed]


def study(config: ResidualConfig, seeds: Sequence[int], out: Path, command: str,
          data: str) -> str:
    """Train all runs, write <out>/study.json and study.png, return the tables.

    A run is the folder <out>/<run>-<seed>. Where it has the steps already, wherever it was
    trained, it is read, and where it was stopped, it goes on.

    Args:
        config: the fused run; the others are made from it.
        seeds: each is a run of all three.
        out: folder of the runs' folders.
        command: how to do it again, written with the results.
        data: what the photographs are, written with the results.

    Raises:
        OutputError: `out` has results, but not the runs that they are of.
        ValueError: `out` has a run with other settings or data, or one that cannot go on, or
            torchrun started this.
    """
    if int(os.environ.get('WORLD_SIZE', '1')) > 1:
        raise ValueError('a study is of one process: start it without torchrun')
    if not any(out.glob('*/last.pt')):
        refuse_existing([out / 'study.json', out / 'study.png'])
    config = with_steps(config)
    saved: dict[str, dict[int, SavedRun]] = {name: {} for name in DIFFERENCES}
    for seed in seeds:
        for name, settings in plan(config, seed).items():
            saved[name][seed] = finished(out / f'{name}-{seed}', settings)
    runs = {name: {seed: curve(run, out / f'{name}-{seed}') for seed, run in of_seeds.items()}
            for name, of_seeds in saved.items()}
    check_data(saved, runs)
    result = {'protocol': {'settings': public(next(iter(saved['fused'].values())).config),
                           'runs': DIFFERENCES, 'seeds': list(seeds),
                           'score': 'mean recall at 3 px on the held-out pairs',
                           'seconds': 'of training, without validation; all runs get the same '
                                      'samples, with their hand-crafted descriptors'},
              'runs': runs,
              'handcrafted': {seed: run['handcrafted'] for seed, run in runs['fused'].items()},
              'comparisons': {rival: compare(runs, rival) for rival in RIVALS},
              'commit': commit(), 'command': command, 'data': data}
    (out / 'study.json').write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    result = json.loads((out / 'study.json').read_text(encoding='utf-8'))
    report.plot(result, out / 'study.png')
    return report.text(result)


def plan(config: ResidualConfig, seed: int) -> dict[str, ResidualConfig]:
    """Return the runs of a seed, validated at 25, 50, 75, ... steps unless config says where."""
    if config.model.fusion == 'none':
        raise ValueError(f'{config.method} has no fusion to study; take --method residual_*')
    if config.data.kind != 'homography':
        raise ValueError(f'data.kind={config.data.kind} has no homographies, which the rival '
                         'superpoint needs')
    steps = config.optim.steps
    fused = dataclasses.replace(config, seed=seed, validate_every=steps,
                                validate_at=config.validate_at or validations(steps))
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


def validations(steps: int) -> tuple[int, ...]:
    """Return 25, 50, 75, 100, 150, 200, 300, ... below `steps`: doubled, and half-way between."""
    found = {FIRST_VALIDATION}
    step = 2 * FIRST_VALIDATION
    while step < steps:
        found |= {step, step * 3 // 2}
        step *= 2
    return tuple(sorted(each for each in found if each < steps))


def finished(folder: Path, settings: ResidualConfig) -> SavedRun:
    """Return the run of a folder, trained where steps are missing.

    Raises:
        ValueError: it has other settings, or steps are missing and it has no optimiser to go on.
    """
    path, steps = folder / 'last.pt', settings.optim.steps
    if path.exists():
        run = open_run(path)
        check_settings(run, settings, path)
        if run.state.steps >= steps:
            return run
        if not run.state.optimizer:
            raise ValueError(f'{path}: {run.state.steps} of {steps} steps, and without the state '
                             f'of its optimiser it cannot go on; ask for '
                             f'optim.steps={run.state.steps}')
    return open_run(train(settings, folder))


def check_settings(run: SavedRun, settings: ResidualConfig, path: Path) -> None:
    """Raise ValueError where a run was not trained with these settings.

    Where its photographs and samples lay does not count; neither does its length, where the rate
    does not depend on it.
    """
    free = {*FREE, 'data.images'}
    if settings.optim.schedule == 'constant':
        free |= {'optim.steps', 'optim.epochs'}
    told = [f'{name} was {was!r}, not {now!r}' for name, (was, now)
            in differences(run.config, settings).items() if name not in free]
    if told:
        raise ValueError(f'{path}: trained with other settings ({"; ".join(told)}); take another '
                         '--out')


def check_data(saved: Mapping[str, Mapping[int, SavedRun]], runs: Runs) -> None:
    """Raise ValueError where runs have learned from, or were validated on, different pairs."""
    digests = {run.state.photographs for of_seeds in saved.values() for run in of_seeds.values()}
    if len(digests - {''}) > 1:
        raise ValueError('these runs were trained with different photographs')
    recalls = [run['handcrafted'] for of_seeds in runs.values() for run in of_seeds.values()]
    if max(recalls) - min(recalls) > SAME_PAIRS:
        raise ValueError('these runs were validated on different pairs: the hand-crafted recall '
                         f'is {min(recalls):.3f} to {max(recalls):.3f}')


def curve(run: SavedRun, folder: Path) -> dict[str, Any]:
    """Return a run's validations, where it still rises, and what it was trained on."""
    lines = [line for line in run.state.history if 'recall' in line]
    columns = {'steps': 'step', 'seconds': 'seconds', 'score': 'recall'}
    found: dict[str, Any] = {name: [line[key] for line in lines] for name, key in columns.items()}
    handcrafted = lines[-1]['recall_handcrafted']
    return {**found, 'handcrafted': handcrafted, 'phases': run.state.seconds,
            'last_rise': last_rise(found['steps'], found['score']), 'machine': machine(folder),
            'reaches': {name: {unit: dataclasses.asdict(
                reach(found[unit], found['score'], share * handcrafted)) for unit in UNITS}
                for name, share in SHARES.items()}}


def machine(folder: Path) -> str:
    """Return device, precision and threads of a run from the summary.json that train wrote."""
    try:
        summary = json.loads((folder / 'summary.json').read_text(encoding='utf-8'))
        return f'{summary["device"]}, {summary["precision"]}, {summary["threads"]} threads'
    except (OSError, ValueError, KeyError):
        return 'a machine that is not stated'


def compare(runs: Runs, rival: str) -> dict[str, Any]:
    """Return a rival's cost over fused's at each target: seed by seed, and the interval of all.

    Returns:
        by target and unit: seeds, with the score, the reach of both and their factor; factor,
        convergence.Factor over the seeds.
    """
    found: dict[str, Any] = {}
    for target in (*SHARES, OWN):
        found[target] = {}
        for unit in UNITS:
            seeds, factors = {}, []
            for seed, fused in runs['fused'].items():
                other = runs[rival][seed]
                score = other['score'][-1] - STILL if target == OWN else \
                    SHARES[target] * fused['handcrafted']
                here, there = (reach(run[unit], run['score'], score) for run in (fused, other))
                factors.append(factor(here, there))
                seeds[seed] = {'score': score, **{name: dataclasses.asdict(value) for name, value
                                                  in (('fused', here), ('rival', there),
                                                      ('factor', factors[-1]))}}
            found[target][unit] = {'seeds': seeds, 'factor': dataclasses.asdict(
                over_seeds(factors))}
    return found
