# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The losses of GoodPoint, equations 1 to 4 and 11 to 13, each of one pair of views."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from residual_features_ros.errors import unknown
from training.geometry import warp_points
from training.methods.goodpoint.config import LossConfig
from training.methods.goodpoint.targets import Matched, match, strongest, targets

WRONG = ('geometric', 'descriptor')
TRIES = 20  # shuffles drawn again where a point would keep its neighbour


def keypoint_loss(log_scores: Tensor, wanted: tuple[Tensor, Tensor]) -> Tensor:
    """Return equation 3: the mean negative log-likelihood of the wanted keypoints, 0 without.

    Args:
        log_scores: (2, H, W) of both views.
        wanted: K' and K'_h, (T, 2) each, in the image when rounded.
    """
    total = log_scores.new_zeros(())
    for scores, points in zip(log_scores, wanted, strict=True):
        if len(points):
            x, y = points.round().long().unbind(1)
            total = total - 0.5 * scores[y, x].mean()
    return total


def heatmap_loss(scores: Tensor, valid: Tensor, homography: Tensor, offset: Tensor) -> Tensor:
    """Return equation 4 without its weight: the mean squared difference of the heat-maps.

    Both are read bilinearly at one set of points of the second view, its pixels moved by `offset`:
    read at its pixels themselves the second would be less smooth than the first, and the loss
    would not vanish for heat-maps that agree.

    Args:
        scores: (2, H, W) probabilities.
        valid: (2, H, W) bool, what shows the photograph.
        homography: (3, 3) from the first view to the second.
        offset: (2,) pixels in [0, 1).
    """
    height, width = scores.shape[1:]
    y, x = torch.meshgrid(torch.arange(height - 1), torch.arange(width - 1), indexing='ij')
    points = torch.stack([x, y], 2).flatten(0, 1).to(scores) + offset  # (points, 2)
    origin = warp_points(points, torch.linalg.inv(homography)[None])[0]
    read, shown = [], []
    for number, places in enumerate((origin, points)):
        grid = (2 * places + 1) / places.new_tensor([width, height]) - 1
        both = torch.stack([scores[number], valid[number].to(scores)])[None]
        value, share = functional.grid_sample(both, grid[None, None], padding_mode='zeros',
                                              align_corners=False)[0, :, 0]  # (2, points)
        read.append(value)
        shown.append(share > 0.999)  # all four pixels
    mask = shown[0] & shown[1]
    return ((read[0] - read[1])**2 * mask).sum() / mask.sum().clamp_min(1)


def descriptor_losses(found: Matched, config: LossConfig) -> dict[str, Tensor]:
    """Return L_gt, L_wrong and L_random (equation 11); each is 0 where no pair is of its kind.

    ConfigError for unknown wrong pairs.
    """
    if config.wrong not in WRONG:
        raise unknown('loss.wrong', config.wrong, WRONG)
    similarity = found.first @ found.second.T  # (M, N)
    rows = torch.arange(len(similarity), device=similarity.device)
    together = similarity[rows, found.nearest]  # g, (M, N) -> (M,)
    near = found.distance < (config.matched_px or torch.inf)
    wrong = (found.nearest != found.alike) & (found.distance > config.wrong_px)
    if config.wrong == 'descriptor':
        away = torch.linalg.norm(found.points[found.nearest] - found.points[found.alike], dim=1)
        wrong = (found.nearest != found.alike) & (away > config.wrong_px)
    pushed = together if config.wrong == 'geometric' else similarity[rows, found.alike]
    return {'gt': mean(1 - together, near), 'wrong': mean(pushed, wrong & (pushed > config.floor)),
            'random': random_loss(similarity, found.nearest, config)}


def random_loss(similarity: Tensor, nearest: Tensor, config: LossConfig) -> Tensor:
    """Return equation 13: the mean similarity of random pairs, none of them neighbours.

    Args:
        similarity: (M, N) of the first view's points to the second's.
        nearest: (M,) column of each point's neighbour. sh() shuffles the neighbours' rows.
        config: shuffles and floor.
    """
    if not len(nearest) or similarity.shape[1] < 2:
        return similarity.new_zeros(())
    drawn = torch.stack([shuffled(nearest) for _ in range(config.shuffles)])  # (shuffles, M)
    rows = torch.arange(len(nearest), device=nearest.device)
    values = similarity[rows, drawn]  # (M, N) -> (shuffles, M)
    return mean(values, (drawn != nearest) & (values > config.floor))


def shuffled(nearest: Tensor) -> Tensor:
    """Return `nearest` (M,) in a random order, with as few in their old place as 20 tries give."""
    best = nearest
    for _ in range(TRIES):
        order = torch.randperm(len(nearest)).to(nearest.device)
        if (nearest[order] == nearest).sum() < (best == nearest).sum():
            best = nearest[order]
        if not (best == nearest).any():
            break
    return best


def mean(values: Tensor, chosen: Tensor) -> Tensor:
    """Return the mean of chosen values, 0 where none is."""
    return (values * chosen).sum() / chosen.sum().clamp_min(1)


def pair_losses(log_scores: Tensor, dense: Tensor, valid: Tensor, homography: Tensor,
                config: LossConfig, corners: Tensor | None = None) -> dict[str, Tensor]:
    """Return all losses of a pair, weighted: their sum is equation 1.

    Args:
        log_scores: (2, H, W) of both views.
        dense: (2, D, H/8, W/8) unit descriptors.
        valid: (2, H, W) bool, pixels that show the photograph; others have no keypoints.
        homography: (3, 3) from the first view to the second.
        config: windows, distances and weights.
        corners: (2, H, W) bool, what equation 3 takes for keypoints in place of those matched.

    Returns:
        keypoints, heatmaps (equation 2), gt, wrong, random (equation 11).
    """
    size = (log_scores.shape[2], log_scores.shape[1])
    points, others = (strongest(*view) for view in zip(
        log_scores, valid, (config.first_window, config.second_window), strict=True))
    found = match(points, others, dense, homography, size)
    wanted = targets(found, homography, size, config) if corners is None else (
        *(view.nonzero().flip(1).float() for view in corners),)
    offset = torch.rand(2).to(log_scores)
    of_points = {'keypoints': keypoint_loss(log_scores, wanted),
                 'heatmaps': config.heatmaps * heatmap_loss(log_scores.exp(), valid, homography,
                                                            offset)}
    return {**{name: config.keypoints * value for name, value in of_points.items()},
            **{name: config.descriptors * value for name, value in
               descriptor_losses(found, config).items()}}
