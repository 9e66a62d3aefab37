# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured

pytest.importorskip('launch_ros', reason='launch_ros is not installed (no PyPI package)')

from residual_features_ros.errors import ConfigError
from residual_features_ros.ros import launching
from residual_features_ros.ros.camera_launching import CAMERA
from residual_features_ros.tools.harness import processes

NOTHING = dict.fromkeys(launching.ARGUMENTS, '')
TOPICS = {name: runpy.run_path(str(ROOT / 'launch' / f'{name}.launch.py'))['TOPICS']
          for name in ('extractor', 'stereo')}


@pytest.fixture
def source_tree(monkeypatch):
    monkeypatch.setattr(launching, 'get_package_share_directory', lambda package: str(ROOT))
    for variable in launching.PROFILE_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv('ROS_DISTRO', raising=False)


@pytest.mark.parametrize('name', ['extractor', 'stereo'])
def test_every_argument_has_a_description(source_tree, name):
    run = runpy.run_path(str(ROOT / 'launch' / f'{name}.launch.py'))
    description = run['generate_launch_description']()
    arguments = {argument.name: argument for argument in description.get_launch_arguments()}
    assert set(arguments) == {*launching.arguments_of(name), *run['TOPICS'],
                              *(CAMERA if name == 'extractor' else ())}
    assert all(argument.description for argument in arguments.values())


def test_both_launch_files_have_the_same_arguments():
    left_out = set(launching.ARGUMENTS) - set(launching.arguments_of('extractor'))
    assert left_out == {'right_mask'}
    assert launching.arguments_of('stereo') == launching.ARGUMENTS


def test_what_was_not_given_overrides_nothing():
    assert launching.checked(NOTHING) == NOTHING
    assert launching.overrides('extractor', NOTHING) == {}
    assert launching.remappings(dict.fromkeys(TOPICS['extractor'], ''), TOPICS['extractor']) == []


def test_what_was_given_has_its_type():
    given = {**NOTHING, 'method': 'orb', 'weights': '/my/weights', 'max_keypoints': '300',
             'backend': 'openvino, onnxruntime', 'image_qos': 'default', 'lifecycle': 'True',
             'autostart': 'off', 'image_geometry': 'raw', 'mask': '/my/mask.png',
             'use_sim_time': 'True', 'image_transport': 'compressed', 'front_end': 'whole'}
    assert launching.overrides('extractor', given) == {
        'method': 'orb', 'weights': '/my/weights', 'image_transport': 'compressed',
        'max_keypoints': 300, 'image_qos': 'default', 'front_end': 'whole',
        'lifecycle': True, 'autostart': False, 'image_geometry': 'raw', 'mask': '/my/mask.png',
        'backend': ['openvino', 'onnxruntime'], 'use_sim_time': True}


@pytest.mark.parametrize(('word', 'value'), [
    ('true', True), ('True', True), ('1', True), ('on', True), ('yes', True),
    ('false', False), ('False', False), ('0', False), ('off', False), ('no', False)])
def test_words_of_a_switch(word, value):
    given = launching.checked({**NOTHING, **dict.fromkeys(launching.SWITCHES, word)})
    assert launching.overrides('extractor', given) == {
        'use_sim_time': value, 'lifecycle': value, 'autostart': value}
    assert launching.BOOLEANS[given['respawn']] == value


def test_free_is_a_word_where_weights_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert launching.checked({**NOTHING, 'weights': 'free'})['weights'] == 'free'
    with pytest.raises(ConfigError, match=r'there is no folder \./free'):
        launching.checked({**NOTHING, 'weights': './free'})


@pytest.mark.parametrize(('argument', 'text', 'words'), [
    ('use_sim_time', 'ture', "'ture' .did you mean true"),
    ('lifecycle', 'flase', "lifecycle .* 'flase'"), ('autostart', '2', "autostart .*'2'"),
    ('respawn', '2', "respawn .*'2'"),
    ('log_level', 'loud', "'loud'; known: debug"), ('log_level', 'extractor:=loud', "'loud'"),
    ('dds_profile', '/no/fast.xml', 'dds_profile: there is no file /no/fast.xml'),
    ('params_file', str(ROOT), 'params_file: there is no file'),
    ('weights', '~/no/weights', f'weights: there is no folder {Path.home()}/no/weights'),
    ('mask', '~/no/mask.png', f'mask: there is no file {Path.home()}/no/mask.png'),
    ('mask', __file__, f'mask {__file__}: not an image that OpenCV can read'),
    ('right_mask', str(ROOT), 'right_mask: there is no file'),
    ('mask_topic', 'stamp', 'mask_topic is the name of a topic; stamp is a value of the param'),
    ('right_mask_topic', 'off', 'right_mask_topic is the name of a topic')])
