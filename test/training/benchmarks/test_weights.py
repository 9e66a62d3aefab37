# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import shutil

import pytest
from support.homography_scenes import write_scene

from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import SHIPPED_WEIGHTS
from training.__main__ import main
from training.benchmarks.weights import find_weights

METHOD = 'residual_rootsift_small'
ALONE, OTHER = 'cnn_surf_small', 'cnn_sift_small'  # have no shipped weights


def test_a_method_takes_the_first_folder_with_its_weights(tmp_path, caplog):
    first, second = tmp_path / 'first', tmp_path / 'second'
    for folder, method in ((first, ALONE), (second, ALONE), (second, OTHER)):
        folder.mkdir(exist_ok=True)
        (folder / f'{method}.json').write_text('{}')
    assert find_weights(['orb', ALONE, OTHER], f'{first},{second}') == {
        'orb': '', ALONE: str(first), OTHER: str(second)}
    assert not caplog.records
    assert find_weights([METHOD, ALONE], str(first)) == {METHOD: '', ALONE: str(first)}
    assert f'{METHOD}: not in the folders of --weights' in caplog.text
    with pytest.raises(ValueError, match=f'no weights of {OTHER}: name the folders'):
        find_weights(['orb', OTHER, ALONE], str(first))
    with pytest.raises(ValueError, match='second: no weights of residual'):
        find_weights([METHOD], str(second))
    assert find_weights(['orb', 'orb+guided', f'{ALONE}+guided', ALONE], str(first)) == {
        'orb': '', 'orb+guided': '', f'{ALONE}+guided': str(first), ALONE: str(first)}
    assert find_weights(['residual_hessian_small'], 'free') == {
        'residual_hessian_small': str(SHIPPED_WEIGHTS / 'free')}
    for name, word in (('orbb', 'method'), ('orbb+guided', 'method'), ('orb+giuded', 'matcher')):
        with pytest.raises(ConfigError, match=f'unknown {word}'):
            find_weights([name], '')


def test_a_method_without_weights_is_named_before_anything_runs(tmp_path, capsys):
    weights = shutil.copytree(SHIPPED_WEIGHTS, tmp_path / 'weights')
    write_scene(tmp_path / 'scenes' / 'v_a', 0)
    assert main(['evaluate', 'papers', '--root', str(tmp_path / 'scenes'), '--methods',
                 f'orb,{METHOD},{OTHER},{ALONE}', '--weights', str(weights)]) == 2
    assert f'error: no weights of {OTHER}, {ALONE}: name the folders' in capsys.readouterr().err
