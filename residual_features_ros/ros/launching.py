# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the launch files share: arguments that change only what the user gave."""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

from residual_features_ros.registry import METHODS
from residual_features_ros.ros.fast_dds import PROFILE_VARIABLES, profile_variable

PACKAGE = 'residual_features_ros'
ARGUMENTS = {
    'namespace': 'Namespace of the node and of its relative topics.',
    'params_file': 'YAML file of parameters.',
    'method': f'Parameter method: {", ".join(METHODS)}.',
    'weights': 'Parameter weights: folder that training exported to; empty = the shipped ones.',
    'backend': 'Parameter backend: runtimes in the order to try, separated by commas.',
    'image_transport': 'Parameter image_transport: raw or compressed.',
    'use_sim_time': 'true: take the time from /clock, as with a bag.',
    'log_level': 'debug, info, warn, error or fatal.',
    'dds_profile': 'Fast DDS profile for large messages; none = leave the environment alone. The '
                   'shipped one is not used where the environment names another.',
}


def describe_launch(name: str, topics: Mapping[str, tuple[str, str]]) -> LaunchDescription:
    """Return the launch description of the node `name`.

    Args:
        name: of the node; <name>_node is its executable, config/<name>.yaml has its parameters.
        topics: launch argument -> (topic of the node that it remaps, description).
    """
    share = Path(get_package_share_directory(PACKAGE))
    defaults = {'params_file': str(share / 'config' / f'{name}.yaml'), 'log_level': 'info'}
    arguments = [DeclareLaunchArgument(argument, default_value='', description=text)
                 for argument, (_, text) in topics.items()]
    arguments += [DeclareLaunchArgument(argument, default_value=defaults.get(argument, ''),
                                        description=text)
                  for argument, text in ARGUMENTS.items()]
    return LaunchDescription([*arguments, OpaqueFunction(
        function=lambda context: _actions(context, name, topics, share))])


def _actions(context: LaunchContext, name: str, topics: Mapping[str, tuple[str, str]],
             share: Path) -> list[Any]:
    """Return the node, and the environment before it; an argument left empty changes nothing."""
    given = {argument: context.launch_configurations[argument].strip()
             for argument in [*ARGUMENTS, *topics]}
    # Without a type launch would read each string as YAML.
    typed = {key: ParameterValue(value, value_type=str) if isinstance(value, str) else value
             for key, value in overrides(given).items()}
    node = Node(
        package=PACKAGE, executable=f'{name}_node', name=name, namespace=given['namespace'],
        parameters=[ParameterFile(given['params_file'], allow_substs=True),
                    *([typed] if typed else [])],
        remappings=remappings(given, topics), output='screen',
        arguments=['--ros-args', '--log-level', given['log_level']])
    return [*_profile(given['dds_profile'], share / 'config' / 'fastdds.xml'), node]


def overrides(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that the user gave as arguments, with their types."""
    values: dict[str, Any] = {key: given[key] for key in (
        'method', 'weights', 'image_transport') if given[key]}
    if given['backend']:
        values['backend'] = [word.strip() for word in given['backend'].split(',')]
    if given['use_sim_time']:
        values['use_sim_time'] = given['use_sim_time'].lower() in ('true', '1', 'yes', 'on')
    return values


def remappings(given: Mapping[str, str],
               topics: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the remappings of the topics that the user named."""
    renamed = {topics[argument][0]: given[argument] for argument in topics if given[argument]}
    if 'image_raw' in renamed:  # camera_info lies beside the image, as image_pipeline has it
        beside = renamed['image_raw'].rpartition('/')[0]
        renamed.setdefault('camera_info', f'{beside}/camera_info' if beside else 'camera_info')
    return list(renamed.items())


def _profile(asked: str, shipped: Path) -> list[SetEnvironmentVariable]:
    if asked == 'none' or (not asked and any(map(os.environ.get, PROFILE_VARIABLES))):
        return []
    return [SetEnvironmentVariable(profile_variable(), asked or str(shipped))]
