# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest
from support.paths import ROOT

from training import methods
from training.__main__ import main

OURS = {name: module for name, module in methods.METHODS.items()
        if module.startswith('training.')}  # tests register others


def test_help_lists_methods_and_recipes_without_heavy_imports():
    code = ('import sys\nfrom training.__main__ import parse\n'
            'try:\n    parse(["train", "--help"])\n'
            'except SystemExit:\n    heavy = {"torch", "cv2", "numpy", "tqdm", "onnxruntime"}\n'
            '    sys.exit(str(heavy & set(sys.modules) or ""))')
    run = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True,
                         check=False)
    assert run.stderr.strip() == ''
    words = run.stdout.replace(':', ' ').replace(',', ' ').split()
    assert set(words) >= {*OURS, *(
        recipe for recipes in methods.RECIPES.values() for recipe in recipes)}


@pytest.mark.parametrize('module', methods.RECIPES)
def test_the_recipes_of_the_help_are_those_that_there_are(module):
    name = next(name for name, where in methods.METHODS.items() if where == module)
    assert tuple(methods.load(name).RECIPES) == methods.RECIPES[module]
    assert set(methods.RECIPES) == set(OURS.values())


@pytest.mark.parametrize(('stopped', 'said'), [
    ('', 'stopped before the first step was done; runs/orb is as it was'),
    ('stopped; saved', 'stopped; saved')])
def test_ctrl_c_is_a_sentence_and_status_130(stopped, said, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt(stopped)
    monkeypatch.setattr('training.recipes.configure', interrupted)
    assert main(['train', 'orb']) == 130
    assert capsys.readouterr().err.strip() == said
