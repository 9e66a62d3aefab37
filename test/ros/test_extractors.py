# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.ros import extractors
from residual_features_ros.ros.extractors import create_extractors, share

METHODS = ['orb', 'rootsift', 'hessian_rootsift', 'residual_rootsift_small', 'superpoint']
IMAGES = [textured(320, 240, seed) for seed in range(6)]


def same(features, other):
    return all((getattr(features, field.name) == getattr(other, field.name)).all()
               for field in dataclasses.fields(features) if field.name != 'image_size')


@pytest.mark.parametrize('method', METHODS)
def test_extractors_at_the_same_time_give_the_bytes_of_one(method):
    expected = [create_extractor(method, 300).extract(image) for image in IMAGES]
    side_by_side = create_extractors(ExtractorConfig(method=method, max_keypoints=300), 3)

    def all_images(extractor):
        return [extractor.extract(image) for image in IMAGES]

    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(all_images, side_by_side):
            assert all(map(same, found, expected)) and len(found[0]) > 50


def test_each_has_its_own_settings_and_times():
    first, second = create_extractors(ExtractorConfig(method='rootsift', max_keypoints=200), 2)
    second.reconfigure(dataclasses.replace(second.config, max_keypoints=20))
    assert [len(extractor.extract(IMAGES[0])) for extractor in (second, first)] == [20, 200]
    first.timings.forget()
    assert second.timings.newest() and not first.timings.newest()


def test_behind_the_backends_of_a_node_stand_onnx_runtime_and_opencv():
    for asked, expected in (
            (('tensorrt',), ('tensorrt', 'onnxruntime', 'opencv')),
            (('onnxruntime', 'openvino'), ('onnxruntime', 'openvino', 'opencv')),
            (('opencv', 'onnxruntime'), ('opencv', 'onnxruntime'))):
        assert share(ExtractorConfig(backend=asked), 1).backend == expected


def test_a_network_gets_a_share_of_the_cores_unless_threads_were_asked_for(monkeypatch):
    monkeypatch.setattr(extractors, 'share_of_cores', lambda workers: 12 // workers)
    config = ExtractorConfig()
    assert share(config, 1) == config
    assert [share(config, workers).threads for workers in (2, 3, 4)] == [6, 4, 3]
    asked = dataclasses.replace(config, threads=5)
    assert share(asked, 2) == asked
