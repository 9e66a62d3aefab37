# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.harness import processes
from residual_features_ros.tools.harness.processes import LOG_LINES, says_more


def test_children_start_without_the_guard_of_the_wheels(monkeypatch, tmp_path):
    monkeypatch.setenv('_ROS_WHEELS_BOOTSTRAP_COMPLETE', '1')
    monkeypatch.setenv('PYTHONPATH', '/somewhere')
    monkeypatch.setenv('ROS_DISTRO', 'kilted')
    env = processes.environment(tmp_path / 'p.xml', tmp_path)
    assert '_ROS_WHEELS_BOOTSTRAP_COMPLETE' not in env
    assert env['PYTHONPATH'].split(':')[1] == '/somewhere'
    assert env['FASTDDS_DEFAULT_PROFILES_FILE'] == str(tmp_path / 'p.xml')
    assert 0 < int(env['ROS_DOMAIN_ID']) <= 101
    assert env['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'


def test_the_shipped_profile_is_found_and_a_wrong_one_named(tmp_path):
    assert processes.dds_profile('').name == 'fastdds.xml'
    with pytest.raises(CommandError, match='no Fast DDS profile at'):
        processes.dds_profile(str(tmp_path / 'none.xml'))


def test_without_a_profile_dds_keeps_its_defaults(monkeypatch, tmp_path):
    for name in ('FASTDDS', 'FASTRTPS'):
        monkeypatch.delenv(f'{name}_DEFAULT_PROFILES_FILE', raising=False)
    assert processes.dds_profile('none') is None
    assert not [key for key in processes.environment(None, tmp_path) if 'PROFILES' in key]


def test_missing_ros_packages_are_named(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None if 'r' in name else name)
    with pytest.raises(CommandError, match=r'ros-rclpy\[fastrtps\], ros-sensor-msgs'):
        processes.require_ros()


def test_a_process_can_be_talked_to(tmp_path):
    (tmp_path / 'answers.py').write_text('print(input()[::-1], flush=True)\n')
    process = processes.start('answers', [], {'PYTHONPATH': str(tmp_path)}, talk=True)
    said, _ = process.communicate(b'abc\n', timeout=30)
    assert said.strip() == b'cba'


@pytest.mark.parametrize(('node', 'partner', 'said'), [
    ('time.sleep(60)', '', ''),
    ('exit(4)', 'time.sleep(60)', 'the node ended with exit code 4; it said:\n85\n'),
    ('time.sleep(60)', 'exit(3)', 'the player ended with exit code 3; the node said:\n85\n')])
def test_the_one_that_failed_is_blamed_and_both_are_stopped(tmp_path, node, partner, said):
    for name, words in (('node', node), ('partner', partner)):
        (tmp_path / f'the_{name}.py').write_text(f'import time\n{words}\n')
    (tmp_path / 'log').write_text('\n'.join(map(str, range(100))))
    env = {'PYTHONPATH': str(tmp_path)}
    with pytest.raises(CommandError, match=f'^{said}(.*\n)*99$') if said else nullcontext(), \
            processes.running('the_node', [], env) as a, \
            processes.running('the_partner', [], env, talk=True) as b:
        processes.await_partner(a, b, 'player', tmp_path / 'log')
    assert None not in (a.poll(), b.poll()) and b.stdin.closed and b.stdout.closed


@pytest.mark.parametrize('lines', [0, LOG_LINES, LOG_LINES + 1])
def test_a_log_of_more_than_its_last_words_is_known(tmp_path, lines):
    assert not says_more(tmp_path / 'node.log')
    (tmp_path / 'node.log').write_text('word\n' * lines)
    assert says_more(tmp_path / 'node.log') == (lines > LOG_LINES)


def test_parameters_follow_the_file_that_they_change():
    assert processes.ros_arguments('/a', {'method': 'orb'}, 'f.yaml') == [
        '--ros-args', '-r', '__ns:=/a', '--params-file', 'f.yaml', '-p', 'method:=orb']


@pytest.fixture
def in_the_background():
    """Be a job that a shell has put into the background: SIGINT is ignored, and inherited so."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_process_is_ended_as_ctrl_c_does(tmp_path, in_the_background):
    (tmp_path / 'waits.py').write_text(
        'import time\nprint("up", flush=True)\n'
        'try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    raise SystemExit(7)\n')
    with (tmp_path / 'log').open('wb') as log:
        process = processes.start('waits', [], {'PYTHONPATH': str(tmp_path)}, log)
        while not Path(tmp_path / 'log').read_bytes():
            assert process.poll() is None, sys.executable
        assert processes.stop(process) == 7
