# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node as a process of its own, over real DDS."""
import array
import dataclasses
import itertools
import json
import re
import shutil

import cv2
import numpy as np
import pytest
from support.image_messages import ros_image
from support.node_answers import LATCHED, diagnostics, latched_info, of_stamp, serve
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.attention import read_card
from residual_features_ros.config import MatcherConfig
from residual_features_ros.grey_levels import LevelMemory
from residual_features_ros.keypoints.table import SIFT_LEVELS
from residual_features_ros.levels import levels_of
from residual_features_ros.matcher import open_matcher
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card, write_card
from residual_features_ros.ros.conversions import (
    features_from_message,
    image_from_message,
    matches_from_message,
    message_to_rows,
)

pytest.importorskip('rclpy', reason='rclpy is not installed')

import rclpy
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Header, String

from residual_features_ros.ros.feature_node import FALLBACKS

NAMESPACE = '/one_camera'
ENCODINGS = ['mono8', '8UC1', 'bgr8', '8UC3', 'rgb8', 'bgra8', 'rgba8', 'mono16', '16UC1',
             'bayer_rggb8', 'bayer_gbrg16', 'yuv422', 'yuv422_yuy2', '32FC1']


@pytest.fixture(scope='module')
def node(start_node, stop_node):
    """RootSIFT, reliable images so that each one counts."""
    process = start_node('extractor_node', NAMESPACE, method='rootsift', image_qos='default')
    yield process
    if process.poll() is None:
        stop_node(process)


@pytest.fixture
def features(probe, node):
    with probe.listen(PointCloud2, f'{NAMESPACE}/features') as heard:
        yield heard


@pytest.fixture
def camera(probe, features):
    with probe.publisher(Image, f'{NAMESPACE}/image_raw') as publisher:
        yield publisher


@pytest.fixture
def matches(probe, node):
    with probe.listen(PointCloud2, f'{NAMESPACE}/matches') as heard:
        yield heard


stamps = iter(range(1, 10**6))


def image_message(bgr, encoding='bgr8', **options):
    return ros_image(bgr, encoding, stamp=(next(stamps), 7), **options)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_features_and_matches_of_every_encoding(probe, camera, features, matches, encoding):
    message = image_message(textured(), encoding, padding=4)
    cloud, pairs = serve(probe, camera, message, features, matches)
    expected = create_extractor('rootsift').extract(image_from_message(message))
    back = features_from_message(cloud, latched_info(probe, NAMESPACE))
    assert cloud.header == message.header and len(back) == len(expected) > 100
    np.testing.assert_array_equal(message_to_rows(cloud)['level'],
                                  levels_of(expected.sizes, SIFT_LEVELS))
    np.testing.assert_array_equal(back.keypoints, expected.keypoints)
    np.testing.assert_allclose(back.descriptors, expected.descriptors, atol=0.004)
    assert pairs.header == message.header
    found, _ = matches_from_message(pairs)
    assert not len(found) or (found.indices[:, 0].max() < len(back))
    assert ((found.confidences >= 0) & (found.confidences <= 1)).all()


def test_the_levels_of_deep_images_drift_from_frame_to_frame(probe, camera, features):
    def deep(values):
        message = image_message(textured(), 'mono16')
        message.data = array.array('B', values.astype('<u2').tobytes())
        return message

    scene = 20000 + 5 * textured()[..., 1].astype(int)
    hot = scene.copy()
    hot[:80] = 40000
    memory = LevelMemory()
    for values in (np.full_like(scene, 65535), scene, hot):  # the first is another scene
        message = deep(values)
        cloud, = serve(probe, camera, message, features)
        expected = create_extractor('rootsift').extract(image_from_message(message, memory))
        found = features_from_message(cloud, latched_info(probe, NAMESPACE))
        np.testing.assert_array_equal(found.keypoints, expected.keypoints)
    assert len(expected) > 100


def test_an_image_without_structure_gives_no_features(probe, camera, features, matches):
    message = image_message(np.full((240, 320, 3), 90, np.uint8))
    cloud, pairs = serve(probe, camera, message, features, matches)
    assert (cloud.height, cloud.width, cloud.point_step) == (1, 0, 164)
    assert [field.name for field in cloud.fields][-2:] == ['descriptor', 'level']
    assert pairs.width == 0


