# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from training.whole import rtabmap_detector

# The grey level of the first pixel, twice, and the pixel below it.
NETWORK = """<ir_version: 8, opset_import: ["" : 17]>
first (float[1, 1, 20, 30] image) => (float[1, k, 2] keypoints, float[1, k] scores,
                                      float[1, k, 3] descriptors)
<float white = {255.0}, int64[2] flat = {1, -1}, int64[1] start = {0}, int64[1] end = {1},
 int64[1] end2 = {2}, int64[1] axis = {1}, int64[3] pair = {1, 1, 2}, int64[3] row = {1, 1, 3},
 int64[1] end3 = {3}> {
  levels = Mul(image, white)
  list = Reshape(levels, flat)
  scores = Slice(list, start, end, axis)
  two = Slice(list, start, end2, axis)
  keypoints = Reshape(two, pair)
  three = Slice(list, start, end3, axis)
  descriptors = Reshape(three, row)
}"""


@pytest.fixture
def script(tmp_path):
    """Return the script as a module that lies beside the network."""
    onnx.save(onnx.parser.parse_model(NETWORK), str(tmp_path / 'made_here.onnx'))
    path = tmp_path / 'made_here.py'
    shutil.copyfile(rtabmap_detector.__file__, path)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_opens_the_network_beside_it(script):
    script.init(0)
    image = np.arange(600, dtype=np.int64).astype(np.uint8).reshape(20, 30) + np.uint8(7)
    keypoints, rows = script.detect(image)
    np.testing.assert_allclose(keypoints, [[7, 8, 7]], atol=1e-4)
    np.testing.assert_allclose(rows, [[7, 8, 9]], atol=1e-4)
    assert keypoints.dtype == rows.dtype == np.float32
    assert keypoints.flags.c_contiguous and rows.flags.c_contiguous


def test_without_cuda_it_says_so(script, capsys):
    if script.CUDA in script.onnxruntime.get_available_providers():
        pytest.skip('this ONNX Runtime has CUDA')
    script.init(0)
    assert capsys.readouterr().err == ''
    script.init(1)
    assert 'the network runs on the CPU' in capsys.readouterr().err


def test_it_says_what_it_cannot_take(script):
    image = np.zeros((20, 31), np.uint8)
    with pytest.raises(RuntimeError, match='init'):
        script.detect(image)
    script.init(0)
    with pytest.raises(ValueError, match='images of 30x20, got 31x20; export one of that --size'):
        script.detect(image)


def test_it_needs_nothing_of_this_package():
    source = Path(rtabmap_detector.__file__).read_text(encoding='utf-8')
    imported = {line.split()[1].split('.')[0] for line in source.splitlines()
                if line.startswith(('import ', 'from '))}
    assert imported <= {*sys.stdlib_module_names, 'numpy', 'onnxruntime'}
