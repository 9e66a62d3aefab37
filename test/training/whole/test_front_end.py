# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is exported serves as front_end whole, in each runtime here and in the nodes."""
import cv2
import numpy as np
import pytest
from support.image_messages import ros_image
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.agreement import agreement
from residual_features_ros.config import ExtractorConfig
from training.whole.export import LEAST_COSINE, LEAST_NEAR, export_whole

METHOD, SIZE, KEYPOINTS = 'residual_hessian_small', (320, 240), 300
SCENES = ('boat', 'graf', 'leuven', 'trees')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Return a folder with a whole network of RGB images."""
    out = tmp_path_factory.mktemp('whole')
    export_whole(METHOD, out, SIZE, ExtractorConfig(method=METHOD, max_keypoints=KEYPOINTS), 3)
    return out


@pytest.fixture(scope='module')
def split(folder):
    return create_extractor(METHOD, KEYPOINTS, precision='fp32', weights=str(folder))


def whole(folder, most=KEYPOINTS, **settings):
    return create_extractor(METHOD, most, weights=str(folder), front_end='whole', **settings)


def assert_agree(found, expected):
    assert abs(len(found) - len(expected)) <= 0.02 * len(expected)
    same = agreement(found, expected)
    assert same['near'] >= LEAST_NEAR and same['cosine'] >= LEAST_COSINE


@pytest.mark.parametrize('backend', ['onnxruntime', 'openvino'])
def test_photographs_have_the_features_of_the_split_front_end(folder, split, backend, data_root):
    if not (data_root / 'homography').is_dir():
        pytest.skip(f'{data_root} has no folder homography')
    need_backend(backend)
    images = [cv2.resize(cv2.imread(str(data_root / 'homography' / scene / '1.png')), SIZE,
                         interpolation=cv2.INTER_AREA) for scene in SCENES]
    images.append(cv2.cvtColor(images[1], cv2.COLOR_BGR2GRAY))
    extractor = whole(folder, backend=backend)
    together, expected = extractor.extract_batch(images), split.extract_batch(images)
    for found, alone, wanted in zip(together, map(extractor.extract, images), expected,
                                    strict=True):
        assert_agree(found, wanted)
        assert_agree(alone, wanted)
        assert len(found) == KEYPOINTS


def test_fewer_keypoints_are_the_strongest_of_them(folder, split):
    image = textured(*SIZE, seed=4)
    assert_agree(whole(folder, 100).extract(image),
                 split.extract(image).take(np.arange(100)))


def test_masks_keep_off_what_they_forbid(folder, split):
    image, mask = textured(*SIZE, seed=5), np.zeros(SIZE[::-1], np.uint8)
    mask[:, 100:] = 1
    found, free = whole(folder).extract(image, mask), split.extract(image)
    assert_agree(found, free.take(free.keypoints[:, 0] >= 100))


class Pair(list):
    """Two images of one stamp, or the cameras that show them."""

    @property
    def header(self):
        return self[0].header

    def publish(self, images):
        for camera, image in zip(self, images, strict=True):
            camera.publish(image)


def image_message(image, sec):
    return ros_image(image, 'bgr8', stamp=(sec, 7))


def test_a_node_serves_with_it(folder, split, probe, start_node, stop_node, tmp_path):
    from rclpy.parameter import Parameter
    from rclpy.parameter_client import AsyncParameterClient
    from sensor_msgs.msg import Image, PointCloud2
    from support.node_answers import latched_info, serve

    from residual_features_ros.ros.conversions import features_from_message
    name = '/whole_front_end'
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[:, 100:] = 255
    cv2.imwrite(str(tmp_path / 'mask.png'), mask)
    process = start_node('extractor_node', name, method=METHOD, image_qos='default',
                         front_end='whole', weights=str(folder), max_keypoints=KEYPOINTS,
                         descriptor_encoding='float32', mask=str(tmp_path / 'mask.png'))
    info = latched_info(probe, name)
    assert info['front_end'] == 'whole' and 'whole front end for 320x240' in info['backend']
    assert info['weights_sha256'] == split.card.sha256 and info['descriptor_dim'] == 128
    with probe.listen(PointCloud2, f'{name}/features') as features, \
            probe.listen(PointCloud2, f'{name}/matches') as matches, \
            probe.publisher(Image, f'{name}/image_raw') as camera:
        def found(image, sec):
            cloud, _ = serve(probe, camera, image_message(image, sec), features, matches)
            return features_from_message(cloud, latched_info(probe, name))

        image = textured(*SIZE, seed=6)
        free = split.extract(image)
        assert_agree(found(image, 1), free.take(free.keypoints[:, 0] >= 100))
        client = AsyncParameterClient(probe.node, f'{name}/extractor')
        probe.wait_for(client.services_are_ready, 'parameters')

        def change(count):
            future = client.set_parameters([Parameter('max_keypoints', value=count)])
            answer, = probe.wait_for(lambda: future.done() and future.result().results, 'answer')
            return answer

        refused = change(KEYPOINTS + 1)
        assert not refused.successful and 'max_keypoints is above its 300' in refused.reason
        assert change(20).successful
        assert len(found(image, 2)) == 20
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log and 'whole front end for 320x240' in log


def test_a_stereo_node_serves_pairs_and_says_that_other_sizes_are_split(
        folder, split, probe, start_node, stop_node):
    from sensor_msgs.msg import Image, PointCloud2
    from support.node_answers import latched_info, serve

    from residual_features_ros.ros.conversions import features_from_message
    name = '/whole_stereo'
    process = start_node('stereo_node', name, method=METHOD, image_qos='default',
                         front_end='whole', weights=str(folder), max_keypoints=KEYPOINTS,
                         descriptor_encoding='float32', precision='fp32')
    info = latched_info(probe, name)
    with probe.listen(PointCloud2, f'{name}/left/features') as left, \
            probe.listen(PointCloud2, f'{name}/right/features') as right, \
            probe.publisher(Image, f'{name}/left/image_raw') as first, \
            probe.publisher(Image, f'{name}/right/image_raw') as second:
        for sec, size in enumerate([SIZE, (256, 192), SIZE, (256, 192)], 1):
            images = [textured(*size, seed=seed) for seed in (sec, sec + 10)]
            message = Pair([image_message(image, sec) for image in images])
            clouds = serve(probe, Pair([first, second]), message, left, right)
            for cloud, expected in zip(clouds, split.extract_batch(images), strict=True):
                assert_agree(features_from_message(cloud, info), expected)
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    assert log.count('takes images of 256x192 with these settings') == 1
