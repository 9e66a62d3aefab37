# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features as the messages that other projects take; their packages are asked for by name."""
from __future__ import annotations

import array
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from residual_features_ros.errors import ConfigError
from residual_features_ros.examples.rtabmap import compress_rows
from residual_features_ros.ros.conversions import features_from_message, message_to_rows
from residual_features_ros.types import Features, float_rows


@dataclass(frozen=True)
class Decoded:
    """A message of features.

    levels: (N,) int32, the field level, or octave where it is not told.
    ids: (N,) int32, track of each keypoint, -1 for none.
    points: (N, 3) float32 in metres, NaN where unknown; None where nobody asked.
    infos: the sensor_msgs/CameraInfo of the camera and, of a stereo pair, of the right one.
    """

    header: Any
    features: Features
    levels: np.ndarray
    ids: np.ndarray
    points: np.ndarray | None = None
    infos: tuple[Any, ...] = ()


def decode(message: Any, info: Mapping[str, Any]) -> Decoded:
    """Return what a message of features holds.

    Args:
        message: the PointCloud2.
        info: the JSON object of features_info.

    Raises:
        ConversionError: not a message of features.
    """
    features, rows = features_from_message(message, info), message_to_rows(message)
    levels = features.octaves
    if 'level' in (rows.dtype.names or ()):
        levels = np.where(rows['level'] < 0, levels, rows['level'])  # -1: nobody told it
    return Decoded(message.header, features, levels, rows['id'].copy())


def image_features(kinds: Any, decoded: Decoded) -> Any:
    """Return image_feature_msgs/ImageFeatures (github.com/cedrusx/deep_features).

    Descriptors are floats there: binary ones become -1 and 1 over the root of their number, of
    which L2 sorts as Hamming distance does. There is no global descriptor.

    Args:
        kinds: the module image_feature_msgs.msg.
        decoded: features of an image.
    """
    from std_msgs.msg import Bool, Float32MultiArray, MultiArrayDimension, MultiArrayLayout
    features, rows = decoded.features, float_rows(decoded.features.descriptors)
    strides = {'keypoint': rows.size, 'descriptor': rows.shape[1]}
    layout = MultiArrayLayout(dim=[
        MultiArrayDimension(label=label, size=size, stride=strides[label])
        for label, size in zip(strides, rows.shape, strict=True)])
    return kinds.ImageFeatures(
        header=decoded.header, scores=_floats(features.responses),
        sorted_by_score=Bool(data=bool((np.diff(features.responses) <= 0).all())),
        keypoints=[kinds.KeyPoint(x=x, y=y) for x, y in features.keypoints.tolist()],
        descriptors=Float32MultiArray(layout=layout, data=_floats(rows)))


def frame_descriptors(kinds: Any, decoded: Decoded) -> Any:
    """Return dl_vins/FrameDescriptors (github.com/limshoonkit/DL-VINS-Factory-ROS2).

    Its feature_ids are those of tracks, which are not negative: keypoints without a track are
    left out. Binary descriptors become floats as in image_features.

    Args:
        kinds: the module dl_vins.msg.
        decoded: features of an image.
    """
    tracked = decoded.ids >= 0
    rows = float_rows(decoded.features.descriptors[tracked])
    return kinds.FrameDescriptors(
        header=decoded.header, feature_ids=array.array('I', decoded.ids[tracked].tolist()),
        descriptor_dim=rows.shape[1], descriptors=_floats(rows))


def rgbd_image(kinds: Any, decoded: Decoded) -> Any:
    """Return rtabmap_msgs/RGBDImage without images: rgbd_odometry and rtabmap need none.

    They take key_points, points in the camera's optical frame, and descriptors as given
    (github.com/introlab/rtabmap_ros, rtabmap_odom/doc), and the size from rgb_camera_info.

    Args:
        kinds: the module rtabmap_msgs.msg.
        decoded: features of an image, with camera_info.
    """
    features = decoded.features
    columns = [values.tolist() for values in (
        features.keypoints, features.sizes, features.angles, features.responses, decoded.levels,
        decoded.ids)]
    key_points = [
        kinds.KeyPoint(pt=kinds.Point2f(x=x, y=y), size=size, angle=angle, response=response,
                       octave=level, class_id=track)
        for (x, y), size, angle, response, level, track in zip(*columns, strict=True)]
    points = [] if decoded.points is None else decoded.points.tolist()
    message = kinds.RGBDImage(
        header=decoded.header, key_points=key_points,
        points=[kinds.Point3f(x=x, y=y, z=z) for x, y, z in points],
        descriptors=array.array('B', compress_rows(features.descriptors)))
    if decoded.infos:  # of one camera both, as rgbd_sync has them
        message.rgb_camera_info, message.depth_camera_info = decoded.infos[0], decoded.infos[-1]
    return message


@dataclass(frozen=True)
class Form:
    """A message that features are turned into.

    package, message: of its type, as `source` defines it.    topic: where it is published.
    build: (the package's msg module, Decoded) -> message.
    tracks: whether it needs the ids of tracks, which nodes tell while somebody takes `matches`.
    """

    package: str
    message: str
    source: str
    topic: str
    build: Callable[[Any, Decoded], Any]
    tracks: bool = False

    def kinds(self) -> Any:
        """Return the package's msg module.

        Raises:
            ConfigError: it is not installed, or its messages are others than are known here.
        """
        try:
            kinds = importlib.import_module(f'{self.package}.msg')
        except ImportError as error:
            raise ConfigError(f'the message package {self.package}, which has {self.message}, '
                              f'does not import ({error}): build it and source its workspace'
                              ) from error
        try:
            self.build(kinds, _one_keypoint())
        except (AssertionError, AttributeError, TypeError) as error:
            raise ConfigError(f'the installed {self.package} has another {self.message} than '
                              f'that of {self.source} ({error!r})') from error
        return kinds


FORMS = MappingProxyType({
    'image_features': Form(
        'image_feature_msgs', 'ImageFeatures', 'github.com/cedrusx/deep_features',
        'image_features', image_features),
    'frame_descriptors': Form(
        'dl_vins', 'FrameDescriptors', 'github.com/limshoonkit/DL-VINS-Factory-ROS2',
        'frame_descriptors', frame_descriptors, tracks=True),
    'rtabmap': Form('rtabmap_msgs', 'RGBDImage', 'github.com/introlab/rtabmap_ros',
                    'rgbd_image', rgbd_image),
})


def _one_keypoint() -> Decoded:
    from std_msgs.msg import Header
    one, none = np.zeros(1, np.float32), np.zeros(1, np.int32)
    features = Features(np.zeros((1, 2), np.float32), one, one, one, none,
                        np.ones((1, 1), np.float32), (1, 1))
    return Decoded(Header(), features, none, none, np.zeros((1, 3), np.float32))


def _floats(values: np.ndarray) -> array.array[float]:
    """Return values as messages take them at once, see ros/conversions.py."""
    floats = array.array('f')
    floats.frombytes(np.ascontiguousarray(values, np.float32).tobytes())
    return floats
