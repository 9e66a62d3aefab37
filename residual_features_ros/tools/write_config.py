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


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files of all nodes and return the exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m residual_features_ros.tools.write_config',
        description="Write the YAML files with every parameter of the nodes, from the settings' "
                    'own fields. A test compares them.')
    parser.add_argument('folder', type=Path, nargs='?', default=Path('config'),
                        help='where to (default: %(default)s)')
    folder: Path = parser.parse_args(argv).folder
    if not folder.is_dir():
        parser.error(f'{folder}: no such folder')
    for node, settings in NODES.items():
        path = folder / f'{node}.yaml'
        path.write_text(parameter_file(node, settings.groups, settings.leave_out),
                        encoding='utf-8')
        print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main())