def test_bad_images_are_counted_and_the_next_one_served(probe, camera, features):
    before = int(diagnostics(probe, NAMESPACE, lambda *_: True)[2]['drops: bad image'])
    unknown, truncated = image_message(textured()), image_message(textured())
    unknown.encoding = 'mono9'
    truncated.data = truncated.data[:100]
    tiny = image_message(textured(16, 16))
    for count, bad in enumerate((unknown, truncated, tiny), 1):
        camera.publish(bad)
        *_, values = diagnostics(
            probe, NAMESPACE,
            lambda _, values, n=before + count: values['drops: bad image'] == str(n))
        assert of_stamp(features, bad) is None
    assert values['drops: extraction failed'] == '0'
    serve(probe, camera, image_message(textured()), features)


def test_tracks_persist_from_frame_to_frame(probe, camera, features, matches):
    image, of_keypoint, longest = textured(), {}, 0
    for step in range(4):
        message = image_message(np.roll(image, 2 * step, 1))
        cloud, pairs = serve(probe, camera, message, features, matches)
        rows = message_to_rows(pairs)
        ids = dict(zip(rows['index'].tolist(), rows['id'].tolist(), strict=True))
        assert len(set(ids.values())) == len(ids)
        if step:
            assert len(rows) > 50
            assert set(rows['prev_stamp_sec'].tolist()) == {message.header.stamp.sec - 1}
            for previous, name in zip(rows['prev_index'].tolist(), rows['id'].tolist(),
                                      strict=True):
                assert of_keypoint.get(previous, name) == name
                longest += previous in of_keypoint
            moved = rows['x'] - rows['prev_x']
            assert abs(np.median(moved) - 2) < 0.1
        keypoint_ids = message_to_rows(cloud)['id']
        assert {i: n for i, n in enumerate(keypoint_ids.tolist()) if n >= 0} == ids
        of_keypoint = ids if step else {}
    assert longest > 100


@pytest.fixture
def unfitted(tmp_path):
    """Return the parameters of a node whose weights have no confidence."""
    method = 'residual_hessian_tiny'
    for path in SHIPPED_WEIGHTS.glob(f'{method}.*'):
        shutil.copy(path, tmp_path)
    write_card(dataclasses.replace(load_card(method, tmp_path), confidence=None))
    return {'method': method, 'weights': str(tmp_path), 'image_qos': 'default'}


def test_weights_without_a_confidence_give_none_and_drop_nothing(probe, start_node, stop_node,
                                                                 unfitted):
    process = start_node('extractor_node', '/unfitted', **unfitted)
    client = AsyncParameterClient(probe.node, '/unfitted/extractor')
    probe.wait_for(client.services_are_ready, 'the parameters')
    asked = client.set_parameters([Parameter('min_confidence', value=0.5)])
    answer, = probe.wait_for(asked.result, 'an answer').results
    assert not answer.successful and 'training calibrate METHOD' in answer.reason
    second = itertools.count(1)
    with probe.listen(PointCloud2, '/unfitted/matches') as heard, \
            probe.publisher(Image, '/unfitted/image_raw') as camera:
        probe.wait_for(lambda: (heard and heard[-1].width) or camera.publish(ros_image(
            textured(), stamp=(next(second), 0))), 'matches')
        assert np.isnan(message_to_rows(heard[-1])['confidence']).all()
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log


def test_a_least_confidence_that_nobody_can_give_ends_the_start(start_node, stop_node, unfitted):
    process = start_node('extractor_node', '/refused', min_confidence=0.5, **unfitted)
    assert process.wait(60) == 1
    _, log = stop_node(process)
    assert 'min_confidence 0.5: matches have no confidence here' in log
    assert 'Traceback' not in log


