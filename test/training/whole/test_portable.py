# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Other projects' loaders, as the stand-ins of test/support have them, get the same features."""
import dataclasses
import shutil
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from support.colmap_loader import ColmapExtractor, ColmapMatcher
from support.pictures import textured
from support.rtabmap_detector import PyDetector

from residual_features_ros import create_extractor
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import ConfigError, OutputError
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import load_card, sha256_of
from training.whole import portable
from training.whole.colmap_matcher import min_cossim
from training.whole.export import export_whole
from training.whole.portable import rewrite, write_for

METHOD, COUNT = 'residual_hessian_small', 300
SIZE = WIDTH, HEIGHT = 320, 256
PHOTOGRAPHS = ('graf', 'leuven', 'boat', 'trees')


def made(folder, channels, loader, method=METHOD):
    """Return the card of a whole network and the files for a loader."""
    config = ExtractorConfig(method=method, max_keypoints=COUNT)
    card = export_whole(method, folder, SIZE, config, channels)
    return card, write_for(loader, card)


@pytest.fixture(scope='module')
def colmap(tmp_path_factory):
    return made(tmp_path_factory.mktemp('colmap'), 3, 'colmap')


@pytest.fixture(scope='module')
def rtabmap(tmp_path_factory):
    return made(tmp_path_factory.mktemp('rtabmap'), 1, 'rtabmap')


@pytest.fixture(scope='module')
def detector(rtabmap):
    """Return the script, opened as RTAB-Map opens it."""
    paths = [*sys.path]
    yield PyDetector(rtabmap[1][1], max_features=0)
    sys.path[:] = paths
    sys.modules.pop(rtabmap[1][1].stem, None)


@pytest.fixture(scope='module')
def extractor():
    return create_extractor(METHOD, COUNT, precision='fp32')


def photographs(data_root):
    """Return one photograph of each scene, as BGR images of SIZE."""
    paths = [data_root / 'homography' / name / '1.png' for name in PHOTOGRAPHS]
    if not all(path.is_file() for path in paths):
        pytest.skip('RESIDUAL_FEATURES_DATA has no homography')
    return [cv2.resize(cv2.imread(str(path)), SIZE, interpolation=cv2.INTER_AREA)
            for path in paths]


def assert_same(places, rows, features):
    """Fail unless 98 % of the features are there within .1 px, with rows of cosine .999."""
    assert len(features) > 100 and abs(len(places) - len(features)) <= len(features) / 100
    away = np.linalg.norm(features.keypoints[:, None] - places, axis=2)
    cosines = np.where(away <= 0.1, features.descriptors @ rows.T, -1).max(1)
    assert np.mean(cosines > -1) >= 0.98
    assert np.median(cosines[cosines > -1]) >= 0.999
    assert np.mean(cosines > 0.99) >= 0.96


def test_colmap_gets_the_features_of_the_package(colmap, extractor):
    for seed in range(2):
        image = textured(*SIZE, seed=seed)
        keypoints, rows = ColmapExtractor(colmap[1][0]).extract(image)
        assert_same(keypoints - 0.5, rows, extractor.extract(image))


def test_colmap_gets_those_of_photographs(colmap, extractor, data_root):
    for image in photographs(data_root):
        keypoints, rows = ColmapExtractor(colmap[1][0]).extract(image)
        assert_same(keypoints - 0.5, rows, extractor.extract(image))


def test_colmap_gets_those_of_grey_images(colmap, extractor):
    grey = to_grey(textured(*SIZE))
    keypoints, rows = ColmapExtractor(colmap[1][0]).extract(grey)
    assert_same(keypoints - 0.5, rows, extractor.extract(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)))


