# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging
import platform
import subprocess
import sys

import cv2
import numpy as np
import pytest
import threadpoolctl

from residual_features_ros import process_tuning
from residual_features_ros.process_tuning import one_blas_thread, share_of_cores, share_opencv

CODE = """
import resource, numpy as np
from residual_features_ros.process_tuning import keep_freed_memory
done = keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(500_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(done, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='the C library is not glibc')
def test_arrays_come_from_memory_that_is_there_already():
    done, faults = subprocess.run([sys.executable, '-c', CODE], text=True,
                                  capture_output=True, check=True).stdout.split()
    assert done == 'True' and int(faults) < 1000  # a new mapping each time: 50 x 976


def test_matrix_products_run_on_one_thread():
    np.ones((2, 2)) @ np.ones((2, 2))
    before = threadpoolctl.threadpool_info()
    with threadpoolctl.threadpool_limits(2, user_api='blas'):  # puts the number back
        assert one_blas_thread()
        found = [pool['num_threads'] for pool in threadpoolctl.threadpool_info()
                 if pool['user_api'] == 'blas']
        assert found and set(found) == {1}
    assert threadpoolctl.threadpool_info() == before


def test_without_threadpoolctl_the_remedy_is_said(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, 'threadpoolctl', None)
    with caplog.at_level(logging.WARNING):
        assert not one_blas_thread()
    assert 'pip install threadpoolctl' in caplog.text


@pytest.mark.parametrize('cores, workers, share', [(1, 2, 1), (2, 1, 2), (2, 2, 1), (8, 3, 2)])
def test_each_worker_has_its_share_of_the_cores(monkeypatch, cores, workers, share):
    monkeypatch.setattr(process_tuning, 'cores', lambda: cores)
    assert share_of_cores(workers) == share


@pytest.mark.parametrize('before, workers, after', [(4, 1, 4), (4, 2, 3), (2, 2, 2), (4, 4, 1)])
def test_opencv_has_no_more_threads_than_a_worker_s_share(monkeypatch, before, workers, after):
    monkeypatch.setattr(process_tuning, 'cores', lambda: 6)
    try:
        cv2.setNumThreads(before)
        share_opencv(workers)
        assert cv2.getNumThreads() == after
    finally:
        cv2.setNumThreads(-1)