@pytest.mark.parametrize(('settings', 'words'), [
    ({'matcher': 'stereo_rectified'},
     'matcher stereo_rectified pairs left and right images, as stereo_node does'),
    ({'matcher': 'attention', 'method': 'orb'}, 'not of orb; train another'),
    ({'matcher_fallback': 'attention', 'matcher_weights': '/nowhere'},
     '/nowhere/attention.json: no such file'),
    ({'matcher': 'guided', 'matcher_fallback': 'guided'}, 'guided is the matcher itself'),
    ({'matcher_fallback': 'magic'}, "unknown matcher_fallback 'magic'")])
def test_a_matcher_that_cannot_be_had_ends_the_start(start_node, stop_node, settings, words):
    process = start_node('extractor_node', '/no_matcher', **{
        'method': 'residual_hessian_small', **settings})
    assert process.wait(60) == 1
    _, log = stop_node(process)
    assert words in log and 'FATAL' in log and 'Traceback' not in log


@pytest.fixture
def falling_back(probe, start_node, stop_node):
    """Return a node whose mutual matches never suffice, and a function that shows it an image."""
    process = start_node('extractor_node', '/falling_back', image_qos='default',
                         method='residual_hessian_small', matcher_fallback='attention',
                         fallback_matches=50000, descriptor_encoding='float32')
    with probe.listen(PointCloud2, '/falling_back/features') as heard, \
            probe.listen(PointCloud2, '/falling_back/matches') as pairs, \
            probe.publisher(Image, '/falling_back/image_raw') as camera:
        yield process, lambda image: serve(probe, camera, image_message(image), heard, pairs)
    if process.poll() is None:
        stop_node(process)


def turned(image, angle_deg, scale):
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, scale)
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)


def test_what_the_fallback_finds_travels_with_its_confidences(probe, falling_back):
    _, show = falling_back
    first = textured(640, 480)
    second = turned(first, 60, 0.7)
    show(first)
    pairs = show(second)[1]
    extractor = create_extractor('residual_hessian_small')
    expected = open_matcher(MatcherConfig(matcher='attention'), extractor).match(
        extractor.extract(second), extractor.extract(first))
    found, _ = matches_from_message(pairs)
    assert len(found) > 100
    assert found.indices.tolist() == expected.indices.tolist()
    np.testing.assert_allclose(found.confidences, expected.confidences, atol=1e-3)
    info = latched_info(probe, '/falling_back')
    assert (info['matcher'], info['matcher_fallback']) == ('mutual_nearest', 'attention')
    assert info['matcher_network']['weights_sha256'] == read_card().sha256


def test_a_fallback_is_counted_and_logged_once_in_a_while(probe, falling_back, stop_node):
    process, show = falling_back
    for step in range(4):
        show(np.roll(textured(), 2 * step, 1))
    diagnostics(probe, '/falling_back', lambda _, values: int(values[FALLBACKS]) >= 3)
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    assert 'matcher mutual_nearest, attention below 50000 matches that agree, backend: onnx' in log
    found = re.findall(r'mutual_nearest found (\d+) matches, (\d+) of them agree and fewer '
                       r'than 50000; attention found (\d+), (\d+) of them agree', log)
    assert len(found) == 1 and all(int(count) > 50 for count in found[0])


def test_mutual_matches_that_suffice_need_no_fallback(probe, falling_back):
    _, show = falling_back
    assert set_parameter(probe, 'fallback_matches', Parameter.Type.INTEGER, 20,
                         '/falling_back').successful
    for step in range(3):
        show(np.roll(textured(), 2 * step, 1))
    diagnostics(probe, '/falling_back', lambda _, values: int(values['matches']) > 50
                and values[FALLBACKS] == '0')


