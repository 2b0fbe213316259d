"""How long does Netloom take to start? `python -m benchmarks.start [--json] [--runs N]`, offscreen.

Cold start: from starting the process to the first painted window, with the design that Space trains. Inspect: the
command `netloom inspect template:xor`, from start to end. Medians of several runs in processes of their own; the
processor time is reported as well, which a busy machine disturbs less. Bars: 1.5 s and 0.6 s.

What was found (busy 2-core virtual machine): pyqtgraph took a third of the start, so the plots are imported behind
the first paint, in another thread; without garbage collection the imports take a sixth less; icons were parsed once
per size. Without compiled modules (PYTHONDONTWRITEBYTECODE) everything takes half as long again, so they are used.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import resource
except ImportError:  # Windows
    resource = None

BARS = {"cold start": 1.5, "inspect": 0.6}
WINDOW = """
import os, sys, time
from gui import launch
import gc
gc.disable()
from gui import application
first = application.open_first
def painted():
    sys.stdout.write(str(time.time()))
    sys.stdout.flush()
    os._exit(0)
def open_first(design):
    window = first(design)
    window.painted.connect(painted)
    return window
application.open_first = open_first
launch.run_window("")
"""
INSPECT = "import sys; sys.argv = ['netloom', 'inspect', 'template:xor']; from gui.launch import main; main()"


def measure(code: str) -> tuple[float, float]:
    """Wall-clock and processor seconds of one process; up to the time it prints, or else to its end."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder, "QT_QPA_PLATFORM": "offscreen"}
        environment = {name: value for name, value in (os.environ | own).items() if name != "PYTHONDONTWRITEBYTECODE"}
        before = _processor()
        start = time.time()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        end = time.time()
    with contextlib.suppress(ValueError):
        end = float(done.stdout)
    return end - start, _processor() - before


def _processor() -> float:
    if resource is None:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(arguments: list[str] | None = None) -> int:
    """Run and report; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=7, help="processes of each kind")
    options = parser.parse_args(arguments)
    report = {}
    for name, code in (("cold start", WINDOW), ("inspect", INSPECT)):
        measure(code)  # fills the caches of the disk
        runs = [measure(code) for _ in range(options.runs)]
        seconds = statistics.median(wall for wall, _ in runs)
        report[name] = {
            "seconds": round(seconds, 3),
            "fastest": round(min(wall for wall, _ in runs), 3),
            "processor_seconds": round(statistics.median(used for _, used in runs), 3),
            "bar": BARS[name],
            "ok": seconds <= BARS[name],
        }
    if options.json:
        print(json.dumps(report))
    else:
        for name, row in report.items():
            print(
                f"{name:<12} {row['seconds']:.2f} s (fastest {row['fastest']:.2f}, processor "
                f"{row['processor_seconds']:.2f})   bar {row['bar']:.1f}   {'met' if row['ok'] else 'MISSED'}"
            )
    return 0 if all(row["ok"] for row in report.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
