# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MCAP of any profile, with whatever channels beside the images."""
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, stamp, write
from support.mcap_bytes import mcap

from residual_features_ros.errors import CommandError, GapError
from residual_features_ros.tools.bags.decoding import STORE
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.mcap_file import McapFile
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag

JSON = ('/tf', 'foxglove.FrameTransform', 'jsonschema', '{}', 'json', [(1, b'{}')])
PROTOBUF = ('/video', 'foxglove.CompressedImage', 'protobuf', b'\xff\xfe\x80', 'protobuf',
            [(1, b'x')])
UNTYPED = ('/untyped', '', '', '', 'cbor', [(1, b'x')])


@pytest.fixture(scope='module')
def items():
    return frames(4)


@pytest.fixture(scope='module')
def images(items):
    return ('/cam', IMAGE, 'ros2msg', STORE.generate_msgdef(IMAGE, ros_version=2)[0], 'cdr',
            [(ns, bytes(STORE.serialize_cdr(message, IMAGE))) for _, _, ns, message in items])


@pytest.mark.parametrize('chunked', [True, False])
@pytest.mark.parametrize('profile', ['ros2', '', 'ros1', 'foxglove'])
def test_channels_of_others_do_not_matter(tmp_path, images, profile, chunked):
    path = tmp_path / 'a.mcap'
    path.write_bytes(mcap([JSON, images, PROTOBUF, UNTYPED], profile, chunked))
    bag = BagImages(ImageBag(path, ''))
    assert [time_ns for time_ns, _ in bag] == [stamp(i) for i in range(4)] and not bag.notes


def test_a_bag_without_images_names_what_it_has(tmp_path):
    path = tmp_path / 'a.mcap'
    path.write_bytes(mcap([JSON, PROTOBUF, UNTYPED]))
    for topic in ('', '/video'):
        with pytest.raises(CommandError, match=r'/video \(foxglove.CompressedImage in protobuf\)'):
            ImageBag(path, topic)


def test_a_damaged_chunk_is_passed_over(tmp_path):
    items = frames(30)  # some of them fill a chunk of 1 MiB
    path = next(write(tmp_path / 'bag', items, 'MCAP').glob('*.mcap'))
    whole = McapFile(path)
    assert len(list(whole.messages([1]))) == 30 and not whole.damage
    whole.close()
    content = bytearray(path.read_bytes())
    at = content.index(b'\x06', len(content) // 3)
    while content[at:at + 1] != b'\x06' or content[at + 37:at + 41] != bytes(4):
        at += 1
    content[at + 9 + 28:at + 9 + 32] = b'\x02\0\0\0'  # the length of the name of a compression
    path.write_bytes(content)
    bag = ImageBag(path, '')
    with bag.open() as reader:
        messages = reader.messages(reader.connections)
        count = 0
        with pytest.raises(GapError, match='a chunk cannot be read'):
            for _ in messages:
                count += 1
    assert 0 < count < 30
    images = BagImages(bag)
    assert len(list(images)) == count
    assert f'has gaps ({path.name}: a chunk cannot be read' in ' '.join(images.notes)
    assert f'30 messages were expected by what the bag says of itself, {count} were read' \
        in ' '.join(images.notes)


def test_a_bag_whose_topics_are_damaged_says_so(tmp_path, images):
    path = tmp_path / 'a.mcap'
    content = bytearray(mcap([images], chunked=False))
    at = content.index(b'/cam') - 4  # the length of the topic's name
    content[at:at + 4] = b'\xff\xff\xff\x7f'
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r'none; a\.mcap: a topic or type cannot be read'):
        ImageBag(path, '')
