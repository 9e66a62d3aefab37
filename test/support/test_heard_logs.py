# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging

from support.heard_logs import pytest_runtest_setup


class Silent(logging.Logger):
    """As launch.logging makes them."""

    def __init__(self, name):
        super().__init__(name)
        self.propagate = False


def test_loggers_that_hand_nothing_on_are_heard_in_the_next_test(caplog):
    logging.setLoggerClass(Silent)
    made = [logging.getLogger('residual_features_ros.made_by_this_test')]
    made[0].warning('lost')
    pytest_runtest_setup()
    made.append(logging.getLogger('residual_features_ros.made_after_it'))
    for logger in made:
        logger.warning('heard')
    assert [record.message for record in caplog.records] == ['heard', 'heard']
