# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.attention import EXPECTED
from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia.profiles import profiles
from residual_features_ros.model_card import load_card
from residual_features_ros.network import expected_images

ANY = (-1, 3, -1, -1)


def images(method, max_size=2048, shape=ANY):
    card = load_card(method)
    return [shapes['image'] for shapes in profiles(
        {'image': shape}, expected_images(card, card.shrink, max_size))]


def test_profiles_are_of_what_the_card_makes_of_vga_and_qvga_for_1_to_8_cameras():
    *fixed, others = images('residual_rootsift_small')  # shrink 2
    assert [best for _, best, _ in fixed] == [
        (count, 3, *size) for size in ((240, 320), (120, 160)) for count in (1, 2, 4, 8)]
    assert all(least == best == largest for least, best, largest in fixed)
    assert others == ((1, 3, 16, 16), (1, 3, 240, 320), (2, 3, 1024, 1024))
    assert images('residual_hessian_small')[0][0] == (1, 3, 120, 160)
    assert images('superpoint', shape=(-1, 1, -1, -1))[5][0] == (2, 1, 240, 320)


def test_the_smallest_image_that_a_node_takes_fits_and_the_largest_is_that_of_max_size():
    for method in ('residual_hessian_small', 'residual_sift', 'superpoint', 'lfnet'):
        least, _, largest = images(method, 800)[-1]
        card = load_card(method)
        assert all(low * card.shrink <= 64 for low in least[2:]) and min(least[2:]) >= 8
        assert all(800 <= side * card.shrink < 800 + card.stride * card.shrink
                   for side in largest[2:])


def test_images_with_fixed_sides_have_a_profile_for_each_number_of_cameras():
    found = profiles({'image': (-1, 1, 480, 640)}, Expected())
    assert [shapes['image'] for shapes in found] == [
        ((count, 1, 480, 640),) * 3 for count in (1, 2, 4, 8)]
    shape = (1, 1, 480, 640)
    assert profiles({'image': shape}, Expected()) == [{'image': (shape,) * 3}]


def test_rows_are_as_many_as_are_expected():
    found, = profiles({'sampled': (-1, 128), 'windows': (-1, 4, 12, 12)}, Expected())
    assert found['windows'] == ((1, 4, 12, 12), (1000, 4, 12, 12), (4096, 4, 12, 12))
    assert found['sampled'][2] == (4096, 128)
    found, = profiles({'first_rows': (-1, 128), 'seeds': (-1, 1)}, EXPECTED)
    assert found['seeds'] == ((1, 1), (128, 1), (128, 1))
    assert found['first_rows'][2] == (2176, 128)
