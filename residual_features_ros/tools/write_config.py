# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""python -m residual_features_ros.tools.write_config: config/<node>.yaml from the dataclasses."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.parameter_file import parameter_file
from residual_features_ros.ros.node_config import NODES

OWN = Path('config')  # of the repository
WRITTEN_BY = 'make config'  # is in the first lines of every file


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files of all nodes and return the exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m residual_features_ros.tools.write_config',
        description="Write the YAML files with every parameter of the nodes, from the settings' "
                    'own fields. A test compares them.')
    parser.add_argument('folder', type=Path, nargs='?', default=OWN,
                        help='where to (default: %(default)s)')
    folder: Path = parser.parse_args(argv).folder
    if not folder.is_dir():
        parser.error(f'{folder}: no such folder')
    paths = {node: folder / f'{node}.yaml' for node in NODES}
    for path in paths.values():
        if path.exists() and (folder != OWN or WRITTEN_BY not in path.read_text(
                encoding='utf-8', errors='replace')):
            parser.error(f'{path}: there already, and only files in {OWN} that this command wrote '
                         'are replaced')
    for node, settings in NODES.items():
        path = paths[node]
        path.write_text(parameter_file(node, settings.groups, settings.leave_out),
                        encoding='utf-8')
        print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main())
