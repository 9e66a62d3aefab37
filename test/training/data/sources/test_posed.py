# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
from support.posed_trees import (
    wall_view,
    write_dense,
    write_megadepth,
    write_phototourism,
    write_tum,
)

from residual_features_ros.datasets import colmap
from residual_features_ros.errors import ConfigError
from training.config import RunConfig, override
from training.data.rgbd_views import read_rgbd
from training.data.sources import posed
from training.data.sources.opening import open_sources
from training.data.sources.posed import PosedPairs, open_posed, split_pairs
from training.methods.residual.data import open_dataset
from training.methods.residual.method import stages
from training.methods.residual.recipe import create
from training.train import train

VIEWS = [wall_view(0.0), wall_view(0.4), wall_view(0.2, 15.0)]


def assert_same(view, expected):
    np.testing.assert_allclose(view.depth, expected.depth, rtol=1e-4)
    for name in ('K', 'R', 't'):
        np.testing.assert_allclose(getattr(view, name), getattr(expected, name), atol=1e-6)
    assert np.abs(view.image.astype(int) - expected.image).mean() < 6  # JPEG


@pytest.mark.parametrize('loftr', [False, True], ids=['d2net', 'loftr'])
def test_megadepth(tmp_path, loftr):
    write_megadepth(tmp_path, VIEWS, loftr)
    found = open_posed('megadepth', tmp_path)
    assert len(found.images) == 2 and found.pairs.tolist() == [[0, 1]]  # one has no depth
    for frame, expected in zip(found.images, VIEWS[1:], strict=True):
        assert_same(read_rgbd(frame), expected)


def test_megadepth_as_loftr_links_it(tmp_path):
    write_megadepth(tmp_path, VIEWS, loftr=True)
    (tmp_path / 'train').mkdir()
    for name in ('Undistorted_SfM', 'phoenix'):
        (tmp_path / name).rename(tmp_path / 'train' / name)
    (tmp_path / 'index' / 'scene_info_val_1500').mkdir()
    (tmp_path / 'index' / 'scene_info_val_1500' / '0002.npz').write_text('not for training')
    assert_same(read_rgbd(open_posed('megadepth', tmp_path).images[0]), VIEWS[1])


def test_phototourism(tmp_path):
    write_phototourism(tmp_path, VIEWS)
    for root in (tmp_path, tmp_path / 'reichstag', tmp_path / 'reichstag' / 'set_100'):
        found = open_posed('phototourism', root)
        assert found.pairs.tolist() == [[1, 0], [2, 1]]
        for frame, expected in zip(found.images, VIEWS, strict=True):
            assert_same(read_rgbd(frame), expected)


def test_phototourism_as_it_comes_for_training(tmp_path, monkeypatch):
    points = [range(0, 400), range(300, 700), range(650, 1000), range(0, 30)]
    write_dense(tmp_path, [*VIEWS, wall_view(0.1)], points, without_depth=3)
    for root in (tmp_path, tmp_path / 'brandenburg_gate'):
        found = open_posed('phototourism', root)
        assert found.pairs.tolist() == [[0, 1], [1, 2]]
        for frame, expected in zip(found.images, VIEWS, strict=True):
            assert_same(read_rgbd(frame), expected)
    monkeypatch.setattr(colmap, 'MOST_POINTS', 500)
    assert open_posed('phototourism', tmp_path).pairs.tolist() == [[0, 1], [1, 2]]


@pytest.mark.parametrize('per_metre', [5000, 1000])
def test_tum(tmp_path, per_metre):
    views = [wall_view(0.05 * k, 3.0 * k) for k in range(10)]
    for name in ('first', 'second'):
        (tmp_path / name).mkdir()
        write_tum(tmp_path / name, views, per_metre)
    found = open_posed('tum', tmp_path)
    assert len(found.images) == 20 and len(found.pairs) == 2 * ((10 - 4) + (10 - 8))
    assert not ((found.pairs < 10).any(1) & (found.pairs >= 10).any(1)).any()
    for frame, expected in zip(found.images, views * 2, strict=True):
        assert_same(read_rgbd(frame), expected)


def test_tum_frames_without_depth_or_pose_in_time_are_left_out(tmp_path):
    write_tum(tmp_path, [wall_view(0.05 * k) for k in range(10)])
    for name, line in (('depth.txt', 3), ('groundtruth.txt', 6)):
        lines = (tmp_path / name).read_text().splitlines()
        del lines[line]
        (tmp_path / name).write_text('\n'.join(lines))
    source = open_posed('tum', tmp_path)
    # Frames 3 and 5 are left out; of the others, 4 or 8 frames apart, frame 7 has no partner.
    assert {image.path.stem for image in source.images} == set('0124689')


