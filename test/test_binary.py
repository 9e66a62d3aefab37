# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Network b as a made matrix beside shipped weights, through the whole extractor."""
import dataclasses
import shutil

import cv2
import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import load_card, sha256_of, write_card

onnx = pytest.importorskip('onnx')

METHOD = 'residual_hessian_tiny'
IMAGE = textured(320, 240)
FRAME = np.linalg.qr(np.random.default_rng(0).standard_normal((256, 128)))[0].astype(np.float32)


def write_b(path, frame, name='descriptors', beside=''):
    """Write a b that multiplies descriptors by frame (bits, dim), and adds what lies beside."""
    value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node
    nodes = [node('MatMul', [name, 'frame'], ['product' if beside else 'signs'])]
    inputs = [value(name, onnx.TensorProto.FLOAT, ['n', frame.shape[1]])]
    if beside:
        nodes.append(node('Add', ['product', beside], ['signs']))
        inputs.append(value(beside, onnx.TensorProto.FLOAT, ['n', len(frame)]))
    graph = onnx.helper.make_graph(
        nodes, 'made', inputs, [value('signs', onnx.TensorProto.FLOAT, ['n', len(frame)])],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(frame.T), 'frame')])
    opset = [onnx.helper.make_opsetid('', 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))


@pytest.fixture
def weights(tmp_path):
    """Return a function that makes a folder of weights with a b, and returns it."""
    need_backend('onnxruntime')

    def make(frame, bits=256, **kwargs):
        card = load_card(METHOD)
        for file in card.files.values():
            shutil.copy(card.folder / file['name'], tmp_path)
        path = tmp_path / f'{METHOD}.b.onnx'
        write_b(path, frame, **kwargs)
        files = {**card.files, 'b': {'name': path.name, 'sha256': sha256_of(path)}}
        write_card(dataclasses.replace(card, files=files, folder=tmp_path, bits=bits))
        return str(tmp_path)
    return make


def frame_of(card):
    return FRAME if card.dim == 128 else np.linalg.qr(np.random.default_rng(0).standard_normal(
        (256, card.dim)))[0].astype(np.float32)


def test_bits_are_the_signs_of_what_b_says_of_fs_descriptors(weights):
    frame = frame_of(load_card(METHOD))
    extractor = create_extractor(METHOD, 200, weights=weights(frame))
    plain = create_extractor(METHOD, 200).extract(IMAGE)
    binary = extractor.extract(IMAGE)
    assert binary.descriptors.dtype == np.uint8 and binary.descriptors.shape == (len(plain), 32)
    np.testing.assert_array_equal(binary.keypoints, plain.keypoints)
    values = plain.descriptors @ frame.T
    certain = np.abs(values) > 1e-5
    bits = np.unpackbits(binary.descriptors, axis=1).astype(bool)
    np.testing.assert_array_equal(bits[certain], values[certain] > 0)
    assert 'b' in extractor.timings.medians()
    twin = extractor.twin()
    np.testing.assert_array_equal(twin.extract(IMAGE).descriptors, binary.descriptors)


def test_an_image_without_keypoints_has_no_rows_of_the_same_width(weights):
    extractor = create_extractor(METHOD, 200, weights=weights(frame_of(load_card(METHOD))))
    empty = extractor.extract(np.full((240, 320), 90, np.uint8))
    assert empty.descriptors.shape == (0, 32) and empty.descriptors.dtype == np.uint8


def test_they_are_matched_by_hammings_distance(weights):
    extractor = create_extractor(METHOD, 200, weights=weights(frame_of(load_card(METHOD))))
    first, second = extractor.extract(IMAGE), extractor.extract(np.roll(IMAGE, 3, axis=1))
    matches = create_matcher().match(first, second)
    moved = np.diff([first.keypoints[matches.indices[:, 0]],
                     second.keypoints[matches.indices[:, 1]]], axis=0)[0]
    assert np.median(moved[:, 0]) == pytest.approx(3, abs=0.1) and len(matches) > 50
    assert matches.distances.max() > 2 and not (matches.distances % 1).any()


def test_another_number_of_bits_than_the_card_says_is_refused(weights):
    frame = frame_of(load_card(METHOD))
    extractor = create_extractor(METHOD, 50, weights=weights(frame, bits=128))
    with pytest.raises(ModelCardError, match='expected 128 bits as its card says, found 256'):
        extractor.extract(IMAGE)


def test_a_b_that_takes_something_else_is_refused(weights):
    with pytest.raises(ModelCardError, match='expected the input descriptors, and perhaps teblid, '
                                             'found windows'):
        create_extractor(METHOD, weights=weights(frame_of(load_card(METHOD)), name='windows'))


def test_a_b_that_takes_teblid_has_its_bits_of_the_same_keypoints(weights):
    frame = 0 * frame_of(load_card(METHOD))
    extractor = create_extractor(METHOD, 200, weights=weights(frame, beside='teblid'))
    found = extractor.extract(IMAGE)
    describer = cv2.xfeatures2d.TEBLID.create(1.0, cv2.xfeatures2d.TEBLID_SIZE_256_BITS)
    points = [cv2.KeyPoint(float(x), float(y), float(size), float(angle), class_id=row)
              for row, ((x, y), size, angle) in enumerate(
                  zip(found.keypoints, found.sizes, found.angles, strict=True))]
    points, bits = describer.compute(IMAGE, points)
    np.testing.assert_array_equal(found.descriptors[[point.class_id for point in points]], bits)
    assert len(points) > 100
    twin = extractor.twin()
    np.testing.assert_array_equal(twin.extract(IMAGE).descriptors, found.descriptors)
