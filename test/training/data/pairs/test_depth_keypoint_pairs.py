# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from support.posed_trees import FOCAL, HEIGHT, WALL, WIDTH, quaternion, wall_view, words, write_h5

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.datasets.posed_images import DepthMap, PosedImage
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.rows.windows import keypoint_rows
from training.config import DataConfig, PhotometricConfig, WarpConfig
from training.data.correspondence import carry
from training.data.pairs.depth_keypoint_pairs import DepthKeypointPairs, collate
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.rgbd_views import NOWHERE, crop, read_rgbd, reproject
from training.data.sources.posed import PosedPairs, open_posed

PLAIN = PhotometricConfig(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0)


def pixels(view, *points):
    return np.array([[x, y, 8, 30] for x, y in points], float)


def test_a_sideways_step_moves_by_focal_length_times_step_over_depth():
    first, second = wall_view(0.0), wall_view(0.5)
    places, depth = reproject(np.array([[99.5, 74.5], [150, 20]]), np.array([4.0, 2.0]), first,
                              second)
    np.testing.assert_allclose(places, [[99.5 - FOCAL * 0.5 / 4, 74.5], [150 - 40, 20]])
    np.testing.assert_allclose(depth, [4, 2])


def test_a_step_forward_enlarges():
    first = wall_view(0.0)
    second = replace(first, t=np.array([0, 0, -2.0]), depth=first.depth - 2)  # the camera at z = 2
    moved, seen, unknown = carry(pixels(first, (109.5, 74.5), (10, 10)), first, second)
    np.testing.assert_allclose(moved[0], [119.5, 74.5, 16, 30], atol=1e-6)
    assert seen.tolist() == [True, False] and not unknown.any()  # the second leaves the image
    behind = replace(first, t=np.array([0, 0, -5.0]))
    places, _ = reproject(np.array([[0, 0]]), np.array([4.0]), first, behind)
    assert (places == NOWHERE).all()


def test_a_turned_camera_turns_the_angle():
    moved, seen, _ = carry(pixels(None, (99.5, 74.5)), wall_view(0.0), wall_view(0.0, 40.0))
    np.testing.assert_allclose(moved[0], [99.5, 74.5, 8, 70], atol=1e-6)
    assert seen.all()


def test_what_is_hidden_or_has_no_depth_is_unknown():
    first, second = wall_view(0.0), wall_view(0.5)  # 20 px to the left
    first.depth[10, 10] = 0
    second.depth[40, 40] = 2.0  # something nearer
    second.depth[50, 40] = 0.0
    second.depth[60, 40] = 4.1  # as good as the wall
    points = pixels(first, (10, 10), (60, 40), (60, 50), (60, 60), (5, 70))
    _, seen, unknown = carry(points, first, second)
    assert seen.tolist() == [False, False, False, True, False]
    assert unknown.tolist() == [True, True, True, False, False]


def test_unknown_keypoints_are_neither_positives_nor_negatives():
    first, second = wall_view(0.0), wall_view(0.5)
    rows = [pixels(first, *((x, 40) for x in (60, 90, 120, 150, 5))),
            pixels(second, *((x, 40) for x in (40, 70, 100, 131)))]
    first.depth[40, 90] = 0  # the second keypoint has no depth
    second.depth[40, 100] = 0  # neither has the third's partner
    item = collate([first, second], rows, [np.ones((len(r), 3)) for r in rows], 6, False)
    assert item['match'].tolist() == [0, -1, -1, 3, -1, -1]
    assert item['valid'].tolist() == [[True, False, False, True, True, False],
                                      [True, False, False, True, False, False]]
    assert (item['projected'][[1, 2, 5]] == NOWHERE).all()
    np.testing.assert_allclose(item['projected'][[0, 3, 4]], [[40, 40], [130, 40], [-15, 40]])


