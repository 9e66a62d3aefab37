# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shutil
import sys
import threading
import time

import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import ExtractorConfig, pipelines
from residual_features_ros.errors import BackendError, ModelCardError
from residual_features_ros.keypoints import surf
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.model_card import SHIPPED_WEIGHTS
from residual_features_ros.pipelines import Fused, Handcrafted, Learned, create_pipeline
from residual_features_ros.registry import METHODS
from residual_features_ros.timings import Timings
from residual_features_ros.types import PyramidScales

FUSED, LEARNED = 'residual_rootsift_small', 'superpoint'


def pipeline(method, **settings):
    return create_pipeline(ExtractorConfig(method=method, **settings), Timings())


@pytest.fixture
def weights(tmp_path):
    """Return a folder with the weights of both kinds."""
    for method in (FUSED, LEARNED):
        for path in SHIPPED_WEIGHTS.glob(f'{method}.*'):
            shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize(('method', 'kind'), [
    ('orb', Handcrafted), (FUSED, Fused), ('cnn_sift_half', Fused), (LEARNED, Learned)])
def test_a_method_has_one_of_three_pipelines(method, kind):
    found = pipeline(method)
    assert type(found) is kind
    assert (found.card is None) == (kind is Handcrafted)
    assert (found.backend_description == 'none needed') == (kind is Handcrafted)
    detector = METHODS[method].detector
    assert found.scales == (DETECTORS[detector].scales if detector else PyramidScales())


def test_a_handcrafted_pipeline_asks_for_no_backend_and_no_weights(monkeypatch):
    monkeypatch.setattr(pipelines, 'Chain', None)
    monkeypatch.setattr(pipelines, 'load_card', None)
    assert len(pipeline('sift')([textured()], ExtractorConfig(method='sift'))[0]) > 100


def test_image_i_of_every_batch_is_of_camera_i(monkeypatch):
    made = []

    def create(name):
        made.append(f'{name} {len(made)}')
        return lambda view, count, config, mask, camera=made[-1]: (camera, view.grey.shape)

    monkeypatch.setattr(pipelines, 'create_detector', create)
    monkeypatch.setattr(pipelines, 'extract', lambda row, detector, view, config, *_: detector(
        view, 10, config, None))
    found, config = pipeline('sift'), ExtractorConfig(method='sift')
    left, right = textured(64, 48), textured(48, 40)
    assert found([left, right], config) == [('sift 0', (48, 64)), ('sift 1', (40, 48))]
    assert found([right], config) == [('sift 0', (40, 48))]
    assert made == ['sift 0', 'sift 1']


def test_g_finds_while_h_sees(monkeypatch):
    found, config = pipeline(FUSED), ExtractorConfig(method=FUSED)
    both = threading.Barrier(2, timeout=10)  # broken where one waits for the other in vain
    of_views, see = found._handcrafted.of_views, found._network.see
    monkeypatch.setattr(found._handcrafted, 'of_views',
                        lambda *args: (both.wait(), of_views(*args))[1])
    monkeypatch.setattr(found._network, 'see', lambda *args: (both.wait(), see(*args))[1])
    assert len(found([textured()], config)[0]) > 100


def test_what_fails_beside_is_told(monkeypatch):
    found = pipeline(FUSED)

    def fail(*_):
        time.sleep(0.01)
        raise BackendError('out of memory')

    monkeypatch.setattr(found._network, 'see', fail)
    with pytest.raises(BackendError, match='out of memory'):
        found([textured()], ExtractorConfig(method=FUSED))


@pytest.mark.parametrize('method', [FUSED, LEARNED])
def test_images_of_one_size_share_a_run_of_h(method):
    timings = Timings()
    found = create_pipeline(ExtractorConfig(method=method), timings)
    images = [textured(seed=1), textured(seed=2), textured(160, 120)]
    for batch, runs in ((images[:2], 1), (images, 3)):
        timings.forget()
        assert len(found(batch, ExtractorConfig(method=method))) == len(batch)
        assert len(timings.ms['h']) == len(timings.ms['prepare']) == runs
        assert len(timings.ms['f']) == len(timings.ms['detect']) == len(batch)


def test_settings_are_those_of_the_call():
    found = pipeline(LEARNED)
    few, many = (found([textured()], ExtractorConfig(method=LEARNED, max_keypoints=count))[0]
                 for count in (5, 50))
    assert len(few) == 5 and len(many) == 50
    np.testing.assert_array_equal(few.keypoints, many.keypoints[:5])


def test_a_learned_method_needs_a_detector_on_its_card(weights):
    path = weights / f'{LEARNED}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'detector': None}))
    with pytest.raises(ModelCardError, match=f'{LEARNED}.json: expected a detector on the card'):
        pipeline(LEARNED, weights=str(weights))


def test_a_fused_method_has_no_detector_on_its_card(weights):
    path = weights / f'{FUSED}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'detector': {'border': 2}}))
    with pytest.raises(ModelCardError, match='no detector on the card, since rootsift finds'):
        pipeline(FUSED, weights=str(weights))


def test_weights_of_another_detector_are_refused(weights):
    path = weights / f'{FUSED}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'handcrafted': 'orb'}))
    with pytest.raises(ModelCardError, match='expected weights for rootsift, found orb'):
        pipeline(FUSED, weights=str(weights))


def test_a_detector_that_is_not_installed_is_told_before_anything_is_loaded(monkeypatch):
    monkeypatch.setattr(surf, 'surf_provider', surf.surf_provider.__wrapped__)
    monkeypatch.delattr(surf.cv2, 'xfeatures2d', raising=False)
    monkeypatch.setitem(sys.modules, 'mahotas.features.surf', None)
    monkeypatch.setattr(pipelines, 'Chain', None)
    for method in ('surf', 'residual_surf_small'):
        with pytest.raises(ImportError, match='pip install mahotas'):
            pipeline(method)
