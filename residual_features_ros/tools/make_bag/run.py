# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""make-bag: a data set as a rosbag2 of images, camera_info and ground truth."""
from __future__ import annotations

import dataclasses
import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.datasets import euroc, folder, kitti, tum
from residual_features_ros.datasets.calibration import camera_from_yaml
from residual_features_ros.datasets.image_files import read_stored
from residual_features_ros.datasets.posed_images import Sequence
from residual_features_ros.errors import CameraError, CommandError, DatasetError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.bags import origin
from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, header, image_message, writing
from residual_features_ros.tools.make_bag.options import MakeBagOptions

READERS: dict[str, Callable[[Path, float | None], Sequence]] = {
    'kitti': kitti.read, 'tum': tum.read, 'euroc': euroc.read, 'images': folder.read}
INFO, POSE = 'sensor_msgs/msg/CameraInfo', 'geometry_msgs/msg/PoseStamped'
TRUTH_TOPIC = '/groundtruth'
DISTORTION = ('plumb_bob', 5)  # what ROS calls "none": five zeros
Timed = tuple[int, str, Any]  # ns, topic, message


def run(options: MakeBagOptions) -> int:
    """Write the bag and say what is in it and what is not."""
    sequence = READERS[options.kind](options.folder, options.hz)
    if options.camera_info:
        sequence = calibrated(sequence, options.camera_info)
    if options.max_frames:
        sequence = dataclasses.replace(sequence, images=sequence.images[:options.max_frames])
    written, unreadable = write(options.out, options.storage, options.camera, sequence,
                                options.kind)
    for topic, count in sorted(written.items()):
        print(f'{topic}: {count}')
    for note in [*sequence.notes, *(f'{path}: no image that OpenCV reads' for path in unreadable)]:
        print(f'note: {note}')
    if unreadable:
        print(f'note: {len(unreadable)} of {len(sequence.images)} images were left out')
    print(f'bag: {options.out} ({options.storage})')
    return 1 if len(unreadable) == len(sequence.images) else 0


def calibrated(sequence: Sequence, path: Path) -> Sequence:
    """Return a sequence with the camera of a calibration file; CommandError where it has none."""
    try:
        camera = camera_from_yaml(path)
    except CameraError as error:
        raise CommandError(str(error)) from error
    return dataclasses.replace(sequence, camera=camera, notes=[
        note for note in sequence.notes if 'camera_info' not in note])


def write(out: Path, storage: str, name: str, sequence: Sequence,
          layout: str) -> tuple[Counter[str], list[Path]]:
    """Write the bag in the order of time; return the messages per topic and unreadable files."""
    topics = {origin.TOPIC: origin.STRING, f'/{name}/image_raw': IMAGE}
    streams = [_origin(sequence, layout)]
    unreadable: list[Path] = []
    if sequence.camera:
        topics[f'/{name}/camera_info'] = INFO
    if sequence.ground_truth:
        topics[TRUTH_TOPIC] = POSE
        streams.append(_truth(sequence.ground_truth))
    streams.append(_images(sequence, name, unreadable))
    written: Counter[str] = Counter()
    with writing(out, storage) as writer:
        connections = {topic: writer.add_connection(
            topic, kind, typestore=STORE,
            offered_qos_profiles=[origin.QOS] if topic == origin.TOPIC else [])
            for topic, kind in topics.items()}
        for time_ns, topic, message in heapq.merge(*streams, key=lambda item: item[0]):
            writer.write(connections[topic], time_ns, STORE.serialize_cdr(message, topics[topic]))
            written[topic] += 1
    return written, unreadable


def _origin(sequence: Sequence, layout: str) -> Iterator[Timed]:
    """Yield what the bag says of itself, at the time of the first message."""
    truth = sequence.ground_truth
    times = [sequence.images[0][0], *(truth.stamps_ns[:1].tolist() if truth else ())]
    said = origin.Origin(layout, sequence.added_ns, TRUTH_TOPIC if truth else '')
    yield min(times), origin.TOPIC, origin.origin_message(said)


def _images(sequence: Sequence, name: str, unreadable: list[Path]) -> Iterator[Timed]:
    for stamp, path in tqdm(sequence.images, desc='make-bag', unit='image', disable=None):
        image = _read(path)
        if image is None:
            unreadable.append(path)
            continue
        yield stamp, f'/{name}/image_raw', image_message(image, stamp)
        if sequence.camera:
            yield stamp, f'/{name}/camera_info', info_message(sequence.camera, stamp)


def _read(path: Path) -> np.ndarray | None:
    """Return a grey or BGR image as stored, None where it is none."""
    try:
        return read_stored(path)
    except DatasetError:
        return None


def info_message(camera: Camera, stamp_ns: int) -> Any:
    """Return the sensor_msgs/CameraInfo of a camera."""
    model, count = DISTORTION if not np.any(camera.distortion) else (camera.model, 0)
    projection = np.hstack([camera.K, np.zeros((3, 1))])
    region = STORE.types['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    return STORE.types[INFO](
        header=header(stamp_ns), height=camera.size[1], width=camera.size[0],
        distortion_model=model, d=np.zeros(count) if count else camera.distortion,
        k=camera.K.ravel(), r=np.eye(3).ravel(), p=projection.ravel(),
        binning_x=0, binning_y=0, roi=region)


def pose_message(pose: np.ndarray, stamp_ns: int, frame_id: str = 'map') -> Any:
    """Return the geometry_msgs/PoseStamped of a pose (4, 4)."""
    types = STORE.types
    return types[POSE](header=header(stamp_ns, frame_id), pose=types['geometry_msgs/msg/Pose'](
        types['geometry_msgs/msg/Point'](*map(float, pose[:3, 3])),
        types['geometry_msgs/msg/Quaternion'](*map(float, quaternion_of(pose[:3, :3])))))


def _truth(truth: Trajectory) -> Iterator[Timed]:
    for stamp, pose in zip(truth.stamps_ns.tolist(), truth.poses, strict=True):
        yield stamp, TRUTH_TOPIC, pose_message(pose, stamp)
