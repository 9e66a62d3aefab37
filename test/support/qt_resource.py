# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write Qt resource files as Qt's rcc does: breadth first, children beside each other."""
import struct
import zlib


def write_resource(path, files, packed=(), version=3, flags=0):
    """Write the files {path: content} into `path`; those in packed by zlib, others by flags."""
    tree = {}
    for name, content in files.items():
        *folders, last = name.split('/')
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = (name, content)
    names, data, nodes, waiting, free = b'', b'', b'', [('', tree)], 1
    for name, item in waiting:  # grows meanwhile
        at = len(names)
        names += struct.pack('>HI', len(name), 0) + name.encode('utf-16-be')
        if isinstance(item, dict):
            node = struct.pack('>IHII', at, 2, len(item), free)
            free += len(item)
            waiting += item.items()
        else:
            file, content = item
            if file in packed:
                content = struct.pack('>I', len(content)) + zlib.compress(content)
            node = struct.pack('>IHHHI', at, 1 if file in packed else flags, 0, 0, len(data))
            data += struct.pack('>I', len(content)) + content
        nodes += node + (bytes(8) if version >= 2 else b'')
    start = 20 if version < 3 else 24
    header = struct.pack('>4s4I', b'qres', version, start, start + len(nodes),
                         start + len(nodes) + len(data))
    path.write_bytes(header + bytes(start - 20) + nodes + data + names)
    return path
