"""Grain: what a smooth fill lacks beside a photograph's noise or a painting's canvas."""

import numpy as np
from numpy.typing import NDArray

from realtime.render.blur import blurred
from realtime.types import RGB

_COARSEST = 0.12
"Blotches larger than this are no grain, in inter-ocular distances."
_LEAST_KNOWN = 0.03
"Of the picture: with less of it in sight, its grain cannot be told."
_LIVELY = 2.0
"What stirs so much more than the calmer quarter of the background has a pattern, not grain."
_OUTLIER = 3.0
"Edges are what stands out by more than so many medians."
_STRONGEST = 1.5
"Nowhere stronger than so many times the mean."
_SEED = 7


def grain(picture: RGB, known: NDArray[np.bool_], head_size: float) -> NDArray[np.float32]:
    """(h, w, 3) grey levels to add: like the grain of what is `known`, as strong as it is nearby.

    A texture of random phase (Galerne et al. 2011): the known part's spectrum, each frequency
    shifted by chance, the same for all colours, the same on every call.

    Args:
        picture: (h, w, 3).
        known: (h, w) where the picture is nothing but background.
        head_size: inter-ocular distance, pixels.
    """
    if known.mean() < _LEAST_KNOWN:
        return np.zeros(picture.shape, np.float32)
    sigma = max(1.5, _COARSEST * head_size)
    fine = _detail(picture, known, sigma)
    stir = blurred(np.abs(fine).mean(axis=2), sigma)
    known = known & (stir <= _LIVELY * np.percentile(stir[known], 25))
    share = float(known.mean())
    fine = _detail(picture, known, sigma)
    mask = known[..., None].astype(np.float32)
    limit = _OUTLIER * np.median(np.abs(fine[known]), axis=0)
    fine = np.clip(fine, -limit, limit)
    chance = np.random.default_rng(_SEED).standard_normal(known.shape)
    phase = np.fft.rfft2(chance)
    phase /= np.maximum(np.abs(phase), 1e-9)
    shifted = np.fft.rfft2(fine, axes=(0, 1)) * phase[..., None]
    texture = np.fft.irfft2(shifted, s=known.shape, axes=(0, 1)) / np.sqrt(share)
    variance = float((fine**2).sum() / max(float(mask.sum()), 1.0) / 3)
    local = _mean_nearby((fine**2).mean(axis=2, keepdims=True), mask, 4 * sigma)
    strength = np.sqrt(local / max(variance, 1e-6))
    added: NDArray[np.float32] = (texture * np.minimum(strength, _STRONGEST)).astype(np.float32)
    return added


def _detail(picture: RGB, known: NDArray[np.bool_], sigma: float) -> NDArray[np.float32]:
    """(h, w, 3) what is known less its smooth part; 0 where nothing is known."""
    mask = known[..., None].astype(np.float32)
    detail: NDArray[np.float32] = (picture - _mean_nearby(picture * mask, mask, sigma)) * mask
    return detail


def _mean_nearby(
    total: NDArray[np.float32], mask: NDArray[np.float32], sigma: float
) -> NDArray[np.float32]:
    """(h, w, c) the mean over what the mask holds, the nearer the more."""
    weight, nearby = blurred(mask, sigma), blurred(total, sigma)
    # Far from all that is known, the mean over everything.
    overall = total.sum(axis=(0, 1)) / max(float(mask.sum()), 1.0)
    mean: NDArray[np.float32] = (nearby + 1e-3 * overall) / (weight + 1e-3)
    return mean
