# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How authors' published files of weights name what our networks have, as facts.

Names and shapes are those of the networks' source in the repositories, at the commits that are
given; no file of weights was at hand. Prefixes 'module.', of torch's parallel wrappers, are left
out.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn

VGG = ('conv1a', 'conv1b', 'conv2a', 'conv2b', 'conv3a', 'conv3b', 'conv4a', 'conv4b',
       'convPa', 'convPb', 'convDa', 'convDb')
NORMS = (*(f'batchnorm{number}' for number in range(8)), 'batchnormPa', 'batchnormPb',
         'batchnormDa')
POSFEAT = {
    'h.description.encoder.conv1': 'backbone.firstconv',
    'h.description.encoder.bn1': 'backbone.firstbn',
    **{f'h.description.encoder.layer{number}': f'backbone.layer{number}' for number in (1, 2, 3)},
    **{f'h.description.up{number}': f'backbone.upconv{number}.conv' for number in (3, 2)},
    **{f'h.description.join{number}': f'backbone.iconv{number}' for number in (3, 2)},
    'h.description.last': 'backbone.conv_fine',
    'h.detection.prelu': 'localheader.relu',
    'h.detection': 'localheader'}


@dataclass(frozen=True)
class Layout:
    """One method's files.

    source: repository and commit of the authors' code. licence, data: of the weights, for cards.
    prefixes: of our networks, the longest that a name begins with -> its name in the file.
    files: of a folder, each of which gives its tensors a prefix of its name; () for one file.
    inside: the key of the tensors in a file that has others besides; '' for none.
    unused: prefixes of what the file has for other purposes.
    differs: what the authors' test-time code does otherwise than ours.
    """

    source: str
    licence: str
    data: str
    prefixes: Callable[[nn.Module], Mapping[str, str]]
    files: tuple[str, ...] = ()
    inside: str = ''
    unused: tuple[str, ...] = ()
    differs: str = ''


def in_order(model: nn.Module) -> dict[str, str]:
    """Return the names of SuperPoint's convolutions, and of GoodPoint's BatchNorms, in order."""
    found: dict[str, str] = {}
    for kind, theirs in ((nn.Conv2d, VGG), (nn.BatchNorm2d, NORMS)):
        ours = [name for name, layer in model.named_modules() if isinstance(layer, kind)]
        if ours:
            found |= dict(zip(ours, theirs, strict=True))
    return found


LAYOUTS = {
    'superpoint': Layout(
        'github.com/magicleap/SuperPointPretrainedNetwork at 1fda796, superpoint_v1.pth',
        'as its authors state: for academic or non-profit noncommercial research only, not to be '
        'passed on (LICENSE of that repository)',
        'MS-COCO and synthetic shapes, as its authors state', in_order,
        differs="the authors' demo normalises the cells of the map before it reads between them, "
                'places them by whole images instead of pixel centres, has the threshold .015 and '
                'suppresses greedily'),
    'goodpoint': Layout(
        'github.com/singnet/image-matching at f861eb8, fem/goodpoint.py',
        'as its authors state; their repository has no licence', 'MS-COCO, as its authors state',
        in_order, inside='superpoint',
        differs="the authors' code places keypoints in the map of descriptors corners on corners "
                'and suppresses within 8 px'),
    'posfeat': Layout(
        'github.com/The-Learning-And-Vision-Atelier-LAVA/PoSFeat at 116ee92, networks/',
        'as its authors state (their code: Apache-2.0)',
        "MegaDepth as CAPS has it, from ImageNet's ResNet-50, as its authors state",
        lambda model: POSFEAT, files=('backbone', 'localheader'),
        unused=('backbone.conv_coarse.',),
        differs="the authors' code cuts images to multiples of 16 pixels, ours are padded"),
}
