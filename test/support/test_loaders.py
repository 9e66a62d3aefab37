# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-ins for other projects' loaders read what those read, and refuse what those refuse."""
import sys

import numpy as np
import pytest

from support.rtabmap_detector import PyDetector

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')

from support.colmap_loader import ColmapExtractor, ColmapMatcher  # noqa: E402

# The reddest pixels, red as the score and colour as the descriptor.
COLMAP = """<ir_version: 8, opset_import: ["" : 17]>
reddest (float[b, 3, h, w] image, int64 max_keypoints, float min_score)
  => (float[1, k, 2] keypoints, float[1, k, 3] descriptors, float[1, k] scores)
<int64[3] planes = {1, 3, -1}, int64[2] pixels = {3, -1}, int64[1] one = {1}, int64 red = {0},
 int64[2] height_width = {2, 3}, int64[2] width_height = {1, 0}, int64[1] last = {2},
 int64 first = {0}, float[1] two = {2.0}, float[1] unit = {1.0}> {
  values = Reshape(image, planes)
  reds = Gather<axis = 1>(values, red)
  most = Reshape(max_keypoints, one)
  scores, index = TopK(reds, most)
  shape = Shape(image)
  size = Gather(shape, height_width)
  sides = Gather(size, width_height)
  width = Gather(sides, first)
  x = Mod(index, width)
  y = Div(index, width)
  x3 = Unsqueeze(x, last)
  y3 = Unsqueeze(y, last)
  xy = Concat<axis = 2>(x3, y3)
  places = Cast<to = 1>(xy)
  long = Cast<to = 1>(sides)
  less = Sub(long, unit)
  half = Div(less, two)
  share = Div(places, half)
  keypoints = Sub(share, unit)
  flat = Reshape(image, pixels)
  colours = Gather<axis = 1>(flat, index)
  descriptors = Transpose<perm = [1, 2, 0]>(colours)
}"""
DETECTOR = """
import numpy as np

def init(cuda):
    assert cuda in (0, 1)

def detect(image):
    y, x = np.nonzero(image)
    keypoints = np.stack([x, y, image[y, x]], axis=1).astype(np.float32)
    rows = np.stack([x, y, x + y, y - x], axis=1).astype(np.float32)
    return {answer}
"""


def written(text, path):
    model = onnx.parser.parse_model(text)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def spots(width, height):
    """Return a black BGR image with two coloured pixels, one of them in the last corner."""
    image = np.zeros((height, width, 3), np.uint8)
    image[5, 10] = 30, 20, 250
    image[-1, -1] = 0, 10, 200
    return image


def test_colmap_pads_asks_for_a_number_and_drops_what_it_padded(tmp_path):
    path = written(COLMAP, tmp_path / 'reddest.onnx')
    keypoints, rows = ColmapExtractor(path, 600, 0.5).extract(spots(70, 45))
    np.testing.assert_allclose(keypoints, [[10.5, 5.5], [69.5, 44.5]], atol=1e-4)
    np.testing.assert_allclose(255 * rows, [[250, 20, 30], [200, 10, 0]], rtol=1e-6)
    assert len(ColmapExtractor(path, 1).extract(spots(70, 45))[0]) == 1
    assert len(ColmapExtractor(path, 1, 0.99).extract(spots(70, 45))[0]) == 0


def test_colmap_shrinks_and_maps_back(tmp_path):
    image = np.zeros((60, 80), np.uint8)
    image[10:12, 20:22] = 255
    path = written(COLMAP, tmp_path / 'reddest.onnx')
    keypoints, _ = ColmapExtractor(path, 1, max_image_size=40).extract(image)
    np.testing.assert_allclose(keypoints, [[21, 11]], atol=1e-4)  # the block from 20 to 22


@pytest.mark.parametrize(('old', 'new', 'message'), [
    ('image', 'images', "expected .'image'"),
    ('scores', 'score', "expected .'keypoints'"),
    ('float[b, 3, h, w]', 'float[b, 4, h, w]', 'image: expected the shape')])
def test_colmap_refuses(tmp_path, old, new, message):
    path = written(COLMAP.replace(old, new), tmp_path / 'other.onnx')
    with pytest.raises(ValueError, match=message):
        ColmapExtractor(path)


