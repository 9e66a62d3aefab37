# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Random photometric changes of one image."""
from __future__ import annotations

import cv2
import numpy as np

from training.config import PhotometricConfig

GAMMA = 2.2


def distort(rng: np.random.Generator, image: np.ndarray, config: PhotometricConfig) -> np.ndarray:
    """Change (H, W, 3) BGR uint8 in the order of a camera: light, colour, blur, tone, noise, JPEG.

    What has no share is not drawn.
    """
    image = relight(rng, image, config)
    image = shift_colour(rng, image, config)
    if rng.random() < config.blur_share:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, max(config.blur_sigma_px, 0.31)))
    if rng.random() < config.motion_share:
        image = cv2.filter2D(image, -1, motion_kernel(rng, config.motion_px))
    image = add_noise(rng, cv2.LUT(image, tone_curve(rng, config)), config)
    if happens(rng, config.jpeg_share):
        quality = int(rng.integers(config.jpeg_quality, 96))
        _, coded = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
    return image


def happens(rng: np.random.Generator, share: float) -> bool:
    """Draw whether something of probability `share` happens; nothing is drawn where it is 0."""
    return share > 0 and rng.random() < share


def relight(rng: np.random.Generator, image: np.ndarray, config: PhotometricConfig) -> np.ndarray:
    """Expose (H, W, 3) uint8 longer or shorter, and shade it smoothly; too bright is white.

    Light is proportional to grey levels to the power of 2.2, a stop is a factor of 2.
    """
    stops = np.zeros((1, 1), np.float32)
    if happens(rng, config.exposure_share):
        stops = stops + np.float32(rng.uniform(-1, 1) * config.exposure_stops)
    if happens(rng, config.shade_share):
        corners = rng.uniform(-1, 1, rng.integers(2, 5, 2)).astype(np.float32)
        shade = cv2.resize(corners, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        stops = stops + shade * np.float32(config.shade_stops)
    if not stops.any():
        return image
    brighter = np.exp2(stops / np.float32(GAMMA))[..., None]
    return np.clip(image * brighter, 0, 255).astype(np.uint8)


def shift_colour(rng: np.random.Generator, image: np.ndarray,
                 config: PhotometricConfig) -> np.ndarray:
    """Turn the hue and scale the saturation."""
    hue, saturation, value = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2HSV))
    turn = round(rng.uniform(-config.hue_deg, config.hue_deg) / 2)  # OpenCV's hue is in 2 degrees
    hue = ((hue.astype(np.int16) + turn) % 180).astype(np.uint8)
    factor = 1 + rng.uniform(-config.saturation, config.saturation)
    saturation = cv2.convertScaleAbs(saturation, alpha=factor)
    return cv2.cvtColor(cv2.merge([hue, saturation, value]), cv2.COLOR_HSV2BGR)


def tone_curve(rng: np.random.Generator, config: PhotometricConfig) -> np.ndarray:
    """Return a table (256,) uint8 of random gamma, contrast and brightness."""
    grey = np.linspace(0, 1, 256)
    gamma = np.exp(rng.uniform(-1, 1) * np.log(config.gamma))
    contrast = 1 + rng.uniform(-config.contrast, config.contrast)
    brightness = rng.uniform(-config.brightness, config.brightness)
    curve = (255 * grey**gamma - 127.5) * contrast + 127.5 + brightness
    return np.clip(np.rint(curve), 0, 255).astype(np.uint8)


def motion_kernel(rng: np.random.Generator, longest_px: int) -> np.ndarray:
    """Return a normalised kernel that smears along a random line."""
    length = int(rng.integers(3, max(longest_px, 3) + 1))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = (length - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
    start, end = ((length - 1) / 2 + sign * reach for sign in (-1, 1))
    cv2.line(kernel, tuple(np.rint(start).astype(int).tolist()),
             tuple(np.rint(end).astype(int).tolist()), 1.0)
    return kernel / kernel.sum()


def add_noise(rng: np.random.Generator, image: np.ndarray,
              config: PhotometricConfig) -> np.ndarray:
    """Add Gaussian noise of a random standard deviation up to config.noise grey levels."""
    noise = rng.standard_normal(image.shape, np.float32) * np.float32(rng.random() * config.noise)
    return np.clip(image + noise, 0, 255).astype(np.uint8)
