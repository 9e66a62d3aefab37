# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import re

from residual_features_ros.config import setting
from residual_features_ros.ros.node_config import NODES
from residual_features_ros.tools.parameter_pages import INDEX, PAGES, STEREO, pages, row


@dataclasses.dataclass(frozen=True)
class Drink:
    cups: int = setting(2, 'How many.', low=1, high=40, live=True)
    sort: str = setting('', 'A <sort> of tea.')


def test_a_setting_is_a_row():
    cups, sort = dataclasses.fields(Drink)
    assert row(cups, 3) == '| `cups` | yes | `3` | How many. From 1 to 40. |'
    assert row(sort, '') == "| `sort` |  | `''` | A &lt;sort> of tea. |"


def names(text):
    return re.findall(r'^\| `(\w+)` \|', text, re.M)


def test_every_setting_of_the_extractor_is_on_one_page_and_in_the_index():
    written = pages()
    settings = [field.name for config in NODES['extractor'].configs
                for field in dataclasses.fields(config)
                if field.name not in NODES['extractor'].leave_out]
    found = [name for page, _ in PAGES.values() for name in names(written[page])]
    assert sorted(found) == sorted(settings)
    assert set(settings) <= set(re.findall(r'`(\w+)`', written[INDEX]))
    assert all(f']({name})' in written[INDEX] for name in written if name != INDEX)


def test_the_page_of_stereo_has_what_is_its_own_and_names_what_it_lacks():
    text = pages()[STEREO[0]]
    assert {'stamp_tolerance_s', 'epipolar_px', 'image_geometry'} <= set(names(text))
    assert 'max_keypoints' not in text  # as in extractor_node
    assert '`matcher_fallback`' in text.splitlines()[-1] and 'loop_memory' in text
