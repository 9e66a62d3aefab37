# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging

import pytest
from support import fake_tensorrt

from residual_features_ros.backends.nvidia.log import last_errors, logger

SEVERITY = fake_tensorrt.ILogger.Severity


def test_messages_go_to_the_log_of_the_package_and_there_is_one_logger(caplog):
    caplog.set_level(logging.DEBUG, 'residual_features_ros')
    first = logger(fake_tensorrt)
    assert first is logger(fake_tensorrt) and isinstance(first, fake_tensorrt.ILogger)
    for severity, level in zip(SEVERITY, (30, 30, 20, 10, 10), strict=True):
        caplog.clear()
        first.log(severity, ' a word\n')
        record, = caplog.records
        assert record.getMessage() == 'a word' and record.levelno == level
        assert record.name.startswith('residual_features_ros.')
    last_errors(fake_tensorrt)


def test_the_last_errors_are_told_once():
    for word in ('none', 'first', 'second\n  line', 'third', 'third', 'fourth'):
        logger(fake_tensorrt).log(SEVERITY.ERROR, word)
    logger(fake_tensorrt).log(SEVERITY.WARNING, 'a warning')
    assert last_errors(fake_tensorrt) == 'first; second line; third; fourth'
    assert last_errors(fake_tensorrt) == 'it gives no reason'


def test_the_real_module_takes_it(caplog):
    rtx = pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    last_errors(rtx)
    builder = rtx.Builder(logger(rtx))
    config, profile = builder.create_builder_config(), builder.create_optimization_profile()
    network = builder.create_network(1)
    network.add_input('x', rtx.float32, (-1, 4))
    profile.set_shape('x', (4, 4), (2, 4), (1, 4))
    config.add_optimization_profile(profile)
    assert 'MIN<=OPT<=MAX' in caplog.text and 'MIN<=OPT<=MAX' in last_errors(rtx)
