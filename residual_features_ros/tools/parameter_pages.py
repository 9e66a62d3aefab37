# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the nodes as pages of the documentation, from the settings' own fields."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from residual_features_ros.parameter_file import describe, yaml_value
from residual_features_ros.ros.node_config import NODES

WRITTEN = 'Written by `make config` from the fields of the settings; a test compares them.'
INDEX = 'README.md'
# A group of extractor_node's settings -> its page and the question that it answers.
PAGES = {
    'how keypoints are found and described': (
        'finding.md', 'Which parameters find and describe keypoints?'),
    'how frames are matched': ('matching.md', 'Which parameters match frames?'),
    'how places are known again': ('places.md', 'Which parameters know places again?'),
    'how messages travel': ('messages.md', 'Which parameters say how messages travel?'),
}
STEREO = ('stereo.md', 'Which parameters does the stereo node have of its own?')
USE = """Give them when the node starts, in a file or as launch arguments, or change them while it
runs:

```bash
ros2 launch residual_features_ros extractor.launch.py max_keypoints:=500
ros2 launch residual_features_ros extractor.launch.py params_file:=my_parameters.yaml
ros2 param set /extractor max_keypoints 500
ros2 param describe /extractor max_keypoints
```

Copy [config/extractor.yaml](../../config/extractor.yaml) or
[config/stereo.yaml](../../config/stereo.yaml) for a file of your own: they hold every parameter
with its default. `ros2 param set` works for those that are live, and takes effect with the next
image. A name that is unknown is warned of, a value that is not allowed is refused."""
TABLE = '| parameter | live | default | meaning |\n| --- | --- | --- | --- |'


def pages() -> dict[str, str]:
    """Return the text of each page by the name of its file."""
    written = {INDEX: index()}
    for group, (name, question) in PAGES.items():
        rows = [row(field, value) for field, value in settings('extractor', group)]
        written[name] = page(question, rows)
    name, question = STEREO
    known = dict(named('extractor'))
    own = [row(field, value) for field, value in settings('stereo')
           if known.get(field.name) != value]
    missing = ', '.join(f'`{name}`' for name in known if name not in dict(named('stereo')))
    written[name] = page(question, own, f'What is not in this table is as in extractor_node, but '
                         f'for these, which mean nothing to stereo_node: {missing}.')
    return written


def index() -> str:
    """Return the page that says how parameters are set, and which one stands where."""
    lists = [f'| [{question}]({name}) | '
             + ', '.join(f'`{field.name}`' for field, _ in settings('extractor', group)) + ' |'
             for group, (name, question) in PAGES.items()]
    text = '\n'.join(['| page | parameters |', '| --- | --- |', *lists,
                      f'| [{STEREO[1]}]({STEREO[0]}) | of two cameras |'])
    return f'# Which parameters are there?\n\n{WRITTEN}\n\n{USE}\n\n{text}\n'


def page(question: str, rows: list[str], after: str = '') -> str:
    """Return a page with one table, and a sentence behind it."""
    text = '\n'.join([TABLE, *rows])
    return f'# {question}\n\n{WRITTEN} [All parameters](README.md).\n\n{text}\n' + (
        f'\n{after}\n' if after else '')


def row(field: dataclasses.Field[Any], value: Any) -> str:
    """Return a setting and its default as a row of the table."""
    words = describe(field)
    live = words.startswith('(live) ')
    return (f'| `{field.name}` | {"yes" if live else ""} | `{yaml_value(value)}` | '
            f'{words.removeprefix("(live) ").replace("<", "&lt;")} |')


def settings(node: str, only: str = '') -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    """Return each setting of a node, or of one group of it, with its default."""
    for group, configs in NODES[node].groups.items():
        for config in configs if only in ('', group) else ():
            for field in dataclasses.fields(config):
                if field.name not in NODES[node].leave_out:
                    yield field, getattr(config, field.name)


def named(node: str) -> list[tuple[str, Any]]:
    """Return the name and the default of each setting of a node."""
    return [(field.name, value) for field, value in settings(node)]
