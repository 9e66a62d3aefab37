# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each live setting of a running node changes, and how that is seen from outside."""
import array
import itertools
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import Header

from residual_features_ros import create_extractor
from residual_features_ros.ros.conversions import message_to_rows
from support.image_messages import fields_of
from support.pictures import textured
from support.vocabularies import write_vocabulary

DISPARITY_PX = 12
RESEND_S = 2.0
TEXTURE = textured(400, 240)
FRAMES = 3  # of a showing: with two, a keyframe could not be told from the previous frame
TOPICS = {'extractor': (['image_raw'], ['features', 'matches']),
          'stereo': (['left/image_raw', 'right/image_raw'], ['left/features', 'stereo_matches'])}
OF_ROS = {'use_sim_time', 'start_type_description_service'}


@dataclass(frozen=True)
class Shown:
    """The (left) image shown last, rows of its features and matches, the reference's age."""

    image: np.ndarray
    features: np.ndarray
    matches: np.ndarray
    age: int


class RunningNode:
    """A node that runs as a process of its own, with cameras before it and ears behind it."""

    def __init__(self, probe, kind, namespace):
        self.probe, self.kind, self.namespace = probe, kind, namespace
        self.name = f'{namespace}/{kind}'
        self._open, self._stamps = ExitStack(), itertools.count(1)
        self._cameras, self.heard = [], []
        self._parameters = AsyncParameterClient(probe.node, self.name)
        probe.wait_for(self._parameters.services_are_ready, f'the parameters of {self.name}')

    def close(self):
        self._open.close()

    def ask(self, call):
        """Call a parameter service, again where the answer is lost, and return the answer."""
        def answer():
            if time.monotonic() > next_time[0]:
                next_time[0] = time.monotonic() + RESEND_S
                futures.append(call())
            return next((future.result() for future in futures if future.done()), None)

        futures, next_time = [], [0.0]
        return self.probe.wait_for(answer, f'an answer of {self.name}')

    def set(self, name, value):
        done, = self.ask(lambda: self._parameters.set_parameters(
            [Parameter(name, value=value)])).results
        assert done.successful, done.reason

    def get(self, name):
        value, = self.ask(lambda: self._parameters.get_parameters([name])).values
        return parameter_value_to_python(value)

    def live(self):
        """Return the names of the parameters that may change, as the node describes them."""
        names = self.ask(lambda: self._parameters.list_parameters([], 10)).result.names
        described = self.ask(lambda: self._parameters.describe_parameters(names)).descriptors
        return {item.name for item in described if not item.read_only} - OF_ROS

    def send(self, images):
        """Publish an image, or a stereo pair, and return its stamp in seconds."""
        for topic in TOPICS[self.kind][0][len(self._cameras):]:
            self._cameras.append(self._open.enter_context(self.probe.publisher(
                Image, f'{self.namespace}/{topic}', subscribers=bool(self.heard))))
        stamp = next(self._stamps)
        for camera, image in zip(self._cameras, images, strict=True):
            fields = fields_of(np.ascontiguousarray(image), 'bgr8')
            fields['data'] = array.array('B', fields['data'])
            message = Image(header=Header(frame_id='camera'), **fields)
            message.header.stamp.sec = stamp
            camera.publish(message)
        return stamp

    def listen(self):
        """Hear features and matches, once the node knows that somebody does."""
        for topic in TOPICS[self.kind][1]:
            self.heard.append(self._open.enter_context(
                self.probe.listen(PointCloud2, f'{self.namespace}/{topic}')))

        def known():
            self.send(views(self.kind, 0))
            return all(self.heard)
        self.probe.wait_for(known, 'an answer on both topics')

    def show(self):
        """Show some frames one after the other and return what came of the last."""
        if not self.heard:
            self.listen()
        for step in range(FRAMES):
            images = views(self.kind, step)
            stamp = self.send(images)
            clouds = [self.probe.wait_for(lambda heard=heard, stamp=stamp: next(
                (message for message in heard if message.header.stamp.sec == stamp), None),
                'an answer to an image') for heard in self.heard]
        features, matches = map(message_to_rows, clouds)
        age = stamp - int(matches['prev_stamp_sec'][0]) if len(matches) else -1
        return Shown(images[0], features, matches, age)

    def wait_for_report(self, condition):
        """Send images until a report of the node, (message, values), meets a condition."""
        def met():
            self.send(views(self.kind, 0))
            return any(status.name.startswith(f'{self.name}:') and condition(
                status.message, {pair.key: pair.value for pair in status.values})
                for message in heard for status in message.status)

        with self.probe.listen(DiagnosticArray, '/diagnostics') as heard:
            self.probe.wait_for(met, 'a report of the node')


