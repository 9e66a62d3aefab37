# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros import registry
from residual_features_ros.registry import METHODS, Method

OF_THE_PAPER = ('sift', 'rootsift', 'surf')  # detectors whose full networks are its own


def test_rows_agree_with_their_names():
    for name, entry in METHODS.items():
        if entry.base:
            base = METHODS[entry.base]
            assert name == f'{entry.base}_binary'
            assert (entry.detector, entry.network, base.base) == (
                base.detector, base.network, '')
            continue
        kind, *rest = name.split('_')
        if kind in ('residual', 'cnn'):
            size = rest[-1] if rest[-1] in ('small', 'tiny', 'half') else \
                'paper' if rest[0] in OF_THE_PAPER else 'full'
            assert (entry.network, entry.fused) == (size, kind == 'residual')
            word = '_'.join(rest).removesuffix(f'_{size}')
            assert entry.detector in (word, f'{word}_rootsift')
        else:
            assert (entry.detector, entry.network) in ((name, ''), ('', 'learned'))


def test_a_method_from_outside_is_added_once(monkeypatch):
    monkeypatch.setattr(registry, 'METHODS', dict(METHODS))
    entry = Method('', 'learned', 'from outside')
    for _ in range(2):
        registry.register('outside', entry)
    assert registry.METHODS['outside'] is entry
    with pytest.raises(ValueError, match='outside exists already: from outside'):
        registry.register('outside', Method('orb', '', 'another'))
