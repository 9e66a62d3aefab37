# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from support.pictures import textured

from residual_features_ros.keypoints.selection import first_orientations, strongest
from residual_features_ros.keypoints.sift import detected
from training.whole import dog
from training.whole.dog import Dog
from training.whole.export import quiet
from training.whole.found import NONE

THRESHOLD = 0.005


def opencvs(grey, count, threshold=THRESHOLD):
    """Return the features of OpenCV with the least angle of each place."""
    found = detected(grey, 0, threshold, None, described=False)
    found = first_orientations(strongest(found, len(found)), 1)
    return found.take(slice(count))


def of(grey, count, threshold=THRESHOLD, oriented=True):
    detector = Dog(*grey.shape[::-1], count, threshold, oriented).eval()
    with torch.inference_mode():
        return detector(torch.from_numpy(grey)[None, None].float())


def agree(found, expected):
    """Return the share of the expected places that were found, all else being the same."""
    number = int(found.exists.sum())
    away = np.linalg.norm(found.places[0, :number].numpy() - expected.keypoints[:, None], axis=2)
    nearest, is_near = away.argmin(1), away.min(1) < 0.02
    same = nearest[is_near]
    np.testing.assert_allclose(found.sizes[0][same], expected.sizes[is_near], rtol=0.01)
    np.testing.assert_allclose(found.scores[0][same], expected.responses[is_near], rtol=1e-3)
    np.testing.assert_array_equal(found.octaves[0][same], expected.octaves[is_near])
    off = np.abs((found.angles[0][same].numpy() - expected.angles[is_near] + 180) % 360 - 180)
    assert (off < 1).mean() > 0.98
    return is_near.mean()


@pytest.mark.parametrize('size', [(320, 240), (213, 147)], ids=str)
@pytest.mark.parametrize('count', [60, 3000])
def test_keypoints_are_opencvs(size, count):
    grey = textured(*size)[..., 0].copy()
    expected, found = opencvs(grey, count), of(grey, count)
    assert abs(int(found.exists.sum()) - len(expected)) <= 2 and len(expected) >= 60
    assert agree(found, expected) > 0.99
    kept = found.scores[0][found.exists[0]]
    assert (kept[1:] <= kept[:-1]).all()


@pytest.mark.parametrize('folder', ['graf', 'leuven', 'boat', 'trees'])
def test_keypoints_of_photographs_are_opencvs(data_root, folder):
    path, = (data_root / 'homography' / folder).glob('1.*')
    grey = cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), (640, 480),
                      interpolation=cv2.INTER_AREA)
    assert agree(of(grey, 1000), opencvs(grey, 1000)) >= 0.98


def test_a_threshold_of_several_grey_levels_is_obeyed():
    grey = textured()[..., 0].copy()
    expected, found = opencvs(grey, 3000, 0.1), of(grey, 3000, 0.1)
    assert 20 < len(expected) < len(opencvs(grey, 3000))
    assert abs(int(found.exists.sum()) - len(expected)) <= 2 and agree(found, expected) > 0.98


def test_upright_keypoints_have_the_angle_0():
    assert not of(textured()[..., 0].copy(), 50, oriented=False).angles.any()


def test_more_than_tensorrt_ranks_are_ranked_in_parts(monkeypatch):
    grey = textured()[..., 0].copy()
    expected = of(grey, 100)
    ranked, topk = [], torch.Tensor.topk
    monkeypatch.setattr(torch.Tensor, 'topk', lambda values, k, axis: ranked.append(k) or topk(
        values, k, axis))
    monkeypatch.setattr(dog, 'MOST', 150)
    found = of(grey, 100)
    assert len(ranked) == 3 and max(ranked) <= 150
    torch.testing.assert_close(found.scores, expected.scores)
    torch.testing.assert_close(found.places, expected.places)


@pytest.mark.parametrize('most', [3840, 100])
def test_a_graph_takes_any_batch(tmp_path, monkeypatch, most):
    monkeypatch.setattr(dog, 'MOST', most)
    detector, path = Dog(160, 120, 40, THRESHOLD, True).eval(), tmp_path / 'dog.onnx'
    images = torch.from_numpy(np.stack([
        textured(160, 120, seed)[None, ..., 0] for seed in range(3)])).float()
    with quiet():
        torch.onnx.export(detector, (images[:2],), path, dynamo=False, opset_version=17,
                          input_names=['grey'], dynamic_axes={'grey': {0: 'batch'}})
    session = onnxruntime.InferenceSession(str(path))
    for batch in (images[:1], images):
        found = session.run(None, {'grey': batch.numpy()})
        for ours, theirs in zip(found, detector(batch), strict=True):
            assert ours.shape == theirs.shape
            assert np.isclose(ours, theirs.numpy(), atol=1e-2).mean() > 0.98


def test_what_moves_to_one_sample_is_one_keypoint():
    detector = Dog(64, 48, 4, THRESHOLD, False)
    scores = torch.full((1, detector.each), NONE)
    scores[0, :5] = torch.tensor([0.2, 0.5, 0.2, 0.4, 0.5])
    at = torch.arange(100, 100 + detector.each)[None].clone()
    at[0, 2], at[0, 4] = at[0, 0], at[0, 1]
    found, order = detector.once(scores, at)
    torch.testing.assert_close(found, torch.tensor([[0.5, 0.4, 0.2, NONE]]))
    assert sorted(at[0, order[0, :3]].tolist()) == [100, 101, 103]


def test_an_image_without_structure_has_none():
    found = of(np.full((120, 160), 7, np.uint8), 100)
    assert not found.exists.any() and found.places.isfinite().all()
    assert found.angles.isfinite().all()
