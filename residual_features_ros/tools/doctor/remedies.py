# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What would make it faster here, each with the command that brings it."""
from __future__ import annotations

import importlib.util
import shutil
import sys
import sysconfig
from pathlib import Path

from residual_features_ros import products

BF16 = ('amx_bf16', 'avx512_bf16')
CPUINFO = Path('/proc/cpuinfo')


def remedies() -> list[str]:
    """Return a sentence for each thing that is missing, the most useful first."""
    found = []
    if not is_installed('onnxruntime'):
        found.append(f'the networks run fastest on CPUs by ONNX Runtime: {install("onnxruntime")}')
    if not is_installed('numba'):
        found.append('numba compiles the loops that find keypoints: '
                     f'{install("numba", "python3-numba")}')
    if not is_installed('threadpoolctl'):
        found.append("threadpoolctl keeps numpy's threads off the cores that the networks need, "
                     'and tells whether numpy has a fast BLAS: '
                     f'{install("threadpoolctl", "python3-threadpoolctl")}')
    elif not products.has_optimised_blas():
        found.append(f"numpy's matrix products are slow here: {products.REMEDY}")
    if has_bf16() and not is_installed('openvino'):
        found.append('this processor has bf16, with which OpenVINO is faster: '
                     f'{install("openvino")}, then backend:=openvino,onnxruntime')
    if shutil.which('nvidia-smi') and not is_installed('tensorrt'):
        found.append('there is a GPU of NVIDIA: docs/tensorrt.md says how networks run on it')
    return found


def is_installed(module: str) -> bool:
    """Return whether a module is there, without importing it."""
    return importlib.util.find_spec(module) is not None


def install(pip: str, apt: str = '') -> str:
    """Return the command that installs a package for the Python that runs.

    Args:
        pip: name on PyPI.
        apt: name in Debian and Ubuntu, '' where they have none.
    """
    if not is_managed():
        return f'{sys.executable} -m pip install {pip}'
    if apt:
        return f'sudo apt install {apt}'
    return (f'{sys.executable} -m pip install --user --break-system-packages {pip}, or in a '
            'virtual environment made with --system-site-packages')


def is_managed() -> bool:
    """Return whether the distribution keeps pip off this Python (PEP 668)."""
    return sys.prefix == sys.base_prefix and \
        (Path(sysconfig.get_path('stdlib')) / 'EXTERNALLY-MANAGED').is_file()


def has_bf16() -> bool:
    """Return whether the processor multiplies bf16, as far as Linux tells."""
    try:
        flags = CPUINFO.read_text(encoding='utf-8').split()
    except OSError:
        return False
    return any(flag in flags for flag in BF16)
