"""The comparison itself; compare.py runs it where clkhash is installed."""
import base64
import contextlib
import csv
import io
import json
import pathlib
import random
import subprocess
import warnings

from clkhash.clk import generate_clk_from_csv
from clkhash.schema import from_json_dict
from clkhash.serialization import serialize_bitarray

import dates

NAMES = ["SMITH", "O'BRIEN", "jones", "ÉOIN", "Wójcik", "van der Berg", "李小龍", "e\u0301", "😀x", "A", "", "  ", "a\"b", "x,y",
         "two\nlines", "NULL", "ß", "Ωmega", "N/A"]
DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%d.%m.%y", "%Y-%m-%dT%H:%M:%S", "%m %Y", "%Y", "%d%m%Y"]
PATTERNS = [r"[A-Za-z ]*", r"\w+", r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$", r".{0,6}", r"[^\d\s]*", r"(?:a|b|[x-z])*", r"\S+(\s\S+)*"]


def pick(rng, *choices):
    return rng.choice(choices)


def text(rng):
    if rng.random() < 0.4:
        return rng.choice(NAMES)
    alphabet = pick(rng, "abcdefgh", "ABCXYZ ", "0123456789", "aéößñ", "ab,\"'\n", "日本語a")
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(0, 14)))


def whole(rng):
    number = rng.choice([rng.randrange(-50, 200), rng.randrange(-10**12, 10**12), rng.randrange(10**30), 0])
    digits = str(number)
    return pick(rng, digits, digits, " " + digits, "+" + digits.lstrip("-"), digits + "\t", digits.replace("-", "-00"), "1_000", "-0")


def decimal(rng):
    number = rng.uniform(-1000, 1000)
    return pick(rng, whole(rng)[:12], f"{number:.3f}", repr(number), f"{number:.2e}", f"{int(number)}.5", ".5", "-7.", "0.125", "1_0.5")


def date(rng, form):
    import datetime
    day = datetime.date(rng.randrange(900, 2100), rng.randrange(1, 13), rng.randrange(1, 29))
    made = datetime.datetime(day.year, day.month, day.day, rng.randrange(24), rng.randrange(60), rng.randrange(60)).strftime(form)
    if "%Y" in form and day.year < 1000:
        made = made.replace(str(day.year), f"{day.year:04d}", 1)
    return pick(rng, made, made, made.lower(), made.upper(), made.replace("0", "", 1))


def make_format(rng):
    """A format, and a function that makes values of it: mostly good ones."""
    kind = pick(rng, "string", "string", "string", "integer", "date", "enum")
    if kind == "string":
        form = {"type": "string"}
        if rng.random() < 0.7:
            form["encoding"] = pick(rng, "ascii", "utf-8", "utf-16", "utf-32")
        if rng.random() < 0.2:
            form["pattern"] = rng.choice(PATTERNS)
        else:
            if rng.random() < 0.15:
                form["case"] = pick(rng, "upper", "lower", "mixed")
            if rng.random() < 0.2:
                form["minLength"] = rng.randrange(0, 3)
            if rng.random() < 0.2:
                form["maxLength"] = rng.randrange(5, 20)
        return form, text
    if kind == "integer":
        form = {"type": "integer"}
        if rng.random() < 0.3:
            form["minimum"] = rng.randrange(-100, 10)
        if rng.random() < 0.3:
            form["maximum"] = rng.randrange(50, 10**10)
        return form, whole
    if kind == "date":
        form = rng.choice(DATE_FORMATS)
        return {"type": "date", "format": form}, lambda rng: date(rng, form)
    values = rng.sample(NAMES, 5)
    return {"type": "enum", "values": values}, lambda rng: rng.choice(values)


def make_hash(rng):
    kind = pick(rng, {"type": "blakeHash"}, {"type": "doubleHash"}, {"type": "doubleHash", "prevent_singularity": True},
                {"type": "doubleHash", "prevent_singularity": False})
    return dict(kind)