def views(kind, step):
    """Return frame `step` of one camera, or of a stereo pair that is one row apart."""
    left = TEXTURE[:, 2 * step:320 + 2 * step]
    if kind == 'extractor':
        return [left]
    right = TEXTURE[:, DISPARITY_PX + 2 * step:DISPARITY_PX + 2 * step + 320]
    return [left, np.roll(right, -1, 0)]


def same(features, other):
    """Tell whether two sets of rows have the same keypoints."""
    return len(features) == len(other) and all(
        np.array_equal(features[name], other[name]) for name in ('x', 'y', 'size', 'response'))


def rows_of(features):
    """Return Features as rows of a message, without their descriptors."""
    rows = np.zeros(len(features), [(name, 'f4') for name in ('x', 'y', 'size', 'response')])
    rows['x'], rows['y'] = features.keypoints.T
    rows['size'], rows['response'] = features.sizes, features.responses
    return rows


def extracts_as_if_started_with(value, method):
    """The keypoints become those of an extractor that had the value from the start."""
    def see(node, name):
        before = node.show()
        node.set(name, value)
        after = node.show()
        expected = create_extractor(method, **{name: value}).extract(after.image)
        assert same(after.features, rows_of(expected)) and len(expected)
        assert not same(after.features, before.features)
    return see


def other_descriptors(value):
    """The keypoints stay, and their descriptors become others."""
    def see(node, name):
        before = node.show()
        node.set(name, value)
        after = node.show()
        assert same(after.features, before.features)
        assert not np.array_equal(after.features['descriptor'], before.features['descriptor'])
    return see


def other_weights_describe(method):
    """The keypoints stay, and their descriptors become those of the other weights."""
    def see(node, name):
        from support.other_weights import other_weights  # needs onnx
        with tempfile.TemporaryDirectory() as home:
            folder = str(other_weights(Path(home) / 'other', method))
            before = node.show()
            node.set(name, folder)
            node.probe.wait_for(lambda: not np.array_equal(
                node.show().features['descriptor'], before.features['descriptor']),
                'other descriptors')
            assert same(node.show().features, before.features)
    return see


def matches_that(value, keep):
    """Of the matches those are left that `keep` takes; there were others before."""
    def see(node, name):
        before = node.show()
        node.set(name, value)
        after = node.show()
        assert keep(after.matches).all() and not keep(before.matches).all()
        assert len(after.matches) < len(before.matches)
    return see


def fewer_matches(node, name):
    before = node.show()
    node.set(name, 0.3)
    assert len(node.show().matches) < len(before.matches)


def one_reference_stays(node, name):
    assert node.show().age == 1
    node.set(name, 1)
    assert node.show().age == FRAMES  # the last frame before


def other_matches(value):
    """The keypoints stay, and their matches become others."""
    def see(node, name):
        before = node.show()
        node.set(name, value)
        after = node.show()
        assert same(after.features, before.features) and len(after.matches)
        assert not np.array_equal(after.matches[['index', 'prev_index']],
                                  before.matches[['index', 'prev_index']])
    return see


def fewer_guided_matches(node, name):
    node.set('fallback_matches', 50000)
    try:
        before = node.show()
        node.set(name, 0.1)
        assert 0 < len(node.show().matches) < len(before.matches)
    finally:
        node.set('fallback_matches', 1)


def fewer_keypoints_in_time(node, name):
    full = len(node.show().features)
    node.set(name, 0.01)
    node.probe.wait_for(lambda: len(node.show().features) < full, 'fewer keypoints')


def works_unheard(node, name):
    node.wait_for_report(lambda message, values: 'nobody listens' in message)
    node.set(name, False)
    node.wait_for_report(lambda message, values: float(values['fps out']) > 0)


@contextmanager
def heard_loops(node):
    """Return a function, image -> stamps of its loop candidates, and the messages of these."""
    def candidates(image):
        stamp = node.send([image])
        message = node.probe.wait_for(lambda: next(
            (message for message in heard if message.header.stamp.sec == stamp), None),
            'loop candidates of an image')
        return message_to_rows(message)['stamp_sec'].tolist()

    if not node.heard:
        node.listen()
    with node.probe.listen(PointCloud2, f'{node.namespace}/loop_candidates') as heard:
        node.probe.wait_for(lambda: heard or node.send(views(node.kind, 0)) is None,
                            'loop candidates')
        yield candidates, heard


def no_loops(value):
    """An image that came before has loop candidates, and then none."""
    def see(node, name):
        image, = views(node.kind, 0)
        with heard_loops(node) as (candidates, _):
            candidates(image)
            assert candidates(image)
            node.set(name, value)
            assert candidates(image) == []
    return see


