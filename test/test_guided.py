# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros import Features, Matches, create_matcher
from residual_features_ros.guided import LEAST_INLIERS, agreeing, allowed, neighbours, predict

SIZE = (640, 480)
SHIFT = np.array([30.0, 10.0])


def made(keypoints, descriptors=None):
    count = len(keypoints)
    rows = np.zeros((count, 4), np.float32) if descriptors is None else descriptors
    return Features(np.float32(keypoints).reshape(count, 2), *(np.ones(count, np.float32),) * 3,
                    np.zeros(count, np.int32), rows, SIZE)


def in_order(count):
    """Return matches of row i with row i."""
    return Matches(np.stack([np.arange(count)] * 2, 1).astype(np.int32),
                   np.zeros(count, np.float32))


def scattered(count, seed=0):
    return np.random.default_rng(seed).uniform((50, 50), (590, 430), (count, 2))


def before_a_sideways_camera(count):
    """Return places in both images: left of the middle all go 20 pixels, right of it 60."""
    places = scattered(count)
    return places, places - np.where(places[:, :1] < 320, [20.0, 0], [60.0, 0])


def test_a_shift_allows_what_is_near_the_place_it_leads_to():
    places = scattered(30)
    extra = [[100.0, 100.0], [200.0, 100.0]]
    a = made(np.r_[places, extra])
    b = made(np.r_[places + SHIFT, [[132.0, 110.0], [236.0, 110.0]]])
    found = allowed(a, b, in_order(30), 3.0)
    assert found.shape == (32, 32) and found.dtype == bool and found.diagonal()[:30].all()
    assert found[30, 30] and not found[31, 31]  # 2 and 6 pixels off
    assert not found[30, 31] and found[:30].sum() == np.sum(np.linalg.norm(
        places[:, None] + SHIFT - b.keypoints[None], axis=2) <= 3)
    assert allowed(a, b, in_order(30), 10.0)[31, 31]


def test_with_depth_a_partner_is_on_the_line_where_its_neighbours_go():
    places, moved = before_a_sideways_camera(200)
    a = made(np.r_[places, [[150.0, 200.0], [500.0, 200.0]]])
    b = made(np.r_[moved, [[x - go, 200 + off] for x in (150.0, 500.0)
                           for go, off in ((20, 0), (60, 0), (20, 1.5), (20, 6), (60, 1.5))]])
    found = allowed(a, b, in_order(200), 2.0)
    assert found.shape == (202, 210)
    assert found[200, 200:205].tolist() == [True, False, True, False, False]
    assert found[201, 205:].tolist() == [False, True, False, False, True]
    off_edge = np.abs(places[:, 0] - 320) > 80
    assert found[:200, :200].diagonal()[off_edge].all()
    rows = np.abs(a.keypoints[:, None, 1] - b.keypoints[None, :, 1])
    assert not found[rows > 3].any()
    # At the edge neighbours disagree: a partner may be further along the line, not across it.
    edge = allowed(made(np.r_[places, [[320.0, 200.0]]]),
                   made(np.r_[moved, [[285.0, 200.0], [275.0, 200.0], [280.0, 206.0]]]),
                   in_order(200), 2.0)
    assert edge[200, 200:].tolist() == [True, True, False]


def test_points_go_where_the_affine_map_of_their_neighbours_leads():
    rng = np.random.default_rng(3)
    starts, points = scattered(40), rng.uniform((50, 50), (590, 430), (9, 2))
    matrix, offset = np.array([[0.9, -0.3], [0.3, 0.9]]), np.array([40.0, -20.0])
    ends = starts @ matrix.T + offset
    places, spread = predict(points, starts, ends, 8)
    np.testing.assert_allclose(places, points @ matrix.T + offset, atol=1e-6)
    np.testing.assert_allclose(spread, 0, atol=1e-6)
    # What moves all neighbours moves a point, what moves others does not.
    near = np.argsort(np.linalg.norm(starts - points[0], axis=1))[:8]
    ends[near] += [0, 5]
    moved, spread = predict(points[:1], starts, ends, 8)
    np.testing.assert_allclose(moved - places[:1], [[0, 5]], atol=1)
    assert spread[0] < 1
    ends[near[::2]] += [7, 0]
    assert predict(points[:1], starts, ends, 8)[1][0] > 1


def test_neighbours_by_hand():
    others = np.array([[0.0, 0], [3, 4], [10, 0], [0, 1]])
    rows, apart = neighbours(np.array([[0.0, 0], [9, 0]]), others, 2)
    assert [sorted(row) for row in rows.tolist()] == [[0, 3], [1, 2]]
    np.testing.assert_allclose(np.sort(apart, 1), [[0, 1], [1, np.sqrt(52)]], rtol=1e-6)