def test_a_photograph_is_found_again_by_the_fallback_alone(probe, falling_back, stop_node,
                                                           data_root):
    """Turned by 70 degrees and 3.5 times as large, darker, with noise."""
    path = data_root / 'stills' / 'bsds' / '00259.jpg'
    if not path.is_file():
        pytest.skip(f'{path} is missing')
    process, show = falling_back
    assert set_parameter(probe, 'fallback_matches', Parameter.Type.INTEGER, 25,
                         '/falling_back').successful
    photograph = cv2.resize(cv2.imread(str(path)), (640, 480))
    noise = np.random.default_rng(0).normal(0, 4, (480, 640, 3))
    show(photograph)
    pairs = show(np.clip(0.7 * turned(photograph, 70, 3.5) + noise, 0, 255).astype(np.uint8))[1]
    rows = message_to_rows(pairs)
    matrix = cv2.getRotationMatrix2D((320, 240), 70, 3.5)
    there = np.stack([rows['prev_x'], rows['prev_y']], 1) @ matrix[:, :2].T + matrix[:, 2]
    right = np.linalg.norm(there - np.stack([rows['x'], rows['y']], 1), axis=1) < 3
    assert right.sum() >= 20 and right.mean() > 0.6
    _, log = stop_node(process)
    assert re.search(r'mutual_nearest found \d+ matches, \d+ of them agree and fewer than 25; '
                     r'attention found \d+, \d+ of them agree', log)


def test_what_breaks_tracks_off_is_told(probe, start_node, stop_node):
    """Another size, another camera, a bag that begins anew; and stamps that stay."""
    process = start_node('extractor_node', '/breaking', method='orb', image_qos='default')
    shown = [(320, 'a', 5), (320, 'a', 6), (640, 'a', 7), (640, 'a', 8), (640, 'b', 9),
             (640, 'b', 10), (640, 'b', 3), (640, 'b', 4), (640, 'b', 4)]
    widths, later = [], itertools.count()  # a stamp that came again is told but once a while
    with probe.listen(PointCloud2, '/breaking/matches') as heard, \
            probe.publisher(Image, '/breaking/image_raw') as camera:
        probe.wait_for(lambda: heard or camera.publish(ros_image(
            textured(), frame_id='a', stamp=(1, next(later)))), 'the first answer')
        probe.wait_for(lambda: heard[-1].header.stamp.sec == 1, 'quiet')
        for width, frame_id, second in shown:
            del heard[:]
            camera.publish(ros_image(textured(width, 240), frame_id=frame_id, stamp=(second, 0)))
            widths.append(probe.wait_for(lambda n=second: next(
                (m.width for m in heard if m.header.stamp.sec == n), None) is not None
                and heard[-1].width + 1, 'an answer') - 1)
    assert [width > 100 for width in widths] == [True, True, False, True, False, True, False,
                                                 True, True]
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    for words in ('tracks begin anew: image size changed from 320x240 to 640x240',
                  "tracks begin anew: frame_id changed from 'a' to 'b'",
                  'tracks begin anew: stamp went back from 10.000000000 s to 3.000000000 s',
                  '/breaking/image_raw: stamp 4.000000000 s came again'):
        assert log.count(words) == 1


def test_features_info_is_latched(probe, camera, features):
    serve(probe, camera, image_message(textured()), features)
    info = latched_info(probe, NAMESPACE)
    assert info['method'] == 'rootsift' and info['weights_sha256'] is None
    assert (info['descriptor_encoding'], info['descriptor_dtype']) == ('uint8', 'uint8')
    assert (info['descriptor_dim'], info['descriptor_norm']) == (128, 'l2')
    assert (info['descriptor_scale'], info['descriptor_zero_point']) == (254.0, 128)
    assert (info['first_scale'], info['scale_factor']) == (0.5, 2.0)
    assert (info['image_width'], info['image_height']) == (320, 240)
    assert info['image_geometry'] == 'unknown'


def test_camera_info_is_kept_in_features_info(probe, node):
    message = CameraInfo(header=Header(frame_id='optical'), width=320, height=240,
                         distortion_model='plumb_bob', d=[0.1, 0.0, 0.0, 0.0, 0.0])
    message.k = np.diag([200.0, 201.0, 1.0]).ravel()
    message.binning_x, message.roi.x_offset = 2, 40
    with probe.publisher(CameraInfo, f'{NAMESPACE}/camera_info') as publisher, \
            probe.listen(String, f'{NAMESPACE}/features_info', LATCHED) as heard:
        def kept():
            publisher.publish(message)  # as cameras do, and not only before the node knows of this
            return heard and json.loads(heard[-1].data).get('camera')
        camera = probe.wait_for(kept, 'the calibration')
    assert camera['k'] == [200.0, 0, 0, 0, 201.0, 0, 0, 0, 1.0]
    assert camera['binning_x'] == 2 and camera['roi']['x_offset'] == 40
    assert camera['frame_id'] == 'optical' and camera['distortion_model'] == 'plumb_bob'


