# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Descriptor losses over the corresponding keypoints, or cells, of two views."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from residual_features_ros.errors import ConfigError, unknown
from training.methods.residual.config import LossConfig
from training.methods.superpoint.config import LossConfig as SuperPointLoss
from training.methods.superpoint.loss import hinge_sums


def admissible(keypoints: Tensor, projected: Tensor, valid: Tensor, match: Tensor,
               ignore_px: float) -> Tensor:
    """Return (K, K) bool: which keypoints of view 2 are the positive or a negative of view 1's.

    Args:
        keypoints: (K, 4) of view 2.
        projected: (K, 2) places of view 1's keypoints in view 2.
        valid: (2, K) which rows are keypoints.
        match: (K,) row of the positive or -1.
        ignore_px: others within this distance of the true place are left out.
    """
    far = torch.cdist(projected, keypoints[:, :2]) > ignore_px  # (K, 2), (K, 2) -> (K, K)
    positive = torch.zeros_like(far)
    rows = torch.nonzero(match >= 0).squeeze(1)
    positive[rows, match[rows]] = True
    return (far | positive) & valid[0][:, None] & valid[1][None, :]


def infonce(similarity: Tensor, allowed: Tensor, match: Tensor, config: LossConfig) -> Tensor:
    """Symmetric cross entropy of the positive among all admissible keypoints of the other view."""
    logits = (similarity / config.temperature).masked_fill(~allowed, -torch.inf)
    rows = torch.nonzero(match >= 0).squeeze(1)
    columns = match[rows]
    forth = functional.cross_entropy(logits[rows], columns, reduction='sum')  # (P, K) -> ()
    back = functional.cross_entropy(logits.T[columns], rows, reduction='sum')
    return (forth + back) / 2


def hinge(similarity: Tensor, allowed: Tensor, match: Tensor, config: LossConfig) -> Tensor:
    """Paper's equation 1: max(0, d(a, p) - d(a, n) + m), both directions.

    The paper does not say how n is chosen; with m = 2 the hinge never closes. n is the hardest
    admissible negative, or each of them, of which the mean is taken (config.negative).
    """
    rows = torch.nonzero(match >= 0).squeeze(1)
    columns = match[rows]
    negative = allowed.index_put((rows, columns), allowed.new_tensor(False))
    to_positive = distance(similarity[rows, columns])[:, None]  # (P,) -> (P, 1)
    total = similarity.new_zeros(())
    for values, there in ((similarity[rows], negative[rows]),
                          (similarity.T[columns], negative.T[columns])):  # (P, K)
        exists = there.any(1)
        values, there = values[exists], there[exists]
        if config.negative == 'hardest':
            values = values.masked_fill(~there, -torch.inf).amax(1, keepdim=True)  # -> (P, 1)
            there = torch.ones_like(values, dtype=torch.bool)
        gaps = functional.relu(to_positive[exists] - distance(values) + config.margin)
        total = total + ((gaps * there).sum(1) / there.sum(1)).sum() / 2
    return total


def distance(similarity: Tensor) -> Tensor:
    """Turn dot products of unit rows into L2 distances; the floor keeps the gradient finite."""
    return torch.sqrt((2 - 2 * similarity).clamp_min(1e-8))


def ap(similarity: Tensor, allowed: Tensor, match: Tensor, config: LossConfig) -> Tensor:
    """One minus the average precision of each positive's ranking; both directions."""
    rows = torch.nonzero(match >= 0).squeeze(1)
    columns = match[rows]
    forth = quantised_ap(similarity[rows], allowed[rows], columns, config.bins)
    back = quantised_ap(similarity.T[columns], allowed.T[columns], rows, config.bins)
    return (2 - forth - back).sum() / 2


def quantised_ap(similarity: Tensor, allowed: Tensor, positive: Tensor, bins: int) -> Tensor:
    """Return average precision in a form that has gradients (arXiv 1804.05312).

    Bins lie evenly from similarity 1 down to 0, and a similarity counts for the two next to it by
    its nearness, as in R2D2 (arXiv 1906.06195). AP is the sum over bins of the precision down to
    the bin times the share of the positive in it.

    Args:
        similarity: (Q, K) of queries to candidates; below 0 counts as 0 and has no gradient.
        allowed: (Q, K) which candidates take part.
        positive: (Q,) the candidate that is right.
        bins: at least 2.

    Returns:
        (Q,) in [0, 1].
    """
    place = (1 - similarity.clamp(0, 1)) * (bins - 1)
    upper = place.detach().long().clamp_max(bins - 2)
    share = place - upper  # of the lower bin

    def histogram(upper: Tensor, share: Tensor, counts: Tensor) -> Tensor:
        empty = similarity.new_zeros(len(similarity), bins)
        return empty.scatter_add(1, upper, (1 - share) * counts).scatter_add(
            1, upper + 1, share * counts)

    everything = histogram(upper, share, allowed.to(similarity))
    chosen = positive[:, None]
    right = histogram(upper.gather(1, chosen), share.gather(1, chosen),
                      torch.ones_like(chosen).to(similarity))
    precision = right.cumsum(1) / everything.cumsum(1).clamp_min(1e-8)
    return (precision * right).sum(1)  # (Q, bins) -> (Q,)


NEGATIVES = ('hardest', 'all')
LOSSES = {'infonce': infonce, 'hinge': hinge, 'ap': ap}
DENSE_LOSSES = ('superpoint', 'distil')  # of h's map alone


