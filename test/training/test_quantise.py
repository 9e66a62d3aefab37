# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import onnx
import pytest
import torch
from support.pictures import textured
from support.plain_layers import randomise
from support.saved_runs import save_run

from residual_features_ros import create_extractor
from residual_features_ros.backends.symmetric_int8 import symmetric
from residual_features_ros.config import FREE
from residual_features_ros.model_card import load_card
from residual_features_ros.network import prepare
from training import quantise
from training.__main__ import main
from training.config import override
from training.data.sources.images import open_folder
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create

METHOD = 'residual_rootsift_small'
SHIPPED = 'residual_hessian_small'


@pytest.fixture(scope='module')
def random_weights(tmp_path_factory):
    """Return a checkpoint of random weights."""
    path = tmp_path_factory.mktemp('random') / 'last.pt'
    config = override(create(METHOD), ['data.size=(96, 64)'])
    torch.manual_seed(2)
    model = ResidualNetwork(config.model)
    save_run(path, config, model)
    return path


@pytest.fixture(scope='module')
def exported(random_weights, photographs, tmp_path_factory):
    """Return the folder of an export with h in int8."""
    folder = tmp_path_factory.mktemp('int8')
    assert main(['export', str(random_weights), '--out', str(folder),
                 '--calibrate', str(photographs)]) == 0
    return folder


def test_the_card_says_how_near_int8_comes(exported):
    card = load_card(METHOD, exported)
    assert set(card.files) == {'h', 'f', 'h_int8', 'f_int8'}
    assert 0.98 < card.scores['int8']['cosine_mean'] <= 1
    assert 0.98 < card.scores['int8']['symmetric_cosine_mean'] <= 1
    assert 0.999 < card.scores['int8']['row_cosine_mean'] < 1 + 1e-6
    assert card.scores['int8']['row_cosine_least'] > 0.99
    nodes = {node.op_type for node in onnx.load(str(card.path('f_int8'))).graph.node}
    assert 'MatMulInteger' in nodes and 'MatMul' not in nodes
    nodes = {node.op_type for node in onnx.load(str(card.path('h_int8'))).graph.node}
    assert {'QuantizeLinear', 'DequantizeLinear'} <= nodes
    assert card.path('h_int8').stat().st_size < card.path('h').stat().st_size


def test_batch_norm_is_part_of_the_convolutions_in_int8(photographs, tmp_path):
    config = override(create('residual_sift_half'), ['data.size=(96, 64)'])
    model = randomise(ResidualNetwork(config.model))
    save_run(tmp_path / 'last.pt', config, model)
    assert main(['export', str(tmp_path / 'last.pt'), '--out', str(tmp_path / 'out'),
                 '--calibrate', str(photographs)]) == 0
    card = load_card('residual_sift_half', tmp_path / 'out')
    for name, norms in (('h', 5), ('h_int8', 0)):
        nodes = [node.op_type for node in onnx.load(str(card.path(name))).graph.node]
        assert nodes.count('BatchNormalization') == norms and nodes.count('Conv') == 6
    assert card.scores['int8']['cosine_mean'] > 0.98


def test_weights_leave_the_eighth_bit_free(exported):
    for tensor in onnx.load(str(load_card(METHOD, exported).path('h_int8'))).graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.int8:
            assert np.abs(values.astype(int)).max() <= 64


def test_photographs_are_picked_evenly(photographs, exported, monkeypatch):
    card, images = load_card(METHOD, exported), open_folder(photographs)
    assert len(quantise.choose(images, (64, 32), card)) == len(images.names)
    monkeypatch.setattr(quantise, 'PHOTOGRAPHS', 2)
    chosen = quantise.choose(images, (64, 32), card)
    assert [blob.shape for blob in chosen] == [(1, 3, 32, 64)] * 2
    assert not np.array_equal(*chosen)


def test_the_last_convolution_stays_in_fp32_where_int8_differs_too_much(
        exported, photographs, tmp_path, monkeypatch):
    card, images = load_card(METHOD, exported), open_folder(photographs)
    assert card.scores['int8']['fp32_convolutions'] == 0
    blobs = quantise.choose(images, (96, 64), card)
    real, compared = quantise.cosines_of_cells, []

    def as_if_far_apart_at_first(*given):
        compared.append(real(*given))
        return compared[-1] - (0.1 if len(compared) == 1 else 0)

    monkeypatch.setattr(quantise, 'cosines_of_cells', as_if_far_apart_at_first)
    found = quantise.quantise(card.path('h'), tmp_path / 'out.onnx', blobs)
    assert found['fp32_convolutions'] == 1
    assert found['cosine_mean'] == compared[1].mean() > compared[0].mean()
    nodes = onnx.load(str(tmp_path / 'out.onnx')).graph.node
    assert nodes[-1].op_type == 'Conv' and nodes[-1].output[0] == 'dense'


