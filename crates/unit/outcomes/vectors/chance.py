"""Random numbers that follow from the seed, and the cluster bootstrap's draws and limits. Needs numpy."""

import hashlib
import struct
from statistics import NormalDist

import numpy

SEED, DRAWS = bytes([42] * 32), 2_000


def chacha(key, stream, double_rounds):
    """Words of ChaCha with so many double rounds, a counter of 64 bits and a stream of 64 bits."""
    mask, counter = 0xFFFFFFFF, 0
    while True:
        start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
        start += list(struct.unpack("<4I", struct.pack("<QQ", counter, stream)))
        x = list(start)

        def quarter(a, b, c, d):
            for one, other, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[one] = (x[one] + x[other]) & mask
                word = x[third] ^ x[one]
                x[third] = ((word << by) | (word >> (32 - by))) & mask

        for _ in range(double_rounds):
            quarter(0, 4, 8, 12), quarter(1, 5, 9, 13), quarter(2, 6, 10, 14), quarter(3, 7, 11, 15)
            quarter(0, 5, 10, 15), quarter(1, 6, 11, 12), quarter(2, 7, 8, 13), quarter(3, 4, 9, 14)
        yield from ((one + other) & mask for one, other in zip(x, start))
        counter += 1


def unbiased(words, bound):
    """Below a bound, without bias (Lemire 2019)."""
    for word in words:
        product = word * bound
        if product & 0xFFFFFFFF >= (1 << 32) % bound:
            return product >> 32


def seed_of(purpose):
    return hashlib.sha256(SEED + purpose.encode()).digest()


def bca(values, estimate, left_out, normal=NormalDist()):
    values = numpy.sort(values)
    below, up_to = (values < estimate).sum(), (values <= estimate).sum()
    bias = normal.inv_cdf((below + up_to) / (2 * len(values)))
    apart = numpy.mean(left_out) - numpy.array(left_out)
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    levels = (normal.cdf(bias + (bias + z) / (1 - acceleration * (bias + z))) for z in (normal.inv_cdf(0.025), normal.inv_cdf(0.975)))
    return [float(numpy.quantile(values, level)) for level in levels]


DRAWN = {}


def draws(clusters):
    if clusters not in DRAWN:
        times = numpy.zeros((DRAWS, clusters))
        for draw in range(DRAWS):
            words = chacha(seed_of("bootstrap"), draw, 4)
            for _ in range(clusters):
                times[draw, next(words) * clusters >> 32] += 1
        DRAWN[clusters] = times
    return DRAWN[clusters]


def signs(clusters):
    """A sign a cluster and draw: the highest bit of a word."""
    words = [chacha(seed_of("wild bootstrap"), draw, 4) for draw in range(DRAWS)]
    return numpy.array([[-1.0 if next(of) >> 31 else 1.0 for _ in range(clusters)] for of in words])
