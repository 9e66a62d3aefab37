# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The commands that pages tell readers to type, and whether what they name exists."""
import argparse
import ast
import dataclasses
import itertools
import re
import shlex
from pathlib import Path

from residual_features_ros.ros.node_config import NODES
from residual_features_ros.tools import command_line
from support.paths import PACKAGE, ROOT

HERE = 'residual_features_ros'
CHECKOUT = f'src/{HERE}/'  # in a workspace
# A block of bash, or the first cell of a row.
BLOCK = re.compile(r'^ *```bash\n(.*?)^ *```|^\| `(python -m [^`]+)` \|', re.DOTALL | re.MULTILINE)
ASSIGNMENT = re.compile(r'[A-Z_]+=')
# What is no part of this project, and is not looked at further.
OTHERS = {'apt', 'apt-get', 'bloom-release', 'catkin_prepare_release', 'cd', 'colcon', 'colmap',
          'export', 'git', 'mkdir', 'rosdep', 'source', 'sysctl', 'tensorboard', 'touch', 'twine'}
OTHER_MODULES = {'build', 'colcon', 'venv'}
FOREIGN_EXECUTABLES = {('rqt_image_view', 'rqt_image_view')}
FOREIGN_PACKAGES = {'onnxruntime-gpu'}  # of pip, beside those that CONTRIBUTING.md explains
ARGUMENTS_IN = sorted((PACKAGE / 'ros').glob('*launching.py'))


class UnknownError(ValueError):
    """A command names what does not exist, or is not known to the tests."""


def commands_in(text):
    """Return the words of each command in the bash blocks and the tables of a page."""
    found = []
    for block in map(''.join, BLOCK.findall(text)):
        for line in block.replace('\\\n', ' ').splitlines():
            words, command = shlex.split(line, comments=True), []
            for word in [*words, '&&']:
                if word not in ('&&', '||', '|', '&', ';'):
                    command.append(word)
                elif command:
                    found.append(tuple(command))
                    command = []
    return found


def check(words):
    """Raise UnknownError where a command cannot be run as it is written."""
    words = [word for i, word in enumerate(words)
             if not (ASSIGNMENT.match(word) and all(map(ASSIGNMENT.match, words[:i])))]
    if words[0] == 'sudo':
        words = words[1:]
    if words[0] in OTHERS:
        return
    if words[0] == 'torchrun':
        words = ['python', *words[words.index('-m'):]]
    if words[0] not in CHECKS:
        raise UnknownError(f'{words[0]} is not a known command')
    CHECKS[words[0]](*words[1:])


def check_python(*words):
    if words[0] == '-m':
        if words[1] in MODULES:
            MODULES[words[1]](list(words[2:]))
        elif words[1] not in OTHER_MODULES:
            raise UnknownError(f'python -m {words[1]} is not a known command')
    elif not (ROOT / words[0].removeprefix(CHECKOUT)).is_file():
        raise UnknownError(f'{words[0]} is not there')


def check_tool(words):
    """Parse a command of the package; files that it names need not be there."""
    try:
        arguments, strangers = command_line.build_parser().parse_known_args(
            command_line.join_flag(words))
    except SystemExit as error:
        refuse_all_but_help(words, error)
        return
    if strangers:
        raise UnknownError(f'{" ".join(strangers)} does not go with {arguments.command}')
    try:
        command_line.COMMANDS[arguments.command].from_arguments(arguments)
    except command_line.REFUSALS as error:
        refuse_all_but_missing_files(words, error)


def check_training(words):
    from training.__main__ import parse
    from training.recipes import configure
    try:
        name, options = parse(words)
        if name == 'train':
            configure(options.method, options.recipe, options.settings, Path('no run yet'))
    except SystemExit as error:
        refuse_all_but_help(words, error)
    except (argparse.ArgumentTypeError, ValueError, OSError) as error:
        refuse_all_but_missing_files(words, error)


def refuse_all_but_help(words, error):
    if error.code:
        raise UnknownError(f'{" ".join(words)}: not parsed') from error


def refuse_all_but_missing_files(words, error):
    if not re.search(r'no such|not found|there is no|No such file', str(error)):
        raise UnknownError(f'{" ".join(words)}: {error}') from error


def check_pip(action, *words):
    if action != 'install':
        raise UnknownError(f'pip {action} is not a known command')
    for word, before in zip(words, ('', *words), strict=False):
        if before == '-r':
            if not (ROOT / word).is_file():
                raise UnknownError(f'{word} is not there')
        elif word[0] != '-':
            check_package(word)


