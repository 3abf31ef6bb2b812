#!/usr/bin/env python3
"""Measures this project beside others, on one machine, in one run, on the same data. README.md says what and how.

    python3 benches/rivals/run.py [--only full,encoding,splink,linkage] [--repeats 5] [--out FOLDER]
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

import sections

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = HERE / ".venv"
SECTIONS = {
    "full": sections.full_comparison,
    "encoding": sections.encoding,
    "splink": sections.splink,
    "linkage": sections.linkage,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, with commas between: " + ", ".join(SECTIONS))
    parser.add_argument("--repeats", type=int, default=5, help="runs of each program; the median counts")
    parser.add_argument("--rows", default="10000,100000", help="sizes of the full comparison")
    parser.add_argument("--sizes", default="2400x180000,100000x100000,600000x600000", help="sizes of the linkages")
    parser.add_argument("--seed", type=int, default=1, help="of the made-up people")
    parser.add_argument("--data", action="append", type=pathlib.Path, help="a folder with a.csv, b.csv and truth.csv, in place of made-up people; may be given more than once")
    parser.add_argument("--schema", type=pathlib.Path, default=ROOT / "examples/thrive-nel/schema.toml", help="our linkage schema")
    parser.add_argument("--schema-without-nhs-number", type=pathlib.Path, help="our linkage schema for linking without it")
    parser.add_argument("--out", type=pathlib.Path, help="where report.md and report.json are written")
    given = parser.parse_args()
    given.only = [name.strip() for name in given.only.split(",")]
    if unknown := set(given.only) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    return given


def prepare_venv():
    """The rivals, in their pinned versions, in a folder of their own; gives the interpreter, or why there is none."""
    interpreter = VENV / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text()
    installed = VENV / "installed.txt"
    if interpreter.exists() and installed.exists() and installed.read_text() == wanted:
        return interpreter, None
    for command in (
        [sys.executable, "-m", "venv", VENV],
        [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"],
    ):
        print("installing the rivals ..." if "pip" in command else "making a venv ...", file=sys.stderr)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return None, f"the rivals cannot be installed: {(done.stderr or done.stdout).strip()[-600:]}"
    installed.write_text(wanted)
    return interpreter, None


def machine():
    model = platform.processor()
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {"processor": model, "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}


def table(rows):
    """Rows of one section as Markdown."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def main():
    given = arguments()
    os.chdir(ROOT)
    interpreter, why_not = prepare_venv()
    setting = sections.Setting(given, interpreter, HERE, HERE / ".data")
    report = {"machine": machine(), "repeats": given.repeats, "sections": {}}
    text = [f"{report['machine']['processor']}, {report['machine']['cores']} cores; medians of {given.repeats}; CPU seconds of all threads"]
    for name in given.only:
        title = SECTIONS[name].__doc__.splitlines()[0].rstrip(".")
        print(f"== {title}", file=sys.stderr, flush=True)
        try:
            if why_not:
                raise sections.Skipped(why_not)
            rows = SECTIONS[name](setting)
            text.append(f"## {title}\n\n{table(rows)}")
        except sections.Skipped as reason:
            rows = {"skipped": str(reason)}
            text.append(f"## {title}\n\nSkipped: {reason}")
        report["sections"][name] = rows
    text = "\n\n".join(text)
    print(text)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "report.md").write_text(text + "\n")
        (given.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
