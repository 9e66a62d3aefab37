# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What vocabulary can be asked."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class VocabularyOptions:
    """What the command line asks for.

    images: folders or packs of photographs.
    method, weights: whose descriptors; the folder of its networks, '' for the shipped ones.
    branching, levels: of the tree, which has branching**levels words at most.
    out, also: new files: .npz, .txt or .txt.gz; the same in further formats (files.WRITERS).
    max_keypoints: most keypoints of a photograph.
    memory_mb: of the descriptors that the tree is grown from, a sample where there are more.
    seed: of all that is drawn.
    held_out: take the photographs too that training holds out.
    licence, data: for the card.
    """

    images: tuple[Path, ...]
    method: str
    out: Path
    weights: str = ''
    branching: int = 10
    levels: int = 5
    also: tuple[Path, ...] = ()
    max_keypoints: int = 1000
    memory_mb: float = 1000.0
    seed: int = 0
    held_out: bool = False
    licence: str = 'as the photographs'
    data: str = 'not stated'

    @property
    def work(self) -> Path:
        """Return the folder of what a run that is cut off goes on from."""
        return self.out.with_name(self.out.name + '.work')

    def command(self) -> str:
        """Return the command line, with folders and files left to the reader."""
        defaults = VocabularyOptions((), '', Path())
        changed = [(name, value) for name in ('max_keypoints', 'memory_mb', 'seed')
                   if (value := getattr(self, name)) != getattr(defaults, name)]
        return ' '.join([
            'python -m training vocabulary --images', *('DIR' for _ in self.images),
            f'--method {self.method}', *(['--weights DIR'] if self.weights else []),
            f'--branching {self.branching} --levels {self.levels}',
            *(f'--{name.replace("_", "-")} {value:g}' for name, value in changed),
            *(['--held-out'] if self.held_out else []), '--out FILE'])
