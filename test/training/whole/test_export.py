# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import onnx
import onnxruntime
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.agreement import agreement
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import ModelCardError, OutputError
from residual_features_ros.model_card import load_card
from residual_features_ros.whole import batch_of, features_of
from residual_features_ros.whole_card import OUTPUTS, load_whole_cards
from training.export import ExportError
from training.whole import export

METHOD, SIZE = 'residual_hessian_small', (320, 240)
CONFIG = ExtractorConfig(method=METHOD, max_keypoints=200)


@pytest.fixture(scope='module')
def card(tmp_path_factory):
    """Return the card of a whole network of RGB images."""
    return export.export_whole(METHOD, tmp_path_factory.mktemp('whole'), SIZE, CONFIG, 3)


@pytest.fixture(scope='module')
def session(card):
    return onnxruntime.InferenceSession(str(card.path('whole')))


def test_a_file_takes_a_batch_of_any_number(card, session):
    extractor = create_extractor(METHOD, 200, precision='fp32', weights=str(card.folder))
    for number in (1, 2, 3):
        images = [textured(*SIZE, seed=seed) for seed in range(number)]
        found = dict(zip(OUTPUTS, session.run(None, {'image': batch_of(images, 3)}), strict=True))
        for at, image in enumerate(images):
            same = agreement(features_of(found, at, SIZE), extractor.extract(image))
            assert same['near'] >= 0.98 and same['cosine'] >= 0.999


def test_names_types_and_shapes_are_those_of_the_card(card, session):
    shapes = {item.name: (item.type, item.shape) for item in session.get_outputs()}
    assert shapes == {
        'keypoints': ('tensor(float)', ['batch', 200, 2]),
        **{name: ('tensor(float)', ['batch', 200]) for name in ('scores', 'sizes', 'angles')},
        'octaves': ('tensor(int32)', ['batch', 200]), 'count': ('tensor(int32)', ['batch']),
        'descriptors': ('tensor(float)', ['batch', 200, 128])}
    image, = session.get_inputs()
    assert (image.name, image.type, image.shape) == (
        'image', 'tensor(uint8)', ['batch', 3, 240, 320])
    assert onnx.load(str(card.path('whole'))).opset_import[0].version == 17


def test_the_card_says_what_is_fixed_and_lies_beside_the_methods_own(card):
    found, = load_whole_cards(METHOD, card.folder)
    assert found == card and card.name == f'{METHOD}.whole.320x240.200.rgb'
    assert card.settings['places'] == 'learned' and card.networks == load_card(METHOD).sha256
    assert card.made['command'] == (
        f'python -m training export --whole {METHOD} --size 320x240 --keypoints 200')
    assert load_card(METHOD, card.folder).sha256 == card.networks
    assert card.scores['parity']['near'] >= 0.98


def test_rows_beyond_the_count_are_zero(session):
    image = np.full((240, 320, 3), 90, np.uint8)
    image[100:140, 100:140] = 220
    found = dict(zip(OUTPUTS, session.run(None, {'image': batch_of([image], 3)}), strict=True))
    count = int(found['count'][0])
    assert 0 < count < 200
    for name in OUTPUTS[:-1]:
        assert not found[name][0, count:].any(), name
    assert found['scores'][0, :count].all()


def test_nothing_is_replaced(card):
    with pytest.raises(OutputError, match='there already'):
        export.export_whole(METHOD, card.folder, SIZE, CONFIG, 3)
    grey = export.export_whole(METHOD, card.folder, SIZE, CONFIG, 1)
    assert grey.name.endswith('.grey') and grey.made['command'].endswith(' --grey')
    assert len(load_whole_cards(METHOD, card.folder)) == 2


def test_a_network_that_disagrees_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(export, 'LEAST_NEAR', 1.1)
    with pytest.raises(ExportError, match='of its keypoints are the runtime'):
        export.export_whole(METHOD, tmp_path, SIZE, CONFIG, 3)
    assert not list(tmp_path.glob('*.whole.*'))


def test_a_file_that_was_changed_is_found_out(tmp_path):
    card = export.export_whole('superpoint', tmp_path, SIZE,
                               ExtractorConfig(method='superpoint', max_keypoints=50), 1)
    card.path('whole').write_bytes(b'x')
    with pytest.raises(ModelCardError, match='expected sha256'):
        load_whole_cards('superpoint', tmp_path)


@pytest.mark.parametrize('method', [
    METHOD, 'residual_hessian_small_binary', 'residual_rootsift_small', 'superpoint'])
def test_tensorrts_parser_and_builder_take_it(card, method, tmp_path):
    trt = pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    if method != METHOD:
        config = ExtractorConfig(method=method, max_keypoints=200)
        card = export.export_whole(method, tmp_path, SIZE, config, 3)
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network(
        1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    assert parser.parse(card.path('whole').read_bytes()), [
        str(parser.get_error(number)) for number in range(parser.num_errors)]
    config, profile = builder.create_builder_config(), builder.create_optimization_profile()
    profile.set_shape('image', *((batch, 3, 240, 320) for batch in (1, 2, 8)))
    assert config.add_optimization_profile(profile) == 0
    assert builder.build_serialized_network(network, config) is not None
