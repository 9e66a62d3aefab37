# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What "colcon test" finds where Python has no pytest: it takes unittest, which has no test here.

It lies in a package beside setup.py, since unittest looks in those alone, and in this one, since
it is not installed; a run of no test would be a success.
"""
from __future__ import annotations

import sys
import unittest


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite,
               pattern: str | None) -> unittest.TestSuite:
    """Return a test that fails; unittest alone calls this."""
    return unittest.TestSuite([unittest.FunctionTestCase(no_test_was_run)])


def no_test_was_run() -> None:
    """Tell what is missing."""
    raise AssertionError(f'no test was run: they need pytest for {sys.executable}, in ROS '
                         'distributions the package python3-pytest')
