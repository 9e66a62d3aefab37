# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import onnx
import pytest
from support.colmap_loader import ColmapMatcher

from residual_features_ros.model_card import load_card
from residual_features_ros.types import normalise_rows
from training.whole.colmap_matcher import matcher, min_cossim


@pytest.fixture(scope='module')
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp('matcher') / 'matcher.onnx'
    onnx.save(matcher(), str(path))
    return path


def made_rows():
    """Return 60 rows and 80 of which 50 are near one of the first, some nearer than others."""
    rng = np.random.default_rng(1)
    rows1 = rng.normal(size=(60, 16))
    rows2 = rng.normal(size=(80, 16))
    rows2[:50] = rows1[:50] + rng.normal(size=(50, 16)) * np.linspace(0.05, 1.5, 50)[:, None]
    return (normalise_rows(rows.astype(np.float32)) for rows in (rows1, rows2))


def expected(rows1, rows2, min_cossim, max_ratio, cross_check):
    """Return the matches by sorting distances."""
    away = np.linalg.norm(rows1[:, None] - rows2, axis=2)
    nearest, back = away.argmin(1), away.argmin(0)
    ordered = np.sort(away, axis=1)
    return [(i, j) for i, j in enumerate(nearest)
            if 1 - ordered[i, 0] ** 2 / 2 >= min_cossim
            and ordered[i, 0] <= max_ratio * ordered[i, 1]
            and (back[j] == i or not cross_check)]


@pytest.mark.parametrize('settings', [
    (-1.0, 1.0, False), (-1.0, 1.0, True), (0.85, 1.0, True), (-1.0, 0.8, False),
    (0.6, 0.9, True), (1.1, 1.0, False)])
def test_it_matches_as_its_settings_say(path, settings):
    rows1, rows2 = made_rows()
    found = ColmapMatcher(path, *settings).match(rows1, rows2)
    assert [tuple(pair) for pair in found] == expected(rows1, rows2, *settings)
    assert len(found) == 60 if settings == (-1.0, 1.0, False) else len(found) < 60


def test_rows_that_are_the_same_match(path):
    rows, _ = made_rows()
    twice = np.concatenate([rows[:1], rows])
    found = ColmapMatcher(path, 0.999, 1.0, False).match(twice, twice)
    assert len(found) == 61 and np.array_equal(twice[found[:, 0]], twice[found[:, 1]])
    unique = ColmapMatcher(path).match(rows, rows)
    np.testing.assert_array_equal(unique, np.stack([np.arange(60)] * 2, axis=1))


def test_rows_of_any_length_and_too_few_of_them(path):
    opened = ColmapMatcher(path)
    eye = np.eye(256, dtype=np.float32)
    assert len(opened.match(eye, eye[::-1].copy())) == 256
    assert opened.match(eye[:1], eye).shape == (0, 2)


def test_the_least_cosine_is_that_of_the_cards_distance():
    card = load_card('residual_hessian_small')
    row, other = normalise_rows(np.array([[1, 0], [1, 0.8]], np.float32))
    thresholds = dataclasses.replace(card.thresholds, low=float(np.linalg.norm(row - other)))
    assert min_cossim(dataclasses.replace(card, thresholds=thresholds)) == pytest.approx(
        row @ other)
    assert min_cossim(dataclasses.replace(card, thresholds=None)) is None
