# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What calibrate can be asked."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CalibrateOptions:
    """What the command line asks for.

    methods: names of the registry, by the folder of their weights; '' for the shipped ones.
    images: folder or pack of photographs.
    exposure: folder of pairs NNN/{1,2}.* that differ by nothing but light, None for none.
    out: the card of the one method, or the file of methods without networks; None for those that
        the runtime reads.
    plot, threshold_plot, result: new files for the reliability diagram, the histograms with the
        thresholds, and all numbers, None for none.
    pairs: of photographs to fit on, and as many others to measure on.
    size: (width, height) of the views in pixels.
    max_keypoints: most keypoints of a view.
    keep_confidence: fit the thresholds alone.
    """

    methods: dict[str, str]
    images: Path
    exposure: Path | None = None
    out: Path | None = None
    plot: Path | None = None
    result: Path | None = None
    pairs: int = 60
    size: tuple[int, int] = (640, 480)
    max_keypoints: int = 1000
    threshold_plot: Path | None = None
    keep_confidence: bool = False

    def command(self) -> str:
        """Return the command line, with folders and files left to the reader."""
        defaults = CalibrateOptions({}, Path())
        width, height = self.size
        return ' '.join([
            'python -m training calibrate', *self.methods, '--images DIR',
            *(['--exposure DIR'] if self.exposure else []),
            *([f'--pairs {self.pairs}'] if self.pairs != defaults.pairs else []),
            *([f'--size {width}x{height}'] if self.size != defaults.size else []),
            *([f'--max-keypoints {self.max_keypoints}']
              if self.max_keypoints != defaults.max_keypoints else []),
            *(['--keep-confidence'] if self.keep_confidence else [])])