def test_debug_image_only_for_its_subscribers(probe, camera, features):
    topic = f'{NAMESPACE}/extractor/debug_image'
    with probe.listen(Image, topic) as heard:
        message = image_message(textured(), 'mono8')
        drawn, = serve(probe, camera, message, heard)
    assert drawn.header == message.header and drawn.encoding == 'bgr8'
    assert (drawn.width, drawn.height) == (320, 240)
    difference = image_from_message(drawn).astype(int) - image_from_message(message)[..., None]
    assert (np.abs(difference).max(2) > 30).mean() > 0.02  # there are circles and lines


def test_no_work_while_nobody_listens(probe, node):
    """The node does not even subscribe, as image_proc."""
    diagnostics(probe, NAMESPACE, lambda status, values: 'nobody listens' in status.message
                and values['fps in'] == values['fps out'] == '0.0')
    with probe.publisher(Image, f'{NAMESPACE}/image_raw', subscribers=0) as publisher:
        probe.wait_for(lambda: not publisher.get_subscription_count(), 'no subscription')
        with probe.listen(PointCloud2, f'{NAMESPACE}/features'):
            probe.wait_for(publisher.get_subscription_count, 'a subscription')
        probe.wait_for(lambda: not publisher.get_subscription_count(), 'its end')


def test_diagnostics(probe, camera, features, matches):
    def feed(status, values):
        camera.publish(image_message(textured()))
        return float(values['fps out']) > 0 and int(values['matches']) > 0

    *_, values = diagnostics(probe, NAMESPACE, feed)
    assert values['method'] == 'rootsift' and values['backend'] == 'none needed'
    assert float(values['latency p50 [ms]']) <= float(values['latency p95 [ms]'])
    assert int(values['keypoints']) > 100 and float(values['fps in']) > 0
    assert float(values['core-ms per frame']) > 0
    assert all(float(values[f'{stage} p50 [ms]']) >= 0
               for stage in ('detect', 'choose', 'describe'))
    stages = [float(values[f'{name} p50 [ms]'])
              for name in ('convert', 'detect', 'match', 'publish')]
    assert min(stages) >= 0 and max(stages) > 0 and 'h p50 [ms]' not in values


def test_the_times_of_a_frame_are_told_to_their_subscribers(probe, camera, features, matches):
    def told():
        message = image_message(textured())
        serve(probe, camera, message, features, matches)
        stamp = [message.header.stamp.sec, message.header.stamp.nanosec]
        rclpy.spin_once(probe.node, timeout_sec=0.2)
        return [times for times in map(json.loads, (text.data for text in heard))
                if times['stamp'] == stamp]

    with probe.listen(String, f'{NAMESPACE}/extractor/frame_times') as heard:
        times = probe.wait_for(told, 'frame_times')[0]
    assert times['ms'].keys() == {'wait', 'convert', 'extract', 'detect', 'choose', 'describe',
                                  'turn', 'match', 'publish'}
    of_extract = sum(times['ms'][stage] for stage in ('detect', 'choose', 'describe'))
    assert 0 < times['ms']['detect'] <= of_extract <= times['ms']['extract']


def set_parameter(probe, name, kind, value, namespace=NAMESPACE):
    client = AsyncParameterClient(probe.node, f'{namespace}/extractor')
    probe.wait_for(client.services_are_ready, 'the parameter services')
    future = client.set_parameters([Parameter(name, kind, value)])
    return probe.wait_for(lambda: future.result(), name).results[0]


