"""The standard bivariate normal distribution for whole arrays of points and correlations at once."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

#: Beyond this many standard deviations a normal probability is 0 or 1 in double precision.
FAR = 37.0
#: Above this correlation the integral over the angle is no longer smooth, and its complement is integrated.
HIGH = 0.925
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def density(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """The density at (h, k) with correlation r, -1 < r < 1 (arrays that broadcast; infinite points give 0).

    This is also the derivative of `cdf` by r: Plackett (1954), doi 10.1093/biomet/41.3-4.351.
    """
    h, k = np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR)
    rest = 1 - r * r
    return np.exp(-0.5 * (h * h + k * k - 2 * r * h * k) / rest) / (2 * np.pi * np.sqrt(rest))


def density_by_r(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """The derivative of the density by its correlation."""
    h, k = np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR)
    rest = 1 - r * r
    return density(h, k, r) * (r / rest + (h * k * (1 + r * r) - r * (h * h + k * k)) / rest**2)


def cdf(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """The probability that X <= h and Y <= k with correlation r, -1 <= r <= 1 (arrays that broadcast).

    The absolute error is below 1e-14; h and k may be infinite.

    Source: Drezner and Wesolowsky (1990), doi 10.1080/00949659008811236, as made more exact for high correlations
    by Genz (2004), doi 10.1023/B:STCO.0000035304.20635.31.
    """
    h, k, r = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (h, k, r)))
    shape = h.shape
    h, k, r = np.clip(h, -FAR, FAR).ravel(), np.clip(k, -FAR, FAR).ravel(), r.ravel()
    # P(X <= h, Y <= k; r) = P(X <= h) - P(X <= h, Y <= -k; -r): only r >= 0 is integrated.
    negative = r < 0
    k, r = np.where(negative, -k, k), np.abs(r)
    below = np.empty(h.shape)
    high = r > HIGH
    below[~high] = _low(h[~high], k[~high], r[~high])
    below[high] = _high(h[high], k[high], r[high])
    return np.where(negative, ndtr(h) - below, below).clip(0, 1).reshape(shape)


def _low(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """0 <= r <= 0.925: independence plus the density integrated over the angle asin(r)."""
    half = np.arcsin(r) / 2
    sine = np.sin(half[:, None] * (NODES + 1))
    squares = (h * h + k * k)[:, None] / 2
    heights = np.exp(((h * k)[:, None] * sine - squares) / (1 - sine * sine))
    return ndtr(h) * ndtr(k) + half * (heights @ WEIGHTS) / (2 * np.pi)


def _high(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """0.925 < r <= 1: perfect correlation minus the density integrated from r to 1.

    With x = sqrt(1 - t^2) the density at correlation t becomes exp(-(h - k)^2 / (2 x^2)) g(x), with g smooth. The
    first terms of g's series, exp(-h k / 2) (1 + c x^2 (1 + d x^2)), are integrated exactly, the rest by nodes.
    """
    product, gap = h * k, (h - k) ** 2
    end = np.sqrt((1 - r) * (1 + r))
    c, d = (4 - product) / 8, (12 - product) / 16

    with np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore"):
        # Exact part: integrals over 0..end of x^(2 m) exp(-gap / (2 x^2)), m = 0, 1, 2, by parts.
        at_end = np.where(end > 0, np.exp(-(gap / end**2 + product) / 2), 0.0)
        root = np.sqrt(gap)
        tail = np.sqrt(2 * np.pi) * root * np.where(end > 0, ndtr(-root / end), 0.0) * np.exp(-product / 2)
        zero = end * at_end - tail
        two = (end**3 * at_end - gap * zero) / 3
        four = (end**5 * at_end - gap * two) / 5
        exact = zero + c * (two + d * four)

        half = end / 2
        x2 = (half[:, None] * (NODES + 1)) ** 2
        root_rest = np.sqrt(1 - x2)
        wide = product[:, None]
        first = np.exp(-(gap[:, None] / x2 + wide) / 2)
        smooth = np.exp(-wide * (1 - root_rest) / (2 * (1 + root_rest))) / root_rest
        left = first * (smooth - (1 + c[:, None] * x2 * (1 + d[:, None] * x2)))
        rest = half * (np.where(np.isfinite(left), left, 0.0) @ WEIGHTS)
    missing = np.where(end > 0, exact + rest, 0.0)
    return ndtr(np.minimum(h, k)) - missing / (2 * np.pi)
