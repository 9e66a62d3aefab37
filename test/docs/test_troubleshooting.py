# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What docs/troubleshooting.md says that one sees is what the package says."""
import ast
import re

import pytest
from support.markdown import read_tables
from support.paths import PACKAGE, ROOT

from residual_features_ros.ros import statistics

PAGE = (ROOT / 'docs' / 'troubleshooting.md').read_text(encoding='utf-8')
SEEN = sorted({words for table in read_tables(PAGE, of='you see') for row in table[2:]
               for words in re.findall('`([^`]+)`', row[0])})
# Names of settings and topics, what others say, and commands.
NOT_OURS = {'max_keypoints', '/tf', 'make demo', 'colcon test', 'min_confidence',
            'externally-managed-environment'}


def texts():
    """Return all texts in the package's source, with a gap where a value is put in."""
    found = []
    for path in [*PACKAGE.rglob('*.py')]:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.JoinedStr):
                found.append(''.join(str(part.value) if isinstance(part, ast.Constant) else '\0'
                                     for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return '\n'.join(found)


TEXTS = texts()


def test_messages_are_looked_for():
    assert len(set(SEEN) - NOT_OURS) > 15 and set(SEEN) >= NOT_OURS


@pytest.mark.parametrize('words', [words for words in SEEN if words not in NOT_OURS])
def test_a_message_is_one_of_the_package(words):
    assert words in TEXTS


def test_each_reason_of_a_drop_is_explained():
    table, = read_tables(PAGE, of='reason')
    reasons = {getattr(statistics, name) for name in (
        'TOO_SLOW', 'BAD_IMAGE', 'FAILED', 'LOST', 'NO_PARTNER')}
    assert {row[0].strip('`') for row in table[2:]} == reasons
