# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start two processes as torchrun does."""
import os
import socket
import subprocess
import sys

from support.paths import ROOT


def torchrun(program, arguments, folder, *paths):
    """Run a program in two processes that talk over the loopback; `paths` are of modules."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    (folder / 'program.py').write_text(program)
    modules = os.pathsep.join(map(str, (ROOT, *paths)))
    environment = {**os.environ, 'PYTHONPATH': modules, 'OMP_NUM_THREADS': '1'}
    return subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node', '2', '--master-addr',
         '127.0.0.1', '--master-port', str(port), str(folder / 'program.py'), *arguments],
        capture_output=True, text=True, env=environment, timeout=120, check=False)