def make_schema(rng):
    """A schema, and for each feature a function that makes values."""
    version = pick(rng, 1, 2, 3, 3, 3)
    folds = pick(rng, 0, 0, 0, 1, 2, 3)
    length = pick(rng, 8, 64, 128, 512, 1024, 1024, 2048, 96, 100, 1000)
    kdf = {"type": "HKDF"}
    if rng.random() < 0.6:
        kdf["hash"] = pick(rng, "SHA256", "SHA512")
    for key in ("salt", "info"):
        if rng.random() < 0.5:
            kdf[key] = base64.b64encode(rng.randbytes(rng.randrange(0, 200))).decode()
    if rng.random() < 0.4:
        kdf["keySize"] = pick(rng, 1, 16, 32, 64, 65, 100)
    legacy = version == 3 and rng.random() < 0.1
    if legacy:
        kdf = {"type": "legacy"}
    config = {"l": length, "kdf": kdf}
    if folds:
        config["xor_folds"] = folds
    if rng.random() < 0.1:
        config["xorFolds"] = 1
    if version == 1:
        config["k"] = rng.randrange(1, 40)
        config["hash"] = make_hash(rng)
    features, makers = [], []
    for index in range(rng.randrange(1, 8)):
        identifier = pick(rng, f"field {index}", f"f{index}", f"é,{index}", f'"{index}"')
        if rng.random() < 0.1:
            features.append({"identifier": identifier, "ignored": True})
            makers.append(text)
            continue
        form, maker = make_format(rng)
        hashing = {}
        if version == 3:
            comparison = pick(rng, "ngram", "ngram", "exact", "numeric")
            if comparison == "ngram":
                hashing["comparison"] = {"type": "ngram", "n": rng.randrange(1, 5)}
                if rng.random() < 0.6:
                    hashing["comparison"]["positional"] = rng.random() < 0.5
            elif comparison == "exact":
                hashing["comparison"] = {"type": "exact"}
            else:
                precision = rng.randrange(0, 5)
                hashing["comparison"] = {"type": "numeric", "resolution": rng.randrange(1, 9),
                                         "thresholdDistance": pick(rng, 8, 7, 0.5, 0.1, 3.25, 1e-3, 12.0, 100)}
                if precision:
                    hashing["comparison"]["fractional_precision"] = precision
                if form["type"] not in ("integer", "date"):
                    form, maker = {"type": "string"}, decimal
            hashing["strategy"] = pick(rng, {"bitsPerToken": rng.randrange(1, 40)}, {"bitsPerToken": rng.randrange(1, 200)},
                                       {"bitsPerFeature": rng.randrange(1, 300)}, {"bitsPerFeature": rng.randrange(1, 30)})
        else:
            hashing["ngram"] = rng.randrange(1, 4)
            if rng.random() < 0.6:
                hashing["positional"] = rng.random() < 0.5
            if version == 1:
                if rng.random() < 0.6:
                    hashing["weight"] = pick(rng, 0, 0.125, 0.25, 0.5, 0.15, 1, 1.5, 2, 0.7, 0.35)
            else:
                hashing["strategy"] = pick(rng, {"k": rng.randrange(1, 60)}, {"numBits": rng.randrange(1, 400)})
        if version > 1 and rng.random() < 0.7:
            hashing["hash"] = make_hash(rng)
        if rng.random() < 0.3:
            hashing["missingValue"] = {"sentinel": pick(rng, "", "NULL", "N/A", "-1")}
            if rng.random() < 0.6:
                hashing["missingValue"]["replaceWith"] = pick(rng, "", "0", "12", "none")
            inner, sentinel = maker, hashing["missingValue"]["sentinel"]
            maker = (lambda inner, sentinel: lambda rng: sentinel if rng.random() < 0.2 else inner(rng))(inner, sentinel)
        feature = {"identifier": identifier, "format": form, "hashing": hashing}
        if version == 3 and rng.random() < 0.1:
            feature["ignored"] = rng.random() < 0.5
        features.append(feature)
        makers.append(maker)
    # clkhash stops at the first value that BLAKE2b cannot take, and encodes rows whose values are empty; we refuse the schema.
    hashes = [config.get("hash") or feature["hashing"].get("hash", {"type": "blakeHash"})
              for feature in features if "hashing" in feature]
    if any(used["type"] == "blakeHash" for used in hashes):
        config["l"] = 1 << (length.bit_length() - 1)
        if kdf.get("keySize", 0) > 64:
            kdf["keySize"] = 64
    return {"version": version, "clkConfig": config, "features": features}, makers, legacy