def test_colmap_gets_those_of_images_that_it_pads_and_shrinks(colmap, extractor):
    image = textured(301, 250)
    padded = cv2.copyMakeBorder(image, 0, 6, 0, 19, cv2.BORDER_REPLICATE)
    features = extractor.extract(padded)
    keypoints, rows = ColmapExtractor(colmap[1][0]).extract(image)
    inside = np.all(features.keypoints + 0.5 < (301, 250), axis=1)
    assert np.all(keypoints < (301, 250)) and not inside.all()
    assert_same(keypoints - 0.5, rows, features.take(np.flatnonzero(inside)))

    image = textured(2 * WIDTH, 2 * HEIGHT)
    keypoints, rows = ColmapExtractor(colmap[1][0], max_image_size=WIDTH).extract(image)
    small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
    assert_same(keypoints / 2 - 0.5, rows, extractor.extract(small))


def test_colmap_gets_as_many_as_it_asks_for_strongest_first(colmap):
    image = textured(*SIZE)
    path = colmap[1][0]
    keypoints, rows = ColmapExtractor(path).extract(image)
    assert len(keypoints) == COUNT
    some, rows_of_some = ColmapExtractor(path, 50).extract(image)
    np.testing.assert_array_equal(some, keypoints[:50])
    np.testing.assert_array_equal(rows_of_some, rows[:50])
    assert len(ColmapExtractor(path, min_score=0).extract(image)[0]) == COUNT
    assert len(ColmapExtractor(path, min_score=0.7501).extract(image)[0]) == COUNT // 2
    assert len(ColmapExtractor(path).extract(np.full_like(image, 90))[0]) == 0


