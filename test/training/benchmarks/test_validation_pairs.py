# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.held_out_data import HEIGHT, WIDTH, write_held_out_data
from support.pictures import textured
from support.posed_trees import K, write_image

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.homography import transform
from training.benchmarks import validation_pairs
from training.benchmarks.validation_pairs import (
    KINDS,
    exposure,
    fingerprint,
    gap_sources,
    largest_photographs,
    shrunk,
    spread,
    starts,
    stills,
    video,
)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return write_held_out_data(tmp_path_factory.mktemp('data'))


@pytest.mark.parametrize(('items', 'most', 'expected'), [
    ('abcdefg', 3, 'adg'), ('abc', 3, 'abc'), ('ab', 5, 'ab'), ('abc', 1, 'a'), ('', 3, '')])
def test_items_are_spread_from_the_first_to_the_last(items, most, expected):
    assert spread(items, most) == list(expected)


def test_from_every_start_all_gaps_can_be_gone():
    assert starts(range(10), (1, 4), 3) == [0, 2, 5]
    assert starts(range(5), (1, 4), 3) == [0]
    with pytest.raises(DatasetError, match='4 held-out frames of a video: 5 are the least'):
        starts(range(4), (1, 4), 3)


@pytest.mark.parametrize(('size', 'expected'), [
    ((200, 100), (200, 100)), ((300, 300), (200, 100)), ((100, 100), (100, 50)),
    ((100, 30), (60, 30))])
def test_an_image_is_shrunk_to_fit_and_never_enlarged(size, expected):
    image = textured(200, 100)
    found = shrunk(image, size)
    assert found.shape == (expected[1], expected[0], 3)
    assert expected != (200, 100) or found is image


def test_the_largest_held_out_photographs_that_are_no_label_maps(tmp_path, monkeypatch):
    monkeypatch.setattr(validation_pairs, 'split', lambda source, share: (None, source))
    for name, width in (('a', 60), ('b', 90), ('c', 60), ('d', 80)):
        write_image(tmp_path / 'made' / f'{name}.png', textured(width, 50))
    write_image(tmp_path / 'made' / 'e.png', np.full((200, 200, 3), 90, np.uint8))
    assert [image.shape[1] for image in largest_photographs(tmp_path, 3)] == [90, 80, 60]


def test_stills_are_of_held_out_images_alone(root, monkeypatch):
    used = []
    monkeypatch.setattr(validation_pairs, 'make_views', lambda rng, image, config: used.append(
        image) or ([image, image], np.eye(3)))
    sources = [pair.sources for found in stills(root, (128, 96)) for pair in found.pairs]
    assert sources == [('photographs',), *[('camvid',)] * 5, *[('seven_scenes',)] * 9]
    expected = [root / 'stills' / 'made' / '2.png',
                *(root / 'video' / 'camvid' / 'b' / f'{k:02}.png' for k in range(5)),
                *(root / 'rgbd' / 'seven_scenes' / 'images' / f'{k:02}.png' for k in range(9, 18))]
    for image, path in zip(used, expected, strict=True):
        np.testing.assert_array_equal(image, read_image(path))


def test_stills_have_the_size_and_their_homography(root, monkeypatch):
    monkeypatch.setattr(validation_pairs, 'PHOTOMETRIC', validation_pairs.PhotometricConfig(
        brightness=0, contrast=0, saturation=0, hue_deg=0, noise=0, gamma=1, blur_share=0,
        motion_share=0, grey_share=0))
    for found in stills(root, (128, 96)):
        assert {image.shape for image in found.images} == {(96, 128, 3)}
        assert agree(*found.images, found.pairs[0].homography) < 12


def agree(first, second, homography):
    """Return the mean difference in grey levels where both views show the same."""
    back = cv2.warpPerspective(second, np.linalg.inv(homography), (first.shape[1],
                                                                   first.shape[0]))
    y, x = np.mgrid[8:first.shape[0] - 8:4, 8:first.shape[1] - 8:4].reshape(2, -1)
    there = transform(np.stack([x, y], 1), homography)
    seen = ((there > 8) & (there < np.array(second.shape[1::-1]) - 9)).all(1)
    assert seen.sum() > 20
    return np.abs(back[y, x].astype(float) - first[y, x])[seen].mean()


def test_exposures_are_shown_as_they_are_and_warped(root):
    found, = exposure(root, (640, 480))
    dark, bright, warped = found.images
    assert {image.shape for image in found.images} == {(HEIGHT, WIDTH, 3)}  # never enlarged
    for image, number in ((dark, 1), (bright, 2)):
        np.testing.assert_array_equal(
            image, read_image(root / 'exposure' / '002' / f'{number}.png'))
    as_it_is, moved = found.pairs
    assert (as_it_is.sources, as_it_is.first, as_it_is.second) == (('as it is',), 0, 1)
    assert (moved.sources, moved.first, moved.second) == (('warped',), 0, 2)
    np.testing.assert_array_equal(as_it_is.homography, np.eye(3))
    assert agree(bright, warped, moved.homography) < 12 < agree(bright, warped, np.eye(3))


def test_exposures_of_two_sizes_are_named(tmp_path):
    for name in ('001', '002'):
        write_image(tmp_path / 'exposure' / name / '1.png', textured(60, 50))
        write_image(tmp_path / 'exposure' / name / '2.png', textured(60, 51))
    with pytest.raises(DatasetError, match=r'002/2.png: not of the size of 1.png'):
        list(exposure(tmp_path, (640, 480)))


def test_frames_have_their_gaps_and_the_video_its_poses(root):
    posed, *rest = video(root, (100, 75))
    assert [pair.sources for pair in posed.pairs] == [
        gap_sources('seven_scenes', gap) for gap in (1, 2, 4, 8)]
    for pair, gap in zip(posed.pairs, (1, 2, 4, 8), strict=True):
        R, t = pair.motion
        np.testing.assert_allclose(R, np.eye(3), atol=1e-9)
        np.testing.assert_allclose(t, [-0.05 * gap, 0, 0], atol=1e-9)  # the camera goes right
    assert posed.images[0].shape == (75, 100, 3)
    np.testing.assert_allclose(posed.K[0, 0], K[0, 0] / 2)
    assert len(rest) == 3  # frames 0, 1, 2 of the held-out drive have one two frames later
    assert [(pair.sources, pair.motion) for pair in rest[0].pairs] == [
        (('camvid', 'camvid, gap 1'), None), (('camvid', 'camvid, gap 2'), None)]


@pytest.mark.parametrize('kind', KINDS)
def test_pairs_are_the_same_in_every_run_and_a_change_is_told(kind, root):
    size = (96, 72)
    found = list(KINDS[kind](root, size))
    assert fingerprint(found) == fingerprint(KINDS[kind](root, size))
    assert fingerprint(found) != fingerprint(found[1:])


@pytest.mark.parametrize(('kind', 'message'), [
    ('stills', 'stills: no such folder'), ('exposure', 'exposure: 0 folders of exposure pairs'),
    ('video', 'seven_scenes: no such folder')])
def test_what_is_missing_is_named(kind, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        list(KINDS[kind](tmp_path, (96, 72)))


def test_how_many_pairs_the_real_data_give(data_root):
    if not all((data_root / name).is_dir() for name in ('stills', 'exposure', 'video', 'rgbd')):
        pytest.skip('RESIDUAL_FEATURES_DATA has no stills, exposure, video or rgbd')
    counts = {kind: sum(len(found.pairs) for found in make(data_root, (640, 480)))
              for kind, make in KINDS.items()}
    assert counts == {'stills': 60, 'exposure': 56, 'video': 56}
