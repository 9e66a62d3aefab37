# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs for methods that find their own keypoints."""
import cv2
import numpy as np
import pytest
import torch
from support.posed_trees import wall_view, write_image

from training import geometry
from training.config import DataConfig, PhotometricConfig, WarpConfig
from training.data.pairs.depth_pairs import DepthPairs
from training.data.pairs.homography_pairs import Crops, HomographyPairs
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.rgbd_views import read_rgbd
from training.data.sources.images import open_folder
from training.data.sources.posed import open_posed

PLAIN = PhotometricConfig(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0)
CONFIG = DataConfig(size=(96, 64), photometric=PLAIN, keypoints=10,
                    warp=WarpConfig(rotation_deg=20, full_rotation=0, scale=1.2))


def agreement(item):
    """Return how far apart grey levels are where the homography says they show the same."""
    images = torch.from_numpy(item['images']).permute(0, 3, 1, 2).double()
    homography = torch.from_numpy(item['homography']).double()[None]
    moved = geometry.warp_image(images[1:], homography)[0].numpy()
    valid = torch.from_numpy(item['valid'][1:, None]).double()
    seen = geometry.warp_image(valid, homography)[0, 0].numpy() > 0.999
    seen &= item['valid'][0]
    return np.abs(moved - images[0].numpy())[:, seen].mean(), seen.mean()


def test_warped_pairs_agree_and_are_those_of_the_residual_method(photographs):
    images = open_folder(photographs)
    dataset = HomographyPairs(images, CONFIG, 3, 9)
    others = KeypointPairs(images, 'orb', CONFIG, 3, 9)
    assert len(dataset) == 9
    for number in range(5):
        item, again = dataset[number], HomographyPairs(images, CONFIG, 3, 99)[number]
        assert {name: (a.shape, a.dtype.name) for name, a in item.items()} == {
            'images': ((2, 64, 96, 3), 'uint8'), 'valid': ((2, 64, 96), 'bool'),
            'homography': ((3, 3), 'float32')}
        for name in item:
            np.testing.assert_array_equal(item[name], again[name])
        for name in ('images', 'homography'):
            np.testing.assert_array_equal(item[name], others[number][name])
        apart, share = agreement(item)
        assert apart < 8 and share > 0.2


def test_what_is_mirrored_is_not_valid(photographs):
    config = DataConfig(size=(96, 64), photometric=PLAIN, warp=WarpConfig(translation=0.5))
    dataset = HomographyPairs(open_folder(photographs), config, 0, 20)
    shares = [dataset[number]['valid'].mean((1, 2)) for number in range(20)]
    assert min(share[0] for share in shares) > 0.95 and min(share[1] for share in shares) < 0.9


def test_crops_are_photographs_as_they_are(photographs):
    dataset = Crops(open_folder(photographs), (96, 64), 1, 7)
    assert len(dataset) == 7 and dataset[0]['image'].shape == (64, 96, 3)
    np.testing.assert_array_equal(dataset[4]['image'], Crops(
        open_folder(photographs), (96, 64), 1, 7)[4]['image'])


VIEWS = [wall_view(0.05 * k, 2.0 * k) for k in range(6)]


def to_world(view):
    """Return (4, 4) camera to world."""
    return np.vstack([np.c_[view.R.T, -view.R.T @ view.t], [0, 0, 0, 1]])


def write_rgbd(folder, columns=16):
    for number, view in enumerate(VIEWS):
        write_image(folder / 'images' / f'{number:03}.png', view.image)
        write_image(folder / 'depth' / f'{number:03}.png',
                    np.rint(1000 * view.depth).astype(np.uint16))
    np.savetxt(folder / 'K.txt', VIEWS[0].K)
    np.savetxt(folder / 'poses.txt', [to_world(view).ravel()[:columns] for view in VIEWS])


def write_scannet(folder):
    matrix = np.eye(4)
    matrix[:3, :3] = VIEWS[0].K
    for name in ('pose', 'intrinsic'):
        (folder / name).mkdir(parents=True)
    np.savetxt(folder / 'intrinsic' / 'intrinsic_depth.txt', matrix)
    for number, view in enumerate(VIEWS):
        large = cv2.resize(view.image, None, fx=2, fy=2)
        write_image(folder / 'color' / f'{number}.jpg', large)
        write_image(folder / 'depth' / f'{number}.png',
                    np.rint(1000 * view.depth).astype(np.uint16))
        pose = to_world(view) if number != 1 else np.full((4, 4), -np.inf)
        np.savetxt(folder / 'pose' / f'{number}.txt', pose)


