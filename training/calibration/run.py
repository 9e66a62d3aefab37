# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fit confidence and thresholds on one part of the pairs, measure them on the other, write."""
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
    THRESHOLDS,
    card_path,
    load_card,
    weights_folder,
)
from residual_features_ros.registry import METHODS
from residual_features_ros.text_table import table
from residual_features_ros.thresholds import MatchThresholds
from training.calibration import diagram, reliability, threshold_diagram, thresholds
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
    results: dict[str, dict[str, Any]] = {}
    for method, one in matched.items():
        source = {'command': dataclasses.replace(
            options, methods={method: options.methods[method]}).command(),
            'commit': commit(), 'data': pairs.description()}
        limits, found = threshold_part(one, source)
        results[method] = {'match_thresholds': found}
        model = None
        if not options.keep_confidence:
            model, found = confidence_part(one, source)
            results[method] |= found
        write(paths[method], method, model, limits)
    if options.plot:
        diagram.draw({method: found['all'] for method, found in results.items()}, options.plot)
    if options.threshold_plot:
        threshold_diagram.draw({method: found['match_thresholds']
                                for method, found in results.items()}, options.threshold_plot)
    if options.result:
        options.result.parent.mkdir(parents=True, exist_ok=True)
        options.result.write_text(json.dumps({
            'benchmark': 'thresholds' if options.keep_confidence else 'confidence',
            'command': options.command(),
            'environment': environment(), 'data': pairs.description(),
            'methods': {method: describe(one.extractor) for method, one in matched.items()},
            'results': results}, indent=1) + '\n', encoding='utf-8')
    return summary(results, paths)


def threshold_part(one: Matched,
                   source: Mapping[str, Any]) -> tuple[MatchThresholds, dict[str, Any]]:
    """Return thresholds, which say where they are from, and all numbers of them.

    Raises:
        ValueError: a method whose neighbours have none.
    """
    near = one.neighbours()
    others = near.take(near.part == 'measure')
    try:
        limits = thresholds.fit_thresholds(near.take(near.part == 'fit'))
    except ValueError as error:
        raise ValueError(f'{one.extractor.config.method}: {error}') from error
    kept = rounded(thresholds.measure(limits, others))
    return dataclasses.replace(limits, fit={**source, **kept}), {
        'low': limits.low, 'high': limits.high, 'ratio': limits.ratio, 'measured': kept,
        **thresholds.histograms(others)}


def confidence_part(one: Matched,
                    source: Mapping[str, Any]) -> tuple[ConfidenceModel, dict[str, Any]]:
    """Return the confidence, which says where it is from, and all numbers of it."""
    labelled = one.labelled()
    model = fit_part(labelled)
    found = measured(model, labelled)
    if one.last:
        found['match_ms'] = rounded(match_ms(*one.last, model))
    return dataclasses.replace(model, fit={
        **source, **{name: found['all'][name]
                     for name in ('matches', 'right', 'auc', 'ece', 'reliability')}}), found


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
    if not METHODS[method].network:
        return out or weights_folder(folder) / HANDCRAFTED_CONFIDENCE
    card = card_path(method, folder)
    if out and out.absolute() != card.absolute():
        raise ValueError(f'--out {out}: the confidence of {method} belongs on the card of its '
                         f'weights, {card}')
    return card


def write(path: Path, method: str, model: ConfidenceModel | None,
          limits: MatchThresholds) -> None:
    """Write both into the card of a method, or into the file of those without one.

    All else stays as it is, and so does a confidence where `model` is None.
    """
    blocks = json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}
    if METHODS[method].network:
        load_card(method, path.parent)  # raises where that is none
        confidence = {'confidence': dataclasses.asdict(model)} if model else {}
        blocks = {**blocks, **confidence, THRESHOLDS: dataclasses.asdict(limits)}
    else:
        kept = dataclasses.asdict(model) if model else blocks.get(method, {})
        blocks[method] = {**kept, THRESHOLDS: dataclasses.asdict(limits)}
        blocks = dict(sorted(blocks.items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(blocks, indent=2) + '\n', encoding='utf-8')


def rounded(value: Any) -> Any:
    """Return numbers within dictionaries and sequences with four digits behind the point."""
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


def summary(results: Mapping[str, Any], paths: Mapping[str, Path]) -> str:
    """Return the tables of methods, and where what was fitted is."""
    tables = [table(*threshold_rows(results))]
    if all('all' in found for found in results.values()):
        tables.insert(0, table(*confidence_rows(results)))
    written = '\n'.join(dict.fromkeys(str(path) for path in paths.values()))
    return '\n\n'.join([*tables, written])


def confidence_rows(results: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Return header and rows of the confidences."""
    rows = []
    for method, found in results.items():
        numbers = found['all']
        at_half = next(row for row in numbers['thresholds'] if row['min_confidence'] == 0.5)
        rows.append([method, numbers['matches'], f'{numbers["right"]:.3f}',
                     f'{numbers["auc"]:.3f}', f'{numbers["ece"]:.3f}',
                     f'{at_half["precision"]:.3f}', f'{at_half["recall"]:.3f}'])
    return ['method', 'matches', 'right', 'AUC', 'ECE', 'precision at .5', 'recall at .5'], rows


def threshold_rows(results: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Return header and rows of the thresholds: each with its precision and recall."""
    rows = []
    for method, found in results.items():
        numbers, row = found['match_thresholds'], [method]
        for name, kept in numbers['measured'].items():
            row += [f'{numbers[name]:g}', f'{kept["precision"]:.3f}', f'{kept["recall"]:.3f}']
        rows.append(row)
    return ['method', *(word for name in ('low', 'high', 'ratio')
                        for word in (name, 'precision', 'recall'))], rows
