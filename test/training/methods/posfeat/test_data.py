# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.posed_trees import HEIGHT, WALL, WIDTH, K, to_colmap, wall_view, words, write_image

from residual_features_ros.errors import ConfigError
from residual_features_ros.geometry.pose import rotation_error_deg
from training import methods
from training.config import MotionConfig, PhotometricConfig, override
from training.data.pairs.epipolar_pairs import EpipolarPairs
from training.data.pairs.plane_pairs import (
    PosedCamera,
    look_at,
    plane_homography,
    random_motion,
)
from training.data.sources.posed import open_posed
from training.methods.posfeat.data import open_dataset, open_pairs

PLAIN = PhotometricConfig(0, 0, 0, 0, 0, 1, 0.3, 0, 3, 0, 0)


def off_the_lines(F, first, second):
    """Return how far points (N, 2) of view 2 are from the epipolar lines of those of view 1."""
    lines = np.c_[first, np.ones(len(first))] @ F.T
    return np.abs((np.c_[second, np.ones(len(second))] * lines).sum(1)) \
        / np.linalg.norm(lines[:, :2], axis=1)


def view(R, t, focal=100.0):
    K = np.array([[focal, 0, 50], [0, focal, 40], [0, 0, 1]])
    return PosedCamera(K, R, np.array(t, float))


def test_a_step_sideways_before_a_plane_shifts_the_image():
    """H = K (R + t n^T / d) K^-1 with R = I, t = (-1, 0, 0), n = (0, 0, 1), d = 2."""
    found = plane_homography(view(np.eye(3), [0, 0, 0]), view(np.eye(3), [-1, 0, 0]),
                             np.array([0, 0, 1.0]), 2.0)
    assert found / found[2, 2] == pytest.approx(np.array([[1, 0, -50], [0, 1, 0], [0, 0, 1]]))


def test_the_homography_maps_points_of_the_plane_as_the_cameras_see_them(rng):
    normal = np.array([0.3, -0.2, 1]) / np.linalg.norm([0.3, -0.2, 1])
    R = look_at(np.array([0.2, 0.1, 1]), 0.3)
    assert pytest.approx(np.eye(3)) == R @ R.T and np.linalg.det(R) == pytest.approx(1)
    first, second = view(np.eye(3), [0, 0, 0]), view(R, [0.1, -0.3, 0.2], 130)
    points = np.c_[rng.uniform(-1, 1, (20, 2)), np.zeros(20)]
    points[:, 2] = (1.5 - points[:, :2] @ normal[:2]) / normal[2]  # n x = 1.5
    places = points @ first.K.T
    moved = (points @ R.T + second.t) @ second.K.T
    H = plane_homography(first, second, normal, 1.5)
    mapped = np.c_[places[:, :2] / places[:, 2:], np.ones(20)] @ H.T
    assert (mapped[:, 2] > 0).all()
    assert mapped[:, :2] / mapped[:, 2:] == pytest.approx(moved[:, :2] / moved[:, 2:])


def test_the_fundamental_matrix_holds_for_what_the_homography_maps(rng):
    size, points = (160, 120), rng.uniform(0, 120, (50, 2))
    matrices = []
    for _ in range(20):
        H, F = random_motion(rng, size, MotionConfig())
        mapped = np.c_[points, np.ones(50)] @ H.T
        assert (mapped[:, 2] > 0).all()  # all of the view shows the plane
        assert off_the_lines(F, points, mapped[:, :2] / mapped[:, 2:]).max() < 1e-6
        assert np.linalg.matrix_rank(F, tol=1e-9) == 2
        matrices.append(F)
    epipoles = [np.linalg.svd(F)[2][2] for F in matrices]
    assert np.std([e[0] / e[2] for e in epipoles]) > 100  # lines of all directions


def test_pairs_of_planes_are_a_function_of_seed_and_number(photographs):
    config = override(methods.create('posfeat', 'short'), [
        f'data.images={photographs}', 'data.size=(96, 80)'])
    source, _ = open_pairs(config)
    one, again = (open_dataset(source, config, 3, 10)[4] for _ in range(2))
    assert {name: (array.shape, str(array.dtype)) for name, array in one.items()} == {
        'images': ((2, 80, 96, 3), 'uint8'), 'valid': ((2, 80, 96), 'bool'),
        'homography': ((3, 3), 'float32'), 'fundamental': ((3, 3), 'float32')}
    for name, array in one.items():
        assert np.array_equal(array, again[name]), name
    assert not np.array_equal(open_dataset(source, config, 4, 10)[4]['images'], one['images'])
    assert one['valid'][0].mean() > 0.9 and one['valid'][1].mean() > 0.2


