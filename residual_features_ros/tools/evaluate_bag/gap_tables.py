# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results of pairs of images further apart as rows of words."""
from __future__ import annotations

from collections.abc import Mapping

from residual_features_ros.sign_test import Split
from residual_features_ros.tools.evaluate_bag.columns import Column, known_columns, row
from residual_features_ros.tools.evaluate_bag.gaps import ACCURATE_DEG, MAA_DEG, GapResult
from residual_features_ros.tools.evaluate_bag.pairs import LEAST_BASELINE

Results = Mapping[int, GapResult]
TITLE = 'Pairs of images further apart'
COLUMNS: tuple[Column, ...] = (
    ('pairs', 'pairs', 'd', None), ('matches', 'matches', '.0f', None),
    ('inliers', 'inliers', '.0f', True), ('inlier_ratio', 'ratio', '.3f', True),
    ('rotation_deg', 'rot deg', '.3f', False), ('direction_deg', 'dir deg', '.2f', False),
    ('accurate', 'accurate', 'd', None), ('accurate_share', 'share', '.3f', True),
    (f'maa@{MAA_DEG}', f'mAA@{MAA_DEG}', '.3f', True))
LEGEND = {
    'gap': 'pairs of image i and image i + gap, as after a lost second or a fast turn; a pair '
           'whose motion is not found counts as 180 degrees off',
    'accurate, share': f'pairs whose rotation is less than {ACCURATE_DEG[0]:g} degree off and '
                       f'whose direction less than {ACCURATE_DEG[1]:g}, and their share of those '
                       f'with ground truth; closer than {1000 * LEAST_BASELINE:g} mm the rotation '
                       'alone counts',
    f'mAA@{MAA_DEG}': f'mean share of pairs whose larger error is below 1, 2, ... {MAA_DEG} '
                      'degrees (mean average accuracy of the Image Matching Challenge)',
}


def columns(results: Results) -> list[Column]:
    """Return the columns for which any method has a number at any gap."""
    return known_columns(COLUMNS, [figures for result in results.values()
                                   for figures in result.methods.values()])


def groups(results: Results) -> list[list[list[str]]]:
    """Return for each gap a row of words for each method."""
    there = columns(results)
    return [[row(f'gap {gap}: {name}', figures, there)
             for name, figures in result.methods.items()] for gap, result in results.items()]


def labelled_splits(results: Results) -> dict[str, Mapping[str, Split]]:
    """Return how the first method does, by the gap and the method that it is compared with."""
    return {f'gap {gap}: than {name}': splits for gap, result in results.items()
            for name, splits in result.splits.items()}


def legend(results: Results) -> dict[str, str]:
    """Return what the columns mean, those that are not in the first table."""
    there = {heading for _, heading, *_ in columns(results)} | {'gap'}
    return {names: meaning for names, meaning in LEGEND.items()
            if there.intersection(names.split(', '))} if results else {}
