# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.doctor import run as doctor
from residual_features_ros.tools.doctor.benchmark import Speed
from residual_features_ros.tools.doctor.topics import Heard

CAMERA = Heard('/cam', ('/driver',), 'reliable', 50, 0, 30.0, 1, 'bgr8', (320, 240))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Time nothing: the sizes and seconds are kept."""
    timed = []

    def time(size, seconds):
        timed.append((size, seconds))
        return Speed(size, 9, 20.0, 25.0, made=True)
    monkeypatch.setattr(doctor, 'time_default', time)
    return timed


def with_ros(monkeypatch, cameras=(), error=''):
    def listen(seconds):
        if error:
            raise CommandError(error)
        return 'rmw_fastrtps_cpp', list(cameras)
    monkeypatch.setattr(doctor, 'missing_packages', list)
    monkeypatch.setattr(doctor.topics, 'listen', listen)


def test_without_ros_it_says_what_it_leaves_out(monkeypatch, capsys, small):
    monkeypatch.setattr(doctor, 'missing_packages', lambda: ['ros-rclpy[fastrtps]'])
    assert main(['doctor', '--no-benchmark']) == 0
    said = capsys.readouterr().out
    assert 'left out, transport and image topics: no ros-rclpy[fastrtps]' in said
    assert 'nothing was timed' in said and small == []
    assert [line for line in said.splitlines() if line.startswith('==')] == [
        '== what runs here', '== what would make it faster', '== ROS', '== verdict']


def test_a_camera_is_timed_at_its_size_too(monkeypatch, capsys, small):
    with_ros(monkeypatch, [CAMERA])
    assert main(['doctor', '--seconds', '8']) == 0
    assert small == [((640, 480), 4.0), ((320, 240), 4.0)]
    said = capsys.readouterr().out
    assert '/cam: 30.0 Hz, 320x240 bgr8' in said and '/cam sends 30 of 320x240: it keeps' in said
    assert said.index('== transport') < said.index('== image topics') < said.index('== benchmark')


@pytest.mark.parametrize('what', ['ros', 'weights'])
def test_what_is_broken_is_exit_code_1(monkeypatch, capsys, tmp_path, small, what):
    with_ros(monkeypatch, error='a node does not run: why' if what == 'ros' else '')
    if what == 'weights':
        monkeypatch.setattr('residual_features_ros.model_card.SHIPPED_WEIGHTS', tmp_path)
    assert main(['doctor']) == 1
    said = capsys.readouterr().out
    assert said.index('== verdict') < said.index('BROKEN: ')
    assert ('a node does not run' if what == 'ros' else 'residual_hessian_small does not') in said
    assert len(small) == (what == 'ros')
