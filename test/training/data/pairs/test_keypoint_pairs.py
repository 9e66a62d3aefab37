# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.geometry.homography import inside
from residual_features_ros.types import Features
from training.config import DataConfig, PhotometricConfig, WarpConfig
from training.data.pairs.homography_views import make_views
from training.data.pairs.keypoint_pairs import KeypointPairs, collate_pair
from training.data.photometric import distort
from training.data.random_homography import overlap, random_homography
from training.data.sources.images import is_label_map, open_folder, split

CALM = PhotometricConfig(brightness=0, contrast=0, saturation=0, hue_deg=0, noise=0, gamma=1,
                         blur_share=0, motion_share=0, grey_share=0)


def test_homographies_keep_the_overlap(rng):
    config = WarpConfig()
    for _ in range(50):
        assert overlap(random_homography(rng, (320, 240), config), (320, 240)) > 0.1
    assert overlap(np.eye(3), (320, 240)) == 1


# The view's last pixel is (19, 17). Partners are found within 3 px, in the view themselves.
@pytest.mark.parametrize(('shift', 'match'), [
    ((2, 0), [0, 1, 2, 3]),     # the second lands on the last column, (19, 10)
    ((3, 0), [0, -1, 2, 3]),    # behind it
    ((0, 1), [0, 1, -1, 3]),    # the third, below the last row
    ((-2.5, 0), [0, 1, 2, -1]),  # the fourth, before the first column
    ((0, -2.5), [0, 1, 2, -1])])
def test_a_keypoint_that_leaves_the_view_has_no_match(shift, match):
    points = np.array([[10, 10], [17, 10], [10, 17], [2, 2.0]])
    homography = np.eye(3)
    homography[:2, 2] = shift
    found = features_at(points), features_at(points)
    pair = collate_pair([np.zeros((18, 20, 3), np.uint8)] * 2, list(found), homography, count=5,
                        upright=False)
    assert pair['match'].tolist() == [*match, -1]


def features_at(points):
    count = len(points)
    return Features(points.astype(np.float32), np.full(count, 5, np.float32),
                    np.zeros(count, np.float32), np.ones(count, np.float32),
                    np.zeros(count, np.int32), np.ones((count, 3), np.float32), (20, 18))


def test_angles_say_nothing_where_the_detector_gives_none(photographs):
    quarter = WarpConfig(rotation_deg=90, scale=1.0, perspective=0.0)
    config = DataConfig(size=(128, 96), keypoints=100, photometric=CALM, warp=quarter)
    pairs = KeypointPairs(open_folder(photographs), 'rootsift_upright', config, 0, 4)
    for pair in (pairs[number] for number in range(4)):
        angles = pair['keypoints'][..., 3]
        assert np.unique(angles[pair['valid']]).size == 1
        assert (pair['match'] >= 0).sum() > 10


def test_the_second_view_is_the_first_under_the_homography(rng):
    config = DataConfig(size=(160, 120), photometric=CALM, warp=WarpConfig(rotation_deg=20))
    (first, second), homography = make_views(rng, textured(320, 240), config)
    warped = cv2.warpPerspective(first, homography, (160, 120))
    mask = cv2.warpPerspective(np.ones((120, 160), np.uint8), homography, (160, 120))
    mask = cv2.erode(mask, np.ones((9, 9))) > 0
    assert np.abs(warped.astype(int) - second)[mask].mean() < 6


def test_a_sample_depends_on_seed_and_number_alone(photographs):
    config = DataConfig(size=(128, 96), keypoints=50)
    images = open_folder(photographs)
    a, b = (KeypointPairs(images, 'rootsift', config, 3, 40) for _ in range(2))
    b[5]
    for name, value in a[17].items():
        np.testing.assert_array_equal(value, b[17][name])
    assert not np.array_equal(a[17]['images'], a[18]['images'])


def test_matched_keypoints_are_within_three_pixels(photographs):
    config = DataConfig(size=(160, 120), keypoints=100)
    dataset = KeypointPairs(open_folder(photographs), 'rootsift', config, 0, 8)
    for pair in (dataset[n] for n in range(8)):
        rows = np.flatnonzero(pair['match'] >= 0)
        ends = pair['keypoints'][1, pair['match'][rows], :2]
        assert (np.linalg.norm(ends - pair['projected'][rows], axis=1) <= 3).all()
        assert pair['valid'][0, rows].all() and pair['valid'][1, pair['match'][rows]].all()
        assert inside(pair['projected'][rows], (160, 120)).all()


def test_distortion_keeps_shape_and_changes_values(rng):
    image = textured(64, 48)
    changed = distort(rng, image, PhotometricConfig())
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert not np.array_equal(changed, image)
    same = distort(rng, image, CALM)
    assert np.abs(same.astype(int) - image).mean() < 3  # the way to HSV and back rounds


def test_folders_without_images_are_named(tmp_path):
    with pytest.raises(ValueError, match='no images'):
        open_folder(tmp_path)
    with pytest.raises(ValueError, match='no such folder'):
        open_folder(tmp_path / 'absent')
    with pytest.raises(ValueError, match=r'data\.images=DIR'):
        open_folder('')


def test_the_split_is_by_name_and_never_empty(photographs):
    images = open_folder(photographs)
    training, validation = split(images, 0.5)
    assert sorted(training.names + validation.names) == list(images.names)
    assert split(images, 0.0)[1].names == images.names[-1:]


def test_label_maps_are_told_from_photographs(photographs):
    drawing = np.zeros((120, 160, 3), np.uint8)
    cv2.rectangle(drawing, (20, 30), (90, 100), (200, 30, 30), -1)
    assert is_label_map(drawing) and not is_label_map(textured())