def test_an_argument_that_is_not_allowed_is_refused(argument, text, words):
    with pytest.raises(ConfigError, match=words):
        launching.checked({**NOTHING, argument: text})


@pytest.mark.parametrize(('argument', 'text', 'words'), [
    ('max_keypoints', 'many', "max_keypoints must be int, got 'many'"),
    ('max_keypoints', '1.5', 'max_keypoints must be int'),
    ('max_keypoints', '0', r'max_keypoints must be in \[1, 50000\]'),
    ('image_geometry', 'rectifed', 'did you mean rectified'),
    ('image_transport', 'h264', "image_transport 'h264'"), ('image_qos', 'fast', "'fast'"),
    ('backend', 'a,,b', 'empty name'), ('front_end', 'hole', 'did you mean whole')])
def test_a_parameter_that_is_not_allowed_is_refused(argument, text, words):
    with pytest.raises(ConfigError, match=words):
        launching.overrides('extractor', {**NOTHING, argument: text})


def test_a_mask_of_the_right_images_is_that_of_the_stereo_node_alone(tmp_path):
    path = tmp_path / 'mask.png'
    cv2.imwrite(str(path), np.eye(9, dtype=np.uint8))
    given = launching.checked({**NOTHING, 'mask': str(path), 'right_mask': str(path)})
    assert launching.overrides('stereo', given) == {'mask': str(path), 'right_mask': str(path)}
    assert launching.overrides('extractor', given) == {'mask': str(path)}


@pytest.mark.parametrize('argument', ['image_topic', 'camera'])
def test_no_camera_is_looked_for_where_an_argument_says_where_it_is(argument):
    assert launching.overrides('extractor', {**NOTHING, argument: 'x'}) == {'find_camera': False}


def test_words_that_are_allowed_stay():
    given = {**NOTHING, 'log_level': 'extractor:=Debug', 'dds_profile': 'none'}
    assert launching.checked(given) == given


def test_a_misspelt_argument_is_told():
    known = [*launching.ARGUMENTS, *TOPICS['extractor']]
    assert launching.misspelt(['max_keypoint:=5', 'method:=orb', 'map:=a.yaml'], known) == [
        "launch argument 'max_keypoint' means nothing to residual_features_ros (did you mean "
        'max_keypoints?)']
    assert launching.misspelt(None, known) == []


@pytest.mark.parametrize('image, info, expected', [
    ('/cam/image', '', {'image_raw': '/cam/image', 'camera_info': '/cam/camera_info'}),
    ('image', '', {'image_raw': 'image', 'camera_info': 'camera_info'}),
    ('/cam/image', '/k', {'image_raw': '/cam/image', 'camera_info': '/k'}),
    ('', '/k', {'camera_info': '/k'}),
])
def test_topics(image, info, expected):
    given = {'image_topic': image, 'camera_info_topic': info}
    given['mask_topic'] = ''
    assert dict(launching.remappings(given, TOPICS['extractor'])) == expected
    given['mask_topic'] = '/m'
    assert dict(launching.remappings(given, TOPICS['extractor'])) == {**expected, 'mask': '/m'}


def test_stereo_topics():
    given = {'left_image_topic': '/l', 'right_image_topic': '/r', 'left_mask_topic': '/ml',
             'right_mask_topic': '/mr'}
    assert dict(launching.remappings(given, TOPICS['stereo'])) == {
        'left/image_raw': '/l', 'right/image_raw': '/r', 'left/mask': '/ml', 'right/mask': '/mr'}


@pytest.mark.parametrize('distro, variable', [
    ('jazzy', 'FASTRTPS_DEFAULT_PROFILES_FILE'), ('kilted', 'FASTDDS_DEFAULT_PROFILES_FILE')])
def test_the_profile_is_set_unless_the_user_has_one(source_tree, monkeypatch, distro, variable):
    monkeypatch.setenv('ROS_DISTRO', distro)
    shipped, mine = Path('/shipped.xml'), str(Path('mine.xml').absolute())
    assert launching.profile('', shipped) == {variable: '/shipped.xml'}
    assert launching.profile('mine.xml', shipped) == {variable: mine}
    assert launching.profile('none', shipped) == {}
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', 'theirs.xml')
    assert launching.profile('', shipped) == {}
    assert launching.profile('mine.xml', shipped) == {variable: mine}


BRING_UP = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import ExecuteProcess, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import SetParameter
description = LaunchDescription([
    SetParameter('max_keypoints', 77), SetParameter('method', 'orb'),
    IncludeLaunchDescription(PythonLaunchDescriptionSource(sys.argv[1]),
                             launch_arguments=[word.split(':=') for word in sys.argv[2:]]),
    ExecuteProcess(cmd=['sh', '-c', 'sleep 2; echo profile: $FASTDDS_DEFAULT_PROFILES_FILE'],
                   output='screen')])
