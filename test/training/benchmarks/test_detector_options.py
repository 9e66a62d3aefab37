# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.__main__ import parse
from training.benchmarks.detector_options import NAMES
from training.benchmarks.finders import FINDERS


def asked(*words):
    return parse(['evaluate', 'detectors', '--root', 'DIR', *words])[1].options


def test_all_finders_are_the_default():
    assert tuple(FINDERS) == NAMES
    options = asked()
    assert options.protocol.methods == NAMES and options.files.cache is None
    assert (options.protocol.size, options.protocol.max_keypoints) == ((640, 480), 1000)
    assert options.protocol.command('detectors') == (
        'python -m training evaluate detectors --root DIR --size 640x480 --max-keypoints 1000 '
        f'--methods {",".join(NAMES)}')


def test_settings_are_read():
    assert asked('--set', 'akaze_threshold=1e-4').protocol.settings == {'akaze_threshold': 1e-4}


@pytest.mark.parametrize('words', [['--cache', 'DIR'], ['--weights', 'DIR'],
                                   ['--backend', 'openvino']])
def test_what_has_no_meaning_here_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        asked(*words)
    assert f'unrecognized arguments: {" ".join(words)}' in capsys.readouterr().err
