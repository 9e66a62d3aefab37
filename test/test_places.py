# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Network p as a tiny made graph beside shipped weights, through the whole extractor."""
import dataclasses
import shutil

import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import load_card, sha256_of, write_card

onnx = pytest.importorskip('onnx')

METHOD = 'residual_hessian_tiny'
OFFSET = (0.25, -0.125)  # diameters
IMAGE = textured(320, 240)


def write_p(path, name='windows', offset=OFFSET):
    """Write a p that says `offset` of every window."""
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    nodes = [node('ReduceMean', [name], ['mean'], axes=[1, 2, 3], keepdims=0),
             node('Constant', [], ['axis'], value_ints=[1]),
             node('Unsqueeze', ['mean', 'axis'], ['column']),
             node('Constant', [], ['nothing'], value_float=0.0),
             node('Mul', ['column', 'nothing'], ['zero']),
             node('Constant', [], ['offset'], value_floats=list(offset)),
             node('Add', ['zero', 'offset'], ['offsets'])]
    graph = onnx.helper.make_graph(
        nodes, 'made', [value(name, onnx.TensorProto.FLOAT, ['n', 1, 16, 16])],
        [value('offsets', onnx.TensorProto.FLOAT, ['n', 2])])
    opset = [onnx.helper.make_opsetid('', 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))


@pytest.fixture
def weights(tmp_path):
    """Return a function that makes a folder of weights with a p, and returns it."""
    need_backend('onnxruntime')

    def make(**kwargs):
        card = load_card(METHOD)
        for file in card.files.values():
            shutil.copy(card.folder / file['name'], tmp_path)
        path = tmp_path / f'{METHOD}.p.onnx'
        write_p(path, **kwargs)
        files = {**card.files, 'p': {'name': path.name, 'sha256': sha256_of(path)}}
        write_card(dataclasses.replace(card, files=files, folder=tmp_path, place_side=4.0,
                                       place_samples=16))
        return str(tmp_path)
    return make


def test_keypoints_move_by_diameters_and_stay_in_order(weights):
    extractor = create_extractor(METHOD, 200, weights=weights())
    learned = extractor.extract(IMAGE)
    extractor.reconfigure(dataclasses.replace(extractor.config, places='detected'))
    detected = extractor.extract(IMAGE)
    expected = detected.keypoints + np.array(OFFSET, np.float32) * detected.sizes[:, None]
    inside = (expected >= 0).all(1) & (expected <= [319, 239]).all(1)
    assert inside.sum() > 150
    np.testing.assert_allclose(learned.keypoints[inside], expected[inside], atol=1e-4)
    np.testing.assert_array_equal(learned.responses, detected.responses)
    assert np.abs(learned.descriptors - detected.descriptors).max() > 0.05  # read where they are
    assert 'places' in extractor.timings.medians()


def test_no_keypoint_leaves_the_image(weights):
    found = create_extractor(METHOD, 200, weights=weights(offset=(40.0, -40.0))).extract(IMAGE)
    assert len(found) > 100
    assert (found.keypoints[:, 0] == 319).sum() > 100 and found.keypoints[:, 1].min() == 0


def test_an_image_without_keypoints_and_a_twin(weights):
    extractor = create_extractor(METHOD, 200, weights=weights())
    assert len(extractor.extract(np.full((64, 64), 90, np.uint8))) == 0
    twin = extractor.twin()
    np.testing.assert_array_equal(twin.extract(IMAGE).keypoints,
                                  extractor.extract(IMAGE).keypoints)


def test_another_input_is_an_error_that_names_the_file(weights):
    with pytest.raises(ModelCardError, match=r'p\.onnx: expected the input windows, found patch'):
        create_extractor(METHOD, weights=weights(name='patch'))
