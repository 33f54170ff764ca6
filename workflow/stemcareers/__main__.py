"""`python -m stemcareers <command>`: what the Makefile types, for those who have no make."""

from __future__ import annotations

import argparse
import sys

from stemcareers import commands
from stemcareers.errors import Problem, Problems


def main(words: list[str] | None = None) -> int:
    """0 where the command did what it was asked, 1 where it has told why not."""
    words = list(sys.argv[1:] if words is None else words)
    rest: list[str] = []
    if "--" in words:
        words, rest = words[: words.index("--")], words[words.index("--") + 1 :]
    chosen = _parser().parse_args(words)
    if rest and chosen.command != "report":
        _parser().error(f"only report takes words after --, not {chosen.command}")
    try:
        return _run(chosen, rest)
    except (Problem, Problems) as problem:
        print(problem, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. Nothing half-written was kept; the same command goes on from here.", file=sys.stderr)
    return 1


def _run(chosen: argparse.Namespace, rest: list[str]) -> int:
    if chosen.command == "report":
        return commands.report(chosen.study, chosen.cores, rest)
    if chosen.command == "fetch":
        return commands.fetch_exports(chosen.study)
    return getattr(commands, chosen.command)()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stemcareers", description="From school surveys to a report.")
    known = parser.add_subparsers(dest="command", required=True, metavar="command")
    report = known.add_parser(
        "report", help="build what is missing or out of date, and say where the report is", epilog=_EXTRA
    )
    report.add_argument("--cores", default="all", help="how many jobs at a time (default: all cores)")
    fetch = known.add_parser("fetch", help="bring the exports that are not in data/raw yet")
    for one in (report, fetch):
        one.add_argument("study", nargs="*", help="only these studies (default: all)")
    known.add_parser("check", help="tell everything that is wrong in config/ and the exports")
    known.add_parser("synthetic", help="draw the synthetic exports anew")
    known.add_parser("floor", help="time the same library calls in one plain process")
    known.add_parser("coverage", help="measure how often intervals hold the truth, from simulated surveys")
    known.add_parser("clean", help="remove results and derived data; data/raw stays")
    return parser


_EXTRA = "Words after -- go to Snakemake, for instance: python -m stemcareers report -- --dry-run"

if __name__ == "__main__":
    sys.exit(main())
