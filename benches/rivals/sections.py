"""What is measured: each section takes a Setting and gives rows of one table, or raises Skipped with the reason."""

import base64
import csv
import dataclasses
import hashlib
import json
import pathlib
import shutil
import subprocess

from measure import Failed, alternately, median, run, said

FIELDS = ["given_name", "family_name", "sex", "date_of_birth", "postcode"]
CLK_BYTES = 128
SECRET = "a secret for measuring"


class Skipped(Exception):
    """Why a section was not measured."""


@dataclasses.dataclass
class Setting:
    """What was asked for, the rivals' interpreter, this folder and a folder for data."""

    given: object
    interpreter: pathlib.Path
    here: pathlib.Path
    data: pathlib.Path

    def peer(self, name, *arguments):
        return run([self.interpreter, self.here / f"peer_{name}.py", *map(str, arguments)])


def example(package, name):
    """Builds one of our examples; gives its file."""
    done = subprocess.run(
        ["cargo", "build", "--release", "--quiet", "--message-format=json", "-p", package, "--example", name],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Skipped(f"cargo build of {package}, example {name}: {done.stderr.strip()[-600:]}")
    made = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    made = [one["executable"] for one in made if one.get("executable") and one["target"]["name"] == name]
    return made[-1]


def people(setting, size):
    """A folder with a.csv, b.csv and truth.csv: that of --data, or made-up people."""
    left, right = (int(rows) for rows in size.split("x"))
    folder = setting.data / f"{left}x{right}-{setting.given.seed}"
    if not (folder / "truth.csv").exists():
        overlap = min(left, right) * 5 // 6 if left != right else left // 2
        run([example("counterfoil-benches", "people_pairs"), *map(str, (left, right, overlap, setting.given.seed)), str(folder)])
    return folder


def folders(setting):
    """Folders to link, with their names."""
    if setting.given.data:
        return {folder.name: folder.resolve() for folder in setting.given.data}
    return {size: people(setting, size) for size in setting.given.sizes.split(",")}


def for_clkhash(setting, folder, rows=None):
    """The two files with the five fields of clk_schema.json alone, and the secret's file."""
    made = setting.data / "clkhash" / folder.name
    made.mkdir(parents=True, exist_ok=True)
    secret = made / "secret"
    secret.write_text(SECRET + "\n")
    for name in ("a.csv", "b.csv"):
        with open(folder / name, newline="") as source, open(made / name, "w", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(FIELDS)
            for nth, row in enumerate(csv.DictReader(source)):
                if rows is not None and nth == rows:
                    break
                row["date_of_birth"] = row["date_of_birth"].replace("-", "")
                writer.writerow([row[field] for field in FIELDS])
    return made, secret


def attempt(programs, repeats):
    try:
        return alternately(programs, repeats)
    except Failed as error:
        raise Skipped(str(error)) from error


def full_comparison(setting):
    """Full comparison: every pair of 1,024-bit CLKs at a Dice coefficient, without blocking.

    anonlink and each kernel on the same CLKs of clkhash; the hits are compared, pair by pair.
    """
    ours = example("counterfoil-similarity", "all_pairs")
    sizes = [int(rows) for rows in setting.given.rows.split(",")]
    folder = setting.given.data[0].resolve() if setting.given.data else people(setting, f"{max(sizes)}x{max(sizes)}")
    made, secret = for_clkhash(setting, folder, max(sizes))
    files = []
    for name in "ab":
        raw = made / f"{name}.clks"
        try:
            setting.peer("clkhash", setting.here / "clk_schema.json", secret, made / f"{name}.csv", made / f"{name}.json")
        except Failed as error:
            raise Skipped(str(error)) from error
        clks = json.loads((made / f"{name}.json").read_text())["clks"]
        raw.write_bytes(b"".join(map(base64.b64decode, clks)))
        files.append(raw)
    table = []
    for rows in sizes:
        for threshold in ("0.80", "0.85"):
            table += compare_kernels(setting, ours, files, rows, threshold, made)
    return table


def compare_kernels(setting, ours, files, rows, threshold, made):
    hits = made / "hits"

    def digest():
        return hashlib.sha256(hits.read_bytes()).hexdigest()

    def anonlink():
        measured = setting.peer("anonlink", *files, CLK_BYTES, rows, threshold, hits)
        measured.said["digest"] = digest()
        return measured

    def kernel(name, skipping):
        def one():
            words = str(CLK_BYTES // 8)
            measured = run([ours, *map(str, files), words, f"dice:{threshold}", name, skipping, str(rows), str(hits)])
            measured.said["digest"] = digest()
            return measured

        return one

    programs = {"anonlink": anonlink}
    for name in ("portable", "neon", "avx2", "avx512"):
        for skipping in ("off", "rarest"):
            try:
                kernel(name, skipping)()
            except Failed:
                continue
            programs[f"ours: {name}, {'rarest bits first' if skipping == 'rarest' else 'every bit'}"] = kernel(name, skipping)
    runs = attempt(programs, setting.given.repeats)
    pairs = min(rows, files[0].stat().st_size // CLK_BYTES) * min(rows, files[1].stat().st_size // CLK_BYTES)
    theirs = said(runs["anonlink"], "cpu_seconds")
    expected = {run.said["digest"] for run in runs["anonlink"]}
    table = []
    for name, of in runs.items():
        took = said(of, "cpu_seconds")
        table.append(
            {
                "rows": f"{rows:,} x {rows:,}",
                "Dice": threshold,
                "program": name,
                "CPU s": f"{took:.3f}",
                "million pairs per CPU s": f"{pairs / took / 1e6:,.0f}",
                "ratio": f"{theirs / took:.1f}",
                "hits": of[0].said["hits"],
                "same hits": "yes" if {run.said["digest"] for run in of} == expected else "NO",
                "peak MiB": f"{median(run.peak_mib for run in of):.0f}",
            }
        )
    return table


def encoding(setting):
    """Encoding: people to CLKs at clkhash's own schema, and to our extract.

    Both read the same CSV and write the same JSON. The last row is the custodian's whole work with our schema: tokens and
    hardened CLK, signed extract on disk.
    """
    folder = setting.given.data[0].resolve() if setting.given.data else people(setting, "100000x100000")
    made, secret = for_clkhash(setting, folder)
    arguments = [str(setting.here / "clk_schema.json"), str(secret), str(made / "a.csv")]
    ours = example("counterfoil-clkhash", "encode")
    extracts = example("counterfoil-benches", "link_extracts")
    programs = {
        "clkhash": lambda: setting.peer("clkhash", *arguments, made / "theirs.json"),
        "ours: the same CLKs": lambda: run([ours, *arguments, str(made / "ours.json")]),
        "ours: the same CLKs, one thread": lambda: run([ours, *arguments, str(made / "ours.json")], RAYON_NUM_THREADS="1"),
        "ours: extracts, tokens and hardened CLKs": lambda: make_extracts(setting.given.schema, extracts, folder, made / "extracts"),
    }
    runs = attempt(programs, setting.given.repeats)
    rows = runs["clkhash"][0].said["rows"]
    same = json.loads((made / "theirs.json").read_text())["clks"] == json.loads((made / "ours.json").read_text())["clks"]
    # The start of an interpreter is no encoding: clkhash says its own time, and our programs are charged for all of theirs.
    theirs = rows / said(runs["clkhash"], "cpu_seconds")
    table = []
    for name, of in runs.items():
        of_rows, took = rows, median(run.cpu_seconds for run in of)
        if name == "clkhash":
            took = said(of, "cpu_seconds")
        if "extracts" in name:
            of_rows = of[0].said["rows"]
        table.append(
            {
                "program": name,
                "rows": f"{of_rows:,}",
                "CPU s": f"{took:.2f}",
                "rows per CPU s": f"{of_rows / took:,.0f}",
                "ratio": f"{of_rows / took / theirs:.1f}",
                "same CLKs": ("yes" if same else "NO") if "same" in name else "",
                "peak MiB": f"{median(run.peak_mib for run in of):.0f}",
            }
        )
    return table


def make_extracts(schema, program, folder, out):
    """Extracts are never overwritten, so those of the run before go first."""
    shutil.rmtree(out, ignore_errors=True)
    return run([program, "make", str(schema), str(folder / "a.csv"), str(folder / "b.csv"), str(out)])


def splink_row(name, nhs_number, of):
    best, half, most = (of[0].said[key] for key in ("best", "at_0.5", "at_0.95"))
    return {
        "people": name,
        "NHS number": nhs_number,
        "program": "Splink",
        "CPU s": f"{said(of, 'cpu_seconds'):.2f}",
        "of that training": f"{said(of, 'train_cpu_seconds'):.2f}",
        "peak MiB": f"{median(run.said['peak_mib'] for run in of):.0f}",
        "F1": f"{half['f1']:.4f} at p >= .5; {most['f1']:.4f} at p >= .95",
        "F1 at best threshold": f"{best['f1']:.4f}",
        "precision, recall at p >= .95": f"{most['precision']:.4f}, {most['recall']:.4f}",
    }


def splink(setting):
    """Splink alone, on the plaintext, trained and predicted in one process."""
    table = []
    for name, folder in folders(setting).items():
        for nhs_number in ("with", "without"):
            runs = attempt({f"Splink, {name}, {nhs_number}": lambda: setting.peer("splink", folder, nhs_number)}, setting.given.repeats)
            table += [splink_row(name, nhs_number, of) for of in runs.values()]
    return table


def linkage(setting):
    """Linkage from end to end: Splink on the plaintext, ours on the extracts of the same people.

    Ours is charged for reading and checking the extracts, all linking and the decision. Its quality comes from `evaluate`
    with the same schema, decided by the schema's own rule and not by the truth.
    """
    program = example("counterfoil-benches", "link_extracts")
    schemas = {"with": setting.given.schema, "without": setting.given.schema_without_nhs_number}
    table = []
    for name, folder in folders(setting).items():
        for nhs_number, schema in schemas.items():
            if schema is None:
                continue
            out = setting.data / "extracts" / f"{name}-{nhs_number}"
            try:
                make = make_extracts(schema, program, folder, out)
            except Failed as error:
                raise Skipped(str(error)) from error
            runs = attempt(
                {
                    "Splink": lambda: setting.peer("splink", folder, nhs_number),
                    "ours": lambda: run([program, "link", str(schema), str(out)]),
                },
                setting.given.repeats,
            )
            theirs, of = said(runs["Splink"], "cpu_seconds"), runs["ours"]
            took = median(run.cpu_seconds for run in of)
            table.append({**splink_row(name, nhs_number, runs["Splink"]), "ratio": "1.0"})
            table.append(
                {
                    "people": name,
                    "NHS number": nhs_number,
                    "program": "ours, extracts to links",
                    "CPU s": f"{took:.2f}",
                    "peak MiB": f"{median(run.peak_mib for run in of):.0f}",
                    "F1": our_quality(schema, folder, setting.data),
                    "ratio": f"{theirs / took:.1f}",
                }
            )
            table.append(
                {
                    "people": name,
                    "NHS number": nhs_number,
                    "program": "ours, people to extracts",
                    "CPU s": f"{make.cpu_seconds:.2f}",
                    "peak MiB": f"{make.peak_mib:.0f}",
                }
            )
    return table


def our_quality(schema, folder, data):
    """F1 at the schema's own rule."""
    command = ["cargo", "run", "--release", "--quiet", "--", "evaluate", "--json", "--schema", str(schema)]
    command += ["--left", str(folder / "a.csv"), "--right", str(folder / "b.csv"), "--truth", str(folder / "truth.csv")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return f"not evaluated: {done.stderr.strip()[-200:]}"
    return f"{json.loads(done.stdout)['quality']['own_rule']['f1']:.4f} at our own rule"
