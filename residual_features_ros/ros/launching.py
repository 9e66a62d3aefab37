# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the launch files share: checked arguments that change only what the user gave."""
from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.events.process import ProcessExited
from launch.logging import get_logger
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

from residual_features_ros.config import check_value
from residual_features_ros.errors import ConfigError, unknown
from residual_features_ros.mask import read_mask
from residual_features_ros.model_card import weights_folder
from residual_features_ros.registry import METHODS
from residual_features_ros.ros.camera_launching import camera_nodes
from residual_features_ros.ros.fast_dds import PROFILE_VARIABLES, profile_variable
from residual_features_ros.ros.node_config import NODES, MaskConfig

PACKAGE = 'residual_features_ros'
RESPAWN_DELAY_S = 2.0
# Arguments that are parameters of the node under the same name, of a node that has them.
PARAMETERS = ('method', 'max_keypoints', 'weights', 'front_end', 'backend', 'mask',
              'right_mask', 'image_transport', 'image_qos', 'image_geometry', 'lifecycle',
              'autostart')
SWITCHES = ('lifecycle', 'autostart', 'use_sim_time', 'respawn')
BOOLEANS = {'true': True, '1': True, 'yes': True, 'on': True,
            'false': False, '0': False, 'no': False, 'off': False}
LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')
MASKS = ('mask', 'right_mask')
_MASK_WORDS = MaskConfig.__dataclass_fields__['mask_topic'].metadata['choices']
FILES = ('params_file', 'dds_profile', 'weights', *MASKS)
ARGUMENTS = {
    'name': 'Name of the node; empty = that of the launch file.',
    'namespace': 'Namespace of the node and of its relative topics.',
    'params_file': 'YAML file of parameters; empty = the installed config file, whose values give '
                   'way to SetParameter of a launch file that includes this one.',
    'method': f'Parameter method: {", ".join(METHODS)}.',
    'max_keypoints': 'Parameter max_keypoints: most keypoints per image.',
    'weights': 'Parameter weights: folder that training exported to; empty = the shipped ones, '
               'free = those of photographs with free licences.',
    'front_end': 'Parameter front_end: split, or whole = one network of the folder weights.',
    'backend': 'Parameter backend: runtimes in the order to try, separated by commas.',
    'mask': 'Parameter mask: image file that keeps keypoints off where it is 0.',
    'right_mask': 'Parameter right_mask: that of the right images, else mask counts.',
    'image_transport': 'Parameter image_transport: raw or compressed.',
    'image_qos': 'Parameter image_qos: QoS of the image subscription.',
    'image_geometry': 'Parameter image_geometry: raw, rectified or unknown, for features_info.',
    'lifecycle': 'Parameter lifecycle: true = a managed node.',
    'autostart': 'Parameter autostart: false = with lifecycle, wait for a manager.',
    'use_sim_time': 'true: take the time from /clock, as with a bag; false: do not.',
    'log_level': 'debug, info, warn, error or fatal.',
    'respawn': f'true: start the node again {RESPAWN_DELAY_S:g} s after it ended.',
    'dds_profile': 'Fast DDS profile for large messages; none = leave the environment alone. The '
                   'shipped one is not used where the environment names another.',
}


def describe_launch(name: str, topics: Mapping[str, tuple[str, str]],
                    camera: Mapping[str, str] = MappingProxyType({})) -> LaunchDescription:
    """Return the launch description of the node `name`.

    Args:
        name: of the node; <name>_node is its executable, config/<name>.yaml has its parameters.
        topics: launch argument -> (topic of the node that it remaps, description).
        camera: launch argument -> description, of a camera that is launched as well.
    """
    share = Path(get_package_share_directory(PACKAGE))
    defaults = {'log_level': 'info', 'respawn': 'false'}
    arguments = [DeclareLaunchArgument(argument, default_value='', description=text)
                 for argument, text in {
                     **{argument: text for argument, (_, text) in topics.items()},
                     **camera}.items()]
    arguments += [DeclareLaunchArgument(argument, default_value=defaults.get(argument, ''),
                                        description=text)
                  for argument, text in arguments_of(name).items()]
    return LaunchDescription([*arguments, OpaqueFunction(
        function=lambda context: _actions(context, name, topics, camera, share))])


def arguments_of(name: str) -> dict[str, str]:
    """Return the arguments of ARGUMENTS that mean something to the node `name`."""
    fields = _fields(name)
    return {argument: text for argument, text in ARGUMENTS.items()
            if argument in fields or argument not in PARAMETERS}


def _fields(name: str) -> dict[str, dataclasses.Field[Any]]:
    """Return the settings of the node `name`."""
    return {field.name: field for config in NODES[name].configs
            for field in dataclasses.fields(config)}


