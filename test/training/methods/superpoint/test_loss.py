# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch
from torch.nn import functional

from residual_features_ros.errors import ConfigError
from training.methods.superpoint import loss
from training.methods.superpoint.config import LossConfig

EYE = torch.eye(3)[None]


def shift(x, y):
    return torch.tensor([[[1.0, 0, x], [0, 1, y], [0, 0, 1]]])


def descriptors(*rows):
    """Return a map (1, D, 1, N) of one row of cells."""
    return torch.tensor(rows).T[None, :, None, :]


def test_equation_3_is_minus_the_log_probability_of_the_right_bin():
    logits = torch.zeros(1, 65, 1, 1)
    assert loss.detector(logits, torch.tensor([[[64]]])).item() == pytest.approx(math.log(65))
    logits[0, 7] = math.log(36)  # 36 / (36 + 64)
    assert loss.detector(logits, torch.tensor([[[7]]])).item() == pytest.approx(-math.log(0.36))
    assert loss.detector(logits, torch.tensor([[[8]]])).item() == pytest.approx(math.log(100))


def test_equation_2_is_the_mean_over_an_images_cells_that_count():
    logits = torch.zeros(2, 65, 1, 3)
    logits[:, 7, :, 0] = math.log(36)
    cells = torch.tensor([[[7, 64, -1]], [[-1, -1, -1]]])
    expected = (-math.log(0.36) + math.log(65)) / 2
    assert loss.detector(logits, cells).tolist() == pytest.approx([expected, 0])


def test_the_gradient_of_equation_3_raises_the_right_bin_and_lowers_all_others():
    logits = torch.zeros(1, 65, 1, 2, requires_grad=True)
    loss.detector(logits, torch.tensor([[[5, -1]]])).backward()
    gradient = logits.grad[0, :, 0]
    assert gradient[5, 0].item() == pytest.approx(1 / 65 - 1)
    others = torch.cat([gradient[:5, 0], gradient[6:, 0]])
    torch.testing.assert_close(others, torch.full((64,), 1 / 65))
    assert (gradient[:, 1] == 0).all()


def test_equation_4_pairs_a_cell_with_those_within_8_px_of_its_warped_centre():
    same = loss.corresponding(EYE, 3, 3)[0]
    assert same[4].tolist() == [False, True, False, True, True, True, False, True, False]
    assert same[0].sum() == 3 and torch.equal(same, same.T)
    moved = loss.corresponding(shift(8.5, 0.0), 1, 3)[0]
    assert moved.tolist() == [[False, True, True], [False, False, True], [False, False, False]]


def test_equations_5_and_6_by_hand():
    # Two cells, side by side: all pairs are positive under the identity, as they are 8 px apart.
    first, second = descriptors((3.0, 0), (0, 1)), descriptors((1.0, 0), (3, 4))
    similarity = ((1, 0.6), (0, 0.8))
    config = LossConfig(positive_margin=1, negative_margin=0.2, positive_weight=250)
    expected = 250 * sum(1 - value for row in similarity for value in row) / 4
    assert loss.dense_hinge(first, second, EYE, config).item() == pytest.approx(expected)
    # Moved by 16 px, cell 0 of view 1 comes 8 px beside cell 1 of view 2, which view 1 does not
    # show: no cell is shared.
    assert loss.dense_hinge(first, second, shift(16.0, 0), config).item() == 0
    # Moved by 9 px, cell 0 comes 1 px beside cell 1, 9 px beside cell 0; cell 1 leaves the view.
    # View 1 does not show the centre of cell 0 of view 2.
    expected = (250 * (1 - 0.6) + (0.8 - 0.2)) / 2
    assert loss.dense_hinge(first, second, shift(9.0, 0), config).item() == pytest.approx(expected)


