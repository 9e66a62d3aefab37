# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of methods: one word per method, the same everywhere."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """What a method's name stands for.

    handcrafted: g, the detector and descriptor (handcrafted.HANDCRAFTED); '' where h finds the
        keypoints (detection.find).
    network: whether networks h and f make the descriptor (files in weights/).
    first_scale, scale_factor: a keypoint of pyramid level k was found in the image scaled by
        1 / (first_scale * scale_factor**k).
    """

    handcrafted: str
    network: bool
    first_scale: float
    scale_factor: float
    summary: str


# OpenCV's SIFT starts one octave below the image (upsampled by 2).
_SIFT = {'first_scale': 0.5, 'scale_factor': 2.0}
_SURF = {'first_scale': 1.0, 'scale_factor': 2.0}
_ORB = {'first_scale': 1.0, 'scale_factor': 1.2}
# One level, the image itself.
_LEARNED = {'first_scale': 1.0, 'scale_factor': 2.0}
_FULL = 'the Residual paper, full network'
_SMALL = 'the Residual paper, small network'
_TINY = 'the Residual paper, small network and the least fusion'
_CNN = 'h alone at these keypoints (ablation), full network'
_CNN_SMALL = 'h alone at these keypoints (ablation), small network'

METHODS: dict[str, Method] = {
    'orb': Method('orb', False, **_ORB, summary='ORB, 256 bits'),
    'sift': Method('sift', False, **_SIFT, summary='SIFT, 128 floats'),
    'rootsift': Method('rootsift', False, **_SIFT, summary='SIFT with the Hellinger kernel'),
    'rootsift_upright': Method('rootsift_upright', False, **_SIFT,
                               summary='RootSIFT without orientation'),
    'surf': Method('surf', False, **_SURF, summary="SURF, OpenCV's where built, else mahotas'"),
    'residual_sift': Method('sift', True, **_SIFT, summary=_FULL),
    'residual_rootsift': Method('rootsift', True, **_SIFT, summary=_FULL),
    'residual_rootsift_upright': Method('rootsift_upright', True, **_SIFT, summary=_FULL),
    'residual_surf': Method('surf', True, **_SURF, summary=_FULL),
    'residual_orb': Method('orb', True, **_ORB, summary=_FULL),
    'residual_orb_small': Method('orb', True, **_ORB, summary=_SMALL),
    'residual_sift_small': Method('sift', True, **_SIFT, summary=_SMALL),
    'residual_rootsift_small': Method('rootsift', True, **_SIFT, summary=_SMALL),
    'residual_rootsift_tiny': Method('rootsift', True, **_SIFT, summary=_TINY),
    'residual_rootsift_upright_small': Method('rootsift_upright', True, **_SIFT, summary=_SMALL),
    'residual_surf_small': Method('surf', True, **_SURF, summary=_SMALL),
    'cnn_sift': Method('sift', True, **_SIFT, summary=_CNN),
    'cnn_surf': Method('surf', True, **_SURF, summary=_CNN),
    'cnn_sift_small': Method('sift', True, **_SIFT, summary=_CNN_SMALL),
    'cnn_surf_small': Method('surf', True, **_SURF, summary=_CNN_SMALL),
    'superpoint': Method('', True, **_LEARNED, summary='SuperPoint (1712.07629), trained here'),
    'goodpoint': Method('', True, **_LEARNED, summary='GoodPoint (2006.01030), trained here'),
    'lfnet': Method('', True, **_LEARNED, summary='LF-Net (1805.09662), trained here'),
    'posfeat': Method('', True, **_LEARNED, summary='PoSFeat (2201.02861), trained here'),
}


def register(name: str, method: Method) -> None:
    """Add a method from outside this package; ValueError where the name is another's."""
    if METHODS.setdefault(name, method) != method:
        raise ValueError(f'a method {name} exists already: {METHODS[name].summary}')
