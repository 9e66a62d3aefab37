# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are truncated anywhere give the messages before, whole, and say so.

So do bags of several files of which one is missing, empty or another's.
"""
import shutil

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import stamp, write, write_ros1

from residual_features_ros.errors import CommandError, TruncatedError
from residual_features_ros.tools.bags.images import READ, BagImages
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag, image_message

COUNT = 16
SIZE = (300, 500)  # some of them fill a chunk of MCAP, 1 MiB


@pytest.fixture(scope='module')
def pixels():
    return np.random.default_rng(0).integers(1, 255, (COUNT, *SIZE), np.uint8)


@pytest.fixture(scope='module', params=['SQLITE3', 'MCAP'])
def whole(request, pixels, tmp_path_factory):
    items = [('/cam', IMAGE, stamp(i), image_message(image, stamp(i)))
             for i, image in enumerate(pixels)]
    return write(tmp_path_factory.mktemp('whole') / 'bag', items, request.param)


def truncate(whole, folder, share):
    """Return a copy of a bag whose file has lost its end."""
    folder.mkdir()
    for path in whole.iterdir():
        content = path.read_bytes()
        keep = len(content) if path.suffix == '.yaml' else int(share * len(content))
        (folder / path.name).write_bytes(content[:keep])
    return folder


def images_of(bag):
    """Return the images before the end."""
    found = []
    with bag.open() as reader:
        messages = reader.messages(reader.connections)
        with pytest.raises(TruncatedError, match=r'^bag\w*\.\w+ cut off'):
            for connection, _, raw in messages:
                found.append(reader.deserialize(connection, raw).data.reshape(SIZE))
    return found


@pytest.mark.parametrize('share', [0.5, 0.61, 0.7303, 0.9, 0.99])
def test_what_lies_before_the_end_is_whole(whole, pixels, tmp_path, share):
    bag = ImageBag(truncate(whole, tmp_path / 'truncated', share), '', allow_truncated=True)
    found = images_of(bag)
    assert share * COUNT - 8 < len(found) < COUNT
    np.testing.assert_array_equal(found, pixels[:len(found)])


def test_a_truncated_bag_is_refused_where_it_was_not_allowed(whole, tmp_path):
    with pytest.raises(CommandError, match='one that is cut off may be mended'):
        ImageBag(truncate(whole, tmp_path / 'truncated', 0.9), '')


def test_a_bag_of_which_nothing_is_left(whole, tmp_path):
    with pytest.raises(CommandError, match='not a bag that rosbags reads'):
        ImageBag(truncate(whole, tmp_path / 'truncated', 0.001), '', allow_truncated=True)


def test_the_files_before_a_truncated_one_are_read_too(whole, pixels, tmp_path):
    folder = truncate(whole, tmp_path / 'truncated', 0.9)
    (folder / 'metadata.yaml').unlink()
    last = next(folder.iterdir())
    first = next(path for path in whole.iterdir() if path.suffix == last.suffix)
    last.rename(folder / f'bag_10{last.suffix}')
    (folder / f'bag_9{last.suffix}').write_bytes(first.read_bytes())
    found = images_of(ImageBag(folder, '', allow_truncated=True))
    np.testing.assert_array_equal(found[:COUNT], pixels)
    assert len(found) > COUNT


@pytest.fixture(scope='module', params=[None, 'LZ4', 'BZ2'])
def ros1(request, pixels, tmp_path_factory):
    items = [('/cam', IMAGE, stamp(i), image_message(image, stamp(i)))
             for i, image in enumerate(pixels)]
    return write_ros1(tmp_path_factory.mktemp('ros1') / 'bag.bag', items, request.param)


@pytest.mark.parametrize('share', [0.5, 0.61, 0.7303, 0.9, 0.999])
def test_the_whole_chunks_of_a_ros1_bag_are_read(ros1, pixels, tmp_path, share):
    path = tmp_path / 'bag.bag'
    path.write_bytes(ros1.read_bytes()[:int(share * ros1.stat().st_size)])
    bag = ImageBag(path, '', allow_truncated=True)
    found = images_of(bag)
    assert share * COUNT - 9 < len(found) <= COUNT
    np.testing.assert_array_equal(found, pixels[:len(found)])
    with bag.open() as reader:
        assert [c.msgcount for c in reader.connections] == [len(found)]
    with pytest.raises(CommandError, match='one that is cut off may be mended'):
        ImageBag(path, '')


@pytest.mark.parametrize('unfinished', [True, False])
def test_a_bag_active_is_read_up_to_its_last_whole_message(pixels, tmp_path, unfinished):
    items = [('/cam', IMAGE, stamp(i), image_message(image[:60, :80].copy(), stamp(i)))
             for i, image in enumerate(pixels)]  # all in one chunk
    content = bytearray(write_ros1(tmp_path / 'x.bag', items).read_bytes())
    path = tmp_path / 'x.bag.active'
    path.write_bytes(content)
    assert numbers(path)[1] == []
    if unfinished:  # a recorder writes the size of a chunk when it is full
        chunk = 13 + 4096  # behind magic bytes and the record of the bag, which is padded
        size_at = chunk + 4 + int.from_bytes(content[chunk:chunk + 4], 'little')
        assert content[chunk + 4:size_at].count(b'compression=none')
        content[size_at:size_at + 4] = bytes(4)
    path.write_bytes(content[:len(content) * 6 // 10])
    shown, notes = numbers(path)
    assert shown == list(range(len(shown))) and 6 < len(shown) < PARTS * EACH
    assert 'x.bag.active cut off' in ' '.join(notes)


def test_a_ros1_bag_with_a_damaged_chunk_ends_before_it(ros1, pixels, tmp_path):
    content = bytearray(ros1.read_bytes())
    middle = len(content) * 2 // 3
    content[middle:middle + 4000] = bytes(4000)
    path = tmp_path / 'bag.bag'
    path.write_bytes(content[:-500])
    found = images_of(ImageBag(path, '', allow_truncated=True))
    assert len(found) >= 4
    np.testing.assert_array_equal(found[:4], pixels[:4])


@pytest.mark.parametrize('content', [b'', b'#ROSBAG V2.0\n', b'#ROSBAG V2.0\nE' + bytes(60)])
def test_a_ros1_bag_of_which_nothing_is_left(tmp_path, content):
    path = tmp_path / 'bag.bag'
    path.write_bytes(content)
    with pytest.raises(CommandError, match='not a bag that rosbags reads'):
        ImageBag(path, '', allow_truncated=True)


PARTS, EACH = 3, 4
LISTED = ('rosbag2_bagfile_information:\n  relative_file_paths: [{}]\n'
          '  topics_with_message_count: [{{topic_metadata: {{name: /cam}}, message_count: 12}}]\n')


@pytest.fixture(params=['SQLITE3', 'MCAP'])
def split(request, pixels, tmp_path):
    """Return a bag of three files of four images each."""
    folder, names = tmp_path / 'split', []
    folder.mkdir()
    for part in range(PARTS):
        items = [('/cam', IMAGE, stamp(i), image_message(pixels[i], stamp(i)))
                 for i in range(EACH * part, EACH * (part + 1))]
        file = next(write(tmp_path / f'part{part}', items, request.param).glob('part*'))
        names.append(f'split_{part}{file.suffix}')
        shutil.copy(file, folder / names[-1])
    (folder / 'metadata.yaml').write_text(LISTED.format(', '.join(names)))
    return folder


def numbers(folder):
    """Return the numbers of the images that are shown, and the notes."""
    bag = ImageBag(folder, '', allow_truncated=True)
    images = BagImages(bag)
    shown = [time_ns for time_ns, _ in images]
    assert images.counts[READ] == len(shown)
    return [i for i in range(PARTS * EACH) if stamp(i) in shown], [*bag.notes, *images.notes]


def test_a_split_bag_is_read_in_its_order(split):
    assert numbers(split) == (list(range(PARTS * EACH)), [])


@pytest.mark.parametrize('part', range(PARTS))
@pytest.mark.parametrize(('content', 'said'), [
    (None, 'is missing'), (b'', 'is empty'), (b'hello', ': '), (bytes(range(256)) * 40, ': ')])
def test_a_split_bag_with_a_bad_part_is_read_without_it(split, part, content, said):
    path = sorted(split.glob('split_*'))[part]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    shown, notes = numbers(split)
    assert shown == [i for i in range(PARTS * EACH) if i // EACH != part]
    assert notes[0].startswith(f'{path.name}{"" if said == ": " else " "}{said}')
    assert notes[0].endswith('what the other files have is read')
    assert notes[1:] == [
        '/cam: 12 messages were expected by what the bag says of itself, 8 were read']
    with pytest.raises(CommandError, match=f'not a whole bag.*{path.name}'):
        ImageBag(split, '')


@pytest.mark.parametrize('part', range(PARTS))
def test_a_split_bag_with_a_part_that_is_cut_off(split, part):
    path = sorted(split.glob('split_*'))[part]
    path.write_bytes(path.read_bytes()[:path.stat().st_size * 9 // 10])
    shown, notes = numbers(split)
    assert set(shown) >= {i for i in range(PARTS * EACH) if i // EACH != part}
    assert len(shown) < PARTS * EACH
    said = ' '.join(notes)
    assert f'12 messages were expected by what the bag says of itself, {len(shown)} were' in said
    words = 'breaks off after' if part == PARTS - 1 else 'has gaps'
    assert f'the bag {words}' in said or f'{path.name}: cut off before' in said


def test_a_bag_of_which_no_part_is_left(split):
    for path in split.glob('split_*'):
        path.unlink()
    with pytest.raises(CommandError, match=r'split_0.* is missing; split_1.* is missing'):
        ImageBag(split, '', allow_truncated=True)
