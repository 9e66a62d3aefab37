# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The C++ listings of docs/, compiled, and messages as the plain files that they read."""
import shutil
import subprocess

import pytest

from support.paths import ROOT


def compile_listing(name, folder, *flags):
    """Return the program of docs/NAME.cpp; skips the test where there is no compiler."""
    compiler = shutil.which('g++') or shutil.which('clang++')
    if compiler is None:
        pytest.skip('no C++ compiler (g++ or clang++) on this machine')
    program = folder / name
    subprocess.run([compiler, '-std=c++17', '-Wall', '-Wextra', '-Werror',
                    str(ROOT / 'docs' / f'{name}.cpp'), '-o', str(program), *flags], check=True)
    return program


def dump(message, path):
    """Write a PointCloud2 as docs/rows.hpp says."""
    lines = [f'fields {len(message.fields)}',
             *(f'{f.name} {f.offset} {f.datatype} {f.count}' for f in message.fields),
             f'{message.width} {message.point_step}']
    path.write_bytes('\n'.join(lines).encode() + b'\n' + bytes(message.data))


def said(program, *paths):
    """Run a program with some files; return what it said."""
    return subprocess.run([str(program), *map(str, paths)], capture_output=True, text=True,
                          check=False)
