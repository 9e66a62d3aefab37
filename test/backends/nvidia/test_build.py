# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The real builder, that of TensorRT for RTX, needs no GPU: what runs is built here for real."""
import numpy as np
import pytest
from support import fake_tensorrt

from residual_features_ros.attention import EXPECTED, read_card
from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia.build import Build, add_profile
from residual_features_ros.backends.nvidia.log import logger
from residual_features_ros.backends.nvidia.networks import network_in
from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
from residual_features_ros.backends.nvidia.typed import precisions, typed
from residual_features_ros.config import FREE
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
from residual_features_ros.network import expected_images

METHODS = sorted(path.stem for path in SHIPPED_WEIGHTS.glob('*.json')
                 if path.stem != 'confidence')


def shipped():
    """Return file and expected inputs of each network for GPUs, those of the same bytes once."""
    found = {read_card().files['attention']['sha256']: (read_card().path('attention'), EXPECTED)}
    cards = [*map(load_card, METHODS), load_card('residual_hessian_small', FREE)]
    for card in cards:
        for part, file in card.files.items():
            if not part.endswith('int8'):
                expected = expected_images(card, card.shrink, 2048) if part == 'h' else Expected()
                found.setdefault(file['sha256'], (card.path(part), expected))
    return [pytest.param(path, expected, id=path.relative_to(SHIPPED_WEIGHTS).as_posix())
            for path, expected in found.values()]


@pytest.fixture
def rtx():
    """Return the real module."""
    return pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')


@pytest.mark.parametrize(('path', 'expected'), shipped())
def test_every_network_is_built_in_every_precision_for_all_shapes_that_run(rtx, path, expected):
    tried = precisions(path, 'auto')
    assert ('fp16' in tried) == ('.h.' in path.name or path.name == 'lfnet.f.onnx')
    for precision in tried:
        engine = Build(RTX, expected)(typed(path, precision), path.name)
        assert len(engine) > 1e5


@pytest.mark.parametrize(('network', 'reason'), [
    ('h_int8', 'has type Int32 but must have type'), ('f_int8', 'DynamicQuantizeLinear')])
def test_what_is_quantised_for_cpus_is_refused_with_the_reason(rtx, network, reason):
    path = load_card('residual_hessian_small').path(network)
    with pytest.raises(BackendError, match=f'RTX cannot read {path.name}: .*{reason}'):
        Build(RTX, Expected())(path.read_bytes(), path.name)


@pytest.mark.parametrize('weights', ['', FREE])  # FREE: a convolution in fp32 behind those in int8
def test_its_symmetric_form_is_built_for_all_shapes_that_run(rtx, weights):
    card = load_card('residual_hessian_small', weights)
    path = card.path('h_int8')
    engine = Build(RTX, expected_images(card, card.shrink, 2048))(
        network_in(path, 'int8'), path.name)
    assert len(engine) > 1e5


def test_what_is_no_network_is_refused(rtx):
    with pytest.raises(BackendError, match=r'cannot read it: .*[Pp]arse'):
        Build(RTX, Expected())(b'no network', 'it')


def test_a_profile_that_is_not_valid_is_refused_with_the_reason(rtx):
    builder = rtx.Builder(logger(rtx))
    network = builder.create_network(1)
    network.add_input('image', rtx.float32, (-1, 3, -1, -1))
    shape = (1, 3, 64, 64)
    with pytest.raises(BackendError, match=r'does not take the profile .*MIN<=OPT<=MAX'):
        add_profile(RTX, builder, builder.create_builder_config(),
                    {'image': (shape, (1, 3, 8, 8), shape)})


def test_expected_inputs_that_the_network_cannot_have_are_refused(rtx):
    path = load_card('residual_hessian_small').path('f')
    with pytest.raises(BackendError, match='does not take the profile'):
        Build(RTX, Expected(rows=(5000, 4096)))(typed(path, 'fp32'), path.name)


