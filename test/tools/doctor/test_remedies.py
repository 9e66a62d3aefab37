# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import pytest

from residual_features_ros.tools.doctor import remedies as module
from residual_features_ros.tools.doctor.remedies import install, remedies

EVERYTHING = ('onnxruntime', 'numba', 'threadpoolctl', 'openvino', 'tensorrt')


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that makes the machine: packages, processor's flags, GPU, BLAS."""
    def make(missing=(), flags='avx2', gpu=False, blas=True, managed=False):
        cpuinfo = tmp_path / 'cpuinfo'
        cpuinfo.write_text(f'flags : fpu {flags} sse\n')
        monkeypatch.setattr(module, 'CPUINFO', cpuinfo)
        monkeypatch.setattr(module, 'is_installed', lambda name: name not in missing)
        monkeypatch.setattr(module.shutil, 'which', lambda name: name if gpu else None)
        monkeypatch.setattr(module.products, 'has_optimised_blas', lambda: blas)
        monkeypatch.setattr(module, 'is_managed', lambda: managed)
    return make


def test_where_all_is_here_there_is_nothing_to_say(machine):
    machine(flags='amx_bf16', gpu=True)
    assert remedies() == []


def test_where_all_is_missing_each_has_its_command(machine):
    machine(missing=EVERYTHING, flags='avx512_bf16', gpu=True)
    found = remedies()
    commands = [f'{sys.executable} -m pip install {name}' for name in EVERYTHING[:4]]
    assert all(command in words for command, words in zip(commands, found, strict=False))
    assert len(found) == 5
    assert 'docs/tensorrt.md' in found[4]


def test_openvino_is_for_processors_with_bf16_alone(machine):
    machine(missing=['openvino'])
    assert remedies() == []


def test_a_slow_blas_is_told(machine):
    machine(blas=False)
    assert remedies() == [f"numpy's matrix products are slow here: {module.products.REMEDY}"]


def test_a_python_of_the_distribution_takes_its_packages(machine):
    machine(managed=True)
    assert install('numba', 'python3-numba') == 'sudo apt install python3-numba'
    assert '--break-system-packages openvino, or in a virtual environment' in install('openvino')


def test_what_is_installed_is_found_without_an_import():
    assert module.is_installed('numpy') and not module.is_installed('no_such_module')