def check_package(word):
    project = re.fullmatch(r'\.(?:\[([\w,-]+)\])?', word)
    if project:
        extras = set(re.findall(r"^        '([\w-]+)':", (ROOT / 'setup.py').read_text(), re.M))
        missing = set((project[1] or '').split(',')) - extras - {''}
        if missing:
            raise UnknownError(f'setup.py has no extra {", ".join(missing)}')
    elif not word.endswith('.whl') and re.split(r'[<>=!~\[]', word)[0] not in explained():
        raise UnknownError(f'CONTRIBUTING.md does not explain the package {word}')


def explained():
    table = (ROOT / 'CONTRIBUTING.md').read_text().partition('## Dependencies')[2]
    rows = [line.split('|')[1] for line in table.splitlines() if line.startswith('|')]
    return FOREIGN_PACKAGES | {name for row in rows for name in re.findall(r'[\w-]+', row)}


def check_make(*words):
    text = (ROOT / 'Makefile').read_text()
    targets = re.search(r'^\.PHONY: (.*)$', text, re.M)[1].split()
    for word in words:
        name, equals, _ = word.partition('=')
        if name not in (re.findall(r'\$\((?:if \$\()?(\w+)\)', text) if equals else targets):
            raise UnknownError(f'make has no {word}')


def check_ros2(verb, *words):
    if verb not in ROS2:
        raise UnknownError(f'ros2 {verb} is not a known command')
    ROS2[verb](*words)


def check_launch(package, file, *words):
    if package != HERE:
        raise UnknownError(f'{package} is not this package')
    path = ROOT / 'launch' / file
    if not path.is_file():
        raise UnknownError(f'launch/{file} is not there')
    known = texts_in(path).union(*map(keys_in, ARGUMENTS_IN))
    for word in words:
        name, assigned, _ = word.partition(':=')
        if name not in (known if assigned else ('--show-args', '-s')):
            raise UnknownError(f'launch/{file} has no argument {word}')


def keys_in(path):
    """Return the keys of the dicts that a module names; launch need not be installed."""
    return {key.value for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
            for key in node.value.keys if isinstance(key, ast.Constant)}


def texts_in(path):
    return {node.value for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def check_run(package, executable, *words):
    ours = re.findall(r"f'(\w+) = ", (ROOT / 'setup.py').read_text())
    if executable not in ours if package == HERE \
            else (package, executable) not in FOREIGN_EXECUTABLES:
        raise UnknownError(f'{package} has no executable {executable}')
    for flag, word in itertools.pairwise(words):
        if flag == '-p' and word.partition(':=')[0] not in parameters_of(executable):
            raise UnknownError(f'{executable} has no parameter {word}')


def parameters_of(executable):
    """Return the names of all parameters of a node."""
    node = executable.removesuffix('_node')
    if node in NODES:
        return settings_of(node)
    path = PACKAGE / 'examples' / f'{node.removesuffix("_backend")}_config.py'
    file = path if path.is_file() else PACKAGE / 'examples' / f'{node}_config.py'
    return {node.target.id for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}


def settings_of(node):
    return {field.name for config in NODES[node].configs for field in dataclasses.fields(config)
            if field.name not in NODES[node].leave_out}


def check_param(verb, node, name='', *_):
    if verb not in ('set', 'get', 'describe', 'dump', 'list'):
        raise UnknownError(f'ros2 param {verb} is not a known command')
    if node.strip('/') not in NODES or (name and name not in settings_of(node.strip('/'))):
        raise UnknownError(f'{node} has no parameter {name}')


def check_topic(verb, *words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument('topic', nargs='?')
    for flag in ('--once', '--no-arr'):
        parser.add_argument(flag, action='store_true')
    topic = parser.parse_args(words).topic
    page = (ROOT / 'docs' / 'topics.md').read_text()
    known = re.findall(r'^\|(?: in)? `(?:~/|/)?(\w+)`', page, re.M)
    if verb not in ('echo', 'hz', 'list', 'info') or (topic and topic.split('/')[-1] not in known):
        raise UnknownError(f'ros2 topic {verb} {topic} is not a known command or topic')


def check_pkg(*words):
    if words[-1] != HERE:
        raise UnknownError(f'{words[-1]} is not this package')


MODULES = {HERE: check_tool, 'training': check_training, 'pip': lambda words: check_pip(*words)}
CHECKS = {'python': check_python, 'python3': check_python, 'pip': check_pip, 'make': check_make,
          'ros2': check_ros2}
ROS2 = {'launch': check_launch, 'run': check_run, 'param': check_param, 'topic': check_topic,
        'pkg': check_pkg}
