# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which image topic is the camera's: judged by what the ROS graph shows; free of ROS."""
from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from residual_features_ros.ros.silence import COMPRESSED, RAW, SUFFIX, TRANSPORT_OF, Offer

DRAWN = '/debug_image'  # behind a node's name: a picture that it drew, no camera
UNKNOWN = '_UNKNOWN_'  # in the name of a node whose publisher was found before itself
SETTLED_S = 4.0  # DDS may find a camera that runs already so much later than another


@dataclass(frozen=True)
class Camera:
    """A topic that somebody publishes images on.

    topic: of the raw images, without /compressed.    transport: raw, or compressed where that is
    all there is.    offers: of its publishers.
    """

    topic: str
    transport: str
    offers: tuple[Offer, ...]

    def __str__(self) -> str:
        """Return what tells it from others."""
        return f'{self.full_topic} of {", ".join(map(str, self.offers))}'

    @property
    def full_topic(self) -> str:
        """Return the topic that its images are on."""
        return f'{self.topic}{SUFFIX}' if self.transport == 'compressed' else self.topic

    @property
    def arguments(self) -> str:
        """Return the launch arguments that choose it."""
        other = ' image_transport:=compressed' if self.transport == 'compressed' else ''
        return f'image_topic:={self.topic}{other}'


def find_cameras(offers: Mapping[str, Sequence[Offer]], transport: str,
                 ours: Collection[str] = ()) -> list[Camera]:
    """Return the cameras among topics, by name; a topic and its compressed neighbour are one.

    Args:
        offers: topic -> its publishers.
        transport: raw = take compressed images where there are no raw ones; compressed = take
            no others.
        ours: topics that are no cameras to the node: its masks.
    """
    found: dict[str, Camera] = {}
    for kind in (RAW, COMPRESSED) if transport == 'raw' else (COMPRESSED,):
        for topic, publishers in sorted(offers.items()):
            base = topic if kind == RAW else topic.removesuffix(SUFFIX)
            sent = tuple(offer for offer in publishers
                         if offer.kind == kind and not _is_drawn(topic, offer.node))
            if sent and base not in ours and (kind == RAW or base != topic):
                found.setdefault(base, Camera(base, TRANSPORT_OF[kind], sent))
    return [found[topic] for topic in sorted(found)]


def _is_drawn(topic: str, node: str) -> bool:
    base = topic.removesuffix(SUFFIX)
    return base == f'{node}{DRAWN}' or (UNKNOWN in node and base.endswith(DRAWN))


class Choice:
    """Takes a camera once it has been the only one for a while; of several it takes none."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self._seen: list[str] = []
        self._since_s = 0.0

    def look(self, cameras: Sequence[Camera], now_s: float) -> Camera | None:
        """Return the camera to take, None where there is none, several, or it is too early."""
        topics = [camera.topic for camera in cameras]
        if topics != self._seen:
            self._seen, self._since_s = topics, now_s
        return cameras[0] if len(cameras) == 1 and now_s - self._since_s >= SETTLED_S else None


def several(cameras: Sequence[Camera]) -> str:
    """Return the list of cameras, and how one is chosen."""
    return '\n'.join([
        f'{len(cameras)} topics have images and none is chosen for you: launch with one of',
        *(f'  {camera.arguments}    ({", ".join(map(str, camera.offers))})'
          for camera in cameras),
        '(ros2 run: --ros-args -r image_raw:=TOPIC); once a single one is left, it is taken'])


def none(offers: Mapping[str, Sequence[Offer]], transport: str) -> str:
    """Return that there is no camera, and what helps.

    Args:
        offers: topics with images -> publishers; none of them can be taken.
        transport: the one that was asked for.
    """
    kinds = {topic: {offer.kind for offer in found if not _is_drawn(topic, offer.node)}
             for topic, found in offers.items()}
    raw = [topic for topic, found in kinds.items() if RAW in found]
    named = [topic for topic, found in kinds.items()
             if COMPRESSED in found and not topic.endswith(SUFFIX)]
    if transport == 'compressed' and raw:
        return f'{", ".join(raw)} has raw images alone: leave image_transport:=compressed out'
    if named:
        return (f'{", ".join(named)} has compressed images under a name that does not end with '
                f'{SUFFIX}: let its node publish them as <topic>{SUFFIX}')
    domain = os.environ.get('ROS_DOMAIN_ID') or '0'
    return (f'nobody publishes images in ROS_DOMAIN_ID {domain}: start the driver of the camera, '
            'or launch with camera:=v4l2, camera:=FOLDER or camera:=VIDEO; one on another '
            'machine or in a container needs the same ROS_DOMAIN_ID, and '
            'ROS_AUTOMATIC_DISCOVERY_RANGE (ROS_LOCALHOST_ONLY before Iron) that lets it through')
