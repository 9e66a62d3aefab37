# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.orb import detect_orb
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View


def test_bits_places_and_levels_are_opencvs_strongest_first(image):
    grey = np.ascontiguousarray(image[..., 1])
    found = detect_orb(View(grey), 80, ExtractorConfig(orb_fast_threshold=20))
    points, rows = cv2.ORB.create(nfeatures=80, fastThreshold=20).detectAndCompute(grey, None)
    expected = {(*point.pt, point.size, point.angle, point.octave): row.tolist()
                for point, row in zip(points, rows, strict=True)}
    assert len(found) == len(points) > 50 and found.descriptors.shape[1] == 32
    columns = (found.keypoints[:, 0], found.keypoints[:, 1], found.sizes, found.angles,
               found.octaves)
    for key, row in zip(zip(*(column.tolist() for column in columns), strict=True),
                        found.descriptors.tolist(), strict=True):
        assert expected[key] == row
    assert (np.diff(found.responses) <= 0).all()


def test_a_mask_is_filled_beyond_what_the_levels_give(image):
    grey = np.ascontiguousarray(image[..., 1])
    allowed = np.zeros(grey.shape, bool)
    allowed[60:200, 100:220] = True
    found = detect_orb(View(grey), 250, ExtractorConfig(), Mask(allowed))
    assert len(found) == 250 and Mask(allowed).allows(found.keypoints).all()
    few = detect_orb(View(grey), 5000, ExtractorConfig(), Mask(allowed))
    assert 250 < len(few) < 5000  # all there are


def test_a_higher_fast_threshold_leaves_less_contrast_out(image):
    grey = (image[..., 1] // 4 + 90).astype(np.uint8)
    counts = [len(detect_orb(View(grey), 2000, ExtractorConfig(orb_fast_threshold=threshold)))
              for threshold in (3, 10, 30)]
    assert counts[0] > counts[1] > counts[2]
