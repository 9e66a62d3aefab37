# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.pages.measured import Measured, number


def pairs(size, **methods):
    """Return a result of image pairs: a method's ms, and its fusion."""
    return {'benchmark': 'hpatches', 'protocol': {'size': list(size), 'max_keypoints': 300},
            'summary': {name: {'all': {'ms': ms}} for name, (ms, _) in methods.items()},
            'methods': {name: {'fusion': fusion} for name, (_, fusion) in methods.items()}}


def stereo(keypoints, *lines):
    return {'benchmark': 'stereo', 'protocol': {'max_keypoints': keypoints}, 'methods': {},
            'lines': [dict(zip(('scene', 'method', 'estimator', 'mAA@10'), line, strict=True))
                      for line in lines]}


SIZE = (320, 240)


def test_numbers_are_of_the_size_that_is_asked_for():
    measured = Measured({'a': pairs(SIZE, sift=(0.3, None)),
                         'b': pairs((640, 480), orb=(1, None))})
    assert measured.image_pairs('sift', SIZE, 300).numbers == {'ms': 0.3}
    assert measured.image_pairs('sift', SIZE, 300).sources == {'ms': 'a'}
    for method, size, count in (('orb', SIZE, 300), ('sift', (640, 480), 300), ('sift', SIZE, 9)):
        assert measured.image_pairs(method, size, count) is None


def test_windows_stand_for_no_paper_whatever_the_name():
    measured = Measured({'a': pairs(SIZE, residual_sift=(0.4, 'windows'), cnn_sift=(0.2, 'none'),
                                    residual_surf=(0.3, 'paper'))})
    assert measured.image_pairs('residual_sift', SIZE, 300) is None
    assert measured.image_pairs('residual_sift', SIZE, 300, own=True).numbers == {'ms': 0.4}
    assert measured.image_pairs('cnn_sift', SIZE, 300).numbers == {'ms': 0.2}
    assert measured.image_pairs('residual_surf', SIZE, 300).numbers == {'ms': 0.3}
    assert measured.own() == ['residual_sift']


def test_other_metrics_of_the_same_pairs_are_joined():
    papers = {'benchmark': 'papers', 'methods': {}, 'parts': [
        {'benchmark': 'hpatches', 'size': list(SIZE), 'keypoints': 300,
         'cost': {'sift': {'milliseconds': 20.0}},
         'summary': {'sift': {'all': {'ms': 0.31, 'accuracy@3': 0.5}}}},
        {'benchmark': 'rgbd', 'size': list(SIZE), 'keypoints': 512, 'cost': {},
         'summary': {'sift': {'1': {'ms': 0.9}, 'mean': {'ms': 0.7}}}}]}
    measured = Measured({'p': papers, 'h': pairs(SIZE, sift=(0.3, None))})
    found = measured.image_pairs('sift', SIZE, 300)
    assert found.numbers == {'ms': 0.3, 'accuracy@3': 0.5}
    assert found.sources == {'ms': 'h', 'accuracy@3': 'p'}
    assert measured.videos('sift').numbers == {'ms': 0.7} and measured.videos('orb') is None
    assert measured.frames_per_second('sift').numbers == {'320x240': 50}
    assert measured.frames_per_second('orb') is None


def test_scenes_are_averaged_and_the_estimator_is_degensacs_kin():
    measured = Measured({'a': stereo(1000, ('x', 'sift', 'accurate', 0.2),
                                     ('y', 'sift', 'accurate', 0.4), ('x', 'sift', 'lmeds', 0.9))})
    assert measured.posed('stereo', 'sift', 2000).numbers == {'mAA@10': pytest.approx(0.3)}
    assert measured.posed('stereo', 'orb', 2000) is None
    assert measured.posed('multiview', 'sift', 2000) is None


def test_of_several_results_the_nearest_number_of_keypoints_is_taken():
    measured = Measured({'few': stereo(1000, ('x', 'sift', 'accurate', 0.2)),
                         'many': stereo(8000, ('x', 'sift', 'accurate', 0.6))})
    assert measured.posed('stereo', 'sift', 2000).sources == {'mAA@10': 'few'}
    assert measured.posed('stereo', 'sift', 8000).sources == {'mAA@10': 'many'}


def test_what_is_not_a_number_is_not_averaged():
    assert number(1) and number(0.5)
    assert not number(float('nan')) and not number('1') and not number(None)
