# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support import fake_tensorrt
from support.needs import need_backend
from support.whole_networks import METHOD, SIZE, picture, write_signed, write_whole

from residual_features_ros import create_extractor
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import BackendError, ConfigError, ModelCardError
from residual_features_ros.model_card import SHIPPED_WEIGHTS
from residual_features_ros.whole_networks import WholeNetworks

onnx = pytest.importorskip('onnx')

OTHER = (96, 64)
GREY, COLOUR = picture(5, colour=False), picture(5)


def config(folder, most=10, **settings):
    return ExtractorConfig(method=METHOD, max_keypoints=most, weights=str(folder),
                           front_end='whole', **settings)


def test_the_network_of_an_image_is_of_its_size_and_colours_and_no_larger_than_needed(tmp_path):
    cards = {name: write_whole(tmp_path, **changes) for name, changes in {
        'grey': {'channels': 1}, 'small': {'keypoints': 4}, 'rgb': {}, 'large': {'keypoints': 30},
        'other': {'size': OTHER}}.items()}
    networks = WholeNetworks(config(tmp_path))

    def serving(image, most):
        card = networks.serving(image, config(tmp_path, most))
        return next((name for name in cards if cards[name] == card), None)

    assert [serving(COLOUR, most) for most in (3, 4, 10, 11)] == ['small', 'small', 'rgb', 'large']
    assert [serving(GREY, most) for most in (3, 10, 11)] == ['grey', 'grey', 'large']
    wide = np.zeros((OTHER[1], OTHER[0]), np.uint8)
    assert serving(wide, 10) == 'other' and serving(wide, 11) is None
    assert serving(wide.T, 10) is None
    assert networks.sizes == '64x48, 96x64'


def test_settings_that_none_obeys_are_refused_at_the_start_and_later(tmp_path):
    write_whole(tmp_path)
    wrong = {'max_keypoints': (11, 'max_keypoints is above its 10'),
             'score_threshold': (0.5, r'score_threshold is -1.0 in it'),
             'nms_radius': (2, 'nms_radius is -1 in it'),
             'network_shrink': (2, 'network_shrink is 0 in it'),
             'spread': (0.5, 'a whole network cannot obey it')}
    extractor = create_extractor(METHOD, 10, weights=str(tmp_path), front_end='whole')
    for name, (value, words) in wrong.items():
        changed = dataclasses.replace(extractor.config, **{name: value})
        for refuse in (extractor.reconfigure, extractor.check, WholeNetworks):
            with pytest.raises(ConfigError, match=words):
                refuse(changed)
    assert len(extractor.extract(COLOUR)) == 5
    extractor.reconfigure(dataclasses.replace(extractor.config, max_keypoints=2))
    assert len(extractor.extract(COLOUR)) == 2


def test_a_live_setting_brings_the_network_that_obeys_it(tmp_path):
    write_whole(tmp_path, 10)
    write_whole(tmp_path, 20, settings={'network_shrink': 0, 'score_threshold': 0.5})
    extractor = create_extractor(METHOD, 10, weights=str(tmp_path), front_end='whole')
    assert len(extractor._pipeline._networks._sessions) == 1
    extractor.reconfigure(dataclasses.replace(extractor.config, score_threshold=0.5))
    assert len(extractor.extract(COLOUR)) == 5
    assert len(extractor._pipeline._networks._sessions) == 2
    with pytest.raises(ConfigError, match=r'0\.5 in it\): .*--set score_threshold=0\.6'):
        extractor.reconfigure(dataclasses.replace(extractor.config, score_threshold=0.6))


def test_one_orientation_of_each_place_and_our_own_rows_are_in_it(tmp_path):
    write_whole(tmp_path)
    networks = WholeNetworks(config(tmp_path))
    sift = dataclasses.replace(config(tmp_path), method='residual_rootsift_small')
    assert networks.obeying(sift)
    for name, value in (('orientations', 2), ('sift_rows', 'cv2')):
        with pytest.raises(ConfigError, match=f'{name}: a whole network'):
            networks.obeying(dataclasses.replace(sift, **{name: value}))
        assert networks.obeying(config(tmp_path, **{name: value}))


@pytest.mark.parametrize('precision', ['bf16', 'int8'])
def test_a_precision_that_moves_keypoints_is_refused(tmp_path, precision):
    write_whole(tmp_path)
    with pytest.raises(ConfigError, match=f'no precision {precision}, .* move: set precision'):
        WholeNetworks(config(tmp_path, precision=precision))