def test_numpy_allows_what_the_compiled_loops_allow(monkeypatch):
    places, moved = before_a_sideways_camera(150)
    a, b = made(places), made(moved)
    compiled = allowed(a, b, in_order(150), 2.0)
    monkeypatch.setattr('residual_features_ros.guided.has_compiler', lambda: False)
    plain = allowed(a, b, in_order(150), 2.0)
    assert compiled.dtype == plain.dtype == bool and compiled.sum() > 100
    assert (plain != compiled).sum() <= 2  # distances of neighbours are float32 there


def test_wrong_matches_do_not_lead_astray():
    places = scattered(60)
    ends = np.r_[places[:40] + SHIFT, scattered(20, seed=7)]
    found = allowed(made(places), made(ends), in_order(60), 3.0)
    assert found.diagonal()[:40].all() and found.diagonal()[40:].sum() <= 1


@pytest.mark.parametrize('count', [0, 1, 3, 7, LEAST_INLIERS - 1])
def test_too_few_matches_have_no_geometry(count):
    places = scattered(count)
    assert allowed(made(places), made(places + SHIFT), in_order(count), 3.0) is None


def test_matches_that_agree_in_nothing_have_no_geometry():
    places = scattered(40)
    assert allowed(made(places), made(scattered(40, seed=5)), in_order(40), 3.0) is None


@pytest.mark.parametrize('places', [
    np.full((40, 2), 100.0), np.stack([np.linspace(0, 600, 40), np.full(40, 50.0)], 1),
    np.repeat([[10.0, 10.0], [500.0, 400.0]], 20, 0), np.full((40, 2), np.nan)],
    ids=['one place', 'one line', 'two places', 'not numbers'])
def test_degenerate_places_are_survived(places):
    found = allowed(made(places), made(places + SHIFT), in_order(40), 3.0)
    assert found is None or (found.shape == (40, 40) and found.dtype == bool)


def unit_rows(count, seed=0):
    rows = np.random.default_rng(seed).standard_normal((count, 32)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize('bits', [False, True])
def test_a_keypoint_that_has_a_twin_elsewhere_finds_its_partner_by_the_geometry(bits):
    places, rows = scattered(41), unit_rows(41)
    ends, others = np.r_[places + SHIFT, [[5.0, 470.0]]], np.r_[rows, rows[40:]].copy()
    others[40] = rows[40] + 0.05  # its partner is a little off, the twin is the same
    others[40] /= np.linalg.norm(others[40])
    if bits:
        rows, others = (np.packbits(each > 0, axis=1) for each in (rows, others))
        others[40] = rows[40] ^ np.uint8([1, 0, 0, 0])
    a, b = made(places, rows), made(ends, others)
    plain, guided = (create_matcher(name, matching_precision='fp32').match(a, b)
                     for name in ('mutual_nearest', 'guided'))
    assert [40, 41] in plain.indices.tolist() and [40, 40] not in plain.indices.tolist()
    assert guided.indices.tolist() == [[i, i] for i in range(41)]
    assert guided.distances[40] == pytest.approx(1 if bits else np.linalg.norm(
        rows[40] - others[40]), abs=1e-3)


def test_without_a_geometry_matches_are_the_nearest():
    places, rows = scattered(15), unit_rows(15)
    a, b = made(places, rows), made(places + SHIFT, rows)
    plain, guided = (create_matcher(name).match(a, b) for name in ('mutual_nearest', 'guided'))
    assert guided.indices.tolist() == plain.indices.tolist() == [[i, i] for i in range(15)]


def test_thresholds_hold_for_both_searches():
    places, rows = scattered(40), unit_rows(40)
    others = rows.copy()
    others[30:] = unit_rows(10, seed=9)
    a, b = made(places, rows), made(places + SHIFT, others)
    assert len(create_matcher('guided').match(a, b)) == 40
    strict = create_matcher('guided', max_distance=0.5).match(a, b)
    assert strict.indices[:, 0].tolist() == list(range(30))


def test_wrong_matches_agree_with_nothing():
    places = scattered(300)
    right = np.arange(300) % 3 == 0
    moved = np.where(right[:, None], places + SHIFT, scattered(300, seed=1))
    assert agreeing(made(places), made(moved), in_order(300)) in range(50, 110)
    assert agreeing(made(places), made(scattered(300, seed=1)), in_order(300)) == 0
    assert agreeing(made(places[:9]), made(places[:9]), in_order(9)) == 0