@pytest.mark.parametrize('columns', [12, 16])
def test_rgbd_layout(columns, tmp_path):
    write_rgbd(tmp_path / 'room', columns)
    source = open_posed('rgbd', tmp_path)
    assert source.pairs.tolist() == [[0, 2], [1, 3]]  # of frames 0, 1, 4, 5
    view = read_rgbd(source.images[2])
    np.testing.assert_allclose(view.depth, 4, atol=1e-3)
    np.testing.assert_allclose(view.R, VIEWS[4].R, atol=1e-9)
    np.testing.assert_allclose(view.t, VIEWS[4].t, atol=1e-9)
    np.savetxt(tmp_path / 'room' / 'poses.txt', np.zeros((2, 16)))
    with pytest.raises(ValueError, match=r'poses\.txt: 2 poses for 6 images'):
        open_posed('rgbd', tmp_path)
    (tmp_path / 'room' / 'K.txt').unlink()
    with pytest.raises(ValueError, match=r'no posed scene.*K\.txt, poses\.txt'):
        open_posed('rgbd', tmp_path)


def test_scannet_layout_without_the_frames_that_lost_track(tmp_path):
    write_scannet(tmp_path / 'scene0000_00')
    source = open_posed('scannet', tmp_path)
    assert len(source.pairs) == 1 and [image.path.stem for image in source.images] == ['0', '4']
    view = read_rgbd(source.images[1])
    assert view.image.shape[:2] == view.depth.shape and np.abs(view.R - VIEWS[4].R).max() < 1e-9


def check_posed(item):
    """Check that depth and pose send pixels to where the other view looks the same."""
    depth, K, pose, F = (torch.from_numpy(item[name]).double()[None]
                         for name in ('depth', 'K', 'pose', 'fundamental'))
    height, width = item['depth'].shape[1:]
    points = geometry.cell_centres(height, width, 1)[None].double()
    places, seen, _ = geometry.carry(points, depth, K, pose)
    assert geometry.epipolar_distances(points[:, seen[0]], places[:, seen[0]], F).max() < 0.05
    images = torch.from_numpy(item['images']).permute(0, 3, 1, 2).double()
    colours = [geometry.sample(images[view:view + 1], at[:, seen[0]], 1)
               for view, at in enumerate((points, places))]
    return float((colours[0] - colours[1]).abs().median()), float(seen.double().mean())


def test_posed_pairs_agree_with_their_depth_and_pose(tmp_path):
    write_rgbd(tmp_path)
    config = DataConfig(size=(96, 64), photometric=PLAIN)
    dataset = DepthPairs(open_posed('rgbd', tmp_path), config, 2, 8)
    assert len(dataset) == 8
    for number in range(4):
        item, again = dataset[number], dataset[number]
        assert {name: (a.shape, a.dtype.name) for name, a in item.items()} == {
            'images': ((2, 64, 96, 3), 'uint8'), 'depth': ((2, 64, 96), 'float32'),
            'K': ((2, 3, 3), 'float32'), 'pose': ((4, 4), 'float32'),
            'fundamental': ((3, 3), 'float32')}
        for name in item:
            np.testing.assert_array_equal(item[name], again[name])
        apart, share = check_posed(item)
        assert apart < 10 and share > 0.1


def test_real_posed_pairs_agree(data_root):
    if not (data_root / 'rgbd' / 'hololens').is_dir():
        pytest.skip('RESIDUAL_FEATURES_DATA has no rgbd/hololens')
    source = open_posed('rgbd', data_root / 'rgbd')
    assert len(source.images) == 40
    dataset = DepthPairs(source, DataConfig(size=(320, 240), photometric=PLAIN), 0, 6)
    found = np.array([check_posed(dataset[number]) for number in range(6)])
    assert np.median(found[:, 0]) < 15 and np.median(found[:, 1]) > 0.3
