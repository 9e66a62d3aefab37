# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.retinas import SHIFT, write_pairs

from residual_features_ros.datasets import fire
from residual_features_ros.errors import DatasetError


def test_pairs_have_images_and_the_homography_of_their_points(tmp_path):
    write_pairs(tmp_path)
    first, second = fire.read(tmp_path)
    assert [first.name, second.name] == ['A01', 'S02']
    assert (first.first.name, first.second.name) == ('A01_1.jpg', 'A01_2.jpg')
    assert first.points.shape == first.partners.shape == (8, 2)
    np.testing.assert_allclose(first.homography(), SHIFT, atol=1e-6)


def test_all_control_points_count(tmp_path):
    """One that is 4 px off moves the map, which an estimator that looks for inliers ignores."""
    write_pairs(tmp_path)
    path = tmp_path / 'Ground Truth' / 'control_points_A01_1_2.txt'
    rows = np.loadtxt(path)
    rows[0, 2:] += 4
    np.savetxt(path, rows)
    moved = fire.read(tmp_path)[0].homography()
    assert np.abs(moved[:2, 2] - SHIFT[:2, 2]).max() > 0.1


def test_the_mask_is_read_where_there_is_one(tmp_path):
    write_pairs(tmp_path / 'a')
    mask = fire.read_mask(tmp_path / 'a')
    assert mask.shape == (160, 200) and mask[:, :100].all() and not mask[:, 100:].any()
    write_pairs(tmp_path / 'b', masked=False)
    assert fire.read_mask(tmp_path / 'b') is None


@pytest.mark.parametrize(('change', 'sentence'), [
    (lambda root: (root / 'Images' / 'S02_2.jpg').unlink(), r'S02_2\.jpg: no such file, which'),
    (lambda root: (root / 'Ground Truth' / 'control_points_A01_1_2.txt').write_text('1 2 3\n'),
     'not rows of 4 numbers'),
    (lambda root: (root / 'Ground Truth' / 'control_points_A01_1_2.txt').write_text(
        '1 2 3 4\n' * 3), '3 control points, 4 are the least'),
    (lambda root: [path.unlink() for path in (root / 'Ground Truth').iterdir()],
     'no FIRE there; it has Images/<name>_1.jpg')])
def test_what_is_wrong_is_named(tmp_path, change, sentence):
    write_pairs(tmp_path)
    change(tmp_path)
    with pytest.raises(DatasetError, match=sentence):
        fire.read(tmp_path)


def test_points_on_a_line_decide_nothing(tmp_path):
    write_pairs(tmp_path)
    (tmp_path / 'Ground Truth' / 'control_points_A01_1_2.txt').write_text(
        ''.join(f'{k} {k} {k} {k}\n' for k in range(6)))
    with pytest.raises(DatasetError, match='decide no homography'):
        fire.read(tmp_path)[0].homography()