def one_loop(node, name):
    image, = views(node.kind, 0)
    with heard_loops(node) as (candidates, _):
        assert len([candidates(image) for _ in range(5)][-1]) == 3
        node.set(name, 1)
        assert len(candidates(image)) == 1


def new_images_are_not_kept(node, name):
    with heard_loops(node) as (candidates, _):
        for seed, kept in ((1, True), (2, False)):
            image = textured(seed=seed)
            assert candidates(image) == []
            assert bool(candidates(image)) == kept
            node.set(name, 10000)


def loops_come_no_more(node, name):
    image, = views(node.kind, 0)
    with heard_loops(node) as (candidates, heard):
        candidates(image)
        newest = heard[-1]
        node.set(name, False)
        node.show()
        node.show()  # what was sent before its answers has come
        assert heard[-1] is newest


def disparity(matches):
    return matches['x'] - matches['prev_x']


def guided(folder):
    return {'method': 'rootsift', 'matcher_fallback': 'guided', 'fallback_matches': 1}


def loops(folder):
    write_vocabulary(folder, 'orb')
    return {'method': 'orb', 'vocabulary': folder, 'loop_candidates': True, 'loop_min_gap_s': 1.0}


# How nodes start that have more than a method, by functions of an empty folder.
STARTED = {'rootsift_guided': guided, 'orb_loops': loops}
# Each live setting: the method, or row of STARTED, of the node that shows its effect, and how it
# is seen.
OF_BOTH = {
    'max_keypoints': ('rootsift', extracts_as_if_started_with(50, 'rootsift')),
    'max_size': ('rootsift', extracts_as_if_started_with(160, 'rootsift')),
    'sift_contrast_threshold': ('rootsift', extracts_as_if_started_with(0.2, 'rootsift')),
    'sift_first_octave': ('rootsift', extracts_as_if_started_with(0, 'rootsift')),
    'orb_fast_threshold': ('orb', extracts_as_if_started_with(60, 'orb')),
    'score_threshold': ('superpoint', extracts_as_if_started_with(0.1, 'superpoint')),
    'nms_radius': ('superpoint', extracts_as_if_started_with(20, 'superpoint')),
    'network_shrink': ('superpoint', extracts_as_if_started_with(2, 'superpoint')),
    'sift_rows': ('rootsift', other_descriptors('cv2')),
    'orientations': ('rootsift', extracts_as_if_started_with(1, 'rootsift')),
    'hessian_first_octave': (
        'hessian_rootsift', extracts_as_if_started_with(1, 'hessian_rootsift')),
    'places': (
        'residual_hessian_small', extracts_as_if_started_with(
            'detected', 'residual_hessian_small')),
    'hessian_threshold': (
        'hessian_rootsift', extracts_as_if_started_with(3e-3, 'hessian_rootsift')),
    'akaze_threshold': ('akaze', extracts_as_if_started_with(1e-2, 'akaze')),
    'spread': ('orb', extracts_as_if_started_with(1.0, 'orb')),
    'ratio': ('rootsift', fewer_matches),
    'max_distance': ('rootsift', matches_that(0.2, lambda rows: rows['distance'] <= 0.2)),
    'min_confidence': ('rootsift', matches_that(0.9, lambda rows: rows['confidence'] >= 0.9)),
    'max_latency_ms': ('rootsift', fewer_keypoints_in_time),
    'lazy': ('sift', works_unheard),
    'weights': ('residual_hessian_small', other_weights_describe('residual_hessian_small')),
}
EFFECTS = {
    'extractor': {
        **OF_BOTH, 'keyframe_min_matches': ('rootsift', one_reference_stays),
        'fallback_matches': ('rootsift_guided', other_matches(50000)),
        'guided_px': ('rootsift_guided', fewer_guided_matches),
        'loop_candidates': ('orb_loops', loops_come_no_more),
        'loop_count': ('orb_loops', one_loop),
        'loop_min_gap_s': ('orb_loops', no_loops(86400.0)),
        'loop_min_inliers': ('orb_loops', no_loops(50000)),
        'loop_every': ('orb_loops', new_images_are_not_kept)},
    'stereo': {
        **OF_BOTH,
        'epipolar_px': ('rootsift', matches_that(
            0.5, lambda rows: np.abs(rows['y'] - rows['prev_y']) <= 0.5)),
        'min_disparity_px': ('rootsift', matches_that(20.0, lambda rows: disparity(rows) >= 20)),
        'max_disparity_px': ('rootsift', matches_that(6.0, lambda rows: disparity(rows) <= 6)),
    },
}
