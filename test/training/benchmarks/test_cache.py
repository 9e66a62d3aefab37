# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import hashlib
import json
import shutil

import cv2
import numpy as np
import pytest
from support.pictures import textured
from support.whole_networks import picture, write_signed, write_whole

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import SHIPPED_WEIGHTS
from training.__main__ import main
from training.benchmarks import cache
from training.benchmarks.cache import Predictor
from training.benchmarks.protocol import Protocol

METHOD = 'residual_rootsift_small'
IMAGE = textured(160, 120)


@pytest.fixture
def weights(tmp_path):
    return shutil.copytree(SHIPPED_WEIGHTS, tmp_path / 'weights')


def ask(folder, image=IMAGE, method='rootsift', keypoints=80, **settings):
    """Return the features of an image by a new predictor, and whether they were read."""
    predictor = Predictor(create_extractor(method, keypoints, **settings), folder)
    features = predictor.extract(image)
    assert predictor.read + predictor.made == 1
    return features, bool(predictor.read)


def files(folder):
    return [path for path in folder.rglob('*') if path.is_file()]


@pytest.mark.parametrize('method', ['orb', 'rootsift', METHOD])
def test_what_is_read_is_what_was_made(tmp_path, method):
    made, was_read = ask(tmp_path, method=method)
    again, is_read = ask(tmp_path, method=method)
    assert (was_read, is_read) == (False, True)
    for field in dataclasses.fields(made):
        a, b = getattr(made, field.name), getattr(again, field.name)
        np.testing.assert_array_equal(a, b)
        assert type(a) is type(b) and getattr(a, 'dtype', 0) == getattr(b, 'dtype', 0)
    assert [path.suffix for path in files(tmp_path)] == ['.npz']


def test_an_image_without_keypoints_is_kept_too(tmp_path):
    grey = np.full((120, 160), 90, np.uint8)
    assert len(ask(tmp_path, grey)[0]) == 0
    features, read = ask(tmp_path, grey)
    assert read and features.descriptors.shape == (0, 128)


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not ask(None)[1] and not files(tmp_path)


def test_another_image_size_setting_or_method_is_made(tmp_path):
    ask(tmp_path)
    changed = IMAGE.copy()
    changed[60, 80] ^= 1  # one bit
    for arguments in ({'image': changed}, {'image': IMAGE[:-1]}, {'image': IMAGE[..., 0]},
                      {'image': IMAGE.reshape(160, 120, 3)}, {'keypoints': 79},
                      {'method': 'sift'}, {'sift_contrast_threshold': 0.01}):
        assert not ask(tmp_path, **arguments)[1], arguments
    assert ask(tmp_path)[1]


def test_other_code_or_another_opencv_is_made(tmp_path, monkeypatch):
    ask(tmp_path)
    with monkeypatch.context() as other:
        other.setattr(cache, 'code_sha256', lambda: 'other')
        assert not ask(tmp_path)[1]
    with monkeypatch.context() as other:
        other.setattr(cv2, '__version__', '4.0.0')
        assert not ask(tmp_path)[1]
    assert ask(tmp_path)[1]


def test_weights_in_another_folder_are_the_same(tmp_path, weights):
    folder = tmp_path / 'cache'
    ask(folder, method=METHOD, weights=str(weights))
    assert ask(folder, method=METHOD)[1]


def test_changed_weights_are_never_answered_from_the_cache(tmp_path, weights):
    folder = tmp_path / 'cache'
    ask(folder, method=METHOD, weights=str(weights))
    network, card = weights / f'{METHOD}.f.onnx', weights / f'{METHOD}.json'
    network.write_bytes(network.read_bytes() + b'\x72\x00')  # a comment at the end of the graph
    with pytest.raises(RuntimeError, match='expected sha256'):  # the card does not know it
        ask(folder, method=METHOD, weights=str(weights))
    metadata = json.loads(card.read_text())
    metadata['files']['f']['sha256'] = hashlib.sha256(network.read_bytes()).hexdigest()
    card.write_text(json.dumps(metadata))
    assert not ask(folder, method=METHOD, weights=str(weights))[1]


def test_a_changed_whole_network_is_never_answered_from_the_cache(tmp_path):
    weights, answers = tmp_path / 'weights', []
    weights.mkdir()
    card = write_whole(weights)
    for end in (b'', b'\x72\x00'):
        network = card.path('whole')
        network.write_bytes(network.read_bytes() + end)
        write_signed(card)
        answers += [ask(tmp_path / 'cache', picture(3), card.method, 10, weights=str(weights),
                        front_end='whole')[1] for _ in range(2)]
    assert answers == [False, True, False, True]


