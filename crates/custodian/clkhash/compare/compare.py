#!/usr/bin/env python3
"""Compares counterfoil-clkhash with clkhash from PyPI, bit for bit, on random schemas and records.

    python3 compare.py PATH/TO/encode [--schemas 400] [--rows 60] [--seed 1]

PATH is the crate's example program, built with `cargo build --release -p counterfoil-clkhash --example encode`.
clkhash goes into a virtual environment in a temporary folder. Without pip or without a network this prints a message and
ends with 0: skipped. It ends with 1 at the first difference, and says which schema and row differ.

What clkhash encodes must be encoded to the same bits, or refused here for a reason that the crate documents; a refusal of
what these files write down as possible here is a difference too. What clkhash refuses must be refused.

Three parts: schemas and records (inside.py), formats and values of dates (dates.py), quotes and line ends (files.py). The
last two make ten values and one file for each schema that is asked for.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

sys.dont_write_bytecode = True

CLKHASH = "clkhash==0.18.3"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encode")
    parser.add_argument("--schemas", type=int, default=400)
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        import dates
        import files
        import inside
        return inside.run(args) or dates.run(args) or files.run(args)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        try:
            venv.create(folder / "venv", with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", CLKHASH],
                           check=True, capture_output=True, timeout=600)
        except Exception as error:  # whatever is missing, this machine cannot compare
            print(f"skipped: {CLKHASH} cannot be installed here ({type(error).__name__})")
            return 0
        command = [python, __file__, args.encode, "--inside", folder, "--schemas", str(args.schemas),
                   "--rows", str(args.rows), "--seed", str(args.seed)]
        return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
