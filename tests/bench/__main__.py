"""Run all benchmarks, or those named: `PYTHONPATH=tests python -m bench [NAME…] [--quick]`."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import bench


def main() -> int:
    """Print a Markdown table for each benchmark; exit 1 where a promise is not kept."""
    folder = Path(bench.__path__[0])
    names = sorted(
        path.stem for path in folder.glob("[a-z]*.py") if "\ndef measure(" in path.read_text(encoding="utf-8")
    )
    options = argparse.ArgumentParser(prog="python -m bench", description="Measure what the program promises.")
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; all where none is given")
    options.add_argument("--quick", action="store_true", help="small sizes, one round: to see that it runs")
    chosen = options.parse_args()
    if unknown := set(chosen.names) - set(names):
        options.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    kept = True
    for name in chosen.names or names:
        table = importlib.import_module(f"bench.{name}").measure(quick=chosen.quick)
        print(table.markdown(), flush=True)
        kept &= table.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
