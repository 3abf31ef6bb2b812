"""Runs a program and says what it used: CPU seconds, peak memory, and the last line of JSON that it printed."""

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile


@dataclasses.dataclass
class Measured:
    """CPU seconds and memory are those of the process and of the children it waited for; `said` is its last JSON line."""

    cpu_seconds: float
    peak_mib: float
    said: dict


class Failed(Exception):
    """A program ended with an error; the message ends with what it said."""


def run(command, **environment):
    """Runs a command to its end."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=out, stderr=errors, env={**os.environ, **environment})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        printed = out.read()
        if child.returncode != 0:
            raise Failed(f"{' '.join(map(str, command))}\n{(printed + errors.read())[-2000:]}")
    said = {}
    for line in printed.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def alternately(programs, repeats):
    """Runs programs by turns, so that a busy minute falls on all of them; gives the runs of each, by name."""
    runs = {name: [] for name in programs}
    for turn in range(repeats):
        for name, program in programs.items():
            print(f"  {name}, {turn + 1} of {repeats}", file=sys.stderr, flush=True)
            runs[name].append(program())
    return runs


def median(values):
    """The median, and of nothing 0."""
    values = list(values)
    return statistics.median(values) if values else 0.0


def said(runs, key):
    """The median of a number that each run printed."""
    return median(run.said[key] for run in runs)
