# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run of learning has done so far, in its folder: its options, its time and its result."""
from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from residual_features_ros.environment import environment
from residual_features_ros.errors import OutputError
from residual_features_ros.model_card import card_path, load_card
from training import checkpoint
from training.learn.chains import GAPS
from training.learn.judge import Judged, Verdict
from training.learn.options import LearnOptions

STATE, RESULT, LAST = 'learn.json', 'result.json', 'run/last.pt'


def settings_of(options: LearnOptions) -> dict[str, str]:
    """Return what must stay as it is when the same folder is gone on with."""
    return {name: str(value) for name, value in asdict(options).items()
            if name not in ('out', 'general', 'minutes', 'rounds', 'node')}


def begin(out: Path, settings: dict[str, str]) -> float:
    """Make the folder, or go on in it; return the seconds that were spent before."""
    if (out / RESULT).exists():
        raise OutputError(f'{out}: it has a result already; choose another --out')
    path = out / STATE
    if path.is_file():
        state: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
        if state['settings'] != settings:
            raise OutputError(f'{out}: begun with other options; choose another --out')
        last = out / LAST
        trained = sum(checkpoint.load(last).seconds.values()) if last.is_file() else 0.0
        return float(state['spent']) + trained
    if out.exists() and any(out.iterdir()):
        raise OutputError(f'{out}: there already, and not of this command; choose another --out')
    out.mkdir(parents=True, exist_ok=True)
    note_spent(out, settings, 0.0)
    return 0.0


def keep_result(options: LearnOptions, found: Verdict, scores: Judged, share: float,
                last: Path) -> None:
    """Write the result, the last file of a run: the verdict, and all numbers that it stands on."""
    by_gap = {gap: (scores.before.of_gap(gap), scores.new.of_gap(gap)) for gap in GAPS}
    write_whole(options.out / RESULT, {
        'kept': found.kept, 'why': found.why, 'gain': found.gain, 'lost': found.lost,
        'share': share, 'steps': checkpoint.load(last).step, 'minutes': options.minutes,
        'gaps': {gap: {'pairs': len(old.right), 'before': old.total(), 'new': new.total()}
                 for gap, (old, new) in by_gap.items()},
        'photographs': {'pairs': len(scores.before_stills.right),
                        'before': scores.before_stills.total(), 'new': scores.new_stills.total()},
        'begun_with': load_card(options.method, options.weights).sha256,
        'environment': environment()})


def note_spent(out: Path, settings: dict[str, str], seconds: float) -> None:
    """Keep how long it has taken."""
    write_whole(out / STATE, {'settings': settings, 'spent': seconds})


def write_whole(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all."""
    partial = path.with_name(f'{path.name}.partial')
    partial.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
    os.replace(partial, path)


def begun_with(options: LearnOptions) -> str:
    """Return what the run begins with: a method with shipped weights, or a card."""
    return str(card_path(options.method, options.weights)) if options.weights else options.method
