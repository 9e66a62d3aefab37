# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading

from residual_features_ros.ros.worker import NewestFirstWorker

TIMEOUT_S = 30


def test_the_newest_item_wins_and_drops_are_told():
    served, busy, go_on = [], threading.Semaphore(0), threading.Semaphore(0)

    def work(item):
        busy.release()
        assert go_on.acquire(timeout=TIMEOUT_S)
        served.append(item)

    worker = NewestFirstWorker(work)
    assert worker.put(0) is False
    assert busy.acquire(timeout=TIMEOUT_S)  # 0 is in work, the queue is empty
    assert [worker.put(item) for item in (1, 2, 3)] == [False, True, True]
    go_on.release()
    assert busy.acquire(timeout=TIMEOUT_S)  # 3 is in work
    go_on.release()
    worker.stop(TIMEOUT_S)
    assert served == [0, 3] and not worker.alive


def test_stop_drops_what_waits():
    served, busy, go_on = [], threading.Event(), threading.Event()

    def work(item):
        busy.set()
        assert go_on.wait(TIMEOUT_S)
        served.append(item)

    worker = NewestFirstWorker(work)
    worker.put('in work')
    assert busy.wait(TIMEOUT_S)
    worker.put('waiting')
    threading.Timer(0.05, go_on.set).start()
    worker.stop(TIMEOUT_S)
    assert served == ['in work']
