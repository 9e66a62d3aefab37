# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from training.__main__ import parse
from training.benchmarks.protocol import OWN_SIZES


def asked(benchmark, *words):
    """Return the options of a benchmark for words of the command line."""
    return parse(['evaluate', benchmark, '--root', 'DIR', *words])[1].options


@pytest.mark.parametrize(('benchmark', 'words'), [
    ('papers', ['--size', '160x120']), ('papers', ['--max-keypoints', '9']),
    ('hpatches', ['--ratio', '0.8']), ('hpatches', ['--layout', 'tum']),
    ('hpatches', ['--keypoints', '9']), ('rotation', ['--videos', 'DIR']),
    ('rgbd', ['--videos', 'DIR']), ('stereo', ['--models', 'DIR']), ('stereo', ['--every', '4']),
    ('multiview', ['--threshold', '1']), ('multiview', ['--models', 'DIR']),
    ('multiview', ['--pairs', 'all']), ('multiview', ['--runs', '1']),
    ('localisation', ['--tune', 'others']), ('hpatches', ['precision=fp32'])])
def test_a_benchmark_refuses_what_is_anothers(benchmark, words, capsys):
    with pytest.raises(SystemExit):
        asked(benchmark, *words)
    assert f'unrecognized arguments: {" ".join(words)}' in capsys.readouterr().err


def test_protocol_and_files_are_read():
    options = asked('hpatches', '--methods', 'orb,sift', '--size', '64x48', '--max-keypoints', '7',
                    '--backend', 'openvino,onnxruntime', '--set', 'precision=fp32', '--brief')
    protocol = options.protocol
    assert (protocol.methods, protocol.size, protocol.max_keypoints) == (
        ('orb', 'sift'), (64, 48), 7)
    assert protocol.backend == ('openvino', 'onnxruntime')
    assert protocol.settings == {'precision': 'fp32'}
    assert options.files.brief and options.files.out is None
    assert protocol.command('hpatches') == (
        'python -m training evaluate hpatches --root DIR --size 64x48 --max-keypoints 7 '
        '--methods orb,sift --backend openvino,onnxruntime --set precision=fp32')


def test_the_papers_sizes_are_the_defaults():
    protocol = asked('papers').protocol
    assert (protocol.size, protocol.max_keypoints) == ((640, 480), 1000)


def test_a_benchmarks_own_words_stand_in_its_command():
    assert asked('hpatches').words() == asked('rgbd').words() == asked('papers').words() == ()
    assert asked('rgbd', '--layout', 'tum').words() == ('--layout', 'tum')
    assert asked('papers', '--videos', 'here', '--layout', 'tum').words() == (
        '--videos', 'DIR', '--layout', 'tum')


def test_images_keep_their_sizes():
    options = asked('hpatches', '--native', '--leave-out-large', '--set', 'nms_radius=1')
    assert options.protocol.size == OWN_SIZES and options.leave_out_large
    command = replace(options.protocol, options=options.words()).command('hpatches')
    assert command.startswith('python -m training evaluate hpatches --root DIR --max-keypoints ')
    assert command.endswith('--set max_size=0 --set nms_radius=1 --native --leave-out-large')
    assert asked('hpatches', *command.split()[7:]) == options
    with pytest.raises(ValueError, match='--size: --native leaves images at their own sizes'):
        asked('hpatches', '--native', '--size', '64x48')