def test_colmaps_matcher_checks_names_and_indices(tmp_path):
    """A network that matches each row to its index, and beyond the last where there are fewer."""
    text = """<ir_version: 8, opset_import: ["" : 17]>
    same (float[n1, d] descs1, float[n2, d] descs2, float min_cossim, float max_ratio,
          int64 cross_check) => (int64[m] idx0, int64[m] idx1, float[m] scores)
    <int64 zero = {0}, int64 one = {1}> {
      shape = Shape<start = 0, end = 1>(descs1)
      count = Squeeze(shape)
      idx0 = Range(zero, count, one)
      idx1 = Range(zero, count, one)
      scores = Cast<to = 1>(idx0)
    }"""
    rows = np.eye(4, dtype=np.float32)
    opened = ColmapMatcher(written(text, tmp_path / 'same.onnx'))
    assert opened.match(rows, rows).tolist() == [[i, i] for i in range(4)]
    with pytest.raises(ValueError, match='3: there are 3 rows'):
        opened.match(rows, rows[:3])
    with pytest.raises(ValueError, match=r"expected .'descs1'"):
        ColmapMatcher(written(text.replace('descs2', 'rows2'), tmp_path / 'other.onnx'))


def test_colmap_wants_to_know_how_long_rows_are(tmp_path):
    text = COLMAP.replace('descriptors = T', 'rows = T').replace('1, k, 3', '1, k, d').replace(
        '(colours)', '(colours)\n  one_more = Cast<to = 9>(planes)\n'
        '  descriptors = Compress<axis = 2>(rows, one_more)')
    with pytest.raises(ValueError, match='how many values'):
        ColmapExtractor(written(text, tmp_path / 'open.onnx'))


@pytest.fixture
def detector(tmp_path, monkeypatch):
    """Return a function that opens a detector of an answer."""
    monkeypatch.setattr(sys, 'path', [*sys.path])
    monkeypatch.delitem(sys.modules, 'made_detector_script', raising=False)

    def opened(answer, **settings):
        path = tmp_path / 'made_detector_script.py'
        path.write_text(DETECTOR.replace('{answer}', answer))
        return PyDetector(path, **settings)
    yield opened
    sys.modules.pop('made_detector_script', None)


def grey_spots():
    image = np.zeros((20, 30), np.uint8)
    image[2, 3], image[10, 29], image[19, 0] = 100, 250, 50
    return image


def test_rtabmap_takes_keypoints_and_rows(detector):
    keypoints, rows = detector('keypoints, rows').detect(grey_spots())
    np.testing.assert_array_equal(keypoints, [[3, 2, 100], [29, 10, 250], [0, 19, 50]])
    np.testing.assert_array_equal(rows[1], [29, 10, 39, -19])


def test_rtabmap_keeps_the_strongest_and_obeys_a_mask(detector):
    opened = detector('keypoints, rows', max_features=1)
    assert opened.detect(grey_spots())[0].tolist() == [[29, 10, 250]]
    mask = np.ones((20, 30), np.uint8)
    mask[10] = 0
    assert opened.detect(grey_spots(), mask)[0].tolist() == [[3, 2, 100]]


def test_rtabmap_takes_an_image_without_keypoints(detector):
    keypoints, rows = detector('keypoints, rows').detect(np.zeros((20, 30), np.uint8))
    assert keypoints.shape == (0, 3) and rows.shape == (0, 4)


def test_rtabmap_reads_memory_whatever_the_strides(detector):
    _, rows = detector('keypoints, np.asfortranarray(rows)').detect(grey_spots())
    assert rows[1].tolist() != [29, 10, 39, -19]


@pytest.mark.parametrize(('answer', 'message'), [
    ('[keypoints, rows]', 'tuple'), ('keypoints, rows.astype(float)', 'float32'),
    ('keypoints[:, :2].copy(), rows', 'do not fit'), ('keypoints, rows[1:].copy()', 'do not fit')])
def test_rtabmap_refuses(detector, answer, message):
    with pytest.raises(ValueError, match=message):
        detector(answer).detect(grey_spots())
