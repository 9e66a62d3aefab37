# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""python -m residual_features_ros.tools.write_config: YAML and pages from the dataclasses."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.parameter_file import parameter_file
from residual_features_ros.ros.node_config import NODES
from residual_features_ros.tools.parameter_pages import pages

OWN = Path('config'), Path('docs/parameters')  # of the repository
WRITTEN_BY = 'make config'  # is in the first lines of every file


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files of all nodes and return the exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m residual_features_ros.tools.write_config',
        description="Write the YAML files with every parameter of the nodes, and the pages about "
                    "them, from the settings' own fields. A test compares them.")
    for name, folder in zip(('files', 'pages'), OWN, strict=True):
        parser.add_argument(name, type=Path, nargs='?', default=folder, metavar=name.upper(),
                            help=f'folder of the {name} (default: %(default)s)')
    folders = parser.parse_args(argv)
    texts = {folders.files / f'{node}.yaml': parameter_file(node, settings.groups,
                                                            settings.leave_out)
             for node, settings in NODES.items()}
    texts |= {folders.pages / name: text for name, text in pages().items()}
    for folder in (folders.files, folders.pages):
        if not folder.is_dir():
            parser.error(f'{folder}: no such folder')
    for path in texts:
        if path.exists() and (path.parent not in OWN or WRITTEN_BY not in path.read_text(
                encoding='utf-8', errors='replace')):
            parser.error(f'{path}: there already, and only files in '
                         f'{" and ".join(map(str, OWN))} that this command wrote are replaced')
    for path, text in texts.items():
        path.write_text(text, encoding='utf-8')
        print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main())
