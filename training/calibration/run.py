# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fit the confidence of matches on one part of the pairs, measure it on the other, write it."""
from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros import create_extractor
from residual_features_ros.confidence import ConfidenceModel
from residual_features_ros.environment import commit, describe, environment
from residual_features_ros.model_card import (
    HANDCRAFTED_CONFIDENCE,
    SHIPPED_WEIGHTS,
    load_card,
    write_card,
)
from residual_features_ros.registry import METHODS
from residual_features_ros.text_table import table
from training.calibration import diagram, reliability
from training.calibration.labelled import Labelled, Matched
from training.calibration.logistic import fit_model
from training.calibration.options import CalibrateOptions
from training.calibration.pairs import ViewPairs
from training.calibration.timing import match_ms


def main(options: CalibrateOptions) -> str:
    """Calibrate methods, write what was asked for, and return a table."""
    paths = {method: place(method, folder, options.out)
             for method, folder in options.methods.items()}
    pairs = ViewPairs(options.images, options.exposure, options.pairs, options.size)
    matched = {method: Matched(create_extractor(method, options.max_keypoints, weights=folder))
               for method, folder in options.methods.items()}
    for pair in tqdm(pairs, desc='calibrate', unit='pair', total=len(pairs), disable=None):
        for one in matched.values():
            one.add(pair)
    results = {}
    for method, one in matched.items():
        labelled = one.labelled()
        model = fit_part(labelled)
        results[method] = measured(model, labelled)
        if one.last:
            results[method]['match_ms'] = rounded(match_ms(*one.last, model))
        write(paths[method], method, dataclasses.replace(model, fit={
            'command': dataclasses.replace(
                options, methods={method: options.methods[method]}).command(),
            'commit': commit(), 'data': pairs.description(),
            **{name: results[method]['all'][name]
               for name in ('matches', 'right', 'auc', 'ece', 'reliability')}}))
    if options.plot:
        diagram.draw({method: found['all'] for method, found in results.items()}, options.plot)
    if options.result:
        options.result.parent.mkdir(parents=True, exist_ok=True)
        options.result.write_text(json.dumps({
            'benchmark': 'confidence', 'command': options.command(),
            'environment': environment(), 'data': pairs.description(),
            'methods': {method: describe(one.extractor) for method, one in matched.items()},
            'results': results}, indent=1) + '\n', encoding='utf-8')
    return summary(results, paths)


def fit_part(labelled: Labelled) -> ConfidenceModel:
    """Return the model of the matches that are there to be fitted on."""
    fitted = labelled.take(labelled.part == 'fit')
    return fit_model(fitted.measures, fitted.right)


def measured(model: ConfidenceModel, labelled: Labelled) -> dict[str, Any]:
    """Return reliability.numbers of the other matches: of all, and of each source."""
    others = labelled.take(labelled.part == 'measure')
    confidences = model.of_measures(others.measures).astype(np.float64)
    found = {'all': reliability.numbers(confidences, others.right)}
    for source in sorted(set(others.source.tolist())):
        mask = others.source == source
        found[source] = reliability.numbers(confidences[mask], others.right[mask])
    return rounded(found)


def place(method: str, folder: str, out: Path | None) -> Path:
    """Return the file that the confidence of a method is written into.

    Raises:
        ValueError: `out` is not the card of the weights that are measured.
    """
    home = Path(folder) if folder else SHIPPED_WEIGHTS
    if not METHODS[method].network:
        return out or home / HANDCRAFTED_CONFIDENCE
    card = home / f'{method}.json'
    if out and out.absolute() != card.absolute():
        raise ValueError(f'--out {out}: the confidence of {method} belongs on the card of its '
                         f'weights, {card}')
    return card


def write(path: Path, method: str, model: ConfidenceModel) -> None:
    """Write a model into the card of its method, or into the file of those without one."""
    if METHODS[method].network:
        write_card(dataclasses.replace(load_card(method, path.parent), confidence=model))
        return
    blocks = json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}
    blocks[method] = dataclasses.asdict(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(sorted(blocks.items())), indent=2) + '\n', encoding='utf-8')


def rounded(value: Any) -> Any:
    """Return numbers within dictionaries and sequences with four digits behind the point."""
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


def summary(results: Mapping[str, Any], paths: Mapping[str, Path]) -> str:
    """Return the table of methods, and where their confidences are."""
    rows = []
    for method, found in results.items():
        numbers = found['all']
        at_half = next(row for row in numbers['thresholds'] if row['min_confidence'] == 0.5)
        rows.append([method, numbers['matches'], f'{numbers["right"]:.3f}',
                     f'{numbers["auc"]:.3f}', f'{numbers["ece"]:.3f}',
                     f'{at_half["precision"]:.3f}', f'{at_half["recall"]:.3f}'])
    header = ['method', 'matches', 'right', 'AUC', 'ECE', 'precision at .5', 'recall at .5']
    written = '\n'.join(dict.fromkeys(str(path) for path in paths.values()))
    return f'{table(header, rows)}\n{written}'
