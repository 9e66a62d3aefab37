# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MCAP files byte by byte: of any profile, with channels of any encoding, without an index."""
import struct

MAGIC = b'\x89MCAP0\r\n'


def text(content):
    content = content.encode() if isinstance(content, str) else content
    return struct.pack('<I', len(content)) + content


def record(operation, body):
    return struct.pack('<BQ', operation, len(body)) + body


def mcap(channels, profile='ros2', chunked=True):
    """Return a file.

    channels: (topic, type, how the schema is written, schema, encoding, [(ns, message)]).
    """
    chunks = []
    for number, (topic, name, schema, data, encoding, messages) in enumerate(channels, 1):
        body = record(3, struct.pack('<H', number) + text(name) + text(schema) + text(data)) \
            if name else b''
        body += record(4, struct.pack('<HH', number, number if name else 0) + text(topic)
                       + text(encoding) + text(b''))
        body += b''.join(record(5, struct.pack('<HIQQ', number, 0, ns, ns) + raw)
                         for ns, raw in messages)
        chunks.append(record(6, struct.pack('<QQQI', 0, 2**62, len(body), 0) + text(b'')
                             + struct.pack('<Q', len(body)) + body) if chunked else body)
    head = record(1, text(profile) + text('a test'))
    return MAGIC + head + b''.join(chunks) + record(15, bytes(4)) + record(2, bytes(20)) + MAGIC
