# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from residual_features_ros.ros.turns import Turns

TIMEOUT_S = 30
COUNT = 200


def test_items_come_through_in_order_and_one_at_a_time():
    turns, through, inside = Turns(), [], []

    def come(number):
        with turns.turn(number):
            inside.append(number)
            assert len(inside) == 1
            through.append(inside.pop())

    with ThreadPoolExecutor(8) as pool:  # which begins them in order, so that none waits for ever
        list(pool.map(come, range(COUNT), timeout=TIMEOUT_S))
    assert through == list(range(COUNT))


def test_a_turn_that_was_left_is_not_waited_for():
    turns, through = Turns(), []
    turns.leave(1)
    turns.leave(3)
    turns.leave(2)

    def last():
        with turns.turn(4):
            through.append(4)

    thread = threading.Thread(target=last, daemon=True)
    thread.start()
    time.sleep(0.05)
    assert not through
    with turns.turn(0):
        through.append(0)
    thread.join(TIMEOUT_S)
    assert through == [0, 4]


def test_a_turn_ends_with_an_error_and_may_be_left_again():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn(0):
        raise ZeroDivisionError
    turns.leave(0)
    with turns.turn(1):
        turns.leave(0)
    with turns.turn(2):
        pass
