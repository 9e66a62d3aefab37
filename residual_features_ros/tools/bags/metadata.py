# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""metadata.yaml of a rosbag2: what it promises, as far as it can be read.

The files have all that is needed to read them. Recorders that are killed leave none or a part, and
people edit it: QoS, names, versions.
"""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rosbags.rosbag2 import ReaderError

NAME = 'metadata.yaml'


@dataclass(frozen=True)
class Metadata:
    """What the file says.

    files: names of the bag's files in the order of recording.
    counts: messages by topic.    notes: sentences on what it does not say.
    """

    files: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()


def read_metadata(folder: Path) -> Metadata:
    """Read the file of a bag's folder; what is wrong in it is a note.

    Raises:
        ReaderError: the bag is compressed in a way that is not read.
    """
    path = folder / NAME
    if not path.is_file():
        return Metadata()
    try:
        content = _load(path)['rosbag2_bagfile_information']
        if not isinstance(content, dict):
            raise TypeError('nothing in it')
    except Exception as error:  # a parser of YAML meets with nearly anything
        first = (str(error).strip().splitlines() or [''])[0]
        return Metadata(notes=(f'{NAME} cannot be read ({type(error).__name__}: {first}): the '
                               'files of the bag are read without it',))
    _refuse_compression(content)
    files, counts = _files(content), _counts(content)
    lacks = [what for what, there in (('files', files), ('counts of messages', counts))
             if not there]
    return Metadata(files, counts, (f'{NAME} names no {" and no ".join(lacks)}',) if lacks else ())


def _load(path: Path) -> Any:
    import yaml
    return yaml.safe_load(path.read_text(encoding='utf-8-sig', errors='replace'))


def _refuse_compression(content: dict[str, Any]) -> None:
    mode, form = (str(content.get(f'compression_{name}') or '').lower()
                  for name in ('mode', 'format'))
    if mode not in ('', 'none', 'storage') and form not in ('', 'zstd'):
        raise ReaderError(f'its {mode}s are compressed by {form}, and zstd alone is read')


def _files(content: dict[str, Any]) -> tuple[str, ...]:
    paths = content.get('relative_file_paths')
    return tuple(re.split(r'[/\\]', str(path))[-1] for path in paths) \
        if isinstance(paths, list) else ()


def _counts(content: dict[str, Any]) -> Counter[str]:
    """Return the messages by topic, without entries that cannot be understood."""
    counts: Counter[str] = Counter()
    topics = content.get('topics_with_message_count')
    for entry in topics if isinstance(topics, list) else ():
        try:
            counts[str(entry['topic_metadata']['name'])] += int(entry['message_count'])
        except (KeyError, TypeError, ValueError):
            continue
    return counts
