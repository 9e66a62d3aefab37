# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
from support.homography_scenes import write_scene
from support.pictures import textured

from residual_features_ros.attention import read_card
from residual_features_ros.geometry.homography import resize_map
from residual_features_ros.types import Features
from training.__main__ import main
from training.benchmarks import hpatches
from training.benchmarks.hpatches import table

LESS = ['--size', '160x128', '--max-keypoints', '100', '--methods', 'orb,rootsift']


@pytest.fixture
def tree(tmp_path):
    """Return the root of a made tree of HPatches layout: two scenes of each kind."""
    root = tmp_path / 'hpatches-sequences-release'
    for seed, name in enumerate(('i_dome', 'i_kions', 'v_abstract', 'v_wall')):
        write_scene(root / name, seed)
    (root / 'README').write_text('beside the scenes')
    return root


def fails(capsys, root):
    """Return the one sentence that an evaluation of `root` ends with."""
    assert main(['evaluate', 'hpatches', '--root', str(root), *LESS]) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith('error:')]
    assert len(error) == 1
    return error[0]


def test_splits_tables_plot_and_origin_are_saved(tree, tmp_path, capsys):
    out = tmp_path / 'results' / 'made.json'
    assert main(['evaluate', 'hpatches', '--root', str(tree), *LESS, '--out', str(out), '--data',
                 'made pictures']) == 0
    said = capsys.readouterr().out
    saved = json.loads(out.read_text())
    assert saved['data'] == {'what': 'made pictures', 'pairs': 20,
                             'scenes': ['i_dome', 'i_kions', 'v_abstract', 'v_wall']}
    assert saved['command'].startswith('python -m training evaluate hpatches --root DIR '
                                       '--size 160x128 --max-keypoints 100 --methods orb,rootsift')
    assert saved['environment']['opencv'] == cv2.__version__ and saved['environment']['cpu']
    assert saved['methods']['orb'] == {'backend': 'none needed'}
    parts = saved['summary']['rootsift']
    assert list(parts) == ['all', 'illumination', 'viewpoint', 'i_dome', 'i_kions', 'v_abstract',
                           'v_wall']
    rows = saved['pairs']['rootsift']
    for name, letter in (('illumination', 'i'), ('viewpoint', 'v')):
        expected = np.mean([row['ms'] for row in rows if row['scene'][0] == letter])
        assert parts[name]['ms'] == pytest.approx(expected)
        assert min(parts[name][number] for number in ('ms', 'recall', 'mma@10')) > 0.5
    text = out.with_suffix('.md').read_text()
    assert text.count('## ') == 7 and '| rootsift |' in text
    assert cv2.imread(str(out.with_suffix('.png'))).shape[1] > 1000  # three panels
    assert 'illumination' in said and 'predictions: 48 made' in said
    assert str(tmp_path) not in out.read_text() + text


def test_keypoints_that_one_image_alone_shows_do_not_count():
    """Of four points moved by 10 px one leaves the second image, one comes from outside."""
    first, second = (Features(np.array(points, np.float32), *np.ones((3, 4), np.float32),
                              np.zeros(4, np.int32), np.eye(4, dtype=np.float32), (100, 100))
                     for points in ([[0, 0], [20, 20], [50, 50], [91, 50]],
                                    [[10, 0], [30, 20], [60, 55], [8, 50]]))
    shift = np.array([[1, 0, 10], [0, 1, 0], [0, 0, 1.0]])
    compared = hpatches.compare(hpatches.Pair('v_wall', 2, shift), first, second)
    assert compared.shared.keypoints[:, 0].tolist() == [0, 20, 50]
    assert compared.others.keypoints[:, 0].tolist() == [10, 30, 60]
    row = hpatches.score(hpatches.Pair('v_wall', 2, shift), first, second, compared)
    assert (row['correct'], row['recall'], row['rep']) == (2, 1, pytest.approx(4 / 6))


def test_views_of_two_sizes_show_what_lies_in_either():
    """The second view is twice as wide as the first and shows it in its left half."""
    first, second = (Features(np.array(points, np.float32), *np.ones((3, 3), np.float32),
                              np.zeros(3, np.int32), np.eye(3, dtype=np.float32), size)
                     for points, size in (([[20, 20], [50, 50], [95, 50]], (100, 100)),
                                          ([[30, 20], [105, 50], [150, 50]], (200, 100))))
    shift = np.array([[1, 0, 10], [0, 1, 0], [0, 0, 1.0]])
    pair = hpatches.Pair('v_wall', 2, shift)
    compared = hpatches.compare(pair, first, second)
    assert compared.shared.keypoints[:, 0].tolist() == [20, 50, 95]
    assert compared.others.keypoints[:, 0].tolist() == [30, 105]
    assert hpatches.score(pair, first, second)['rep'] == pytest.approx(4 / 5)


