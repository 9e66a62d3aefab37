# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import runpy
from pathlib import Path

import pytest
from support.paths import ROOT

pytest.importorskip('launch_ros', reason='launch_ros is not installed (no PyPI package)')

from residual_features_ros.ros import launching

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
    assert set(arguments) == {*launching.ARGUMENTS, *run['TOPICS']}
    assert all(argument.description for argument in arguments.values())


def test_what_was_not_given_overrides_nothing():
    assert launching.overrides(NOTHING) == {}
    assert launching.remappings({'image_topic': '', 'camera_info_topic': ''},
                                TOPICS['extractor']) == []


def test_what_was_given_has_its_type():
    given = {**NOTHING, 'method': 'orb', 'weights': '/my/weights',
             'backend': 'openvino, onnxruntime',
             'use_sim_time': 'True', 'image_transport': 'compressed'}
    assert launching.overrides(given) == {
        'method': 'orb', 'weights': '/my/weights', 'image_transport': 'compressed',
        'backend': ['openvino', 'onnxruntime'], 'use_sim_time': True}
    assert launching.overrides({**NOTHING, 'use_sim_time': 'false'}) == {'use_sim_time': False}


@pytest.mark.parametrize('image, info, expected', [
    ('/cam/image', '', {'image_raw': '/cam/image', 'camera_info': '/cam/camera_info'}),
    ('image', '', {'image_raw': 'image', 'camera_info': 'camera_info'}),
    ('/cam/image', '/k', {'image_raw': '/cam/image', 'camera_info': '/k'}),
    ('', '/k', {'camera_info': '/k'}),
])
def test_topics(image, info, expected):
    given = {'image_topic': image, 'camera_info_topic': info}
    assert dict(launching.remappings(given, TOPICS['extractor'])) == expected


def test_stereo_topics():
    given = {'left_image_topic': '/l', 'right_image_topic': '/r'}
    assert dict(launching.remappings(given, TOPICS['stereo'])) == {
        'left/image_raw': '/l', 'right/image_raw': '/r'}


@pytest.mark.parametrize('distro, variable', [
    ('jazzy', 'FASTRTPS_DEFAULT_PROFILES_FILE'), ('kilted', 'FASTDDS_DEFAULT_PROFILES_FILE')])
def test_the_profile_is_set_unless_the_user_has_one(source_tree, monkeypatch, distro, variable):
    from launch import LaunchContext
    from launch.utilities import perform_substitutions
    monkeypatch.setenv('ROS_DISTRO', distro)

    def profile(asked):
        return {perform_substitutions(LaunchContext(), action.name):
                perform_substitutions(LaunchContext(), action.value)
                for action in launching._profile(asked, Path('shipped.xml'))}

    assert profile('') == {variable: 'shipped.xml'}
    assert profile('mine.xml') == {variable: 'mine.xml'}
    assert profile('none') == {}
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', 'theirs.xml')
    assert profile('') == {}
    assert profile('mine.xml') == {variable: 'mine.xml'}
