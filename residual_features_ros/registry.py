# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of methods: one word per method, the same everywhere."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """What a method's name stands for.

    detector: finds and describes keypoints, a row of keypoints.table.DETECTORS; '' where network
        h finds them (detection.find).
    network: what makes the descriptors (files in weights/). The Residual paper's own: 'paper', and
        'half' with a backbone of half the parameters (its table 4); this package's, whose f sees
        windows of the image too: 'full', with the paper's h, 'small', and 'tiny' with the least
        fusion. 'learned' where h finds keypoints too; '' where the detector makes them alone.
    summary: what `info` says of it.
    fused: whether f joins the detector's descriptors to what h says.
    base: the method whose descriptors network b makes binary, '' where none does.
    """

    detector: str
    network: str
    summary: str
    fused: bool = True
    base: str = ''


PAPERS_OWN = ('paper', 'half')  # networks of the Residual paper as they are printed

_PAPER = "the Residual paper's model"
_HALF = "the Residual paper's model with half of h (table 4)"
_CNN = 'h alone at these keypoints (tables 4 and 5)'
_CNN_HALF = 'half of h alone at these keypoints (table 4)'
_FULL = 'residual with image windows, full network'
_SMALL = 'residual with image windows, small network'
_TINY = 'residual with image windows, small network and the least fusion'
_CNN_SMALL = 'the small h alone at these keypoints'

METHODS: dict[str, Method] = {
    'orb': Method('orb', '', 'ORB, 256 bits'),
    'orb_beblid': Method('orb_beblid', '', 'BEBLID at the keypoints of ORB, 256 bits'),
    'orb_teblid': Method('orb_teblid', '', 'TEBLID at the keypoints of ORB, 256 bits'),
    'sift': Method('sift', '', 'SIFT, 128 floats'),
    'rootsift': Method('rootsift', '', 'SIFT with the Hellinger kernel'),
    'rootsift_upright': Method('rootsift_upright', '', 'RootSIFT without orientation'),
    'akaze': Method('akaze', '', 'AKAZE, 486 bits'),
    'akaze_rootsift': Method('akaze_rootsift', '', 'RootSIFT at the keypoints of AKAZE'),
    'hessian_rootsift': Method('hessian_rootsift', '', 'RootSIFT at maxima of the Hessian'),
    'surf': Method('surf', '', "SURF, OpenCV's where built, else mahotas'"),
    'residual_sift': Method('sift', 'paper', _PAPER),
    'residual_rootsift': Method('rootsift', 'paper', _PAPER),
    'residual_rootsift_upright': Method('rootsift_upright', 'paper', _PAPER),
    'residual_surf': Method('surf', 'paper', _PAPER),
    'residual_sift_half': Method('sift', 'half', _HALF),
    'residual_orb': Method('orb', 'full', _FULL),
    'residual_orb_small': Method('orb', 'small', _SMALL),
    'residual_sift_small': Method('sift', 'small', _SMALL),
    'residual_rootsift_small': Method('rootsift', 'small', _SMALL),
    'residual_rootsift_tiny': Method('rootsift', 'tiny', _TINY),
    'residual_rootsift_upright_small': Method('rootsift_upright', 'small', _SMALL),
    'residual_akaze': Method('akaze_rootsift', 'full', _FULL),
    'residual_akaze_small': Method('akaze_rootsift', 'small', _SMALL),
    'residual_akaze_tiny': Method('akaze_rootsift', 'tiny', _TINY),
    'residual_hessian': Method('hessian_rootsift', 'full', _FULL),
    'residual_hessian_small': Method('hessian_rootsift', 'small', _SMALL),
    'residual_hessian_tiny': Method('hessian_rootsift', 'tiny', _TINY),
    'residual_surf_small': Method('surf', 'small', _SMALL),
    'residual_hessian_small_binary': Method(
        'hessian_rootsift', 'small', 'residual_hessian_small in 256 bits',
        base='residual_hessian_small'),
    'residual_orb_small_binary': Method(
        'orb', 'small', 'residual_orb_small in 256 bits', base='residual_orb_small'),
    'cnn_sift': Method('sift', 'paper', _CNN, fused=False),
    'cnn_surf': Method('surf', 'paper', _CNN, fused=False),
    'cnn_sift_half': Method('sift', 'half', _CNN_HALF, fused=False),
    'cnn_sift_small': Method('sift', 'small', _CNN_SMALL, fused=False),
    'cnn_surf_small': Method('surf', 'small', _CNN_SMALL, fused=False),
    'superpoint': Method('', 'learned', 'SuperPoint (1712.07629), trained here'),
    'goodpoint': Method('', 'learned', 'GoodPoint (2006.01030), trained here'),
    'lfnet': Method('', 'learned', 'LF-Net (1805.09662), trained here'),
    'posfeat': Method('', 'learned', 'PoSFeat (2201.02861), trained here'),
}


def register(name: str, method: Method) -> None:
    """Add a method from outside this package; ValueError where the name is another's."""
    if METHODS.setdefault(name, method) != method:
        raise ValueError(f'a method {name} exists already: {METHODS[name].summary}')
