# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from support.paths import ROOT

from training.benchmarks.reports.pages import checks

ALL = [check for group in checks.SECTIONS.values() for check in group]


@pytest.mark.parametrize('check', ALL, ids=lambda check: check.tried[:40])
def test_each_check_names_a_test_that_is_there(check):
    text = (ROOT / 'test' / check.file).read_text()
    assert re.search(rf'^def {check.test}\(', text, re.M)


def test_a_check_is_linked_to_its_test():
    text = checks.text('written')
    for check in ALL:
        assert f'| {check.tried} | {check.now} |' in text
        assert f'](../../test/{check.file})' in text
