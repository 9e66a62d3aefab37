# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
from dataclasses import dataclass

import pytest

from residual_features_ros.config import setting
from residual_features_ros.parameter_file import describe, parameter_file, yaml_value


@dataclass(frozen=True)
class Drink:
    kind: str = setting('tea', 'What is drunk.', choices=('tea', 'coffee'))
    milk: str = setting('hot', 'hot = from the pan, cold = from the jug.', choices=('hot', 'cold'))
    cups: int = setting(2, 'How many.', low=1, high=40, live=True)
    secret: str = setting('', 'Nothing to this node.')
    sort: str = setting('', 'Which one.', swapped=True)
    strength: float = setting(1.0, ' '.join(['word'] * 20) + '.', low=0.0, high=2e6)


@pytest.mark.parametrize(('name', 'words'), [
    ('kind', 'What is drunk. One of: tea, coffee.'),
    ('milk', 'hot = from the pan, cold = from the jug.'),  # the meaning names the choices
    ('cups', '(live) How many. From 1 to 40.'),
    ('sort', '(live) Which one.'),
    ('secret', 'Nothing to this node.')])
def test_a_setting_is_described_with_what_it_may_be(name, words):
    field, = (field for field in dataclasses.fields(Drink) if field.name == name)
    assert describe(field) == words


def test_a_file_has_a_line_and_a_comment_for_each_setting():
    text = parameter_file('bar', {'what is drunk': [Drink(cups=3)]}, leave_out=['secret'])
    assert text.startswith('# Every parameter of bar_node with its default')
    assert text[text.index('/**'):] == """/**:
  ros__parameters:
    # -- what is drunk --

    # What is drunk. One of: tea, coffee.
    kind: tea

    # hot = from the pan, cold = from the jug.
    milk: hot

    # (live) How many. From 1 to 40.
    cups: 3

    # (live) Which one.
    sort: ''

    # word word word word word word word word word word word word word word word word word word
    # word word. From 0 to 2e+06.
    strength: 1.0
"""
    assert all(len(line) <= 99 for line in text.splitlines())


def test_yaml_reads_values_back_with_their_types():
    yaml = pytest.importorskip('yaml', reason='pyyaml is not installed')
    for value in (0, -1, 0.0, 0.005, -1.0, 1e-06, -2.5e-7, 1e20, True, False, '', 'raw',
                  'sensor_data', 'a b', '8', 'off', 'null', "don't", '#', ('onnxruntime',),
                  ('a', 'b c')):
        found = yaml.safe_load(f'key: {yaml_value(value)}')['key']
        assert found == (list(value) if isinstance(value, tuple) else value)
        assert isinstance(found, list if isinstance(value, tuple) else type(value))
