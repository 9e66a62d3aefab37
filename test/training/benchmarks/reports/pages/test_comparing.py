# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.benchmarks.reports.pages.comparing import judged, pairs, posed, seeds, videos
from training.benchmarks.reports.pages.measured import Measured


def results(ours, theirs):
    """Return results of every benchmark in which `a` has ours and `b` theirs."""
    numbers = {'a': ours, 'b': theirs}
    parts = [{'benchmark': 'hpatches', 'size': [640, 480], 'keypoints': 1000, 'cost': {},
              'summary': {name: {'all': {'ms': value}} for name, value in numbers.items()}},
             {'benchmark': 'rgbd', 'size': [320, 240], 'keypoints': 512, 'cost': {},
              'summary': {name: {'mean': {'ms': value}} for name, value in numbers.items()}}]
    lines = [{'scene': 'x', 'method': name, 'track': value} for name, value in numbers.items()]
    return Measured({
        'papers': {'benchmark': 'papers', 'methods': {}, 'parts': parts},
        'built': {'benchmark': 'reconstruction', 'methods': {}, 'lines': lines,
                  'protocol': {'max_keypoints': 1000}}})


def test_a_changed_result_changes_the_verdict():
    makers = (pairs('a', 'b', sizes=(((640, 480), 1000),)), videos('a', ('b',)),
              posed('reconstruction', 'track', 'a', 'b', 1000))
    for make in makers:
        assert judged(make)(results(0.5, 0.4)).verdict == 'holds'
        assert judged(make)(results(0.3, 0.4)).verdict == 'no'
    assert judged(*makers)(results(0.5, 0.4)).ours == (
        '640x480 .500 v .400; b .500 v .400; reconstruction track .500 v .400')
    assert judged(posed('reconstruction', 'track', 'a', 'b', 1, less=True))(
        results(0.3, 0.4)).verdict == 'holds'


def test_what_is_not_measured_leaves_the_claim_open():
    assert judged(pairs('a', 'c'))(results(0.5, 0.4)).verdict == 'open'
    # one of the two sizes is not measured
    assert judged(pairs('a', 'b'))(results(0.5, 0.4)).verdict == 'partly'


def test_over_seeds_the_worst_must_beat_the_best():
    def of_seeds(least, most):
        return Measured({'s': {'benchmark': 'seeds', 'of': 'hpatches', 'summary': {'all': {
            'a': {'ms': {'mean': 0.5, 'least': least, 'most': 0.6}},
            'b': {'ms': {'mean': 0.4, 'least': 0.3, 'most': most}}}}}})

    assert judged(seeds('a', 'b'))(of_seeds(0.45, 0.42)).verdict == 'holds'
    assert judged(seeds('a', 'b'))(of_seeds(0.41, 0.42)).verdict == 'no'
    assert judged(seeds('a', 'b', 0.95))(of_seeds(0.41, 0.42)).verdict == 'holds'
    assert judged(seeds('a', 'b'))(of_seeds(0.45, 0.42)).ours == (
        'worst v best seed, hpatches .450 v .420')
    assert judged(seeds('a', 'c'))(of_seeds(0.45, 0.42)).verdict == 'open'
    assert seeds('a', 'b')(Measured({})) == []
