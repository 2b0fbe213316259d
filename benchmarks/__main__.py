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
    parser.add_argument("--only", choices=["torch", "window"], help="run only the comparisons of this module")
    arguments = parser.parse_args()
    rows: list[dict] = []
    if arguments.only != "window":
        from benchmarks import against_torch

        rows += [result.plain() for result in against_torch.run()]
    window = None
    if arguments.only != "torch":
        # In a process of its own: the threads and settings of PyTorch would disturb it.
        command = [sys.executable, "-m", "benchmarks.window", "--json"]
        window = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True).stdout)
    if arguments.json:
        print(json.dumps({"torch": rows, "window": window}))
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


if __name__ == "__main__":
    main()
