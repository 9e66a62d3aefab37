# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.errors import DatasetError
from training.calibration.pairs import ViewPairs
from training.data.sources.images import open_folder, split

SIZE = (96, 64)


@pytest.fixture(scope='module')
def photographs(tmp_path_factory):
    """Return a folder of which training holds out some: names are hashed."""
    folder = tmp_path_factory.mktemp('data') / 'photographs'
    folder.mkdir()
    for number in range(160):
        cv2.imwrite(str(folder / f'{number:03}.jpg'), textured(120, 90, seed=number % 7))
    return folder


@pytest.fixture
def exposure(tmp_path):
    for number in range(5):
        folder = tmp_path / 'exposure' / f'{number:03}'
        folder.mkdir(parents=True)
        for name in '12':
            cv2.imwrite(str(folder / f'{name}.png'), textured(40 + number, 40))
    return tmp_path / 'exposure'


def test_fitted_and_measured_are_other_photographs_that_training_holds_out(photographs):
    pairs = ViewPairs(photographs, None, 3, SIZE)
    fit, measure = (set(images.names) for images in pairs.photographs.values())
    training, held_out = split(open_folder(photographs), pairs.config.validation_share)
    assert len(fit) >= 1 and len(measure) >= 1 and not fit & measure
    assert fit | measure == set(held_out.names) and not (fit | measure) & set(training.names)


def test_pairs_of_photographs_and_the_two_halves_of_exposures(photographs, exposure):
    pairs = ViewPairs(photographs, exposure, 2, SIZE)
    found = list(pairs)
    assert len(pairs) == len(found) == 9
    assert [(pair.part, pair.source) for pair in found] == [
        *[('fit', 'photographs')] * 2, *[('measure', 'photographs')] * 2,
        *[('fit', 'exposure')] * 3, *[('measure', 'exposure')] * 2]
    assert found[0].images[0].shape == (64, 96, 3) and found[0].homography.shape == (3, 3)
    assert [pair.images[1].shape[1] for pair in found[4:]] == [40, 41, 42, 43, 44]  # by name
    assert all((pair.homography == np.eye(3)).all() for pair in found[4:])
    again = list(pairs)
    assert all((one.homography == other.homography).all()
               and (one.images[1] == other.images[1]).all()
               for one, other in zip(found, again, strict=True))
    assert '2 pairs to fit' in pairs.description()
    assert '3 pairs of exposures to fit, 2 others' in pairs.description()


def test_what_is_missing_is_named(photographs, tmp_path, exposure):
    folder = tmp_path / 'one'
    folder.mkdir()
    cv2.imwrite(str(folder / 'a.jpg'), textured(120, 90))
    with pytest.raises(ValueError, match='one: 1 photographs are held out'):
        ViewPairs(folder, None, 1, SIZE)
    (exposure / '002' / '2.png').unlink()
    with pytest.raises(DatasetError, match='002: not an exposure pair'):
        ViewPairs(photographs, exposure, 1, SIZE)
