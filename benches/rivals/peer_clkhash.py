"""clkhash's encoding: SCHEMA SECRET_FILE PEOPLE.csv OUT.json. The CPU seconds are those of encoding, reading included."""

import json
import multiprocessing
import os
import sys

from clkhash import clk
from clkhash.schema import from_json_dict
from clkhash.serialization import serialize_bitarray

schema, secret, people, out = sys.argv[1:]


def cpu_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    with open(schema) as file:
        schema = from_json_dict(json.load(file))
    with open(secret) as file:
        secret = file.read().strip()
    began = cpu_seconds()
    with open(people) as file:
        clks = clk.generate_clk_from_csv(file, secret, schema, validate=False, progress_bar=False)
    # A child's time is counted when it has been waited for, which clkhash leaves to the interpreter's end.
    for child in multiprocessing.active_children():
        child.join()
    took = cpu_seconds() - began
    clks = [one if isinstance(one, str) else serialize_bitarray(one) for one in clks]
    with open(out, "w") as file:
        json.dump({"clks": clks}, file)
    print(json.dumps({"cpu_seconds": took, "rows": len(clks)}))
