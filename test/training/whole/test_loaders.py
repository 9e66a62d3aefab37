# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from training.whole.loaders import LOADERS, refuse
from training.whole.portable import AFTER


@pytest.mark.parametrize(('arguments', 'message'), [
    (('colmap', (640, 480), 3, 256), 'descriptors of floats'),
    (('rtabmap', (640, 480), 1, 512), 'descriptors of floats'),
    (('colmap', (640, 480), 1, 0), 'RGB images, leave out --grey'),
    (('rtabmap', (640, 480), 3, 0), 'grey images, add --grey'),
    (('colmap', (1600, 1200), 3, 0), 'multiples of 32, take --size 1600x1216')])
def test_what_is_of_no_use_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        refuse(*arguments)


def test_the_rest_passes_and_every_loader_has_its_nodes():
    refuse('colmap', (1600, 1216), 3, 0)
    refuse('rtabmap', (641, 479), 1, 0)
    assert set(LOADERS) == set(AFTER)
