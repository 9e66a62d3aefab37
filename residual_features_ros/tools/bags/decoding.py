# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Serialised messages to objects, by the definition that the bag has of their type, or ROS's own.

A definition is looked at when its topic is read, and never before: those of other topics may be
missing, written in another language or wrong.
"""
from __future__ import annotations

from typing import Any

from rosbags.rosbag2.storage_mcap import DECOMPRESSORS
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from residual_features_ros.errors import ConversionError
from residual_features_ros.tools.bags.connection import Connection

STORE: Any = get_typestore(Stores.ROS2_JAZZY)
ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'  # no message in CDR begins like this
IDL_PARTS = '=' * 80 + '\n'


class Decoder:
    """Decodes the messages of a bag; the types of each topic are read once."""

    def __init__(self) -> None:
        """Know no type yet."""
        self._stores: dict[Connection, Any] = {}

    def decode(self, connection: Connection, raw: bytes) -> Any:
        """Return the message of some bytes.

        Raises:
            ConversionError: says what is wrong with the type or with the bytes.
        """
        if connection not in self._stores:
            self._stores[connection] = store_of(connection)
        store = self._stores[connection]
        try:
            if connection.encoding == 'ros1':
                return store.deserialize_ros1(raw, connection.msgtype)
            if raw[:4] == ZSTD_MAGIC:  # a bag whose messages are compressed one by one
                raw = DECOMPRESSORS['zstd'](raw, 0)
            return store.deserialize_cdr(raw, connection.msgtype)
        except Exception as error:  # whatever damaged bytes make the decoder stumble over
            words = ' '.join(str(error).split()) or type(error).__name__
            raise ConversionError(f'{len(raw)} bytes are not a whole {connection.msgtype} '
                                  f'({words})') from error


def store_of(connection: Connection) -> Any:
    """Return a typestore of rosbags that has the type of a topic.

    Raises:
        ConversionError: the type is not known and the bag's definition cannot be used.
    """
    kind = connection.msgtype
    if not connection.readable:
        raise ConversionError(f'{connection}: messages of ROS are in cdr or ros1')
    ros = STORE if connection.encoding == 'cdr' else get_typestore(Stores.ROS1_NOETIC)
    if kind in ros.fielddefs and connection.digest and connection.encoding == 'cdr' \
            and ros.hash_rihs01(kind) == connection.digest:
        return ros
    try:
        return _own_store(connection)
    except Exception as error:  # the parsers have many
        if kind in ros.fielddefs:
            return ros
        words = ' '.join(str(error).split()) or type(error).__name__
        raise ConversionError(f'{kind}: its definition in the bag cannot be used ({words})') \
            from error


def _own_store(connection: Connection) -> Any:
    """Return a store of the bag's own definition of a type and of those inside it."""
    if not connection.definition.strip():
        raise ValueError('there is none')
    store = get_typestore(Stores.EMPTY)
    text = connection.definition
    if connection.schema in ('ros2idl', 'omgidl'):
        parts = [part.partition('\n')[2] for part in text.split(IDL_PARTS)[1:]] \
            if text.startswith(f'{IDL_PARTS}IDL: ') else [text]
        for part in parts:
            store.register(get_types_from_idl(part))
    else:
        store.register(get_types_from_msg(text, connection.msgtype))
    store.generate_msgdef(connection.msgtype)  # KeyError for a type that is not there
    return store
