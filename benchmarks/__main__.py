"""Measure Netloom against its peers: `python -m benchmarks` (needs `pip install ".[bench]"`)."""

from __future__ import annotations

import argparse
import json


def main() -> None:
    """Run the comparisons and print them as a table, or as JSON with --json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.add_argument("--only", default="", help="run only comparisons of this module: torch or window")
    arguments = parser.parse_args()
    rows: list[dict] = []
    if arguments.only in ("", "torch"):
        from benchmarks import against_torch

        rows += [result.plain() for result in against_torch.run()]
    if arguments.json:
        print(json.dumps(rows))
        return
    for row in rows:
        verdict = "met" if row["met"] else "MISSED"
        print(
            f"{row['name']:<32} ours {row['ours_us']:>10.1f} µs   peer {row['peer_us']:>10.1f} µs   "
            f"ratio {row['ratio']:.3f}   bar {row['bar']:.2f}   {verdict}"
        )


if __name__ == "__main__":
    main()