def superpoint(dense: Tensor, homography: Tensor, config: LossConfig) -> tuple[Tensor, Tensor]:
    """Sum SuperPoint's descriptor loss over all pairs of cells (arXiv 1712.07629).

    Args:
        dense: (B, 2, C, H/8, W/8) h's maps of both views, normalised here.
        homography: (B, 3, 3) from pixels of the first view to those of the second.
        config: m_p, m_n and lambda_d.

    Returns:
        the sum, and the number of pairs in it.
    """
    first, second = dense.unbind(1)
    total, count = hinge_sums(first, second, homography, SuperPointLoss(
        positive_margin=config.positive_margin, negative_margin=config.negative_margin,
        positive_weight=config.positive_weight))
    return total.sum(), count.sum()


def distil(dense: Tensor, taught: Tensor) -> tuple[Tensor, Tensor]:
    """Sum one minus the cosine of h's map and the teacher's over all cells.

    Args:
        dense: (B, 2, C, H/8, W/8).
        taught: the teacher's, of the same shape.

    Returns:
        the sum, and the number of cells in it.
    """
    cosine = functional.cosine_similarity(dense, taught, dim=2)  # (B, 2, C, h, w) -> (B, 2, h, w)
    return (1 - cosine).sum(), torch.tensor(cosine.numel())


def places(similarity: Tensor, keypoints: Tensor, projected: Tensor, valid: Tensor,
           config: LossConfig) -> tuple[Tensor, Tensor]:
    """Symmetric cross entropy in which each keypoint at the true place is right.

    A benchmark and a back-end ask where a match leads, not for the same size and angle: of the
    keypoints that another one lies within 3 px of, about 40 % have none of like size and angle.
    The nearer ones count more: from 1 at the place to one half at positive_px.

    Args:
        similarity: (K, K) of view 1's keypoints to view 2's.
        keypoints: (K, 4) of view 2.
        projected: (K, 2) places of view 1's keypoints in view 2.
        valid: (2, K) which rows are keypoints.
        config: temperature, positive_px and ignore_px.

    Returns:
        the sum, and the number of keypoints in it, the mean of both views.
    """
    apart = torch.cdist(projected, keypoints[:, :2])  # (K, 2), (K, 2) -> (K, K)
    real = valid[0][:, None] & valid[1][None, :]  # (2, K) -> (K, K)
    right = (apart < config.positive_px) & real
    wrong = (apart > config.ignore_px) & real
    nearness = (1 - apart / (2 * config.positive_px)).clamp_min(0.5)
    logits = similarity / config.temperature
    total = logits.new_zeros(())
    for axis in (0, 1):
        asked = right.any(axis)
        chosen = (logits + nearness.log()).masked_fill(~right, -torch.inf)
        among = logits.masked_fill(~(right | wrong), -torch.inf)
        for sign, terms in ((-1, chosen), (1, among)):
            total = total + sign * terms.movedim(axis, 0)[:, asked].logsumexp(0).sum() / 2
    if config.mutual_weight:
        matches = mutual_probability(similarity / config.mutual_temperature, real)
        gain = (matches * right * nearness).sum() - (matches * wrong).sum()
        total = total - config.mutual_weight * gain
    return total, (right.any(0).sum() + right.any(1).sum()) / 2


def mutual_probability(logits: Tensor, real: Tensor) -> Tensor:
    """Return (K, K) how likely two keypoints choose each other, each by its own softmax."""
    logits = logits.masked_fill(~real, -1e4)
    return logits.softmax(0) * logits.softmax(1) * real


def loss_terms(descriptors: Tensor, dense: Tensor | None, batch: dict[str, Tensor],
               config: LossConfig) -> tuple[Tensor, Tensor]:
    """Return the sum of a batch's losses and the number of terms in it.

    Their quotient is minimised. The number is that of positives, for 'places' that of keypoints
    that have one, for 'superpoint' that of pairs of cells, for 'distil' that of cells.

    Args:
        descriptors: (B, 2, K, dim) of both views of B pairs.
        dense: (B, 2, C, H/8, W/8), needed by 'superpoint' and 'distil'.
        batch: KeypointPairs' arrays with a leading B, and for 'distil' the teacher's map 'taught'.
        config: kind and constants.
    """
    if config.kind in DENSE_LOSSES:
        if dense is None:
            raise ConfigError(f'loss.kind={config.kind} trains the map of h, and this fusion has '
                              'none')
        if config.kind == 'distil':
            return distil(dense, batch['taught'])
        return superpoint(dense, batch['homography'], config)
    if config.kind not in (*LOSSES, 'places'):
        raise unknown('loss', config.kind, [*LOSSES, 'places', *DENSE_LOSSES])
    total, count = descriptors.new_zeros(()), descriptors.new_zeros(())
    for (first, second), keypoints, projected, valid, match in zip(descriptors, *(
            batch[name] for name in ('keypoints', 'projected', 'valid', 'match')), strict=True):
        similarity = first @ second.T  # (K, dim), (K, dim) -> (K, K)
        if config.kind == 'places':
            loss, terms = places(similarity, keypoints[1], projected, valid, config)
        else:
            allowed = admissible(keypoints[1], projected, valid, match, config.ignore_px)
            loss = LOSSES[config.kind](similarity, allowed, match, config)
            terms = (match >= 0).sum()
        total, count = total + loss, count + terms
    return total, count
