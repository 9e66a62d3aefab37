# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

from support.saved_runs import save_run

from residual_features_ros.model_card import load_card
from training.__main__ import main
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create

WORDS = ['export', '--whole', 'superpoint', '--size', '128x96', '--keypoints', '50']


def test_a_whole_front_end_is_written_for_a_loader_once_made_or_made_before(tmp_path, capsys):
    words = [*WORDS, '--out', str(tmp_path)]
    assert main([*words, '--for', 'colmap']) == 0
    whole, network, matcher, *advice = capsys.readouterr().out.splitlines()
    assert whole.startswith(f'{tmp_path}/superpoint.whole.128x96.50.rgb.onnx: ')
    assert network == f'{tmp_path}/superpoint_128x96_50_colmap.onnx'
    assert matcher == f'{tmp_path}/superpoint_128x96_50_colmap_matcher.onnx'
    assert '--AlikedMatching.brute_force_min_cossim 0.' in advice[0]

    for path in tmp_path.glob('*_colmap*'):
        path.unlink()
    assert main([*words, '--for', 'colmap']) == 0
    assert 'superpoint.whole.128x96.50.rgb.onnx: made before' in capsys.readouterr().out
    assert main([*words, '--for', 'colmap']) == 2
    assert 'there already' in capsys.readouterr().err
    assert main([*words, '--set', 'score_threshold=0.1', '--for', 'colmap']) == 2


def test_what_a_loader_cannot_use_is_refused_before_the_export(tmp_path, capsys):
    words = [*WORDS, '--out', str(tmp_path / 'out'), '--for']
    assert main([*words, 'rtabmap']) == 2
    assert 'add --grey' in capsys.readouterr().err
    assert main([*words, 'colmap', '--size', '130x96']) == 2
    assert 'take --size 160x96' in capsys.readouterr().err
    assert main(['export', 'last.pt', '--for', 'colmap']) == 2
    assert 'add --whole METHOD' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_a_card_names_whose_photographs_the_stills_were(tmp_path, capsys):
    config = create('residual_rootsift_tiny')
    save_run(tmp_path / 'last.pt', config, ResidualNetwork(config.model))
    manifest = tmp_path / 'licences.json'
    manifest.write_text(json.dumps([{
        'package': 'a', 'registry': 'Debian', 'version': '1', 'file': 'x.jpg', 'author': 'Ann',
        'licence': 'CC-BY-4.0', 'link': '', 'stills': ['000-1.jpg']}]))
    words = ['export', str(tmp_path / 'last.pt'), '--out', str(tmp_path / 'out'), '--sources']
    assert main([*words, str(tmp_path / 'nowhere.json')]) == 2
    assert 'nowhere.json: expected the licences.json' in capsys.readouterr().err
    assert main([*words, str(manifest)]) == 0
    source, = load_card('residual_rootsift_tiny', tmp_path / 'out').sources
    assert (source.source, source.attribution) == ('Debian package a', 'Ann')
