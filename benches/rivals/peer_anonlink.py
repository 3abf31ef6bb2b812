"""anonlink's full comparison: LEFT RIGHT BYTES_PER_ROW ROWS_MAX THRESHOLD HITS.

The hits are written to HITS, left and right row as 32-bit little-endian numbers, sorted.
"""

import json
import sys
import time

import numpy
from anonlink.similarities import dice_coefficient_accelerated
from bitarray import bitarray


def read(path, size, rows_max):
    rows = []
    with open(path, "rb") as file:
        while len(rows) < rows_max and (row := file.read(size)):
            bits = bitarray(endian="big")
            bits.frombytes(row)
            rows.append(bits)
    return rows


left, right, size, rows_max, threshold, hits = sys.argv[1:]
left, right = (read(path, int(size), int(rows_max)) for path in (left, right))
began = time.process_time()
scores, (rows_left, rows_right) = dice_coefficient_accelerated([left, right], float(threshold))
took = time.process_time() - began
pairs = numpy.column_stack([numpy.frombuffer(rows, rows.typecode) for rows in (rows_left, rows_right)]).astype("<u4")
pairs = pairs[numpy.lexsort((pairs[:, 1], pairs[:, 0]))]
pairs.tofile(hits)
print(json.dumps({"cpu_seconds": took, "hits": len(scores)}))