def uint8_network():
    """Return a network of images of bytes, whose sides are fixed, with outputs of three types."""
    onnx = pytest.importorskip('onnx')
    helper, kinds = onnx.helper, onnx.TensorProto
    image = helper.make_tensor_value_info('image', kinds.UINT8, ('batch', 1, 48, 64))
    outputs = [helper.make_tensor_value_info('grey', kinds.FLOAT, ('batch', 1, 48, 64)),
               helper.make_tensor_value_info('places', kinds.INT32, ('batch', 48)),
               helper.make_tensor_value_info('descriptors', kinds.UINT8, ('batch', 1, 48, 64))]
    nodes = [helper.make_node('Cast', ['image'], ['grey'], to=kinds.FLOAT),
             helper.make_node('ReduceMax', ['grey'], ['rows'], axes=[1, 3], keepdims=0),
             helper.make_node('Cast', ['rows'], ['places'], to=kinds.INT32),
             helper.make_node('Cast', ['grey'], ['descriptors'], to=kinds.UINT8)]
    graph = helper.make_graph(nodes, 'bytes', [image], outputs)
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid('', 17)]).SerializeToString()


def test_images_of_bytes_with_fixed_sides_are_built(rtx):
    assert len(Build(RTX, Expected())(uint8_network(), 'bytes')) > 1e4


def test_images_of_bytes_run_and_give_every_type(cuda):
    from residual_features_ros.backends.nvidia.session import EngineSession
    session = EngineSession(TENSORRT, Build(TENSORRT, Expected())(uint8_network(), 'it'), 'fp32')
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 48, 64)).astype(np.uint8)
    found = session.run({'image': images})
    np.testing.assert_array_equal(found['grey'], images)
    np.testing.assert_array_equal(found['descriptors'], images)
    np.testing.assert_array_equal(found['places'], images.max(3)[:, 0])
    assert [found[name].dtype for name in ('grey', 'places', 'descriptors')] == [
        np.float32, np.int32, np.uint8]


def test_fp32_is_tf32_but_where_keypoints_would_move(cuda, monkeypatch):
    flags = []
    build = fake_tensorrt.Builder.build_serialized_network
    monkeypatch.setattr(
        fake_tensorrt.Builder, 'build_serialized_network', lambda self, network, config: (
            flags.append(config._flags) or build(self, network, config)))
    onnx = pytest.importorskip('onnx')
    for name in ('scores', 'count'):
        network = onnx.load_from_string(uint8_network())
        network.graph.output[0].name = network.graph.node[0].output[0] = 'keypoints'
        network.graph.node[1].input[0] = network.graph.node[3].input[0] = 'keypoints'
        network.graph.output[1].name = network.graph.node[2].output[0] = name
        Build(TENSORRT, Expected())(network.SerializeToString(), 'it')
    assert flags == [{fake_tensorrt.BuilderFlag.TF32}, set()]


def test_what_the_builder_measured_is_kept_for_the_next_network(cuda, tmp_path, h):
    file = tmp_path / 'timings'
    build = Build(TENSORRT, Expected(), file)
    build(typed(h, 'fp32'), h.name)
    assert file.read_bytes() == b'measured '
    build(typed(h, 'fp16'), h.name)
    assert file.read_bytes() == b'measured measured '
    file.write_bytes(b'damaged')
    build(typed(h, 'fp16'), h.name)
    assert file.read_bytes() == b'measured '
    rtx_file = tmp_path / 'none'
    Build(RTX, Expected(), rtx_file)(typed(h, 'fp32'), h.name)
    assert not rtx_file.exists()


def test_a_builder_that_gives_up_says_why(cuda, monkeypatch, h):
    def give_up(self, network, config):
        self._logger._error('could not find any implementation')

    monkeypatch.setattr(fake_tensorrt.Builder, 'build_serialized_network', give_up)
    with pytest.raises(BackendError, match=r'cannot build it: could not find any.*GPU memory'):
        Build(TENSORRT, Expected())(typed(h, 'fp32'), 'it')