def test_a_card_with_another_normalisation_is_made(tmp_path, weights):
    folder = tmp_path / 'cache'
    first, _ = ask(folder, method=METHOD, weights=str(weights))
    card = weights / f'{METHOD}.json'
    card.write_text(json.dumps({**json.loads(card.read_text()), 'mean': [0.3, 0.3, 0.3]}))
    second, read = ask(folder, method=METHOD, weights=str(weights))
    assert not read and not np.array_equal(first.descriptors, second.descriptors)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize('damage', [
    flip,
    lambda path: path.write_bytes(b''),
    lambda path: path.write_bytes(b'no archive'),
    lambda path: path.write_bytes(path.read_bytes()[:-100]),
    lambda path: path.write_bytes(path.read_bytes()[:50]),
    lambda path: np.savez(path, other=np.zeros(3)),
], ids=['bit', 'empty', 'text', 'truncated', 'start', 'foreign'])
def test_a_corrupt_file_is_said_and_made_again(tmp_path, damage, caplog):
    made, _ = ask(tmp_path)
    path, = files(tmp_path)
    damage(path)
    again, read = ask(tmp_path)
    assert not read and f'{path}: discarded and made again' in caplog.text
    np.testing.assert_array_equal(made.descriptors, again.descriptors)
    assert ask(tmp_path)[1] and files(tmp_path) == [path]


def test_a_file_under_anothers_name_is_not_believed(tmp_path, caplog):
    made, _ = ask(tmp_path)
    path, = files(tmp_path)
    ask(tmp_path, textured(160, 120, seed=1))
    other, = set(files(tmp_path)) - {path}
    shutil.copy(other, path)
    again, read = ask(tmp_path)
    assert not read and 'made by something else' in caplog.text
    np.testing.assert_array_equal(made.descriptors, again.descriptors)


def test_the_command_line_says_how_many_were_read(tmp_path, capsys):
    scene = tmp_path / 'scenes' / 'v_still'
    scene.mkdir(parents=True)
    for number in range(1, 7):
        cv2.imwrite(str(scene / f'{number}.ppm'), textured(160, 120, seed=number))
        np.savetxt(scene / f'H_1_{number}', np.eye(3))

    def evaluate(benchmark, out):
        assert main(['evaluate', benchmark, '--root', str(scene.parent), '--size', '160x120',
                     '--max-keypoints', '80', '--methods', 'orb,rootsift', '--out',
                     str(tmp_path / out), '--cache', str(tmp_path / 'cache')]) == 0
        return capsys.readouterr().out.splitlines()[-1]
    assert evaluate('hpatches', 'a.json').startswith('predictions: 12 made, 0 read from ')
    assert evaluate('hpatches', 'b.json').startswith('predictions: 0 made, 12 read from ')
    assert (tmp_path / 'a.json').read_text() == (tmp_path / 'b.json').read_text()
    cv2.imwrite(str(scene / '4.ppm'), textured(160, 120, seed=44))
    assert evaluate('hpatches', 'c.json').startswith('predictions: 2 made, 10 read from ')


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(ValueError, match='file: not a folder, --cache takes one'):
        ask(tmp_path / 'file')


def test_descriptors_at_the_keypoints_of_others(tmp_path):
    """METHOD@KEYPOINTS: the keypoints are SIFT's, the rows PoSFeat's, and both decide the file."""
    predictors = cache.open_predictors(
        Protocol(('sift', 'posfeat@sift', 'posfeat@orb', 'posfeat')), tmp_path)
    found = {name: predictor.extract(IMAGE) for name, predictor in predictors.items()}
    np.testing.assert_array_equal(found['posfeat@sift'].keypoints, found['sift'].keypoints)
    assert found['posfeat@sift'].descriptors.shape[1] == found['posfeat'].descriptors.shape[1]
    assert not np.array_equal(found['posfeat@sift'].keypoints, found['posfeat'].keypoints)
    assert len(files(tmp_path)) == 4
    again = cache.open_predictors(Protocol(('posfeat@sift',)), tmp_path)['posfeat@sift']
    np.testing.assert_array_equal(again.extract(IMAGE).descriptors,
                                  found['posfeat@sift'].descriptors)
    assert (again.read, again.made) == (1, 0)


def test_keypoints_of_an_unknown_method_and_rows_of_a_detector_are_told():
    with pytest.raises(ConfigError, match="unknown method 'sfit'"):
        cache.open_predictors(Protocol(('posfeat@sfit',)), None)
    with pytest.raises(ConfigError, match='orb describes its own keypoints alone'):
        cache.open_predictors(Protocol(('orb@sift',)), None)['orb@sift'].extract(IMAGE)
