# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Why no image comes: a sentence made of what the ROS graph shows; free of ROS."""
from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RAW, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
TRANSPORT_OF = {RAW: 'raw', COMPRESSED: 'compressed'}
SUFFIX = '/compressed'
MOST_NAMES = 6


@dataclass(frozen=True)
class Offer:
    """A publisher of a topic.

    qos: in words.    heard: whether a subscription of our QoS hears it.
    """

    node: str
    kind: str
    qos: str = ''
    heard: bool = True

    def __str__(self) -> str:
        """Return what tells it from others."""
        return f'{self.node} ({self.kind}, {self.qos})'


def why_silent(topic: str, kind: str, qos: str, offers: Sequence[Offer],
               published: Mapping[str, str]) -> str:
    """Return why no image comes, and the remedy where one is known.

    Args:
        topic: full name of the topic that is subscribed.
        kind: RAW or COMPRESSED, the type that is subscribed.
        qos: of the subscription, in words.
        offers: who publishes on the topic.
        published: other topics that somebody publishes -> type.
    """
    if not offers:
        return f'nobody publishes there; {_elsewhere(topic, kind, published)}'
    others = [offer for offer in offers if offer.kind != kind]
    if len(others) == len(offers):
        return f'{_names(offers)} sends another type than {kind} there{_remedy(topic, others)}'
    deaf = [offer for offer in offers if offer.kind == kind and not offer.heard]
    if deaf:
        return (f'{_names(deaf)} offers less than the {qos} subscription asks for: set image_qos '
                'to auto, or mend qos_overrides')
    return f'{_names(offers)} publishes there and sends nothing that arrives'


def _names(offers: Sequence[Offer]) -> str:
    return ', '.join(map(str, offers))


def _remedy(topic: str, others: Sequence[Offer]) -> str:
    kinds = {offer.kind for offer in others} & {RAW, COMPRESSED}
    if kinds == {COMPRESSED}:
        name = topic.removesuffix(SUFFIX)
        return f': set image_transport to compressed, and the image topic to {name}'
    if kinds == {RAW}:
        return f': set image_transport to raw, and the image topic to {topic}'
    return ''


def _elsewhere(topic: str, kind: str, published: Mapping[str, str]) -> str:
    """Return where images are published instead."""
    base = topic.removesuffix(SUFFIX)
    if kind == RAW and published.get(topic + SUFFIX) == COMPRESSED:
        return f'{topic + SUFFIX} is published: set image_transport to compressed'
    if kind == COMPRESSED and published.get(base) == RAW:
        return f'{base} is published as raw images: set image_transport to raw'
    if kind == COMPRESSED and published.get(base) == COMPRESSED:
        return f'{base} is published: name the image topic without {SUFFIX}'
    beside = [name for name in published if name.startswith(f'{base}/')]
    images = [name for name, other in published.items() if other in TRANSPORT_OF]
    near = difflib.get_close_matches(topic, images, max(1, len(images)), 0.0)
    names = [f'{name} ({published[name]})' for name in dict.fromkeys([*beside, *near])]
    if names:
        more = f' and {len(names) - MOST_NAMES} more' if len(names) > MOST_NAMES else ''
        return f'there are {", ".join(names[:MOST_NAMES])}{more}'
    domain = os.environ.get('ROS_DOMAIN_ID', '0')
    return f'nor does anybody publish images elsewhere in ROS_DOMAIN_ID {domain}'
