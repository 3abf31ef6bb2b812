"""Random formats and values of dates, as clkhash reads them and as we do."""
import csv
import json
import pathlib
import random
import re
import subprocess
from datetime import datetime

from clkhash.schema import from_json_dict

PARTS = [["%Y", "%Y", "%y"], ["%m", "%m", "%b", "%B"], ["%d"], ["%H"], ["%M"], ["%S"]]
BETWEEN = ["-", "/", ".", " ", ", ", "  ", ":", "T", "%%", "_", "\t", "at", "(", "+"]
# What the schema is refused for.
BEYOND = re.compile(r"%[^YymbBdHMS%]|(?:^|[^%])(?:%%)*\d|[^ -~\t]")
TOUCHING = re.compile(r"%[YymdHMS]%[YymdHMS]")


def one_meaning(text):
    return re.sub(r"\s+", " ", text).lower()


def unlike(form, value):
    """Whether a date that Python reads may be refused here: touching numbers without all their digits, or a space that stands
    for no space of the format, which Python allows before a day."""
    made = datetime.strptime(value, form)
    full = made.replace(year=2000).strftime(form.replace("%Y", f"{made.year:04d}").replace("%y", f"{made.year % 100:02d}"))
    spaces = len(re.findall(r"\s+", value)) > len(re.findall(r"\s+", form))
    return spaces or (TOUCHING.search(form) is not None and one_meaning(full) != one_meaning(value))


def beyond(schema, row):
    """Whether a row has such a date, where the schema reads one."""
    for feature, value in zip(schema["features"], row):
        form = feature.get("format", {})
        sentinel = feature.get("hashing", {}).get("missingValue", {}).get("sentinel")
        if form.get("type") != "date" or feature.get("ignored") is True or value == sentinel:
            continue
        try:
            if unlike(form["format"], value):
                return True
        except ValueError:
            pass
    return False


def make_format(rng):
    parts = [rng.choice(part) for part in rng.sample(PARTS, rng.choice([1, 2, 3, 3, 3, 3, 4, 6]))]
    if rng.random() < 0.5:
        parts.sort(key=lambda part: "YymbBdHMS".index(part[1]))
    between = [rng.choice(BETWEEN) if rng.random() < 0.75 else "" for _ in parts]
    if rng.random() < 0.05:
        between[0] = rng.choice(["0", "%f", "%j", "%p", "é", "%A", "%-d"])
    if rng.random() < 0.8:
        between[-1] = ""
    return "".join(part + then for part, then in zip(parts, between))


def make_value(rng, form):
    day = datetime(rng.choice([rng.randrange(1, 9999), rng.randrange(1900, 2069)]), rng.randrange(1, 13), rng.randrange(1, 29),
                   rng.randrange(24), rng.randrange(60), rng.randrange(60))
    value = day.strftime(form.replace("%Y", f"{day.year:04d}"))
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        at = rng.randrange(len(value) + 1)
        value = rng.choice([
            lambda: re.sub(r"\b0(\d)", r"\1", value),
            lambda: value.replace("0", "", 1),
            lambda: value.upper(),
            lambda: value.lower(),
            lambda: value.replace(" ", rng.choice(["  ", "\t", "\x0b", "\x1f", ""])),
            lambda: value[:at] + rng.choice(" 0129-+T\t.") + value[at:],
            lambda: value[:at] + value[at + 1:],
            lambda: value[:at] + rng.choice("0123456789") + value[at + 1:],
            lambda: re.sub(r"\d\d", lambda _: f"{rng.randrange(62):02d}", value, count=1),
        ])()
    return value


def schema_of(form):
    hashing = {"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 16}}
    return {"version": 3, "clkConfig": {"l": 1024, "kdf": {"type": "HKDF"}},
            "features": [{"identifier": "x", "ignored": True}, {"identifier": "d", "format": form, "hashing": hashing}]}


def encode(args, form, values):
    """The CLKs, or the lines that are wrong, or what is said of the schema."""
    folder = pathlib.Path(args.inside)
    paths = [folder / name for name in ("schema.json", "secret", "dates.csv", "clks.json")]
    paths[0].write_text(json.dumps(schema_of(form)))
    paths[1].write_text("secret")
    with open(paths[2], "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("x", "d"), *(("x", value) for value in values)])
    ended = subprocess.run([args.encode, *paths], capture_output=True, text=True)
    if ended.returncode == 0:
        return json.loads(paths[3].read_text())["clks"], set(), ""
    return None, {int(line) for line in re.findall(r"^line (\d+):", ended.stderr, re.M)}, ended.stderr


def run(args):
    rng = random.Random(args.seed)
    the_same = refused = beyond_us = schemas_refused = 0
    for _ in range(args.schemas):
        form = make_format(rng)
        values = [make_value(rng, form) for _ in range(10)]
        values = [value for value in values if "\n" not in value]
        of_clkhash = from_json_dict(schema_of({"type": "date", "format": form}), validate=True).fields[1]

        def theirs(value):
            try:
                of_clkhash.validate(value)
                return of_clkhash.format_value(value)
            except Exception:
                return None

        def differs(what):
            print(f"DIFFERENT dates (seed {args.seed}): {form!r} {what}")
            return 1

        read = [theirs(value) for value in values]
        _, lines, said = encode(args, {"type": "date", "format": form}, values)
        if said and not lines:
            if not BEYOND.search(form):
                return differs(said)
            schemas_refused += 1
            continue
        both = []
        for line, (value, text) in enumerate(zip(values, read), start=2):
            if text is None:
                if line not in lines:
                    return differs(f"{value!r}: clkhash refuses, we do not")
                refused += 1
            elif line in lines:
                if value.isascii() and not unlike(form, value):
                    return differs(f"{value!r}: clkhash makes {text}, we refuse")
                beyond_us += 1
            else:
                both.append((value, text))
        ours = encode(args, {"type": "date", "format": form}, [value for value, _ in both])[0]
        same = encode(args, {"type": "string"}, [text for _, text in both])[0]
        if ours is None or ours != same:
            return differs(f"other CLKs: {both!r}")
        the_same += len(both)
    print(f"dates: the same: {the_same}; refused by both: {refused}; refused here alone, as documented: {beyond_us} values, "
          f"{schemas_refused} formats")
    return 0