def write_video(root, steps, kitti=False):
    """Write frames of a camera that moves sideways by each of `steps`."""
    poses = []
    for number, step in enumerate(steps):
        write_image(root / ('image_l' if kitti else 'images') / f'{number:03}.png',
                    wall_view(step).image)
        pose = np.eye(4)
        pose[0, 3] = step
        poses.append(words(pose[:3].ravel() if kitti else pose.ravel()))
    (root / 'poses.txt').write_text('\n'.join(poses))
    if kitti:
        row = words(np.c_[K, np.zeros(3)].ravel())
        (root / 'calib.txt').write_text(f'P0: {row}\nP1: {row}\n')  # KITTI's own has names
    else:
        (root / 'K.txt').write_text('\n'.join(words(row) for row in K))


@pytest.mark.parametrize('kitti', [False, True])
def test_videos_without_depth_keep_their_geometry_when_they_are_resized(tmp_path, kitti):
    write_video(tmp_path / 'video', np.arange(6) * 0.1, kitti)
    source = open_posed('posed', tmp_path)
    assert source.pairs.tolist() == [[0, 2], [1, 3]]  # of frames 0, 1, 4, 5
    config = override(methods.create('posfeat'), ['data.size=(160, 80)']).data  # another aspect
    config = type(config)(**{**vars(config), 'photometric': PLAIN})
    item = EpipolarPairs(source, config, 0, 2)[0]
    assert item['images'].shape == (2, 80, 160, 3)
    # The wall is at z = 4, so a step of 0.4 moves it by 160 * 0.4 / 4 = 16 px, 12.8 when resized.
    grey = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
            for image in item['images']]
    moved = cv2.phaseCorrelate(grey[0], grey[1])[0]
    assert abs(moved[0]) == pytest.approx(16 * 160 / WIDTH, abs=0.5) and abs(moved[1]) < 0.2
    points = np.random.default_rng(0).uniform(0, 80, (20, 2))
    assert off_the_lines(item['fundamental'], points, points + [moved[0], 0]).max() < 1e-3
    run = override(methods.create('posfeat'), [
        'data.kind=posed', f'data.images={tmp_path}', 'data.size=(160, 80)',
        f'data.cache={tmp_path / "cache"}'])
    made, kept = (open_dataset(open_pairs(run)[0], run, 0, 2)[1] for _ in range(2))
    assert np.array_equal(made['images'], kept['images'])
    assert len(list((tmp_path / 'cache').glob('*/1.npz'))) == 1


def test_caps_lists_of_megadepth_are_read(tmp_path):
    folder = tmp_path / 'train' / '0001' / 'dense0' / 'aligned'
    lines = ['# name w h fx fy cx cy R t']
    for number, turn in enumerate((0.0, 10.0, 120.0)):
        seen = wall_view(0.3 * number, turn)
        write_image(folder / 'images' / f'{number}.png', seen.image)
        camera = to_colmap(K)
        lines.append(words([f'{number}.png', WIDTH, HEIGHT, camera[0, 0], camera[1, 1],
                            camera[0, 2], camera[1, 2], *seen.R.ravel(), *seen.t]))
    (folder / 'img_cam.txt').write_text('\n'.join(lines))
    (folder / 'pairs.txt').write_text('0.png 1.png\n0.png 2.png\n1.png 0.png\n')
    source = open_posed('caps', tmp_path)
    assert source.pairs.tolist() == [[0, 1], [1, 0]]  # 120 degrees are too much
    assert rotation_error_deg(source.images[0].R, source.images[1].R) == pytest.approx(10)
    config = override(methods.create('posfeat'), [f'data.size=({WIDTH}, {HEIGHT})']).data
    item = EpipolarPairs(source, config, 0, 2)[0]
    views = [wall_view(0.0), wall_view(0.3, 10)]
    wall = np.c_[np.random.default_rng(0).uniform(-1, 1, (20, 2)), np.full(20, WALL)]
    places = [(wall @ each.R.T + each.t) @ K.T for each in views]
    places = [each[:, :2] / each[:, 2:] for each in places]
    F = item['fundamental']
    assert min(off_the_lines(F, *places).max(), off_the_lines(F, *places[::-1]).max()) < 1e-3
    (folder / 'pairs.txt').write_text('0.png 9.png\n')
    with pytest.raises(ValueError, match=r'expected two names of img_cam.txt'):
        open_posed('caps', tmp_path)


def test_what_is_missing_is_named(tmp_path, photographs):
    config = methods.create('posfeat')
    for settings, words_ in (([f'data.images={photographs}', 'data.kind=homography'], 'planes'),
                             (['data.kind=caps'], 'data.images=DIR')):
        with pytest.raises((ConfigError, ValueError), match=words_):
            open_pairs(override(config, settings))
    with pytest.raises(ValueError, match=r'no posed scene.*calib\.txt, poses\.txt.*K\.txt'):
        open_posed('posed', tmp_path)
    write_video(tmp_path, np.arange(6))
    (tmp_path / 'K.txt').unlink()
    with pytest.raises(ValueError, match=r'K\.txt'):
        open_posed('posed', tmp_path)
    (tmp_path / 'K.txt').write_text('\n'.join(words(row) for row in K))
    (tmp_path / 'poses.txt').write_text('1 2 3')
    with pytest.raises(ValueError, match='not rows of 12 or 16 numbers'):
        open_posed('posed', tmp_path)