def _actions(context: LaunchContext, name: str, topics: Mapping[str, tuple[str, str]],
             camera: Mapping[str, str], share: Path) -> list[Any]:
    """Return the node, and the camera that was asked for; an empty argument changes nothing."""
    known = [*arguments_of(name), *topics, *camera]
    given = checked({argument: context.launch_configurations[argument].strip()
                     for argument in known})
    for line in misspelt(context.argv, known):
        get_logger(PACKAGE).warning(line)
    # Without a type launch would read each string as YAML.
    typed = {key: ParameterValue(value, value_type=str) if isinstance(value, str) else value
             for key, value in overrides(name, given).items()}
    asked = [ParameterFile(given['params_file'], allow_substs=True)] if given['params_file'] \
        else []
    respawn = BOOLEANS.get(given['respawn'], False)
    environment = profile(given['dds_profile'], share / 'config' / 'fastdds.xml')
    renamed = remappings(given, topics)
    node = Node(
        package=PACKAGE, executable=f'{name}_node', name=given['name'] or name,
        namespace=given['namespace'], parameters=[*asked, *([typed] if typed else [])],
        remappings=renamed, output='screen',
        # As arguments, which come before what SetParameter sets: it names every parameter.
        arguments=['--ros-args', '--log-level', given['log_level'] or 'info', *(
            [] if asked else ['--params-file', str(share / 'config' / f'{name}.yaml')])],
        additional_env=environment,
        respawn=respawn, respawn_delay=RESPAWN_DELAY_S,
        on_exit=None if respawn else _fail_with_the_node)
    cameras = camera_nodes(given, namespace=given['namespace'], remappings=renamed,
                           output='screen', additional_env=environment,
                           on_exit=_fail_with_the_node) if camera else []
    return [*cameras, node]


def checked(given: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments with words in small letters and paths without ~.

    Raises:
        ConfigError: a word that is not known, a file or folder that is not there, or a mask
            that is no image.
    """
    words, paths = ({name: given[name] for name in names if name in given}
                    for names in (SWITCHES, FILES))
    for name, word in words.items():
        words[name] = word.lower()
        if word and word.lower() not in BOOLEANS:
            raise unknown(f'{name} (a launch argument)', word, ('true', 'false'))
    level = given['log_level'].rpartition(':=')[2]  # logger:=level is allowed
    if level and level.lower() not in LEVELS:
        raise unknown('log_level (a launch argument)', level, LEVELS)
    for name, path in paths.items():
        if not path or (name, path) == ('dds_profile', 'none'):
            continue
        paths[name] = os.path.expanduser(path)  # no shell does that behind :=
        kind = 'folder' if name == 'weights' else 'file'
        if not (weights_folder(paths[name]).is_dir() if kind == 'folder'
                else Path(paths[name]).is_file()):
            raise ConfigError(f'launch argument {name}: there is no {kind} {paths[name]}')
        if name in MASKS:
            read_mask(paths[name])
    for name, topic in given.items():
        if name.endswith('mask_topic') and topic in _MASK_WORDS:
            raise ConfigError(f'launch argument {name} is the name of a topic; {topic} is a value '
                              'of the parameter mask_topic, which a params_file sets')
    return {**given, **words, **paths}


def misspelt(argv: list[str] | None, known: list[str]) -> list[str]:
    """Return what to say of words name:=value whose name is nearly that of an argument.

    launch takes any name in silence, as the argument may be that of another launch file.
    """
    names = [word.partition(':=')[0] for word in argv or [] if ':=' in word]
    near = {name: difflib.get_close_matches(name, known, 1, 0.8) for name in names
            if name not in known}
    return [f'launch argument {name!r} means nothing to {PACKAGE} (did you mean {found[0]}?)'
            for name, found in near.items() if found]


def overrides(name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of the node `name` that the user gave as arguments, in their types.

    Raises:
        ConfigError: a value that the parameter may not have.
    """
    fields = _fields(name)
    values = {key: _parse(field, given[key]) for key, field in fields.items()
              if key in PARAMETERS and given[key]}
    if 'find_camera' in fields and (given.get('image_topic') or given.get('camera')):
        values['find_camera'] = False  # that says where images are
    if given['use_sim_time']:
        values['use_sim_time'] = BOOLEANS[given['use_sim_time'].lower()]
    return values


def _parse(field: dataclasses.Field[Any], text: str) -> Any:
    """Return the value of a setting, whose type is that of its default."""
    value: Any = text
    if isinstance(field.default, tuple):
        value = tuple(word.strip() for word in text.split(','))
        if '' in value:
            raise ConfigError(f'{field.name} has an empty name in {text!r}')
    elif isinstance(field.default, bool):
        value = BOOLEANS[text.lower()]
    elif isinstance(field.default, int) and text.lstrip('+-').isdecimal():
        value = int(text)
    if field.name != 'method':  # its node knows methods that are registered later
        check_value(field, value)
    return list(value) if isinstance(value, tuple) else value


def remappings(given: Mapping[str, str],
               topics: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the remappings of the topics that the user named."""
    renamed = {topics[argument][0]: given[argument] for argument in topics if given[argument]}
    if 'image_raw' in renamed:  # camera_info lies beside the image, as image_pipeline has it
        beside = renamed['image_raw'].rpartition('/')[0]
        renamed.setdefault('camera_info', f'{beside}/camera_info' if beside else 'camera_info')
    return list(renamed.items())


def profile(asked: str, shipped: Path) -> dict[str, str]:
    """Return what to add to the node's environment, and to that of no other process."""
    if asked == 'none' or (not asked and any(map(os.environ.get, PROFILE_VARIABLES))):
        return {}
    return {profile_variable(): str(Path(asked).absolute()) if asked else str(shipped)}


def _fail_with_the_node(event: ProcessExited, context: LaunchContext) -> None:
    """Let launch end with exit code 1, once it ends, where the node failed.

    Whatever else was launched goes on.
    """
    if event.returncode and not context.is_shutdown and context.asyncio_loop is not None:
        context.asyncio_loop.call_exception_handler({
            'message': f'{event.process_name} ended with exit code {event.returncode}'})
