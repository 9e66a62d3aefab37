# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.ros.silence import COMPRESSED, RAW, Offer, why_silent

TOPIC, PACKED = '/camera/image_raw', '/camera/image_raw/compressed'


def why(topic=TOPIC, kind=RAW, offers=(), published=None):
    return why_silent(topic, kind, 'reliable', offers, published or {})


@pytest.mark.parametrize(('case', 'words'), [
    ({'published': {PACKED: COMPRESSED}}, f'{PACKED} is published: set image_transport to comp'),
    ({'topic': PACKED, 'kind': COMPRESSED, 'published': {TOPIC: RAW}},
     f'{TOPIC} is published as raw images: set image_transport to raw'),
    ({'topic': f'{PACKED}/compressed', 'kind': COMPRESSED, 'published': {PACKED: COMPRESSED}},
     f'{PACKED} is published: name the image topic without /compressed'),
    ({'topic': PACKED, 'offers': [Offer('/driver', COMPRESSED, 'reliable')]},
     f'set image_transport to compressed, and the image topic to {TOPIC}'),
    ({'topic': PACKED, 'kind': COMPRESSED, 'offers': [Offer('/driver', RAW, 'reliable')]},
     f'set image_transport to raw, and the image topic to {PACKED}'),
    ({'offers': [Offer('/driver', 'sensor_msgs/msg/PointCloud2', 'reliable')]},
     '/driver (sensor_msgs/msg/PointCloud2, reliable) sends another type than'),
    ({'offers': [Offer('/driver', RAW, 'best effort', heard=False)]}, 'set image_qos to auto'),
    ({'offers': [Offer('/driver', RAW, 'best effort')]},
     '/driver (sensor_msgs/msg/Image, best effort) publishes there and sends nothing'),
    ({'topic': '/camera/imge_raw', 'published': {'/a': RAW, TOPIC: RAW, '/chatter': 'x/msg/Y'}},
     f'there are {TOPIC} ({RAW}), /a ({RAW})'),
    ({'published': {f'{TOPIC}/theora': 'theora_image_transport/msg/Packet'}},
     f'there are {TOPIC}/theora (theora_image_transport/msg/Packet)'),
    ({'published': {f'/camera_{number}': RAW for number in range(9)}}, 'and 3 more'),
    ({'published': {'/chatter': 'x/msg/Y'}}, 'nor does anybody publish images elsewhere'),
])
def test_causes(case, words):
    assert words in why(**case)
