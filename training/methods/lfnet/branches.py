# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One step of the two branches (figure 1b): branch j makes the targets, branch i learns.

Both directions of a pair are done at once ("we flip the images on each branch and merge the
gradients"): every image is i for one term and j for the other. What comes from branch j is cut off
from the gradient, which is the network copy of the iteration before.
"""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.methods.lfnet import loss as losses
from training.methods.lfnet.config import LFNetConfig
from training.methods.lfnet.keypoints import framed, nearest, read, refine, select
from training.methods.lfnet.model import Descriptor, Detector, LFNet
from training.methods.lfnet.patches import cut
from training.methods.lfnet.warps import Warp, both_ways, swapped, warped_map
from training.networks import GREY, InputFormat, to_input
from training.stage import Batch, Run, Terms

INPUT = InputFormat(stride=1, channels=1, per_image=True)


@dataclass(frozen=True)
class Maps:
    """What h gives for B images: scores (B, H, W), scale (B, H, W), direction (B, 2, H, W)."""

    scores: Tensor
    scale: Tensor
    direction: Tensor

    def frames(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return scale (B, N) and direction (B, N, 2) at pixels (B, N, 2)."""
        return read(self.scale[:, None], pixels)[..., 0], read(self.direction, pixels)

    def of_branch_j(self) -> Maps:
        """Return for each view the other one's maps, without gradient."""
        return Maps(*(swapped(value.detach()) for value in (
            self.scores, self.scale, self.direction)))


def see(h: Detector, images: Tensor) -> Maps:
    """Run h on (B, H, W, 3) BGR uint8; scale 1 and angle 0 where it finds none."""
    blob = to_input(images, INPUT).contiguous(memory_format=torch.channels_last)
    found = dict(zip(h.maps, h(blob), strict=True))
    scores = found['scores']
    upright = torch.stack([torch.ones_like(scores), torch.zeros_like(scores)], 1)  # (B, 2, H, W)
    return Maps(scores, found.get('scale', torch.ones_like(scores)),
                found.get('orientation', upright))


def to_grey(images: Tensor) -> Tensor:
    """(B, H, W, 3) BGR uint8 -> (B, H, W) in grey levels."""
    return images.float() @ images.new_tensor(GREY[::-1], dtype=torch.float32)


@dataclass(frozen=True)
class Found:
    """Keypoints of view i (B images, N each) and where view j shows them.

    points (B, N, 2), scale (B, N) and direction (B, N, 2): of branch i, with gradients.
    places (B, N, 2), there_scale and there_direction: in view j, of branch j.
    true_scale and true_direction: these, brought to view i.
    seen (B, N): which are keypoints, and not occluded in view j.
    """

    points: Tensor
    scale: Tensor
    direction: Tensor
    places: Tensor
    there_scale: Tensor
    there_direction: Tensor
    true_scale: Tensor
    true_direction: Tensor
    seen: Tensor


def two_branches(model: LFNet, batch: Batch, run: Run) -> Terms:
    """Return L_det + L_desc of a batch of pairs; the weights of section 3.3."""
    config: LFNetConfig = run.config
    images = batch['images'].flatten(0, 1)  # (B, 2, H, W, 3) -> (2 B, H, W, 3)
    with run.autocast():
        maps = see(model.h, images)
    run.timer.mark('h')
    warp, other = both_ways(batch), maps.of_branch_j()
    found = correspond(maps, other, warp, config)
    parts = {'score': image_loss(maps, other, warp, config)}
    if config.model.oriented:
        parts['orientation'] = losses.orientation_loss(found.direction, found.true_direction,
                                                       found.seen)
    if config.model.scales > 1:
        parts['scale'] = losses.scale_loss(found.scale, found.true_scale, found.seen)
    if found.seen.sum() > 1:  # batch normalisation needs two
        parts['pair'], parts['triplet'] = patch_losses(model.f, to_grey(images), found, run)
    else:
        parts['pair'] = parts['triplet'] = torch.zeros_like(parts['score'])
    weights = config.loss
    shares = {'pair': weights.pair, 'orientation': weights.orientation, 'scale': weights.scale}
    total = torch.stack([shares.get(name, 1.0) * value for name, value in parts.items()]).sum()
    return Terms(total, total.new_tensor(len(images)),
                 {name: value.sum().detach() for name, value in parts.items()})


def image_loss(maps: Maps, other: Maps, warp: Warp, config: LFNetConfig) -> Tensor:
    """Return L_im (B,): branch i's scores against the virtual target that branch j makes."""
    border = config.keypoints.border
    with torch.no_grad():
        warped, counted = warped_map(framed(other.scores, border), warp)
        wanted = losses.target(warped, config.keypoints, config.loss.sigma)
        counted = counted & (framed(torch.ones_like(warped), border) > 0)
    return losses.score_loss(maps.scores, wanted, counted)


def correspond(maps: Maps, other: Maps, warp: Warp, config: LFNetConfig) -> Found:
    """Find the keypoints of view i and follow them to view j, whose branch gives them frames."""
    settings = config.keypoints
    pixels, real = select(framed(maps.scores, settings.border), settings.count,
                          settings.nms_radius)
    points = refine(maps.scores, pixels, settings)
    size = (maps.scores.shape[2], maps.scores.shape[1])
    with torch.no_grad():
        places, seen = warp.move(points)
        there = other.frames(nearest(places, size))
        true = losses.warp_frames(*there, warp.jacobian(points), config.model.largest_scale)
    return Found(points, *maps.frames(pixels), places, *there, *true, seen & real)


def patch_losses(f: Descriptor, grey: Tensor, found: Found, run: Run) -> tuple[Tensor, Tensor]:
    """Return L_pair and L_tri, (B,), of grey views (B, H, W)."""
    seen, weights = found.seen, run.config.loss
    patches = cut(grey, found.points, found.scale, found.direction)[seen]  # (M, 1, 32, 32)
    leaf = patches.detach().requires_grad_()
    with torch.no_grad(), run.autocast():
        partners = spread(f(cut(swapped(grey), found.places, found.there_scale,
                                found.there_direction)[seen][None])[0], seen)
    with run.autocast():
        rows = spread(f(leaf[None])[0], seen)
    pair = through(losses.pair_loss(rows, partners, seen), leaf, patches)
    return pair, losses.triplet_loss(rows, partners, found.places, seen,
                                     losses.pool_size(run.step, weights), weights)


def spread(rows: Tensor, seen: Tensor) -> Tensor:
    """Put rows (M, D) where seen (B, N) is set, (B, N, D)."""
    return rows.new_zeros(*seen.shape, rows.shape[1]).masked_scatter(seen[..., None], rows)


def through(loss: Tensor, leaf: Tensor, patches: Tensor) -> Tensor:
    """Return a loss (B,) of f's rows with the gradient to what made the patches, and none to f.

    L_pair trains the detector and not the descriptor (section 3.2, "Loss function for each
    sub-network"): its gradient at f's input `leaf` goes on to `patches`, of the same values.
    """
    gradient, = torch.autograd.grad(loss.sum(), leaf, retain_graph=True)
    carrier = (patches * gradient).sum()
    return loss.detach() + (carrier - carrier.detach()) / len(loss)
