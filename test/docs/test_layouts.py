# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The layouts of RViz and Foxglove are whole, and show topics that extractor_node publishes."""
import ast
import json

import pytest
from support.paths import PACKAGE, ROOT

NODE = 'extractor'  # the name that the launch file gives it
SOURCES = ('extractor_node.py', 'feature_node.py', 'place_recognition.py')
RVIZ = ROOT / 'config' / 'residual_features.rviz'
FOXGLOVE = json.loads((ROOT / 'config' / 'residual_features.foxglove.json').read_text())
PANELS = FOXGLOVE['configById']


def published():
    """Return the full names of the topics that the node in the root namespace publishes."""
    names = [argument.value for source in SOURCES
             for call in ast.walk(ast.parse((PACKAGE / 'ros' / source).read_text()))
             if isinstance(call, ast.Call)
             and getattr(call.func, 'attr', '') in ('create_publisher', 'add_output')
             for argument in call.args
             if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
    return {name if name.startswith('/') else
            f'/{NODE}{name[1:]}' if name.startswith('~') else f'/{name}' for name in names}


def topics_of(value):
    """Return the topics that a panel of Foxglove names, without the fields behind them."""
    if isinstance(value, dict):
        return {topic for part in value.values() for topic in topics_of(part)}
    if isinstance(value, list):
        return {topic for part in value for topic in topics_of(part)}
    return {value.partition('.')[0]} if isinstance(value, str) and value.startswith('/') else set()


def leaves(layout):
    return [layout] if isinstance(layout, str) else [
        leaf for side in ('first', 'second') for leaf in leaves(layout[side])]


def test_the_topics_of_the_node_are_known():
    assert {'/features', '/matches', '/extractor/debug_image', '/diagnostics'} <= published()


def test_foxglove_shows_what_the_node_publishes():
    assert '/extractor/debug_image' in topics_of(PANELS) <= published()


def test_every_panel_of_foxglove_has_its_place():
    assert sorted(leaves(FOXGLOVE['layout'])) == sorted(PANELS)
    assert all(path['enabled'] for path in PANELS['Plot!counts']['paths'])


def test_rviz_shows_what_the_node_publishes():
    yaml = pytest.importorskip('yaml', reason='pyyaml is not installed')
    manager = yaml.safe_load(RVIZ.read_text())['Visualization Manager']
    topics = {display['Topic']['Value'] for display in manager['Displays']}
    assert '/extractor/debug_image' in topics <= published()
    assert all(display['Enabled'] and display['Class'].startswith('rviz_default_plugins/')
               for display in manager['Displays'])
