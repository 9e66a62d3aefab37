# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Add the windows around keypoints that f sees to the samples of a dataset."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from residual_features_ros.image import to_grey
from residual_features_ros.rows.windows import Window, cut_windows
from training.data.cached import Samples


class WindowedSamples:
    """A dataset's samples with 'windows' (2, K, C, S, S) float16, zeros where no keypoint is."""

    def __init__(self, dataset: Samples, windows: Sequence[Window], samples: int) -> None:
        """Hold the dataset, the C windows, and how many samples S their sides have."""
        self.dataset, self.windows, self.samples = dataset, windows, samples

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        sample = self.dataset[number]
        cut = []
        for image, keypoints in zip(sample['images'], sample['keypoints'], strict=True):
            windows = cut_windows(to_grey(image), keypoints, self.windows, self.samples)
            windows[keypoints[:, 2] == 0] = 0  # a row of zeros is no keypoint
            cut.append(windows.astype(np.float16))
        return {**sample, 'windows': np.stack(cut)}
