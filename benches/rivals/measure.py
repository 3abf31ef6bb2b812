"""Runs a program and says what it used: CPU seconds, peak memory, and the last line of JSON that it printed."""

import dataclasses
import json
import os
import statistics
import subprocess
import sys


@dataclasses.dataclass
class Measured:
    """CPU seconds and memory are those of the process and of the children it waited for; `said` is its last JSON line."""

    cpu_seconds: float
    peak_mib: float
    said: dict


class Failed(Exception):
    """A program ended with an error; the message ends with what it said."""


def run(command, **environment):
    """Runs a command to its end, from a small process: a child's peak memory begins with that of its parent."""
    command = [sys.executable, "-I", __file__, *map(str, command)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[3:])}\n{(done.stdout + done.stderr)[-2000:]}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    usage = lines.pop()
    return Measured(usage["cpu_seconds"], usage["peak_mib"], lines[-1] if lines else {})


def launch(command):
    """In the small process: runs the command, and prints what it used after what it said."""
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    print(json.dumps({"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}))
    return os.waitstatus_to_exitcode(status) and 1


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


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