def test_the_network_itself_drops_what_is_under_the_least_score(colmap):
    session = onnxruntime.InferenceSession(str(colmap[1][0]))
    image = textured(*SIZE)[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255
    keypoints, rows, scores = session.run(None, {
        'image': image, 'max_keypoints': np.array(200), 'min_score': np.array(0.9001, np.float32)})
    assert keypoints.shape[1] == rows.shape[1] == scores.shape[1] == COUNT // 5
    np.testing.assert_allclose(scores[0], 1 - np.arange(COUNT // 5) / (2 * COUNT), rtol=1e-6)
    assert np.abs(keypoints).max() <= 1


def test_a_file_for_colmap_takes_one_size_alone(colmap):
    with pytest.raises(Exception, match='Got: 288 Expected: 320'):
        ColmapExtractor(colmap[1][0]).extract(textured(270, 256))


def test_colmap_matches_by_the_threshold_of_the_card(colmap, data_root):
    """Of COLMAP's own least cosine and the card's, the card's keeps more of the right matches."""
    photographs(data_root)
    paths = colmap[1]
    least = min_cossim(load_card(METHOD))
    assert least == pytest.approx(0.588, abs=5e-4)
    kept = {least: [], 0.85: []}
    for name in PHOTOGRAPHS:
        folder = data_root / 'homography' / name
        images = [cv2.imread(str(folder / f'{number}.png')) for number in (1, 2)]
        extract = ColmapExtractor(paths[0], max_image_size=WIDTH).extract
        images = [cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA) for image in images]
        (first, rows1), (second, rows2) = (extract(image) for image in images)
        homography = to_small(np.loadtxt(folder / 'H_1_2'), cv2.imread(str(folder / '1.png')),
                              cv2.imread(str(folder / '2.png')))
        truth = cv2.perspectiveTransform(first[None].astype(np.float64), homography)[0]
        for value in kept:
            pairs = ColmapMatcher(paths[1], value).match(rows1, rows2)
            off = np.linalg.norm(truth[pairs[:, 0]] - second[pairs[:, 1]], axis=1)
            kept[value].append((int((off < 3).sum()), len(pairs)))
    for (right, pairs), (fewer, _) in zip(kept[least], kept[0.85], strict=True):
        assert right >= 0.9 * pairs and right > fewer


def to_small(homography, first, second):
    """Return the homography between two images that are resized to SIZE, COLMAP's pixels."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    scales = [np.diag([WIDTH / image.shape[1], HEIGHT / image.shape[0], 1])
              for image in (first, second)]
    return scales[1] @ half @ homography @ np.linalg.inv(scales[0] @ half)


def test_rtabmap_gets_the_features_of_the_package(detector, extractor):
    for seed in range(2):
        grey = to_grey(textured(*SIZE, seed=seed))
        features = extractor.extract(grey)
        keypoints, rows = detector.detect(grey)
        assert_same(keypoints[:, :2], rows, features)
        np.testing.assert_allclose(keypoints[:50, 2], np.sort(features.responses)[:-51:-1],
                                   rtol=0.01)


def test_rtabmap_gets_those_of_photographs(detector, extractor, data_root):
    for image in photographs(data_root):
        grey = to_grey(image)
        keypoints, rows = detector.detect(grey)
        assert_same(keypoints[:, :2], rows, extractor.extract(grey))


def test_rtabmap_gets_none_of_a_blank_image(detector):
    keypoints, rows = detector.detect(np.full((HEIGHT, WIDTH), 90, np.uint8))
    assert keypoints.shape == (0, 3) and rows.shape == (0, 128)


def test_rtabmaps_file_has_the_names_of_lightglue_onnx(rtabmap):
    session = onnxruntime.InferenceSession(str(rtabmap[1][0]))
    assert [(item.name, item.type, item.shape)
            for item in [*session.get_inputs(), *session.get_outputs()]] == [
        ('image', 'tensor(float)', [1, 1, HEIGHT, WIDTH]),
        ('keypoints', 'tensor(float)', [1, 'k', 2]), ('scores', 'tensor(float)', [1, 'k']),
        ('descriptors', 'tensor(float)', [1, 'k', 128])]


def test_a_learned_detector_is_taken_too(tmp_path):
    _, paths = made(tmp_path, 3, 'colmap', 'superpoint')
    image = textured(*SIZE)
    keypoints, rows = ColmapExtractor(paths[0]).extract(image)
    features = create_extractor('superpoint', COUNT, precision='fp32').extract(image)
    assert_same(keypoints - 0.5, rows, features)


def test_the_file_says_what_it_was_made_of(colmap, rtabmap):
    for loader, (card, paths) in (('colmap', colmap), ('rtabmap', rtabmap)):
        said = {item.key: item.value for item in onnx.load(str(paths[0])).metadata_props}
        assert said['sha256'] == sha256_of(card.path('whole')) and said['whole'] == card.name
        assert (said['method'], said['loader']) == (METHOD, loader)
        assert said['licence'] == card.licence and said['data'] == card.data
        assert [path.name.split('.')[0] for path in paths] == [
            f'{METHOD}_320x256_300_{loader}',
            f'{METHOD}_320x256_300_{loader}' + '_matcher' * (loader == 'colmap')]


def test_nothing_is_replaced_and_nothing_half_made_is_left(colmap, tmp_path, monkeypatch):
    card, paths = colmap
    before = paths[0].read_bytes()
    with pytest.raises(OutputError, match='there already'):
        write_for('colmap', card)
    assert paths[0].read_bytes() == before

    shutil.copyfile(card.path('whole'), tmp_path / card.path('whole').name)
    monkeypatch.setattr(portable, 'SCRIPT', tmp_path / 'none.py')
    grey = dataclasses.replace(card, folder=tmp_path, channels=1)
    with pytest.raises(FileNotFoundError):
        write_for('rtabmap', grey)
    assert [path.name for path in tmp_path.iterdir()] == [card.path('whole').name]


def test_what_a_loader_cannot_use_is_refused(colmap, rtabmap):
    model = onnx.load(str(colmap[0].path('whole')))
    with pytest.raises(ConfigError, match='add --grey'):
        rewrite(model, colmap[0], 'rtabmap')
    with pytest.raises(ConfigError, match='leave out --grey'):
        rewrite(model, rtabmap[0], 'colmap')
    with pytest.raises(ConfigError, match='these are bits'):
        rewrite(model, dataclasses.replace(colmap[0], bits=256), 'colmap')
