# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Logs that caplog hears whatever was imported: launch lets new loggers hand nothing on."""
import logging

import pytest

PACKAGES = ('residual_features_ros', 'training')


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    logging.setLoggerClass(logging.Logger)  # launch.logging, once imported, makes its own that
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.partition('.')[0] in PACKAGES:
            logger.propagate = True