def test_so_it_does_in_the_free_weights():
    card = load_card(SHIPPED, FREE)
    assert card.scores['int8']['fp32_convolutions'] == 1
    last = onnx.load(str(card.path('h_int8'))).graph.node[-1]
    assert last.op_type == 'Conv' and last.output[0] == 'dense'
    blobs = [prepare([textured(320, 240, seed)], card) for seed in range(2)]
    cosines = quantise.cosines_of_cells(card.path('h'), card.path('h_int8'), blobs)
    assert cosines.mean() > 0.999


def test_an_int8_form_that_differs_is_refused(exported, tmp_path, monkeypatch):
    card = load_card(METHOD, exported)
    blobs = [prepare([textured(64, 64)], card)]
    monkeypatch.setattr(quantise, 'LEAST_COSINE', 1.1)
    with pytest.raises(ValueError, match='the mean cosine'):
        quantise.quantise(card.path('h_int8').with_name(f'{METHOD}.h.onnx'), tmp_path / 'out.onnx',
                          blobs)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match='no photograph'):
        quantise.quantise(card.path('h'), tmp_path / 'out.onnx', [])


def test_a_symmetric_form_that_differs_is_refused(exported, tmp_path, monkeypatch):
    card = load_card(METHOD, exported)

    def louder(path):
        """Return what a bias of 9 makes of the symmetric form."""
        network = onnx.load_from_string(symmetric(path))
        for tensor in network.graph.initializer:
            if tensor.name == network.graph.node[-1].input[2]:
                raised = onnx.numpy_helper.to_array(tensor) + 9
                tensor.CopyFrom(onnx.numpy_helper.from_array(raised, tensor.name))
        return network.SerializeToString()

    monkeypatch.setattr(quantise, 'symmetric', louder)
    with pytest.raises(ValueError, match='symmetric form: the mean cosine'):
        quantise.quantise(card.path('h'), tmp_path / 'out.onnx',
                          [prepare([textured(64, 64)], card)])
    assert list(tmp_path.iterdir()) == []


def test_an_export_without_its_int8_form_leaves_no_file(random_weights, photographs, tmp_path,
                                                        monkeypatch, capsys):
    monkeypatch.setattr(quantise, 'LEAST_COSINE', 1.1)
    assert main(['export', str(random_weights), '--out', str(tmp_path),
                 '--calibrate', str(photographs)]) == 2
    assert 'the mean cosine' in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_setting_is_part_of_the_protocol(tmp_path, exported, photographs, capsys):
    out = tmp_path / 'rotation.json'
    assert main(['evaluate', 'rotation', '--root', str(photographs), '--size', '128x128',
                 '--max-keypoints', '50', '--methods', METHOD, '--weights', str(exported),
                 '--set', 'precision=fp32', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['protocol']['settings'] == {'precision': 'fp32'}
    assert saved['command'].endswith('--set precision=fp32')
    assert 'int8' not in saved['methods'][METHOD]['backend']
    assert main(['evaluate', 'rotation', '--root', '.', '--set', 'ratio=0.8']) == 2
    assert 'mutual nearest' in capsys.readouterr().err


@pytest.fixture(scope='module')
def around_0(tmp_path_factory):
    """Return a folder of shipped weights with h in symmetric int8."""
    folder = tmp_path_factory.mktemp('symmetric') / 'new'
    assert main(['export-int8', SHIPPED, '--out', str(folder)]) == 0
    return folder


def compared(image, folder):
    """Return the cosines between the descriptors with h in fp32 and those of a folder's int8."""
    exact, other = (
        create_extractor(SHIPPED, 300, precision=precision, weights=weights).extract(image)
        for precision, weights in (('fp32', ''), ('int8', str(folder))))
    np.testing.assert_array_equal(exact.keypoints, other.keypoints)
    return (exact.descriptors * other.descriptors).sum(1)


def test_symmetric_weights_have_a_card(around_0):
    card, shipped = load_card(SHIPPED, around_0), load_card(SHIPPED)
    assert card.path('h_int8').name == f'{SHIPPED}.h_int8_symmetric.onnx'
    assert set(card.files) == set(shipped.files) - {'f_int8'}
    assert card.files['h'] == shipped.files['h'] and card.confidence == shipped.confidence
    assert 'int8' not in card.scores  # they are of the other form


def test_descriptors_with_symmetric_h_are_those_of_fp32(around_0, image):
    assert compared(image, around_0).mean() > 0.998


def test_descriptors_of_photographs_with_symmetric_h_are_those_of_fp32(around_0, data_root):
    for scene in ('graf', 'trees'):
        path = next((data_root / 'homography' / scene).glob('1.*'))
        assert compared(cv2.resize(cv2.imread(str(path)), (640, 480)), around_0).mean() > 0.999


def test_symmetric_weights_are_new_and_made_of_int8(tmp_path, capsys):
    (tmp_path / f'{SHIPPED}.f.onnx').write_bytes(b'mine')
    for method, reason in ((SHIPPED, 'there already'),
                           ('residual_surf', 'expected a network h_int8')):
        assert main(['export-int8', method, '--out', str(tmp_path)]) == 2
        assert reason in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 1