def of_clkhash(schema, secret, rows, legacy):
    """A CLK or None for each row; None alone if the schema itself is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = from_json_dict(json.loads(json.dumps(schema)), validate=not legacy)
    except Exception:
        return None
    clks = []
    for row in rows:
        try:
            made = generate_clk_from_csv(as_csv(schema, [row]), secret, loaded, progress_bar=False, max_workers=1)
            clks.append(serialize_bitarray(made[0]))
        except Exception:
            clks.append(None)
    return clks


def as_csv(schema, rows, quoting=csv.QUOTE_MINIMAL, end="\n"):
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=quoting, lineterminator=end)
    writer.writerow([feature["identifier"] for feature in schema["features"]])
    writer.writerows(rows)
    file.seek(0)
    return file


def of_counterfoil(encode, folder, schema, secret, rows, rng):
    """The text of the CLKs' file, or of the refusal."""
    paths = [folder / name for name in ("schema.json", "secret", "people.csv", "clks.json")]
    paths[0].write_text(json.dumps(schema))
    paths[1].write_bytes(secret.encode())
    quoting, end = pick(rng, csv.QUOTE_MINIMAL, csv.QUOTE_ALL), pick(rng, "\n", "\r\n")
    paths[2].write_bytes(as_csv(schema, rows, quoting, end).getvalue().encode())
    ended = subprocess.run([encode, *paths], capture_output=True, text=True)
    if ended.returncode != 0:
        return None, ended.stderr
    return paths[3].read_text(), ""


def run(args):
    rng = random.Random(args.seed)
    folder = pathlib.Path(args.inside)
    compared = refused = schemas_refused = 0
    versions = {}
    for number in range(args.schemas):
        schema, makers, legacy = make_schema(rng)
        secret = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz é") for _ in range(rng.randrange(1, 30 if legacy else 100)))
        rows = [[maker(rng) for maker in makers] for _ in range(args.rows)]
        rows = [row for row in rows if row != [""]] or [["x"]]
        with contextlib.redirect_stderr(io.StringIO()):
            theirs = of_clkhash(schema, secret, rows, legacy)

        def differs(what):
            print(f"DIFFERENT (schema {number}, seed {args.seed}): {what}")
            print(json.dumps(schema, ensure_ascii=False))
            return 1

        # Dates that Python alone can read are refused here.
        if theirs is not None:
            theirs = [None if dates.beyond(schema, row) else clk for row, clk in zip(rows, theirs)]
        if theirs is None or all(clk is None for clk in theirs):
            # Some of what clkhash refuses only at the first row is refused with the schema here.
            ours, said = of_counterfoil(args.encode, folder, schema, secret, rows, rng)
            if ours is not None:
                return differs("clkhash refuses every row, we encode")
            schemas_refused += 1
            continue
        good = [row for row, clk in zip(rows, theirs) if clk is not None]
        ours, said = of_counterfoil(args.encode, folder, schema, secret, good, rng)
        if ours is None:
            return differs(f"clkhash encodes, we refuse: {said}")
        if ours != json.dumps({"clks": [clk for clk in theirs if clk is not None]}):
            clks = json.loads(ours)["clks"]
            wrong = [row for row, clk, of_us in zip(good, [clk for clk in theirs if clk is not None], clks) if clk != of_us]
            return differs(f"{len(wrong)} of {len(good)} rows, such as {wrong[:1]!r}")
        bad = [row for row, clk in zip(rows, theirs) if clk is None]
        if bad:
            ours, said = of_counterfoil(args.encode, folder, schema, secret, bad, rng)
            lines = {line.split(":")[0] for line in said.splitlines() if line.startswith("line ")}
            if ours is not None or len(lines) != len(bad):
                return differs(f"clkhash refuses {len(bad)} rows, we {len(lines)}: {bad!r} {said}")
        compared += len(good)
        refused += len(bad)
        versions[schema["version"]] = versions.get(schema["version"], 0) + 1
    print(f"the same: {compared} CLKs of {sum(versions.values())} schemas (by version: {dict(sorted(versions.items()))}); "
          f"refused by both: {refused} rows, {schemas_refused} schemas")
    return 0