@pytest.mark.parametrize(('precision', 'backend', 'found'), [
    ('auto', 'openvino', 'fp32'), ('fp32', 'openvino', 'fp32'), ('auto', 'tensorrt', 'fp32'),
    ('fp16', 'openvino', 'OpenVINO has no fp16'), ('fp16', 'onnxruntime', 'no fp16 on CPUs')])
def test_each_runtime_keeps_keypoints_where_they_are(tmp_path, monkeypatch, precision, backend,
                                                     found):
    if backend == 'tensorrt':
        monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(tmp_path / 'cache'))
        fake_tensorrt.install(monkeypatch, tmp_path)
    else:
        need_backend(backend)
    write_whole(tmp_path)
    wanted = config(tmp_path, precision=precision, backend=(backend,))
    if 'no fp16' in found:
        with pytest.raises(BackendError, match=found):
            WholeNetworks(wanted)
    else:
        assert f', {found}, whole front end' in WholeNetworks(wanted).description


def test_the_next_backend_goes_on_where_one_fails_and_no_image_is_lost(tmp_path, monkeypatch,
                                                                       caplog):
    monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(tmp_path / 'cache'))
    fake_tensorrt.install(monkeypatch, tmp_path)
    write_whole(tmp_path)
    extractor = create_extractor(METHOD, 10, ['tensorrt', 'onnxruntime'], weights=str(tmp_path),
                                 front_end='whole')
    twin = extractor.twin()
    for batch in (1, 2, 3, 8):
        found = extractor.extract_batch([COLOUR] * batch)
        assert [len(features) for features in found] == [5] * batch
        assert (found[-1].descriptors == np.eye(5, found[-1].descriptors.shape[1])).all()
    assert extractor.backend_description.startswith('tensorrt')
    monkeypatch.setattr(fake_tensorrt.IExecutionContext, 'execute_async_v3', lambda *_: False)
    assert [len(features) for features in twin.extract_batch([COLOUR] * 2)] == [5, 5]
    for each in (extractor, twin):
        assert each.backend_description.startswith('onnxruntime')
        assert len(each.extract(COLOUR)) == 5
    assert caplog.text.count('backend onnxruntime runs instead of tensorrt') == 1


def test_a_folder_without_one_names_the_command(tmp_path):
    with pytest.raises(ModelCardError, match=(
            f'{tmp_path}: expected a whole network of {METHOD}, found none; "python -m training '
            f'export --whole {METHOD} --size 640x480 --keypoints 10 --out DIR"')):
        WholeNetworks(config(tmp_path))
    with pytest.raises(ModelCardError, match=f'{SHIPPED_WEIGHTS}: expected a whole network'):
        WholeNetworks(config(''))
    with pytest.raises(ConfigError, match='front_end whole: orb has no networks'):
        create_extractor('orb', front_end='whole')


def test_a_network_of_other_networks_than_the_cards_is_refused(tmp_path):
    write_whole(tmp_path, networks='abc')
    with pytest.raises(ModelCardError, match=f'the networks of {METHOD}.json in it, .*abc'):
        WholeNetworks(config(tmp_path))


def test_a_network_of_other_inputs_or_outputs_is_refused(tmp_path):
    card = write_whole(tmp_path)
    network = onnx.load(str(card.path('whole')))
    network.graph.input[0].name = network.graph.node[0].input[0] = 'picture'
    onnx.save(network, str(card.path('whole')))
    write_signed(card)
    with pytest.raises(ModelCardError, match='expected the input image, found picture'):
        WholeNetworks(config(tmp_path))
    network.graph.input[0].name = network.graph.node[0].input[0] = 'image'
    del network.graph.output[1]
    onnx.save(network, str(card.path('whole')))
    write_signed(card)
    with pytest.raises(ModelCardError, match=r'the outputs keypoints, scores, sizes, .*'
                                             r'found keypoints, sizes'):
        WholeNetworks(config(tmp_path))


def test_sizes_are_those_of_the_cards(tmp_path):
    write_whole(tmp_path, size=SIZE)
    networks = WholeNetworks(config(tmp_path))
    assert networks.description.startswith('onnxruntime ')
    assert networks.description.endswith(', whole front end for 64x48')
