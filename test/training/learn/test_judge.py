# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.learn.judge import Judged, Scores, verdict


def scores(values, gap):
    return Scores({(n, n + gap): v for n, v in enumerate(values)},
                  {(n, n + gap): 2 * v for n, v in enumerate(values)})


OLD, STILLS = scores([100] * 20, 4), scores([100] * 20, 0)


def test_better_on_hard_pairs_and_not_worse_elsewhere_is_kept():
    found = verdict(Judged(scores([110] * 20, 4), OLD, STILLS, STILLS))
    assert found.kept and round(found.gain, 6) == .1


def test_luck_losses_elsewhere_and_easy_pairs_alone_are_not():
    half = scores([110, 95] * 10, 4)
    assert 'by more than luck' in verdict(Judged(half, OLD, STILLS, STILLS)).why
    lost = verdict(Judged(scores([110] * 20, 4), OLD, scores([98] * 20, 0), STILLS))
    assert not lost.kept and 'fewer right matches on photographs' in lost.why
    easy = verdict(Judged(scores([110] * 20, 1), scores([100] * 20, 1), STILLS,
                          STILLS))
    assert 'can be judged' in easy.why


def test_a_gain_that_is_not_worth_a_new_map_is_not():
    found = verdict(Judged(scores([1005] * 20, 4), scores([1000] * 20, 4), STILLS, STILLS))
    assert not found.kept and 'worth a new map' in found.why