def test_a_cut_is_a_view_of_its_own(rng):
    view = wall_view(0.3)
    view.depth[70:80, 90:100] = 3.0
    scale, turn = 0.8, np.radians(20)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    to_cut = np.vstack([np.c_[linear, (39.5, 29.5) - linear @ (94.5, 74.5)], [0, 0, 1]])
    part = crop(view, to_cut, (80, 60))
    assert part.image.shape == (60, 80, 3) and part.size == (80, 60)
    assert part.depth[30, 40] == 3.0 and part.depth[5, 5] == WALL
    points = rng.uniform(15, 40, (20, 2))
    places, depth = reproject(points, part.depth_at(points), part, view)
    back = np.c_[places, np.ones(20)] @ to_cut.T
    np.testing.assert_allclose(back[:, :2], points, atol=1e-6)
    np.testing.assert_allclose(depth, part.depth_at(points))
    sent = cv2.warpPerspective(view.image, to_cut, (80, 60))
    assert np.abs(sent.astype(int) - part.image).mean() < 6  # the cut is a little smoother
    far = crop(view, np.diag([1, 1, 1.0]) - [[0, 0, 150], [0, 0, 0], [0, 0, 0]], (100, 60))
    assert (far.depth[:, 60:] == 0).all() and far.image[:, 60:].std() > 0  # mirrored, unknown


@pytest.fixture
def wall(tmp_path):
    """Return pairs of three frames of the wall."""
    frames = []
    for number, view in enumerate((wall_view(0.0), wall_view(0.4), wall_view(0.2, 15.0))):
        cv2.imwrite(str(tmp_path / f'{number}.png'), view.image)
        write_h5(tmp_path / f'{number}.h5', depth=view.depth)
        frames.append(PosedImage(f'{number}.png', tmp_path / f'{number}.png', Camera(view.K),
                                 view.R, view.t, DepthMap(tmp_path / f'{number}.h5')))
    return PosedPairs(tmp_path, tuple(frames), np.array([[0, 1], [1, 2], [0, 2]]))


CONFIG = DataConfig(size=(128, 96), keypoints=80, photometric=PLAIN)


def test_items_are_as_those_of_homographies_and_a_function_of_seed_and_number(wall, photographs):
    from training.data.sources.images import open_folder
    dataset = DepthKeypointPairs(wall, 'rootsift', CONFIG, 3, 40)
    reference = KeypointPairs(open_folder(photographs), 'rootsift', CONFIG, 3, 40)[0]
    assert len(dataset) == 40
    first, again = dataset[7], DepthKeypointPairs(wall, 'rootsift', CONFIG, 3, 99)[7]
    for name, array in first.items():
        assert (array.shape, array.dtype) == (reference[name].shape, reference[name].dtype), name
        np.testing.assert_array_equal(array, again[name])
    assert not np.array_equal(first['images'], dataset[8]['images'])


@pytest.mark.parametrize('handcrafted', ['rootsift', 'rootsift_upright'])
def test_matched_keypoints_look_alike(wall, handcrafted):
    warp = WarpConfig(rotation_deg=0, full_rotation=0) if 'upright' in handcrafted else \
        WarpConfig(full_rotation=0.5)
    dataset = DepthKeypointPairs(wall, handcrafted, replace(CONFIG, warp=warp), 0, 12)
    matched, alike = 0, []
    for number in range(12):
        item = dataset[number]
        rows = np.flatnonzero(item['match'] >= 0)
        partners = item['match'][rows]
        assert item['valid'][0, rows].all() and item['valid'][1, partners].all()
        off = np.linalg.norm(item['projected'][rows] - item['keypoints'][1, partners, :2], axis=1)
        assert (off <= 3).all()
        first, second = item['handcrafted'][0, rows], item['handcrafted'][1, partners]
        alike += list((first * second).sum(1))
        matched += len(rows)
    assert matched > 12 * 10 and np.median(alike) > 0.9


def test_pairs_that_do_not_overlap_are_passed_over_and_named_where_there_is_nothing_else(wall):
    away = wall.images[0].R, np.array([40.0, 0, 0])
    lonely = replace(wall.images[0], R=away[0], t=away[1])
    mixed = replace(wall, images=(*wall.images, lonely), pairs=np.array([[0, 1], [0, 3], [1, 3]]))
    dataset = DepthKeypointPairs(mixed, 'rootsift', CONFIG, 0, 6)
    assert all((dataset[number]['match'] >= 0).any() for number in range(6))
    nothing = replace(mixed, pairs=mixed.pairs[1:])
    with pytest.raises(ValueError, match=r'2 pairs in a row overlap by less than data\.warp'):
        DepthKeypointPairs(nothing, 'rootsift', CONFIG, 0, 1)[0]