def test_the_hinges_of_equation_6_have_no_gradient_beyond_their_margins():
    config = LossConfig(positive_margin=0.7, negative_margin=0.2)
    first = descriptors((1.0, 0), (0, 1)).requires_grad_()
    second = descriptors((0.0, 1), (0.9, 0.1))
    loss.dense_hinge(first, second, shift(9.0, 0), config).backward()
    # Pairs that count: (0, 1) positive, 0.994 > 0.7; (1, 1) negative, 0.11 < 0.2.
    assert (first.grad == 0).all()
    config = LossConfig(positive_margin=1.0, negative_margin=0.1)
    loss.dense_hinge(first, second, shift(9.0, 0), config).backward()
    pulled, pushed = first.grad[0, :, 0].T
    assert pulled[1] < 0 and pushed[0] > 0  # towards (0.9, 0.1), and away from it


@pytest.mark.parametrize('kind', ['dense', 'sparse'])
def test_a_map_of_zeros_has_a_finite_gradient(kind):
    dense = torch.zeros(1, 4, 3, 4, requires_grad=True)
    config = LossConfig(descriptor=kind, positives=20, negatives=5)
    loss.descriptor(dense, dense, EYE, config).sum().backward()
    assert torch.isfinite(dense.grad).all()


@pytest.mark.parametrize('kind', ['dense', 'sparse'])
def test_a_batch_is_its_pairs(kind):
    torch.manual_seed(0)
    first, second = torch.randn(2, 3, 8, 4, 5)
    homography = torch.cat([EYE, shift(5.0, 3), shift(900.0, 0)])
    config = LossConfig(descriptor=kind, positives=400, negatives=50)
    together = loss.descriptor(first, second, homography, config)
    alone = [loss.descriptor(first[n:n + 1], second[n:n + 1], homography[n:n + 1], config)
             for n in range(3)]
    tolerance = 1e-5 if kind == 'dense' else 0.05  # places are drawn
    torch.testing.assert_close(together, torch.cat(alone), rtol=tolerance, atol=tolerance)
    assert together[2] == 0 and (together[:2] > 0).all()


def test_the_sparse_positives_are_read_where_the_homography_takes_them():
    # A map that is linear in x: reading it moved by 4 px gives what is half a cell further.
    columns = torch.arange(12.0)
    plane = torch.stack([columns, 12 - columns])[None, :, None, :].expand(1, 2, 6, 12)
    later = torch.stack([columns - 0.5, 12.5 - columns])[None, :, None, :].expand(1, 2, 6, 12)
    config = LossConfig(descriptor='sparse', positive_weight=1, negative_margin=1, positives=300)
    torch.manual_seed(0)
    right = loss.sparse_hinge(plane, later, shift(4.0, 0), config)
    wrong = loss.sparse_hinge(plane, later, EYE, config)
    assert right < 2e-3 < wrong  # not 0: maps are not linear within half a cell of their edges


def test_the_sparse_negatives_are_others_further_than_8_px_beyond_the_margin():
    # All descriptors are alike: positives cost nothing, each negative 1 - 0.2.
    dense = torch.ones(1, 4, 3, 4)
    config = LossConfig(descriptor='sparse', positives=200, negatives=20)
    assert loss.sparse_hinge(dense, dense, EYE, config).item() == pytest.approx(0.8, abs=1e-4)
    nothing_far = LossConfig(descriptor='sparse', positives=200, negatives=20, near_px=60)
    assert loss.sparse_hinge(dense, dense, EYE, nothing_far).item() == pytest.approx(0, abs=1e-5)
    # One half of the map is opposite to the other: of its negatives those below the margin do
    # not count, so that the mean over the rest stays.
    halves = torch.ones(1, 4, 8, 16)
    halves[..., 8:] = -1
    found = loss.sparse_hinge(halves, halves, EYE, config).item()
    assert found == pytest.approx(0.8, abs=1e-4)


def test_the_sparse_places_are_torchs_draws():
    torch.manual_seed(0)
    first, second = functional.normalize(torch.randn(2, 1, 8, 4, 5), dim=2)
    config = LossConfig(descriptor='sparse', positives=50, negatives=10)
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(loss.sparse_hinge(first, second, EYE, config).item())
    assert found[0] == found[1] != found[2]


def test_an_unknown_loss_names_the_known_ones():
    with pytest.raises(ConfigError, match='dense, sparse'):
        loss.descriptor(torch.ones(1, 2, 1, 1), torch.ones(1, 2, 1, 1), EYE,
                        LossConfig(descriptor='triplet'))