def test_a_large_scene_does_not_drown_the_others(tmp_path, monkeypatch):
    monkeypatch.setitem(posed.KINDS, 'tum', replace(posed.KINDS['tum'], most_pairs=3))
    (tmp_path / 'long').mkdir()
    write_tum(tmp_path / 'long', [wall_view(0.01 * k) for k in range(12)])
    found = open_posed('tum', tmp_path)
    assert len(found.pairs) == 3 and found.pairs.max() == len(found.images) - 1


@pytest.mark.parametrize(('kind', 'words'), [
    ('megadepth', r'scene_info\*'), ('phototourism', r'sparse/.*calibration/'),
    ('tum', r'rgb\.txt, groundtruth\.txt'), ('rgbd', r'K\.txt, poses\.txt'),
    ('scannet', r'intrinsic_depth\.txt'),
    ('kitti', 'homography, megadepth, phototourism, rgbd, scannet, sequence, tum'),
])
def test_a_folder_of_another_layout_is_refused(kind, words, tmp_path):
    config = override(RunConfig(), [f'data.kind={kind}', f'data.images={tmp_path}'])
    with pytest.raises((ValueError, ConfigError), match=words):
        open_sources(config.data)
    if kind != 'kitti':
        with pytest.raises(ValueError, match=r'data\.images=DIR'):
            open_sources(override(config, ['data.images=']).data)


def test_missing_parts_are_named(tmp_path):
    write_phototourism(tmp_path, VIEWS)
    scene = tmp_path / 'reichstag' / 'set_100'
    (scene / 'calibration' / 'calibration_00_12.h5').unlink()
    with pytest.raises(ValueError, match=r'no calibration_00_12\.h5, which'):
        open_posed('phototourism', tmp_path)
    write_tum(tmp_path, VIEWS, calibration=False)
    with pytest.raises(ValueError, match=r'no calibration\.txt.*535\.4'):
        open_posed('tum', tmp_path)
    write_tum(tmp_path, VIEWS)
    (tmp_path / 'groundtruth.txt').unlink()
    with pytest.raises(ValueError, match=r'no groundtruth\.txt'):
        open_posed('tum', tmp_path)


def test_held_out_pairs_share_no_frame_with_training(tmp_path):
    frames = tuple(range(100))  # stand for frames
    pairs = np.array([(k, k + 3) for k in range(97)])
    training, held_out = split_pairs(PosedPairs(tmp_path, frames, pairs), 0.1)
    assert not set(training.pairs.ravel()) & set(held_out.pairs.ravel())
    assert len(held_out.pairs) == 7 and len(training.pairs) == 87
    one = PosedPairs(tmp_path, frames[:2], np.array([[0, 1]]))
    assert [len(part.pairs) for part in split_pairs(one, 0.02)] == [1, 1]


def test_the_dense_loss_needs_homographies(tmp_path):
    write_tum(tmp_path, VIEWS)
    config = override(create('cnn_sift_small'), [
        'data.kind=tum', f'data.images={tmp_path}', 'loss.kind=superpoint'])
    with pytest.raises(ConfigError, match='needs homographies'):
        stages(config)


def test_a_run_on_real_pairs_trains_validates_and_resumes(small_run, tmp_path):
    from training import checkpoint
    (tmp_path / 'video').mkdir()
    write_tum(tmp_path / 'video', [wall_view(0.06 * k) for k in range(14)])
    config = override(create('residual_rootsift_small', 'finetune'), [
        *small_run, 'data.kind=tum', f'data.images={tmp_path / "video"}', 'optim.steps=4',
        'data.workers=1', 'optim.schedule=constant', 'data.validation_share=0.4'])
    training, held_out = open_sources(config.data)
    assert len(open_dataset(training, config, 0, 3)) == 3 and len(held_out.pairs) > 0
    whole = checkpoint.load(train(config, tmp_path / 'whole'))
    train(override(config, ['optim.steps=2']), tmp_path / 'parts')
    parts = checkpoint.load(train(config, tmp_path / 'parts'))
    assert whole.scores == parts.scores and whole.scores['recall_handcrafted'] > 0.3
