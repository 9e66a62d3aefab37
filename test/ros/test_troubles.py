# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.ros.troubles import Troubles


def test_each_kind_is_said_once_in_a_while_and_reported_every_time():
    said = []
    troubles = Troubles(said.append)
    for number in range(3):
        troubles.say('stamps', f'stamps {number}')
        troubles.say('lost', f'lost {number}', period_s=float('inf'))
    assert said == ['stamps 0', 'lost 0']
    assert troubles.take() == ['stamps 2', 'lost 2'] and troubles.take() == []


def test_it_is_said_again_after_the_period():
    said = []
    troubles = Troubles(said.append)
    for words in ('first', 'second'):
        troubles.say('stamps', words, period_s=0.0)
    assert said == ['first', 'second']