def test_a_photograph_of_another_size_than_its_depth_is_resized(wall, tmp_path):
    large = cv2.resize(cv2.imread(str(tmp_path / '0.png')), None, fx=2, fy=2)
    cv2.imwrite(str(tmp_path / '0.png'), large)
    depth = np.full((HEIGHT, WIDTH), np.nan, np.float32)
    depth[0] = [-1] + [3] * (WIDTH - 1)
    write_h5(tmp_path / '0.h5', depth=depth)
    view = read_rgbd(wall.images[0])
    assert view.image.shape == (HEIGHT, WIDTH, 3)
    assert view.depth[0, 0] == 0 and view.depth[0, 1] == 3 and (view.depth[1:] == 0).all()


@pytest.mark.parametrize('name', ['absent.h5', 'text.h5', 'other.h5', 'absent.png', 'colour.png'])
def test_a_broken_depth_map_is_named(name, tmp_path):
    (tmp_path / 'text.h5').write_text('no HDF5')
    write_h5(tmp_path / 'other.h5', distance=np.zeros(3))
    cv2.imwrite(str(tmp_path / 'colour.png'), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match=name):
        DepthMap(tmp_path / name).read()


def test_the_loss_takes_the_items(wall):
    from support.losses import pair_loss

    from training.methods.residual.config import LossConfig

    item = DepthKeypointPairs(wall, 'rootsift', CONFIG, 0, 1)[0]
    batch = {name: torch.from_numpy(array)[None] for name, array in item.items()}
    loss = pair_loss(batch['handcrafted'], batch, LossConfig())
    assert torch.isfinite(loss) and loss < 3


def test_real_depth_and_poses_agree_with_matches(data_root, tmp_path):
    """Matches of RootSIFT that pass the ratio test lie where depth and poses send them."""
    source = data_root / 'rgbd' / 'hololens'
    if not source.is_dir():
        pytest.skip('RESIDUAL_FEATURES_DATA has no rgbd/hololens')
    poses = np.loadtxt(source / 'poses.txt').reshape(-1, 4, 4)
    names = sorted(path.name for path in (source / 'images').iterdir())
    matrix = np.loadtxt(source / 'K.txt')
    for list_name, folder in (('rgb.txt', 'images'), ('depth.txt', 'depth')):
        (tmp_path / list_name).write_text(''.join(
            f'{k / 10} {source / folder / name}\n' for k, name in enumerate(names)))
    (tmp_path / 'groundtruth.txt').write_text(''.join(
        f'{k / 10} {words([*pose[:3, 3], *quaternion(pose[:3, :3])])}\n'
        for k, pose in enumerate(poses)))
    (tmp_path / 'calibration.txt').write_text(
        words([matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2], 1000]))
    pairs = open_posed('tum', tmp_path)
    assert len(pairs.images) == len(names) == 40

    extractor, matcher = create_extractor('rootsift', 800), create_matcher(ratio=0.75)
    off = []
    for i, j in pairs.pairs[:36:6]:
        views = [read_rgbd(pairs.images[k]) for k in (i, j)]
        features = [extractor.extract(view.image) for view in views]
        matches = matcher.match(*features).indices
        moved, seen, _ = carry(keypoint_rows(features[0]), *views)
        apart = np.linalg.norm(moved[matches[:, 0], :2] - features[1].keypoints[matches[:, 1]],
                               axis=1)
        off += list(apart[seen[matches[:, 0]]])
    assert len(off) > 300 and np.median(off) < 3 and np.mean(np.array(off) < 6) > 0.8

    dataset = DepthKeypointPairs(pairs, 'rootsift', DataConfig(), 0, 4)
    assert sum((dataset[number]['match'] >= 0).sum() for number in range(4)) > 100
