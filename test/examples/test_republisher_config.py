# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from residual_features_ros.examples.message_forms import FORMS
from residual_features_ros.examples.republisher_config import RepublisherConfig


@pytest.mark.parametrize(('changes', 'words'), [
    ({'form': 'rtabmaps'}, 'did you mean rtabmap'), ({'points': 'lidar'}, 'unknown points'),
    ({'depth_tolerance_s': -1.0}, r'depth_tolerance_s must be in \[0, 10\]'),
    ({'form': 'image_features', 'points': 'stereo'}, 'for the form rtabmap alone')])
def test_what_is_not_allowed_is_told(changes, words):
    with pytest.raises(ConfigError, match=words):
        RepublisherConfig(**changes)


@pytest.mark.parametrize('form', FORMS)
def test_each_form_is_allowed_and_described(form):
    assert RepublisherConfig(form=form).form == form
    meaning = RepublisherConfig.__dataclass_fields__['form'].metadata['meaning']
    row = FORMS[form]
    assert f'{form} = {row.package}/{row.message} on {row.topic}' in meaning
