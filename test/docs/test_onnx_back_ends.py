# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What docs/onnx-back-ends.md says to type works."""
import re
import shlex
import sys
import textwrap

import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured
from support.rtabmap_detector import PyDetector

from residual_features_ros import create_extractor
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import load_card

PAGE = (ROOT / 'docs' / 'onnx-back-ends.md').read_text(encoding='utf-8')
LISTING, = re.findall(r'^  ```python\n(.+?)^  ```', PAGE, re.DOTALL | re.MULTILINE)
EXPORTS = re.findall(r'^python -m training (export .+)$', PAGE, re.MULTILINE)


@pytest.mark.parametrize('size', [(320, 240), (203, 157)])
def test_the_script_for_rtabmap_gives_the_packages_features(size, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'path', [*sys.path])
    path = tmp_path / 'script_of_the_page.py'
    path.write_text(textwrap.dedent(LISTING), encoding='utf-8')
    grey = to_grey(textured(*size))
    try:
        keypoints, rows = PyDetector(path).detect(grey)
    finally:
        sys.modules.pop(path.stem, None)
    features = create_extractor('residual_hessian_small', 1000).extract(grey)
    order = np.lexsort((np.arange(len(rows)), keypoints[:, 2]))
    same = np.lexsort((np.arange(len(rows)), features.responses))
    np.testing.assert_array_equal(keypoints[order, :2], features.keypoints[same])
    np.testing.assert_array_equal(rows[order], features.descriptors[same])


@pytest.mark.parametrize('command', EXPORTS)
def test_exports_are_those_of_the_command_line(command):
    pytest.importorskip('onnx')
    from training.__main__ import parse
    from training.whole.loaders import refuse
    _, options = parse(shlex.split(command))
    card = load_card(options.source)
    refuse(options.loader, options.size, options.channels, card.bits)
    width, height = options.size
    name = f'{card.method}_{width}x{height}_{options.config.max_keypoints}_{options.loader}'
    assert f'`{name}.onnx`' in PAGE


def test_the_least_cosine_is_that_of_the_card():
    pytest.importorskip('onnx')
    from training.whole.colmap_matcher import min_cossim
    said, = re.findall(r'brute_force_min_cossim ([\d.]+)$', PAGE, re.MULTILINE)
    assert float(said) == round(min_cossim(load_card('residual_hessian_small')), 3)