def test_a_deadline_that_cannot_be_kept_costs_keypoints_and_that_is_told(
        probe, camera, features, matches):
    def feed(_, values):
        camera.publish(image_message(textured()))
        return values['latency_controller'].startswith('level 4')

    full = serve(probe, camera, image_message(textured()), features)[0].width
    assert set_parameter(probe, 'max_keypoints', Parameter.Type.INTEGER, full).successful
    assert set_parameter(probe, 'max_latency_ms', Parameter.Type.DOUBLE, 0.01).successful
    try:
        diagnostics(probe, NAMESPACE, feed)
        words = latched_info(probe, NAMESPACE)['latency_controller']
        assert words.endswith('SIFT without its upsampled octave')
        few = serve(probe, camera, image_message(textured()), features)[0].width
        assert 0 < few <= 0.35 * full
    finally:
        set_parameter(probe, 'max_latency_ms', Parameter.Type.DOUBLE, 0.0)
        set_parameter(probe, 'max_keypoints', Parameter.Type.INTEGER, 1000)
    serve(probe, camera, image_message(textured(seed=1)), features)
    assert latched_info(probe, NAMESPACE)['latency_controller'] == 'nothing saved'


@pytest.mark.parametrize('name, kind, value, reason', [
    ('method', Parameter.Type.STRING, 'orb', 'read-only'),
    ('ratio', Parameter.Type.DOUBLE, 1.5, 'range'),
    ('max_keypoints', Parameter.Type.INTEGER, 0, 'range'),
    ('ratio', Parameter.Type.STRING, 'high', 'type'),
])
def test_parameters_that_are_refused_say_why(probe, node, name, kind, value, reason):
    result = set_parameter(probe, name, kind, value)
    assert not result.successful and reason in result.reason.lower()


def test_the_newest_image_wins(probe, camera, features):
    def drops(values):
        return int(values['drops: newer image came'])

    before = drops(diagnostics(probe, NAMESPACE, lambda *_: True)[2])
    serve(probe, camera, image_message(textured()), features)
    burst = [image_message(textured(640, 480, seed)) for seed in range(8)]
    del features[:]
    for message in burst:
        camera.publish(message)
    probe.wait_for(lambda: of_stamp(features, burst[-1]), 'features of the newest image')
    served = [message.header.stamp.sec for message in features]
    assert served == sorted(served) and len(served) < len(burst)
    diagnostics(probe, NAMESPACE,
                lambda _, values: drops(values) == before + len(burst) - len(served))


def test_compressed_images(probe, start_node, stop_node):
    process = start_node('extractor_node', '/packed', method='orb', image_transport='compressed',
                         image_qos='default', descriptor_encoding='float32')
    data = array.array('B', cv2.imencode('.png', textured())[1].tobytes())
    message = CompressedImage(header=Header(frame_id='camera'), format='png', data=data)
    message.header.stamp.sec = 3
    with probe.listen(PointCloud2, '/packed/features') as heard, \
            probe.publisher(CompressedImage, '/packed/image_raw/compressed') as camera:
        cloud, = serve(probe, camera, message, heard)
    back = features_from_message(cloud, latched_info(probe, '/packed'))
    expected = create_extractor('orb').extract(textured())
    np.testing.assert_array_equal(back.descriptors, expected.descriptors)
    assert stop_node(process)[0] == 0


def test_a_learned_detector(probe, start_node, stop_node, tmp_path):
    made = pytest.importorskip('support.made_detector', reason='onnx is not installed')
    made.write_detector(tmp_path, maps=('scores', 'dense', 'scale', 'orientation'), channels=3)
    process = start_node('extractor_node', '/learned', method=made.METHOD, weights=tmp_path,
                         image_qos='default', descriptor_encoding='float32')
    with probe.listen(PointCloud2, '/learned/features') as heard, \
            probe.publisher(Image, '/learned/image_raw') as camera:
        cloud, = serve(probe, camera, image_message(textured()), heard)
    info = latched_info(probe, '/learned')
    assert (info['method'], info['descriptor_dim']) == (made.METHOD, 3)
    back = features_from_message(cloud, info)
    expected = create_extractor(made.METHOD, weights=str(tmp_path)).extract(textured())
    assert len(back) > 20 and len(np.unique(back.angles)) > 10
    for name in ('keypoints', 'sizes', 'angles', 'descriptors'):
        np.testing.assert_allclose(getattr(back, name), getattr(expected, name), atol=1e-5)
    assert stop_node(process)[0] == 0
