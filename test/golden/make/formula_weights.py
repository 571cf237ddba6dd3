"""Weights, images and labels from integer formulas: the Python twin of test/support/formula-weights.ts.

Both sides compute the same bits, so no golden file has to carry weights or images. Every step is a whole-number
operation modulo 2^32, or one correctly rounded float64 operation, before the cast to float32.
"""
import numpy as np


def hash32(index, salt):
    """A uint32 per index: murmur3's finaliser over index * 0x9E3779B1 + salt * 0x85EBCA77 (mod 2^32)."""
    with np.errstate(over="ignore"):
        h = np.asarray(index, dtype=np.uint32) * np.uint32(0x9E3779B1)
        h = h + np.uint32((salt * 0x85EBCA77) & 0xFFFFFFFF)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return h


def formula_kernel(shape, salt):
    """Uniform in +-sqrt(6 / (fan in + fan out)), Keras' layout, row-major, float32."""
    count = int(np.prod(shape))
    receptive = int(np.prod(shape[:-2]))
    limit = np.sqrt(np.float64(6) / np.float64((shape[-2] + shape[-1]) * receptive))
    unit = (hash32(np.arange(count), salt).astype(np.float64) + 0.5) / 4294967296.0
    return ((2.0 * unit - 1.0) * limit).astype(np.float32).reshape(shape)


def formula_spread(shape, salt, centre, spread):
    """Uniform in centre +- spread, row-major, float32."""
    unit = (hash32(np.arange(int(np.prod(shape))), salt).astype(np.float64) + 0.5) / 4294967296.0
    return (centre + (2.0 * unit - 1.0) * spread).astype(np.float32).reshape(shape)


def formula_label(sample):
    """1 (pneumonia) for about 70 % of the samples, else 0."""
    return int(int(hash32(sample, 7)) % 10 < 7)


def formula_image(sample, size):
    """uint8 [size, size]: 4x4 blocks of noise 0..127 on a vertical ramp; label 1 adds a bright diamond somewhere."""
    pixel = np.arange(size * size, dtype=np.int64)
    row, column = pixel // size, pixel % size
    block = (row // 4) * 1000 + column // 4 + sample * 1000000
    value = 40 + (hash32(block, 101) >> np.uint32(25)).astype(np.int64) + (row * 40) // size
    if formula_label(sample):
        centre_row = int(hash32(sample, 8)) % size
        centre_column = int(hash32(sample, 9)) % size
        value = value + np.maximum(0, 60 - 4 * (np.abs(row - centre_row) + np.abs(column - centre_column)))
    return np.minimum(value, 255).astype(np.uint8).reshape(size, size)
