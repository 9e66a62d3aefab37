# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags whose files or messages are compressed, with and without metadata.yaml."""
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from support.bag_files import frames, stamp

from residual_features_ros.tools.bags.decoding import STORE
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.rosbag import ImageBag
from residual_features_ros.tools.bags.unpacked import Unpacked


@pytest.fixture(params=['FILE', 'MESSAGE'])
def compressed(request, tmp_path):
    writer = Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.SQLITE3)
    writer.set_compression(CompressionMode[request.param], CompressionFormat.ZSTD)
    items = frames(5)
    with writer:
        connection = writer.add_connection(items[0][0], items[0][1], typestore=STORE)
        for _, kind, time_ns, message in items:
            writer.write(connection, time_ns, STORE.serialize_cdr(message, kind))
    return tmp_path / 'bag'


@pytest.mark.parametrize('metadata', [True, False])
@pytest.mark.parametrize('by', ['folder', 'file'])
def test_compressed_bags_are_read(compressed, metadata, by):
    if not metadata:
        (compressed / 'metadata.yaml').unlink()
    path = compressed if by == 'folder' else next(compressed.glob('bag.db3*'))
    images = BagImages(ImageBag(path, ''))
    assert [time_ns for time_ns, _ in images] == [stamp(i) for i in range(5)]
    assert not images.notes


def test_a_copy_is_made_once_and_removed_at_the_end(compressed):
    path = next(compressed.glob('bag.db3*'))
    unpack = Unpacked()
    copy = unpack(path)
    assert unpack(path) == copy and (copy == path) == (path.suffix != '.zstd')
    del unpack
    assert path.exists() and copy.exists() == (copy == path)
