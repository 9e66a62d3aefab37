# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import pickle

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.attention import HOPEFUL, MOST_SEEDS
from training.config import override
from training.data.sources.exposures import open_exposures
from training.data.sources.images import open_folder
from training.methods.attention.data import (
    FeaturePairs,
    SeededPairs,
    features_of,
    open_dataset,
    rows_of,
)
from training.methods.attention.recipe import create

SIZE = (240, 180)
STILL = [f'data.photometric.{name}=0' for name in (
    'brightness', 'contrast', 'saturation', 'hue_deg', 'noise', 'blur_share', 'motion_share',
    'grey_share', 'exposure_share', 'shade_share', 'jpeg_share')] + ['data.photometric.gamma=1']
CONFIG = override(create('attention'), [
    'data.size=(240, 180)', 'data.keypoints=200', 'data.exposure_share=0', 'features.least=60',
    'features.most=180', *STILL])


@pytest.fixture(scope='module')
def images(photographs):
    return open_folder(photographs)


@pytest.fixture(scope='module')
def pairs(images):
    return FeaturePairs(images, CONFIG, 3, 9)


@pytest.fixture(scope='module')
def found(pairs):
    return [pairs[number] for number in range(6)]


def same(item, other):
    return item.keys() == other.keys() and all(
        np.array_equal(item[name], other[name], equal_nan=True) for name in item)


def test_a_pair_is_a_function_of_seed_and_number(images, pairs, found):
    assert len(pairs) == 9
    assert {name: (array.shape, array.dtype.name) for name, array in found[0].items()} == {
        'rows': ((2, 200, 5), 'float32'), 'descriptors': ((2, 200, 128), 'float16'),
        'count': ((2,), 'int64'), 'places': ((2, 200, 2), 'float32')}
    assert same(FeaturePairs(images, CONFIG, 3, 99)[4], found[4])
    assert same(pickle.loads(pickle.dumps(pairs))[4], found[4])
    assert not same(FeaturePairs(images, CONFIG, 4, 9)[4], found[4])
    assert not same(found[3], found[4])


def test_missing_keypoints_are_zeros_without_a_place(found):
    for item in found:
        for view, count in enumerate(item['count']):
            assert 20 < count <= 200
            assert item['rows'][view, :count, 2].min() > 0
            assert not item['rows'][view, count:].any()
            assert not item['descriptors'][view, count:].any()
            assert np.isnan(item['places'][view, count:]).all()


@pytest.mark.parametrize('share', [0.0, 1.0])
def test_places_are_where_the_other_view_has_the_keypoint_too(images, share):
    config = override(CONFIG, [f'scenes.layered_share={share}'])
    near = {0: [], 12: []}
    for number in range(8):
        item = FeaturePairs(images, config, 0, 8)[number]
        first, second = (rows[:count, :2] for rows, count in
                         zip(item['rows'], item['count'], strict=True))
        for places, others in ((item['places'][0], second), (item['places'][1], first)):
            shown = places[~np.isnan(places[:, 0])]
            assert ((shown > -1) & (shown < np.array(SIZE))).all()
            for off_px, found in near.items():
                apart = np.linalg.norm((shown + off_px)[:, None] - others[None], axis=2)
                found += (apart.min(1) < 1.5).tolist()
    assert len(near[0]) > 300 and np.mean(near[0]) > max(0.3, 5 * np.mean(near[12]))