service = LaunchService(argv=sys.argv[2:])
service.include_launch_description(description)
sys.exit(service.run())
"""


@pytest.fixture
def bring_up(tmp_path):
    """Return a function that starts a launch file in a larger one, and the node's name.

    The package is found as if it were installed: links to the checkout and an executable.
    """
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    package, started = launching.PACKAGE, []
    index = tmp_path / 'share' / 'ament_index' / 'resource_index' / 'packages'
    for folder in (index, tmp_path / 'share' / package, tmp_path / 'lib' / package):
        folder.mkdir(parents=True)
    (index / package).touch()
    (tmp_path / 'share' / package / 'config').symlink_to(ROOT / 'config')
    for module in ('ros.extractor_node', 'examples.image_publisher'):
        node = tmp_path / 'lib' / package / module.rpartition('.')[2]
        node.write_text(f'#!/bin/sh\nexec {sys.executable} -m {package}.{module} "$@"\n')
        node.chmod(0o755)
    env = processes.environment(None, tmp_path / 'log')
    env.pop('FASTDDS_DEFAULT_PROFILES_FILE', None)
    prefixes = filter(None, [str(tmp_path), env.get('AMENT_PREFIX_PATH')])

    def start(*words):
        started.append(subprocess.Popen(
            [sys.executable, '-c', BRING_UP, str(ROOT / 'launch' / 'extractor.launch.py'), *words],
            env={**env, 'AMENT_PREFIX_PATH': os.pathsep.join(prefixes), 'ROS_DISTRO': 'kilted'},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        return started[-1]

    yield start
    for process in started:
        processes.stop(process)


def test_a_node_is_launched_with_what_a_bring_up_sets(probe, bring_up, tmp_path):
    from rcl_interfaces.srv import GetParameters
    cv2.imwrite(str(tmp_path / 'mask.png'), np.eye(9, dtype=np.uint8))
    process = bring_up('name:=eye', 'namespace:=/robot', 'image_transport:=compressed',
                       f'mask:={tmp_path}/mask.png', 'mask_topic:=/seg/mask', 'lifecycle:=true')
    client = probe.node.create_client(GetParameters, '/robot/eye/get_parameters')
    probe.wait_for(client.service_is_ready, 'the node')
    asked = client.call_async(GetParameters.Request(
        names=['max_keypoints', 'method', 'image_transport', 'max_size', 'mask', 'lifecycle']))
    probe.wait_for(asked.done, 'its parameters')
    keypoints, method, transport, size, mask, lifecycle = asked.result().values
    assert (keypoints.integer_value, method.string_value) == (77, 'orb')
    assert (transport.string_value, size.integer_value) == ('compressed', 2048)
    assert (mask.string_value, lifecycle.bool_value) == (f'{tmp_path}/mask.png', True)
    probe.wait_for(lambda: probe.node.count_subscribers('/seg/mask'), 'a listener to masks')
    process.send_signal(signal.SIGINT)
    log = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 0, log


def test_a_folder_is_launched_as_the_camera_of_the_node(probe, bring_up, tmp_path):
    from sensor_msgs.msg import PointCloud2
    cv2.imwrite(str(tmp_path / '1.png'), textured())
    process = bring_up('namespace:=/played', f'camera:={tmp_path}/1.png', 'camera_rate:=5')
    with probe.listen(PointCloud2, '/played/features') as heard:
        probe.wait_for(lambda: heard and heard[-1].width > 20, 'features')
    process.send_signal(signal.SIGINT)
    log = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 0 and '1.png: 320x240 at 5 Hz on /played/image_raw' in log, log


def test_a_node_that_fails_at_its_start_fails_launch_and_stops_nothing_else(bring_up):
    process = bring_up('method:=orbb', 'max_keypoint:=5')
    log = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1
    assert "unknown method 'orbb' (did you mean orb?)" in log
    assert 'ended with exit code 1' in log and "'max_keypoint' means nothing" in log
    assert 'profile:\n' in log  # the other process ran to its end, in its own environment


@pytest.mark.parametrize(('word', 'said'), [
    ('use_sim_time:=ture', "'ture' (did you mean true?)"),
    (f'mask:={__file__}', f'mask {__file__}: not an image that OpenCV can read, or truncated')])
def test_an_argument_that_is_refused_is_one_sentence(bring_up, word, said):
    process = bring_up(word)
    log = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1 and said in log
    assert 'Traceback' not in log
