"""Measure Netloom against its peers: `python -m benchmarks` (needs `pip install ".[bench]"`)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys


def main() -> None:
    """Run the comparisons and print them as a table, or as JSON with --json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", choices=["torch", "window", "canvas"], help="run only the comparisons of this module")
    arguments = parser.parse_args()
    rows: list[dict] = []
    if arguments.only in (None, "torch"):
        from benchmarks import against_torch

        rows += [result.plain() for result in against_torch.run()]
    window = _in_own_process("window") if arguments.only in (None, "window") else None
    canvas = _in_own_process("canvas") if arguments.only in (None, "canvas") else None
    if arguments.json:
        print(json.dumps({"torch": rows, "window": window, "canvas": canvas}))
        return
    for row in rows:
        verdict = "met" if row["met"] else "MISSED"
        print(
            f"{row['name']:<32} ours {row['ours_us']:>10.1f} µs   peer {row['peer_us']:>10.1f} µs   "
            f"ratio {row['ratio']:.3f}   bar {row['bar']:.2f}   {verdict}"
        )
    for name, figures in (window or {}).items():
        print(
            f"window, {name:<24} {figures['ratio']:.0%} of the plain steps/s (bar {figures['ratio_bar']:.0%})   "
            f"p99 {figures['frame_p99_ms']} ms (bar {figures['frame_p99_bar_ms']:g} ms)   "
            f"{'met' if figures['ok'] else 'MISSED'}"
        )
    for name, figures in (canvas or {}).items():
        print(
            f"canvas, {name:<46} p99 {figures['p99']:>6.1f} ms (bar {figures['bar']:g} ms)   "
            f"{'met' if figures['met'] else 'MISSED'}"
        )


def _in_own_process(module: str) -> dict:
    """What a module of this package reports; the threads and settings of PyTorch would disturb it here."""
    command = [sys.executable, "-m", f"benchmarks.{module}", "--json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True).stdout)


if __name__ == "__main__":
    main()
