# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import re

import cv2
import numpy as np
import pytest

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.match.run import likely, share, timed
from residual_features_ros.types import Matches


def test_two_images_become_a_picture_and_a_table(tmp_path, image, capsys):
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    cv2.imwrite(str(tmp_path / 'b.png'), image[10:, 20:])
    out = tmp_path / 'new' / 'matches.png'
    assert main(['match', str(tmp_path / 'a.png'), str(tmp_path / 'b.png'), '--out', str(out),
                 '--method', 'rootsift', '--repeat', '1', '--set', 'ratio=0.9']) == 0
    printed = capsys.readouterr().out
    assert re.search(r'confidence 0\.5 and more +\d+ \(\d+ %\)', printed)
    assert all(word in printed for word in ('keypoints in A, B', 'inliers, homography', 'ms'))
    assert read_image(out).shape == (240, 320 + 300, 3)


@pytest.mark.parametrize('settings', ['matcher=attention', 'matcher=guided',
                                      'matcher_fallback=attention'])
def test_matches_are_those_of_the_matcher_that_is_set(tmp_path, image, capsys, settings):
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    words = ['match', str(tmp_path / 'a.png'), str(tmp_path / 'a.png'), '--repeat', '1']
    for method, code in (('residual_hessian_small', 0), ('orb', 2 * ('attention' in settings))):
        out = tmp_path / f'{method}.png'
        assert main([*words, '--method', method, '--out', str(out), '--set', settings]) == code
        assert out.exists() == (code == 0)
    said = capsys.readouterr()
    assert re.search(r'confidence 0\.5 and more +[1-9]\d* ', said.out)
    assert ('not of orb' in said.err) == ('attention' in settings)


def test_images_without_structure_match_nowhere(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / 'grey.png'), np.full((64, 64), 90, np.uint8))
    grey = str(tmp_path / 'grey.png')
    assert main(['match', grey, grey, '--out', str(tmp_path / 'm.png'), '--method', 'sift',
                 '--repeat', '1']) == 0
    assert 'matches                    0' in capsys.readouterr().out


def test_a_picture_needs_a_known_ending(tmp_path, image, capsys):
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    assert main(['match', str(tmp_path / 'a.png'), str(tmp_path / 'a.png'), '--method', 'orb',
                 '--repeat', '1', '--out', str(tmp_path / 'm.pngg')]) == 2
    assert 'm.pngg: no picture format has this ending' in capsys.readouterr().err


def test_a_picture_is_never_replaced(tmp_path, image, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite('a.png', image)
    mine = (tmp_path / 'a.png').read_bytes()
    words = ['match', 'a.png', 'a.png', '--method', 'orb', '--repeat', '1']
    assert main([*words, '--out', 'a.png']) == 2
    assert 'a.png: there already, and nothing is replaced' in capsys.readouterr().err
    assert (tmp_path / 'a.png').read_bytes() == mine
    assert main(words) == 0 and main(words) == 0
    assert {path.name for path in tmp_path.iterdir()} == {'a.png', 'matches.png', 'matches_2.png'}


def test_the_first_call_is_not_timed():
    calls = []
    timed(lambda: calls.append(1), 3)
    assert len(calls) == 4


def test_matches_without_confidences_have_a_dash():
    pairs, distances = np.zeros((2, 2), np.int32), np.zeros(2, np.float32)
    assert likely(Matches(pairs, distances)) == '-'
    assert likely(Matches(pairs, distances, np.float32([0.5, 0.4]))) == '1 (50 %)'


def test_share_says_count_and_percentage():
    assert share(np.array([True, True, False, True])) == '3 (75 %)'
    assert share(np.zeros(0, bool)) == '0'


def test_a_mask_keeps_keypoints_off_and_is_for_images_of_its_size(tmp_path, image, capsys):
    mask = np.zeros((240, 320), np.uint8)
    mask[:, :160] = 255
    for name, picture in (('a', image), ('b', image[:200]), ('mask', mask)):
        cv2.imwrite(str(tmp_path / f'{name}.png'), picture)
    a, b, path = (str(tmp_path / f'{name}.png') for name in ('a', 'b', 'mask'))
    words = ['--method', 'rootsift', '--repeat', '1', '--out']
    words, out = [*words, str(tmp_path / 'free.png')], [*words, str(tmp_path / 'm.png')]
    assert main(['match', a, a, *words]) == 0
    assert main(['match', a, a, *out, '--mask', path]) == 0
    words = [*words[:-1], str(tmp_path / 'none.png')]
    free, masked = (int(line.split()[4].rstrip(',')) for line in
                    capsys.readouterr().out.splitlines() if line.startswith('keypoints in A'))
    assert 100 < masked < 0.7 * free
    assert main(['match', a, b, *words, '--mask', path]) == 2
    assert 'b.png: mask ' in (said := capsys.readouterr().err) and 'the image 320x200' in said
    assert main(['match', a, a, *words, '--mask', 'none.png']) == 2
    assert capsys.readouterr().err == 'match: mask none.png: No such file or directory\n'
