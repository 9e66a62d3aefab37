# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""docs/orb_slam_frame.cpp is compiled and fills OpenCV's types as Python reads the message."""
import json
import shutil
import subprocess

import numpy as np
import pytest
from support.cpp_listings import compile_listing, dump, said

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.ros.conversions import (
    features_from_message,
    features_to_message,
    message_to_rows,
    rows_to_message,
)
from residual_features_ros.ros.info import describe, describe_matcher
from residual_features_ros.ros.node_config import NodeConfig

messages = pytest.importorskip('std_msgs.msg', reason='std_msgs is not installed')
HEADERS = '/usr/include/opencv4'


def opencv_flags(folder):
    """Return what OpenCV's core is compiled and linked with; skips where it is not there."""
    flags = [f'-I{HEADERS}']
    if shutil.which('pkg-config'):
        asked = subprocess.run(['pkg-config', '--cflags', '--libs-only-L', 'opencv4'],
                               capture_output=True, text=True, check=False)
        flags = asked.stdout.split() if asked.returncode == 0 else flags
    compiler = shutil.which('g++') or shutil.which('clang++')
    if compiler:
        source = folder / 'probe.cpp'
        source.write_text('#include <opencv2/core.hpp>\nint main() {return cv::Mat().rows;}\n')
        done = subprocess.run(
            [compiler, '-std=c++17', str(source), '-o', str(folder / 'probe'), *flags,
             '-lopencv_core'], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip("OpenCV's C++ headers and libopencv_core are not on this machine (Debian: "
                        'libopencv-dev)')
    return [*flags, '-lopencv_core']


@pytest.fixture(scope='module')
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp('orb_slam_frame')
    return compile_listing('orb_slam_frame', folder, *opencv_flags(folder))


def sent(image, method, encoding='uint8'):
    """Return what a node publishes of an image: the message and features_info."""
    extractor = create_extractor(method, 300)
    features = extractor.extract(image)
    info = {**describe(extractor, features, NodeConfig(descriptor_encoding=encoding)),
            **describe_matcher(create_matcher())}
    return features_to_message(features, messages.Header(), encoding), info


def with_levels(message, count):
    """Return a message with a field level, as it is made of sizes."""
    rows = message_to_rows(message)
    names = [name for name in rows.dtype.names if name != 'level']
    result = np.zeros(len(rows), [*((name, *_plain(rows.dtype[name])) for name in names),
                                  ('level', '<i4')])
    for name in names:
        result[name] = rows[name]
    result['level'] = np.arange(len(rows)) % count
    return rows_to_message(result, message.header)


def _plain(kind):
    base, shape = kind.subdtype or (kind, ())
    return (base, shape) if shape else (base,)


def read(program, message, info, folder):
    """Return levels (factor and log), scales (L, 4), keys (N, 6), rows (N, D), OpenCV's type."""
    dump(message, folder / 'message')
    (folder / 'info.json').write_text(json.dumps(info))
    done = said(program, folder / 'message', folder / 'info.json')
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    count = int(lines[0][1])
    scales = np.array(lines[1:1 + count], float)
    height, width, kind = map(int, lines[1 + count][1:])
    values = np.array(lines[2 + count:], np.float64).reshape(height, 6 + width)
    return np.array(lines[0][2:], float), scales, values[:, :6], values[:, 6:], kind


@pytest.mark.parametrize(('method', 'encoding', 'kind'), [
    ('orb', 'uint8', 0), ('rootsift', 'uint8', 5), ('rootsift', 'float32', 5),
    ('residual_hessian_tiny', 'uint8', 5)])
@pytest.mark.parametrize('levelled', [False, True])
def test_a_frame_is_what_python_reads(program, image, tmp_path, method, encoding, kind, levelled):
    message, info = sent(image, method, encoding)
    count, factor = 8, 1.2
    if levelled:
        message = with_levels(message, count)
        info = {**info, 'level_factor': factor, 'levels': count}
    else:
        info.pop('levels', None)
    features, rows = features_from_message(message, info), message_to_rows(message)
    level = rows['level'] if levelled else features.octaves
    if not levelled:
        count, factor = int(features.octaves.max()) + 1, info['scale_factor']
    told, scales, keys, found, found_kind = read(program, message, info, tmp_path)
    expected = np.column_stack([features.keypoints, features.sizes, features.angles,
                                features.responses, level])
    assert len(features) > 50
    np.testing.assert_array_equal(keys.astype(np.float32), expected.astype(np.float32))
    assert found_kind == kind
    np.testing.assert_allclose(found, features.descriptors, rtol=1e-5, atol=1e-7)
    if kind == 0:
        np.testing.assert_array_equal(found, features.descriptors)
    np.testing.assert_allclose(told, [factor, np.log(factor)], rtol=1e-6)
    powers = factor ** np.arange(count)
    np.testing.assert_allclose(
        scales, np.column_stack([powers, 1 / powers, powers**2, powers**-2.0]), rtol=1e-5)


def test_a_frame_without_keypoints(program, image, tmp_path):
    message, info = sent(np.zeros_like(image), 'orb')
    _, _, keys, rows, kind = read(program, message, {**info, 'levels': 8, 'level_factor': 1.2},
                                  tmp_path)
    assert keys.shape == (0, 6) and rows.shape == (0, 32) and kind == 0


@pytest.mark.parametrize(('changes', 'words'), [
    ({'descriptor_encoding': 'float32'}, 'not of the encoding float32'),
    ({'descriptor_encoding': 'int4'}, "unknown descriptor_encoding 'int4'"),
    ({'descriptor_encoding': 'uint8'}, 'lacks a number'),
    ({'scale_factor': None}, 'lacks a number'),
    ({'levels': 3, 'level_factor': 1.2}, 'outside the levels')])
def test_what_does_not_fit_is_one_sentence(program, image, tmp_path, changes, words):
    message, info = sent(image, 'orb')
    dump(with_levels(message, 8), tmp_path / 'message')
    (tmp_path / 'info.json').write_text(json.dumps({**info, **changes}))
    done = said(program, tmp_path / 'message', tmp_path / 'info.json')
    assert done.returncode == 1 and words in done.stderr
