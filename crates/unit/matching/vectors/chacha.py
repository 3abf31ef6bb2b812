"""The draws of counterfoil-matching, written a second time from the words at the head of its lib.rs. Python 3, no packages."""

import struct

MASK = 0xFFFFFFFF


def _rotated(word, by):
    return ((word << by) | (word >> (32 - by))) & MASK


def _quarter(state, a, b, c, d):
    for one, other, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[one] = (state[one] + state[other]) & MASK
        state[third] = _rotated(state[third] ^ state[one], by)


def block(key, counter, nonce):
    """The block function of RFC 8439, 2.3: 16 words."""
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
    start += [counter] + list(struct.unpack("<3I", nonce))
    state = list(start)
    for _ in range(10):
        _quarter(state, 0, 4, 8, 12), _quarter(state, 1, 5, 9, 13), _quarter(state, 2, 6, 10, 14), _quarter(state, 3, 7, 11, 15)
        _quarter(state, 0, 5, 10, 15), _quarter(state, 1, 6, 11, 12), _quarter(state, 2, 7, 8, 13), _quarter(state, 3, 4, 9, 14)
    return [(one + other) & MASK for one, other in zip(state, start)]


class Draw:
    def __init__(self, seed, stream):
        self.words = self._words(seed, bytes(4) + struct.pack("<Q", stream))

    @staticmethod
    def _words(seed, nonce):
        counter = 0
        while True:
            yield from block(seed, counter, nonce)
            counter += 1

    def below(self, bound):
        while True:
            product = next(self.words) * bound
            if product % 2**32 >= 2**32 % bound:
                return product >> 32

    def order(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def by_rank(seed, stream, keys):
    """The keys in drawn order."""
    in_order = sorted(keys)
    return [in_order[place] for place in Draw(seed, stream).order(len(keys))]


# RFC 8439, 2.3.2.
assert struct.pack("<16I", *block(bytes(range(32)), 1, bytes.fromhex("000000090000004a00000000"))).hex() == (
    "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
    "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
)
