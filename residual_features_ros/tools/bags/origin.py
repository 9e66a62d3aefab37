# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What make-bag did to a data set, written into the bag as a message on a topic of its own.

A message is in every copy of the bag's files, in what "ros2 bag convert" makes of them, and in
what is recorded while the bag is played; custom_data of metadata.yaml is in the folder alone.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

from residual_features_ros.errors import ConversionError, TruncatedError
from residual_features_ros.tools.bags.messages import messages_of
from residual_features_ros.tools.bags.rosbag import STORE, ImageBag
from residual_features_ros.tools.bags.topics import topics_of

TOPIC = '/residual_features/bag_origin'
STRING = 'std_msgs/msg/String'
ADDED, POSES_OF_CAMERA = 'added_to_times_ns', 'poses_of_camera'
MOST_NS = 10**12  # make-bag adds a second; times of more would not be its
NEVER = QosTime(9223372036, 854775807)  # RMW_DURATION_INFINITE, as rosbag2 writes it
# Who subscribes after the player began to play, a recorder for example, gets it too.
QOS = Qos(QosHistory.KEEP_LAST, 1, QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL, NEVER,
          NEVER, QosLiveliness.AUTOMATIC, NEVER, False)


@dataclass(frozen=True)
class Origin:
    """Where the messages of a bag come from.

    layout: of the data set, as make-bag calls it.
    added_ns: what the stamps have more than the times of the data set.
    poses_of_camera: topic of the poses of the images' optical frame, '' = none.
    """

    layout: str
    added_ns: int
    poses_of_camera: str = ''


def origin_message(origin: Origin) -> Any:
    """Return the std_msgs/String that says it in JSON."""
    return STORE.types[STRING](json.dumps({
        'made_by': 'residual_features_ros make-bag', 'layout': origin.layout,
        ADDED: origin.added_ns, POSES_OF_CAMERA: origin.poses_of_camera}))


def read_origin(bag: ImageBag, notes: list[str]) -> Origin | None:
    """Return what the bag says of itself, None where it says nothing.

    Args:
        bag: of any maker.
        notes: gets a sentence where the message is there and cannot be understood.
    """
    if TOPIC not in topics_of(bag, (STRING,)):
        return None
    try:
        message = next((m for _, m in messages_of(bag, TOPIC, (STRING,), [])), None)
        if message is None:
            return None
        if isinstance(message, ConversionError):
            raise message
        return _understood(json.loads(message.data))
    except (ConversionError, TruncatedError, TypeError, ValueError, KeyError,
            RecursionError) as error:
        words = ' '.join(str(error).split()) or type(error).__name__
        notes.append(f'{TOPIC} cannot be understood ({words}): it is not used')
        return None


def _understood(content: Mapping[str, Any]) -> Origin:
    added_ns = content[ADDED]
    if type(added_ns) is not int or not 0 <= added_ns <= MOST_NS:
        raise ValueError(f'{ADDED} is {added_ns!r}')
    return Origin(str(content.get('layout', '')), added_ns,
                  str(content.get(POSES_OF_CAMERA, '')))
