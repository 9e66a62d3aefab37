# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import torch

from training.whole.samples import Samples, gathered

# Two images of an octave of 12 x 11 (width x height), after 100 other samples.
START, WIDTH, HEIGHT = 100, 12, 11


def samples(*places):
    layer, y, x = torch.tensor(places).T.unsqueeze(1)
    return Samples(*(torch.full_like(x, value) for value in (START, WIDTH, HEIGHT)), layer, y, x)


def test_they_lie_row_by_row_and_layer_by_layer():
    found = samples((0, 0, 0), (0, 1, 2), (1, 0, 0)).at()
    assert found.tolist() == [[100, 100 + 12 + 2, 100 + 12 * 11]]


def test_the_border_and_the_outer_layers_are_out():
    at = samples((1, 5, 5), (3, 5, 6), (0, 5, 5), (4, 5, 5), (1, 4, 5), (1, 6, 5), (1, 5, 7))
    assert at.is_in.tolist() == [[True, True, False, False, False, False, False]]
    assert at.inside().is_in.all()


def test_they_are_taken_by_their_number():
    taken = samples((1, 5, 5), (2, 5, 6)).take(torch.tensor([[1, 1]]))
    assert taken.layer.tolist() == [[2, 2]] and taken.x.tolist() == [[6, 6]]


def test_values_are_those_of_their_image_of_the_batch():
    flat = torch.tensor([[1., 2, 3], [4, 5, 6]])
    assert gathered(flat, torch.tensor([[[2, 0]], [[1, 1]]])).tolist() == [[[3, 1]], [[5, 5]]]
