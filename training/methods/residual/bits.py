# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stage of network b: bits of f's descriptors, by straight-through signs.

What is maximised is what a back-end counts: how many keypoints choose each other by Hamming's
distance and are right, less wrong_weight times those that are wrong. Where f is trained too, so
is the same of its own descriptors, which stay of use.
"""
from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.boosted import Boosted
from residual_features_ros.types import signs
from training.data.sources.exposures import open_exposures
from training.data.sources.opening import open_sources
from training.methods.residual.config import BitsConfig
from training.methods.residual.data import open_dataset
from training.methods.residual.describer import Describer
from training.methods.residual.loss import mutual_probability
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.shrink import as_it_runs, shrink_of, shrink_told
from training.methods.residual.validation import matched, validation_pairs
from training.networks import bit_inputs
from training.stage import Batch, Opened, Run, Terms


def network_of(model: ResidualNetwork) -> nn.Module:
    """Return b; ValueError where the model has none."""
    if model.b is None:
        raise ValueError('there is no network b: set bits.count')
    return model.b


def open_bits(model: ResidualNetwork, run: Run) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config, optim = run.config, run.config.bits.optim
    source, held_out = open_sources(config.data)
    exposures, unseen = open_exposures(config.data.exposures)
    pairs = validation_pairs(held_out, config, unseen) if run.group.first else []
    samples = open_dataset(source, config, config.seed, optim.batch * optim.steps, exposures)
    return Opened(samples, lambda: validate(model, pairs, run, shrink_of(config)))


def straight_through(values: Tensor) -> Tensor:
    """Return the signs of values, with the gradient of their hyperbolic tangent."""
    soft = torch.tanh(values)
    return soft + (torch.sign(values) - soft).detach()


def bit_terms(model: ResidualNetwork, batch: Batch, run: Run) -> Terms:
    """Sum the losses of a batch over its keypoints that have a right partner.

    What they are divided by is the number of these, or of all keypoints of a view.
    """
    config, limits = run.config.bits, run.config.loss
    rows, _ = Describer(model, run.bf16, run.timer)(*(batch[name] for name in (
        'images', 'keypoints', 'handcrafted', 'windows')))
    # The root of their number brings values of unit rows to a deviation of 1.
    values = math.sqrt(config.count) * bit_values(model, batch, rows)  # (B, 2, K, bits)
    bits = straight_through(values)
    total, count = rows.new_zeros(()), rows.new_zeros(())
    for number, keypoints in enumerate(batch['keypoints']):
        valid = batch['valid'][number]
        apart = torch.cdist(batch['projected'][number], keypoints[1, :, :2])
        real = valid[0][:, None] & valid[1][None]
        right, wrong = (apart < limits.positive_px) & real, (apart > limits.ignore_px) & real
        first, second = bits[number]
        asked = (right.any(0).sum() + right.any(1).sum()) / 2
        total = total + mutual_loss(first @ second.T / config.count, real, right, wrong, config) \
            + asked * evenness(torch.tanh(values[number][valid]), config)
        if config.with_f:
            first, second = rows[number]
            total = total + mutual_loss(first @ second.T, real, right, wrong, config)
        count = count + (valid.sum() / 2 if config.by_matches else asked)
    return Terms(total, count)


def bit_values(model: ResidualNetwork, batch: Batch, rows: Tensor) -> Tensor:
    """Return what b says (B, 2, K, bits) of f's rows (B, 2, K, dim) in a batch of pairs."""
    b = network_of(model)
    known = {'descriptors': rows}
    if 'teblid' in bit_inputs(b):
        known['teblid'] = teblid_rows(batch['images'], batch['keypoints']).to(rows.device)
    values: Tensor = b(*(known[name] for name in bit_inputs(b)))
    return values


def teblid_rows(images: Tensor, keypoints: Tensor) -> Tensor:
    """Return TEBLID's bits (B, 2, K, bits) as the runtime has them, on the CPU.

    Args:
        images: (B, 2, H, W, 3) BGR uint8.
        keypoints: (B, 2, K, 4) x, y, size, angle, padding rows included.
    """
    describer = Boosted('TEBLID')
    rows = [describer.rows(to_grey(image), of_image)
            for image, of_image in zip(images.flatten(0, 1).cpu().numpy(),
                                       keypoints.flatten(0, 1).cpu().numpy(), strict=True)]
    return torch.from_numpy(np.stack(rows)).unflatten(0, keypoints.shape[:2])


def mutual_loss(similarity: Tensor, real: Tensor, right: Tensor, wrong: Tensor,
                config: BitsConfig) -> Tensor:
    """Return the expected wrong mutual matches, weighted, less the right ones.

    Args:
        similarity: (K, K) in [-1, 1].
        real: (K, K) which pairs are of keypoints: these are chosen among.
        right: (K, K) which of them are of one place.
        wrong: (K, K) which are not; what is neither counts for nothing.
        config: temperature and wrong_weight.
    """
    matches = mutual_probability(similarity / config.temperature, real)
    return config.wrong_weight * (matches * wrong).sum() - (matches * right).sum()


def evenness(bits: Tensor, config: BitsConfig) -> Tensor:
    """Return how far (N, bits) soft bits are from being 1 as often as 0, and independent."""
    balance = bits.mean(0).square().mean()
    products = bits.T @ bits / max(len(bits), 1)  # (bits, bits)
    apart = products - torch.diag(products.diagonal())
    return config.balance * balance + config.independence * apart.square().mean()


def validate(model: ResidualNetwork, pairs: list[dict[str, np.ndarray]],
             run: Run, shrink: int) -> dict[str, float]:
    """Return recall and precision of matches of bits and of f's rows, and what bits are like.

    imbalance: the largest distance of a bit's mean from one half. correlation: the mean of the
    absolute correlations of two bits.
    """
    scores: dict[str, list[tuple[float, float]]] = {'': [], '_float': []}
    packed, running = [], as_it_runs(model, shrink)
    for pair in pairs:
        batch = {name: torch.from_numpy(pair[name])[None].to(run.device) for name in (
            'images', 'keypoints', 'handcrafted', 'windows')}
        with torch.inference_mode():
            rows, _ = Describer(running, run.bf16, run.timer)(*batch.values())
            values = bit_values(model, batch, rows)[0]  # (2, K, bits)
        bits = np.packbits((values > 0).cpu().numpy(), axis=2)  # (2, K, bits / 8)
        for name, (first, second) in (('', bits), ('_float', rows[0].cpu().numpy())):
            scores[name].append(matched(first, second, pair))
        packed.append(bits[pair['valid']])
    found = signs(np.concatenate(packed))  # (N, bits)
    correlation = np.corrcoef(found.T)[np.triu_indices(found.shape[1], 1)]
    result = {'imbalance': float(np.abs(found.mean(0)).max() / 2),
              'correlation': float(np.nanmean(np.abs(correlation)))}
    for name, found_by in scores.items():
        recall, precision = np.mean(found_by, 0)
        result |= {f'recall{name}': float(recall), f'precision{name}': float(precision)}
    return {**result, **shrink_told(model, shrink)}
