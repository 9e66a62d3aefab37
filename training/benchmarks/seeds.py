# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods trained with several seeds: one benchmark's results, as means and ranges.

A result is the JSON that 'evaluate' wrote for the weights of one seed, of all methods that are
compared or of some of them. Methods without weights are the same in all of them.
"""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from residual_features_ros.environment import environment
from training.benchmarks.reports import seeds as report
from training.benchmarks.reports.image_pairs import SPLITS

ALL = 'all'  # the group of all pairs, or of all scenes
NOT_ALIKE = ('weights', 'methods')  # of the protocols of results that are compared
Numbers = dict[str, float]
Groups = dict[str, dict[str, Numbers]]  # [group][method][number]


def main(paths: Sequence[Path], out: Path, data: str, command: str) -> str:
    """Compare the results of seeds, write JSON and return the table.

    Raises:
        ValueError: no results, or those of different benchmarks, protocols or data, or of the
            same weights.
    """
    results = [read(path) for path in paths]
    check_alike(paths, results)
    first = results[0]
    every = [groups(result) for result in results]
    result = {'benchmark': 'seeds', 'of': first['benchmark'], 'command': command,
              'evaluated': first['command'], 'environment': environment(),
              'protocol': first['protocol'], 'data': first['data'], 'trained': data,
              'methods': {method: trained(results, method) for method in methods_of(results)},
              'summary': {group: summarise([each[group] for each in every if group in each])
                          for group in dict.fromkeys(name for each in every for name in each)}}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return report.text(result)


def read(path: Path) -> dict[str, Any]:
    """Return a result; ValueError where it is none that can be compared."""
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
        groups(result)
        if not {'benchmark', 'command', 'protocol', 'methods', 'data'} <= set(result):
            raise ValueError('not one of evaluate')
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f'{path}: no result to compare ({error})') from error
    return result


def check_alike(paths: Sequence[Path], results: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError where results differ in more than the weights, or not in these."""
    def settings(result: Mapping[str, Any]) -> dict[str, Any]:
        protocol = {name: value for name, value in result['protocol'].items()
                    if name not in NOT_ALIKE}
        return {'benchmark': result['benchmark'], 'protocol': protocol, 'data': result['data']}
    for path, result in zip(paths[1:], results[1:], strict=True):
        here, there = settings(result), settings(results[0])
        for name in here:
            if here[name] != there[name]:
                raise ValueError(f'{path} and {paths[0]} differ in {name}')
    for method in methods_of(results):
        found = trained(results, method)['weights_sha256']
        if len(set(found)) < len(found):
            raise ValueError(f'{method}: two of these results are of the same weights')


def methods_of(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the methods that any of the results has."""
    return list(dict.fromkeys(name for each in results for name in each['methods']))


def trained(results: Sequence[Mapping[str, Any]], method: str) -> dict[str, Any]:
    """Return the steps and the fingerprints of a method's weights, one of each seed."""
    found = [result['methods'][method] for result in results if method in result['methods']]
    networks = [each for each in found if 'weights_sha256' in each]
    return {'steps': [each['steps'] for each in networks],
            'weights_sha256': [each['weights_sha256'] for each in networks]}


def groups(result: Mapping[str, Any]) -> Groups:
    """Return the numbers of a result by what they are of.

    Of the validation that is a kind of pairs, of HPatches all and its splits, and of posed scenes
    the mean over scenes, with what else their lines are told by: estimator, images of a bag.
    """
    if 'lines' in result:
        return of_lines(result['lines'])
    if result['benchmark'] == 'validation':
        return {kind: {method: numbers(parts[ALL]) for method, parts in of_kind.items()}
                for kind, of_kind in result['summary'].items()}
    found: Groups = {}
    for method, parts in result['summary'].items():
        for group, values in parts.items():
            if group in (ALL, *SPLITS.values()):
                found.setdefault(group, {})[method] = numbers(values)
    return found


def of_lines(lines: Sequence[Mapping[str, Any]]) -> Groups:
    """Return the means over scenes of lines that are alike in all words but these."""
    found: dict[str, dict[str, list[Numbers]]] = {}
    for line in lines:
        rest = [text for name, text in line.items()
                if isinstance(text, str) and name not in ('method', 'scene')]
        methods = found.setdefault(', '.join([ALL, *rest]), {})
        methods.setdefault(line['method'], []).append(numbers(line))
    return {group: {method: {name: fmean(values_of(every, name)) for name in names_of(every)}
                    for method, every in methods.items()} for group, methods in found.items()}


def numbers(values: Mapping[str, Any]) -> Numbers:
    """Return what is a finite number."""
    return {name: float(value) for name, value in values.items()
            if isinstance(value, int | float) and math.isfinite(value)}


def names_of(every: Sequence[Numbers]) -> list[str]:
    """Return the names of all numbers."""
    return list(dict.fromkeys(name for each in every for name in each))


def values_of(every: Sequence[Numbers], name: str) -> list[float]:
    """Return a number of all that have it."""
    return [each[name] for each in every if name in each]


def summarise(seeds: Sequence[Mapping[str, Numbers]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean, least and most over the seeds that have a number, and how many have it."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for method in dict.fromkeys(name for each in seeds for name in each):
        every = [each[method] for each in seeds if method in each]
        columns = {name: values_of(every, name) for name in names_of(every)}
        found[method] = {name: {'mean': fmean(values), 'least': min(values), 'most': max(values),
                                'seeds': len(values)} for name, values in columns.items()}
    return found