def test_pairs_of_two_exposures_are_one_plane(images, tmp_path):
    for scene in range(4):
        (tmp_path / f'{scene:03}').mkdir()
        for number in (1, 2):
            cv2.imwrite(str(tmp_path / f'{scene:03}' / f'{number}.png'),
                        textured(320, 240, seed=50 + scene) // number)
    exposures, _ = open_exposures(str(tmp_path))
    config = override(CONFIG, ['data.exposure_share=1', 'scenes.layered_share=1'])
    item = FeaturePairs(images, config, 0, 1, exposures)[0]
    shown = ~np.isnan(item['places'][0, :, 0])
    assert shown.sum() > 20
    _, inliers = cv2.findHomography(item['rows'][0, shown, :2], item['places'][0, shown])
    assert inliers.all()
    assert not same(item, FeaturePairs(images, config, 0, 1)[0])


def test_a_share_of_the_views_has_another_detector(images):
    sizes = {}
    for share in (0.0, 1.0):
        config = override(CONFIG, [f'features.other_share={share}'])
        sizes[share] = FeaturePairs(images, config, 0, 1)[0]['rows'][0, :, 2]
    assert not np.array_equal(sizes[0.0], sizes[1.0])


def test_rows_become_the_features_they_were():
    features = create_extractor('rootsift', 50).extract(textured())
    again = features_of(rows_of(features), features.descriptors, features.image_size)
    for name in ('keypoints', 'sizes', 'angles', 'responses', 'descriptors', 'image_size'):
        np.testing.assert_array_equal(getattr(again, name), getattr(features, name), name)


def test_some_keypoints_take_part_the_seeds_first(pairs, found):
    seeded = SeededPairs(found, CONFIG.features, SIZE, 5)
    assert len(seeded) == len(found)
    counts = []
    for number, pair in enumerate(found):
        item = seeded[number]
        assert {name: (array.shape, array.dtype.name) for name, array in item.items()} == {
            'frames': ((2, 144, 5), 'float32'), 'descriptors': ((2, 144, 128), 'float32'),
            'valid': ((2, 144), 'bool'), 'seeds': ((MOST_SEEDS, 1), 'float32'),
            'places': ((2, 144, 2), 'float32'), 'keypoints': ((2, 144, 3), 'float32')}
        assert same(SeededPairs(found, CONFIG.features, SIZE, 5)[number], item)
        assert same(pickle.loads(pickle.dumps(seeded))[number], item)
        counts += item['valid'].sum(1).tolist()
        seeds = item['seeds'][item['seeds'] >= 0]
        assert len(seeds) > 5 and seeds.max() <= 1 and (np.diff(seeds) <= 0).all()
        first = item['descriptors'][0][:len(seeds)]
        whole = item['descriptors'][1][item['valid'][1]]
        assert ((first @ whole.T).argmax(1) == np.arange(len(seeds))).mean() > 0.95
        for view in (0, 1):
            of_pair = {tuple(row[:3]): place for row, place in
                       zip(pair['rows'][view].tolist(), pair['places'][view].tolist(),
                           strict=True)}
            for row, place, valid in zip(item['keypoints'][view].tolist(),
                                         item['places'][view].tolist(), item['valid'][view],
                                         strict=True):
                assert not valid or np.array_equal(of_pair[tuple(row)], place, equal_nan=True)
    assert min(counts) >= 20 and max(counts) <= 144 and len(set(counts)) > 4


def test_another_seed_draws_others_and_the_strongest_or_any(found):
    items = [SeededPairs(found, CONFIG.features, SIZE, seed)[0] for seed in range(12)]
    assert not same(items[0], items[1])
    rank = {tuple(row[:3]): place for place, row in enumerate(found[0]['rows'][0].tolist())}
    strongest = []
    for item in items:
        rows = item['keypoints'][0][item['valid'][0]].tolist()
        strongest.append(max(rank[tuple(row)] for row in rows) <= len(rows) / HOPEFUL)
    assert 0 < sum(strongest) < 12


def test_few_keypoints_have_few_seeds(found):
    features = dataclasses.replace(CONFIG.features, least=10, most=30)
    item = SeededPairs(found, features, SIZE, 0)[0]
    assert item['seeds'].shape == (24, 1) and item['frames'].shape == (2, 24, 5)
    bare = {**found[0], 'count': np.array([0, 50])}
    item = SeededPairs([bare], features, SIZE, 0)[0]
    assert (item['seeds'] == -1).all() and item['valid'].sum(1)[0] == 0


def test_features_are_kept_and_what_takes_part_is_drawn_anew(images, tmp_path):
    config = override(CONFIG, [f'data.cache={tmp_path}', 'data.distinct=2'])
    dataset = open_dataset(images, config, 0, 6)
    first, other, again = dataset[0], dataset[1], dataset[2]
    assert len(list(tmp_path.glob('*/*.npz'))) == 2
    assert not same(first, again) and not same(first, other)
    assert same(open_dataset(images, config, 0, 6)[0], first)
    changed = override(config, ['features.least=50', 'features.most=90'])
    open_dataset(images, changed, 0, 6)[0]
    assert len(list(tmp_path.glob('*/*.npz'))) == 2
    open_dataset(images, override(config, ['features.other_share=1']), 0, 6)[0]
    assert len(list(tmp_path.glob('*/*.npz'))) == 3
