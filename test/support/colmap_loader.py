# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""COLMAP's side of ONNX files: what src/colmap/feature/aliked.cc and onnx_matchers.cc do.

As of commit 5d968cf (after 4.1.1). Resizing is OpenCV's here, and OpenImageIO's there.
"""
import cv2
import numpy as np
from onnxruntime import InferenceSession

PADDED_TO = 32
INPUTS = {'image': (None, 3, None, None), 'max_keypoints': (), 'min_score': ()}
OUTPUTS = {'keypoints': (None, None, None), 'descriptors': (None, None, None),
           'scores': (None, None)}
MATCHER_INPUTS = {'descs1': (None, None), 'descs2': (None, None), 'min_cossim': (),
                  'max_ratio': (), 'cross_check': ()}
MATCHER_OUTPUTS = {'idx0': (None,), 'idx1': (None,), 'scores': (None,)}


def check(nodes, expected):
    """Raise ValueError unless names, their order, ranks and stated sizes are as expected."""
    if [node.name for node in nodes] != list(expected):
        raise ValueError(f'expected {list(expected)}, found {[node.name for node in nodes]}')
    for node, shape in zip(nodes, expected.values(), strict=True):
        if len(node.shape) != len(shape) or any(
                side not in (None, found) for side, found in zip(shape, node.shape, strict=True)):
            raise ValueError(f'{node.name}: expected the shape {shape}, found {node.shape}')


class ColmapExtractor:
    """A file as --AlikedExtraction.n16rot_model_path, with the other options of that group."""

    def __init__(self, path, max_num_features=2048, min_score=0.2, max_image_size=1600):
        self.session = InferenceSession(str(path), providers=['CPUExecutionProvider'])
        check(self.session.get_inputs(), INPUTS)
        check(self.session.get_outputs(), OUTPUTS)
        self.dim = self.session.get_outputs()[1].shape[2]
        if not isinstance(self.dim, int):
            raise ValueError(f'descriptors: the file does not say how many values: {self.dim}')
        self.max_num_features, self.min_score = max_num_features, min_score
        self.max_image_size = max_image_size

    def extract(self, image):
        """Return keypoints (N, 2) and descriptors (N, D).

        COLMAP's pixels have the centre of the first at (.5, .5).

        image: as it lies in a file, (H, W) grey or (H, W, 3) BGR uint8.
        """
        conversion = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
        rgb, (height, width) = self.shrunk(cv2.cvtColor(image, conversion)), image.shape[:2]
        keypoints, rows = self.of_bitmap(rgb)
        scale = np.array([width / rgb.shape[1], height / rgb.shape[0]], np.float32)
        return keypoints * scale, rows

    def shrunk(self, rgb):
        """Return the image with its longer side at most max_image_size."""
        height, width = rgb.shape[:2]
        scale = self.max_image_size / max(height, width)
        if scale >= 1:
            return rgb
        return cv2.resize(rgb, (round(width * scale), round(height * scale)),
                          interpolation=cv2.INTER_AREA)

    def of_bitmap(self, rgb):
        """Return what the network gives for an RGB image of any size."""
        height, width = rgb.shape[:2]
        below, right = -height % PADDED_TO, -width % PADDED_TO
        planes = rgb.transpose(2, 0, 1).astype(np.float32) * np.float32(1 / 255)
        planes = np.pad(planes, ((0, 0), (0, below), (0, right)), 'edge')[None]
        least = np.float32(self.min_score)
        found = self.session.run(None, {
            'image': planes, 'max_keypoints': np.array(self.max_num_features, np.int64),
            'min_score': np.array(least)})
        if any(array.dtype != np.float32 for array in found):
            raise ValueError(f'read as float32: {[array.dtype for array in found]}')
        keypoints, rows, scores = found
        count = keypoints.shape[1]
        shapes = [array.shape for array in found]
        if shapes != [(1, count, 2), (1, count, self.dim), (1, count)]:
            raise ValueError(f'keypoints, descriptors and scores have the shapes {shapes}')
        half = np.array([width + right - 1, height + below - 1], np.float32) / 2
        pixels = (keypoints[0] + 1) * half + np.float32(0.5)
        kept = ~(scores[0] < least) & np.all((pixels >= 0) & (pixels < [width, height]), axis=1)
        return pixels[kept], rows[0][kept]


class ColmapMatcher:
    """A file as --AlikedMatching.bruteforce_model_path, which ALIKED_BRUTEFORCE runs.

    Its settings are those of that group that begin with brute_force_.
    """

    def __init__(self, path, min_cossim=0.85, max_ratio=1.0, cross_check=True):
        self.session = InferenceSession(str(path), providers=['CPUExecutionProvider'])
        check(self.session.get_inputs(), MATCHER_INPUTS)
        check(self.session.get_outputs(), MATCHER_OUTPUTS)
        self.settings = {'min_cossim': np.array(min_cossim, np.float32),
                         'max_ratio': np.array(max_ratio, np.float32),
                         'cross_check': np.array(cross_check, np.int64)}

    def match(self, rows1, rows2):
        """Return (M, 2) which row of the first matches which of the second."""
        if min(len(rows1), len(rows2)) < 2:
            return np.zeros((0, 2), np.int64)
        first, second, _ = self.session.run(
            None, {'descs1': rows1, 'descs2': rows2, **self.settings})
        if any(array.dtype != np.int64 for array in (first, second)) or len(first) != len(second):
            raise ValueError(f'read as int64 of one length: {first.dtype} {len(first)}, '
                             f'{second.dtype} {len(second)}')
        for indices, rows in ((first, rows1), (second, rows2)):
            if len(indices) and not (indices.min() >= 0 and indices.max() < len(rows)):
                raise ValueError(f'{indices.max()}: there are {len(rows)} rows')
        return np.stack([first, second], axis=1)
