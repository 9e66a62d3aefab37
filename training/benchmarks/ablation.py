# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each part brings: runs that differ in one thing, validated alike, and compared in pairs.

A run is a folder with validation.json, which 'evaluate validation --out' wrote, and where it was
trained for the comparison config.json, which 'train' wrote.
"""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.environment import environment
from training.benchmarks.reports import ablation as report
from training.benchmarks.reports.validation import sign_tests
from training.export import PATHS

ALIKE = ('data', 'limits', 'warp', 'photometric', 'exposure_warp')  # of what is compared
UNTOLD = ('cache', 'threads', 'workers')  # settings that decide nothing


@dataclass(frozen=True)
class Part:
    """A run: its name, what its settings are by dotted name, and its validation."""

    name: str
    settings: Mapping[str, Any]
    validation: Mapping[str, Any]

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Return the rows of the one method that was validated."""
        rows, = self.validation['rows'][kind].values()
        return list(rows)


def read(folder: Path) -> Part:
    """Return the run of a folder; ValueError where it lacks what a comparison takes."""
    try:
        validation = json.loads((folder / 'validation.json').read_text(encoding='utf-8'))
        if any(len(rows) != 1 for rows in validation['rows'].values()):
            raise ValueError('of one method it takes the rows, without --brief')
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f'{folder}: no run to compare ({error})') from error
    path = folder / 'config.json'
    config = json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}
    return Part(folder.name, {**flat(config), **validation['protocol']['settings']}, validation)


def flat(settings: Mapping[str, Any], path: str = '') -> dict[str, Any]:
    """Return nested settings by dotted name; of paths it is told that they are given."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= flat(value, f'{path}{name}.')
        elif name not in UNTOLD:
            found[path + name] = PATHS.get(name, value) if value else value
    return found


def differences(part: Part, beside: Part) -> dict[str, tuple[Any, Any]]:
    """Return the settings in which two runs differ: those of the other one, and its own."""
    names = dict.fromkeys([*beside.settings, *part.settings])
    both = {name: (beside.settings.get(name), part.settings.get(name)) for name in names}
    return {name: values for name, values in both.items() if values[0] != values[1]}


def compare(part: Part, beside: Part | None) -> dict[str, Any]:
    """Return a run's numbers and, beside another one, what differs and the sign tests."""
    metadata, = part.validation['methods'].values()
    found: dict[str, Any] = {
        'weights_sha256': metadata['weights_sha256'],
        'commit': part.validation['environment']['commit'],
        'summary': {kind: one['all'] for kind, of_kind in part.validation['summary'].items()
                    for one in of_kind.values()}}
    if beside is None:
        return {'beside': '', 'settings': dict(part.settings), **found}
    for name in ALIKE:
        if part.validation[name] != beside.validation[name]:
            raise ValueError(f'{part.name} and {beside.name} differ in {name} of the validation')
    tests = {kind: sign_tests(kind, {'beside': beside.rows(kind), 'own': part.rows(kind)})['own']
             for kind in part.validation['rows']}
    return {'beside': beside.name, 'differences': differences(part, beside), **found,
            'sign_tests': tests}


def main(pairs: Sequence[tuple[Path, Path | None]], out: Path, data: str, command: str) -> str:
    """Compare runs, each with another one or none, write JSON and return the table."""
    parts = {}
    for folder, other in pairs:
        part = read(folder)
        parts[part.name] = compare(part, read(other) if other else None)
        validation = part.validation
    result = {'benchmark': 'ablation', 'command': command,
              'validation': validation['command'], 'environment': environment(),
              'data': {**validation['data'], 'what': data}, 'parts': parts}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return report.text(result)
