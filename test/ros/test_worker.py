# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import gc
import random
import threading
import time
import weakref

import pytest

from residual_features_ros.ros.worker import NewestFirstWorkers

TIMEOUT_S = 30
COUNTS = (1, 2, 4)


class Held:
    """Work that waits until it may go on; it keeps what was begun and what ended."""

    def __init__(self, count):
        self.begun, self.ended = [], []
        self.busy, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.workers = NewestFirstWorkers(self.work, count)

    def work(self, item, place):
        with place.beginning:
            self.begun.append(item)
        self.busy.release()
        assert self.go_on.acquire(timeout=TIMEOUT_S)
        with place.end:
            self.ended.append(item)

    def await_begun(self, count):
        for _ in range(count):
            assert self.busy.acquire(timeout=TIMEOUT_S)

    def stop(self, releases):
        threading.Timer(0.05, self.go_on.release, (releases,)).start()
        return self.workers.stop(TIMEOUT_S)


@pytest.mark.parametrize('count', COUNTS)
def test_the_newest_item_wins_and_drops_are_told(count):
    held = Held(count)
    first = list(range(count))
    assert not any(held.workers.put(item) for item in first)
    held.await_begun(count)  # all are in work, the queue is empty
    assert [held.workers.put(item) for item in 'abc'] == [False, True, True]
    held.go_on.release()
    held.await_begun(1)  # c
    assert held.stop(count) == 0
    assert held.begun == held.ended == [*first, 'c'] and not held.workers.alive


@pytest.mark.parametrize('count', COUNTS)
def test_a_burst_fills_idle_workers_before_one_is_dropped(count):
    held = Held(count)
    burst = list(range(count + 1))  # one waits
    assert not any(held.workers.put(item) for item in burst)
    held.await_begun(count)
    assert held.workers.put('newer')
    held.go_on.release()
    held.await_begun(1)
    held.stop(count)
    assert held.ended == [*burst[:-1], 'newer']


@pytest.mark.parametrize('count', COUNTS)
def test_stop_finishes_what_is_in_work_and_tells_what_waits(count):
    held = Held(count)
    for item in range(count + 1):
        held.workers.put(item)
    held.await_begun(count)
    before = threading.active_count()
    assert held.stop(count) == 1
    assert held.ended == list(range(count)) and not held.workers.alive
    assert threading.active_count() <= before - count + 1  # the timer may still end


def test_items_end_in_their_order_whatever_each_of_them_takes():
    begun, ended, in_work, most = [], [], set(), []

    def work(item, place):
        with place.beginning:
            begun.append(item)
        in_work.add(item)
        most.append(len(in_work))
        time.sleep(delays[item])
        in_work.discard(item)
        with place.end:
            ended.append(item)

    rng = random.Random(4)
    delays = [rng.choice((0.0, 0.001, 0.01)) for _ in range(100)]
    delays[:3] = 0.5, 0.1, 0.1  # the second and third are done before the first
    workers = NewestFirstWorkers(work, 3)
    dropped = 0
    for item in range(len(delays)):
        dropped += workers.put(item)
        time.sleep(0.003 if item != 2 else delays[0])
    dropped += workers.stop(TIMEOUT_S)
    assert begun == ended == sorted(ended)
    assert len(ended) + dropped == len(delays) and max(most) == 3


def test_an_item_that_gives_up_holds_no_other_up():
    ended = []

    def work(item, place):
        if item % 3 == 0:
            return  # an error before its beginning
        with place.beginning:
            if item % 3 == 1:
                return
        with place.end:
            ended.append(item)

    workers = NewestFirstWorkers(work, 2)
    for item in range(30):
        workers.put(item)
        time.sleep(0.002)
    workers.put(32)
    until = time.monotonic() + TIMEOUT_S
    while 32 not in ended and time.monotonic() < until:
        time.sleep(0.01)
    workers.stop(TIMEOUT_S)
    assert ended[-1] == 32 and ended == sorted(ended) and not any(i % 3 < 2 for i in ended)


def test_a_thread_that_ends_is_told_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(threading, 'excepthook', lambda _: None)
    ended = threading.Event()

    def work(item, place):
        if item == 'fatal':
            raise SystemError
        with place.beginning, place.end:
            ended.set()

    workers = NewestFirstWorkers(work, 2)
    workers.put('fatal')
    until = time.monotonic() + TIMEOUT_S
    while workers.alive and time.monotonic() < until:
        time.sleep(0.01)
    assert not workers.alive
    workers.put('next')
    assert ended.wait(TIMEOUT_S)
    workers.stop(TIMEOUT_S)


def test_idle_threads_keep_no_item():
    class Item:
        pass

    done = threading.Semaphore(0)

    def work(item, place):
        with place.beginning, place.end:
            done.release()

    workers, item = NewestFirstWorkers(work, 2), Item()
    kept = weakref.ref(item)
    workers.put(item)
    del item
    assert done.acquire(timeout=TIMEOUT_S)
    until = time.monotonic() + TIMEOUT_S
    while kept() is not None and time.monotonic() < until:
        gc.collect()
    workers.stop(TIMEOUT_S)
    assert kept() is None


def test_what_is_done_between_items_comes_in_their_order():
    told, go_on, busy = [], threading.Event(), threading.Semaphore(0)

    def work(item, place):
        with place.beginning:
            told.append(f'{item} begins')
        busy.release()
        assert go_on.wait(TIMEOUT_S)
        with place.end:
            told.append(f'{item} ends')

    workers = NewestFirstWorkers(work, 3)
    for item in 'ab':
        workers.put(item)
        assert busy.acquire(timeout=TIMEOUT_S)
    between = threading.Thread(target=workers.between, args=(
        lambda: told.append('begin'), lambda: told.append('end')))
    between.start()
    until = time.monotonic() + TIMEOUT_S
    while 'begin' not in told and time.monotonic() < until:
        time.sleep(0.001)
    assert not workers.put('c')
    assert busy.acquire(timeout=TIMEOUT_S)
    assert told == ['a begins', 'b begins', 'begin', 'c begins']
    go_on.set()
    between.join(TIMEOUT_S)
    workers.stop(TIMEOUT_S)
    assert told[4:] == ['a ends', 'b ends', 'end', 'c ends']


def test_what_fails_between_items_holds_no_other_up():
    ended = threading.Event()

    def work(item, place):
        with place.beginning, place.end:
            ended.set()

    def fail():
        raise OSError('as it was asked to')

    workers = NewestFirstWorkers(work)
    with pytest.raises(OSError, match='asked'):
        workers.between(fail, fail)
    workers.put('next')
    assert ended.wait(TIMEOUT_S)
    workers.stop(TIMEOUT_S)
