"""Random files of quotes, commas and line ends, as clkhash reads them and as we do."""
import contextlib
import csv
import io
import json
import pathlib
import random
import subprocess

from clkhash.clk import generate_clk_from_csv
from clkhash.schema import from_json_dict
from clkhash.serialization import serialize_bitarray

FEATURE = {"format": {"type": "string"}, "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": 8}}}
SCHEMA = {"version": 3, "clkConfig": {"l": 1024, "kdf": {"type": "HKDF"}},
          "features": [{"identifier": "x", **FEATURE}, {"identifier": "y", **FEATURE}]}
PIECES = ["a", "b", "é", " ", "\ufeff", "\0", "\t", ",", ",", '"', '""', '"a"', '"\n"', '"\r\n"', '"b,c"', '"\r"']


def make_file(rng):
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    good = ["a,b", '"a",b', '"a\nb","c"', "a\"b,c", ",", '"",', '"a"b,c', '" a" , b', "é,\ufeff", '\ufeffa,b', '"a""b",","', "\0,b", "'a,b"]
    rows = [rng.choice(good) for _ in range(rng.randrange(1, 6))]
    if rng.random() < 0.5:
        rows.insert(rng.randrange(len(rows) + 1), "".join(rng.choice(PIECES) for _ in range(rng.randrange(6))))
    text = "x,y" + end + end.join(rows) + rng.choice(["", end, end, end + end])
    if rng.random() < 0.1:
        text = text.replace(end, rng.choice(["\n", "\r", "\r\n"]), 1)
    return text


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def why_refused(text):
    """Of what clkhash takes: what is refused here as documented."""
    if rows_of(text + "\nZ")[-1] != ["Z"]:
        return "a quote is opened"
    if any("\r" in field for row in rows_of(text) for field in row):
        return "carriage return"
    return None


def run(args):
    rng = random.Random(args.seed)
    folder = pathlib.Path(args.inside)
    paths = [folder / name for name in ("schema.json", "secret", "rows.csv", "clks.json")]
    paths[0].write_text(json.dumps(SCHEMA))
    paths[1].write_text("secret")
    loaded = from_json_dict(SCHEMA)
    the_same = refused = beyond_us = 0
    for _ in range(args.schemas):
        text = make_file(rng)
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                clks = generate_clk_from_csv(io.StringIO(text, newline=""), "secret", loaded, progress_bar=False, max_workers=1)
            theirs = json.dumps({"clks": [serialize_bitarray(clk) for clk in clks]})
        except Exception:
            theirs = None
        paths[2].write_bytes(text.encode())
        ended = subprocess.run([args.encode, *paths], capture_output=True, text=True)
        ours = paths[3].read_text() if ended.returncode == 0 else None
        reason = why_refused(text)
        if ours is None and theirs is not None and reason is not None and reason in ended.stderr:
            beyond_us += 1
        elif ours != theirs or (ours is not None and reason is not None):
            print(f"DIFFERENT file (seed {args.seed}): {text!r}: clkhash {theirs}, we {ours} {ended.stderr}")
            return 1
        elif ours is None:
            refused += 1
        else:
            the_same += 1
    print(f"files: the same: {the_same}; refused by both: {refused}; refused here alone, as documented: {beyond_us}")
    return 0