def test_images_keep_their_sizes_and_large_scenes_are_left_out(tree, tmp_path):
    """The second half of a scene's pictures is twice as large, and its homographies say so."""
    write_scene(tree / hpatches.LARGE[0], 9)
    for scene in tree.glob('[iv]_*'):
        for number in range(4, 7):
            picture = cv2.imread(str(scene / f'{number}.ppm'))
            cv2.imwrite(str(scene / f'{number}.ppm'), cv2.resize(picture, None, fx=2, fy=2))
            twice = resize_map((200, 160), (400, 320))
            np.savetxt(scene / f'H_1_{number}', twice @ np.loadtxt(scene / f'H_1_{number}'))
    out = tmp_path / 'native.json'
    assert main(['evaluate', 'hpatches', '--root', str(tree), *LESS[2:], '--native',
                 '--leave-out-large', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['data']['scenes'] == ['i_dome', 'i_kions', 'v_abstract', 'v_wall']
    assert saved['command'].endswith('--set max_size=0 --native --leave-out-large')
    assert 'own sizes, 100 keypoints' in out.with_suffix('.md').read_text()
    rows = saved['pairs']['rootsift']
    assert {row['number'] for row in rows} == set(range(2, 7))
    assert min(np.mean([row[name] for row in rows if row['number'] == number])
               for number in (2, 5) for name in ('ms', 'mma@3', 'cor@5')) > 0.4
    images, pairs = hpatches.read_scene(tree / 'v_wall', hpatches.OWN_SIZES)
    assert [image.shape[:2] for image in images[2:4]] == [(160, 200), (320, 400)]
    np.testing.assert_allclose(pairs[2].homography, np.loadtxt(tree / 'v_wall' / 'H_1_4'))


def test_brief_results_hold_no_pairs(tree, tmp_path):
    out = tmp_path / 'brief.json'
    assert main(['evaluate', 'hpatches', '--root', str(tree), *LESS, '--brief', '--out',
                 str(out)]) == 0
    assert 'pairs' not in json.loads(out.read_text())


def test_unlikely_matches_are_dropped(tree, tmp_path):
    matches = []
    for number, least in enumerate(('0', '0.9')):
        out = tmp_path / f'{number}.json'
        assert main(['evaluate', 'hpatches', '--root', str(tree), *LESS, '--min-confidence', least,
                     '--out', str(out)]) == 0
        saved = json.loads(out.read_text())
        matches.append(sum(row['matches'] for rows in saved['pairs'].values() for row in rows))
    assert 0 < matches[1] < matches[0]
    assert saved['command'].endswith('--min-confidence 0.9')


def test_a_method_is_evaluated_with_each_matcher(tmp_path):
    write_scene(tmp_path / 'scenes' / 'v_wall', 3)
    method = 'residual_hessian_small'
    names = [method, f'{method}+attention', f'{method}+guided', 'orb+guided']
    for least in ('0', '0.5'):
        out = tmp_path / f'{least}.json'
        assert main(['evaluate', 'hpatches', '--root', str(tmp_path / 'scenes'), *LESS[:-1],
                     ','.join(names), '--min-confidence', least, '--cache',
                     str(tmp_path / 'cache'), '--out', str(out)]) == 0
        saved = json.loads(out.read_text())
        assert list(saved['summary']) == list(saved['methods']) == names
        assert [saved['methods'][name].get('matcher_sha256') for name in names] == [
            None, read_card().sha256, None, None]
        found = [[row['matches'] for row in saved['pairs'][name]] for name in names]
        assert found[0] != found[1] != found[2]
        assert min(saved['summary'][name]['all']['recall'] for name in names) > 0.3
    assert len(list((tmp_path / 'cache').rglob('*.npz'))) == 12  # features have no matcher


def test_a_matcher_is_for_the_methods_it_has_learned(tree, capsys):
    for name, sentence in (('orb+attention', 'not of orb'), ('orb+giuded', 'unknown matcher')):
        assert main(['evaluate', 'hpatches', '--root', str(tree), *LESS[:-1], name]) == 2
        assert sentence in capsys.readouterr().err


def test_weights_are_told_by_fingerprint_not_by_folder(tree, tmp_path):
    import shutil

    from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
    weights, out = shutil.copytree(SHIPPED_WEIGHTS, tmp_path / 'mine'), tmp_path / 'out.json'
    method = 'residual_rootsift_small'
    assert main(['evaluate', 'hpatches', '--root', str(tree), *LESS[:-1], method, '--weights',
                 str(weights), '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['methods'][method]['weights_sha256'] == load_card(method).sha256
    assert saved['methods'][method]['backend'].startswith('onnxruntime')
    assert saved['command'].endswith('--weights DIR') and str(tmp_path) not in out.read_text()


def test_a_truncated_image_is_named(tree, capsys):
    path = tree / 'v_wall' / '3.ppm'
    path.write_bytes(path.read_bytes()[:20_000])
    assert fails(capsys, tree) == f'error: {path}: not an image that OpenCV can read, or truncated'


@pytest.mark.parametrize('number', [2, 5])
def test_a_missing_homography_is_named_before_anything_is_extracted(tree, number, capsys,
                                                                    monkeypatch):
    monkeypatch.setattr(hpatches, 'read_scene', None)
    path = tree / 'v_wall' / f'H_1_{number}'
    path.unlink()
    assert fails(capsys, tree) == f'error: {path}: no such file, the scene is incomplete'


@pytest.mark.parametrize('content', ['', '1 0 0\n0 1 0\n', '1 0 x\n0 1 0\n0 0 1\n',
                                     '1 0 nan\n0 1 0\n0 0 1\n'])
@pytest.mark.filterwarnings('ignore:loadtxt')
def test_a_homography_that_is_none_is_named(tree, content, capsys):
    path = tree / 'i_dome' / 'H_1_4'
    path.write_text(content)
    assert fails(capsys, tree).startswith(f'error: {path}: not a 3x3 matrix')


def test_an_incomplete_scene_is_named(tree, capsys):
    (tree / 'i_kions' / '6.ppm').unlink()
    assert fails(capsys, tree) == \
        f'error: {tree / "i_kions"}: no image 6.*, the scene is incomplete'


def test_an_empty_scene_is_not_passed_over(tree, capsys):
    (tree / 'v_zebra').mkdir()
    assert fails(capsys, tree) == \
        f'error: {tree / "v_zebra"}: no image 1.*, the scene is incomplete'


def test_a_folder_without_scenes_is_named(tmp_path, capsys):
    assert 'no scenes of HPatches layout' in fails(capsys, tmp_path)


@pytest.fixture
def scenes(tmp_path):
    """A scene of HPatches layout: one picture under five known shifts."""
    picture = textured(200, 160, seed=5)
    folder = tmp_path / 'scenes' / 'v_shift'
    folder.mkdir(parents=True)
    for number in range(1, 7):
        homography = np.array([[1, 0, 4.0 * (number - 1)], [0, 1, 2.0], [0, 0, 1]])
        if number > 1:
            np.savetxt(folder / f'H_1_{number}', homography)
        moved = picture if number == 1 else cv2.warpPerspective(picture, homography, (200, 160))
        cv2.imwrite(str(folder / f'{number}.ppm'), moved)
    return folder.parent


def test_evaluation_of_a_made_scene(scenes, tmp_path, capsys):
    out = tmp_path / 'results.json'
    assert main(['evaluate', 'hpatches', '--root', str(scenes), '--size', '160x128',
                 '--max-keypoints', '100', '--methods', 'orb,rootsift', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['protocol']['max_keypoints'] == 100
    assert len(saved['pairs']['rootsift']) == 5
    summary = saved['summary']['rootsift']['all']
    assert saved['summary']['rootsift']['viewpoint'] == summary
    assert summary['recall'] > 0.6 and summary['mma@3'] > 0.8 and summary['cor@3'] == 1
    assert table(saved['pairs']).splitlines()[1].split()[0] == 'orb'
    assert 'v_shift' in capsys.readouterr().out


def test_real_scenes_beat_the_handcrafted_descriptor(data_root, tmp_path):
    out = tmp_path / 'results.json'
    assert main(['evaluate', 'hpatches', '--root', str(data_root / 'homography'), '--size',
                 '320x240', '--max-keypoints', '300', '--out', str(out)]) == 0
    summary = json.loads(out.read_text())['summary']
    assert summary['residual_rootsift_small']['all']['correct'] > \
        1.05 * summary['rootsift']['all']['correct']
