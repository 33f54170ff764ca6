"""`python -m stemcareers <command>`: what the Makefile types, for those who have no make."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stemcareers import commands
from stemcareers.errors import Problem, Problems

TROUBLE = 2  # of diff, as of other programs of that name


def main(words: list[str] | None = None) -> int:
    """0 where the command did what it was asked, 1 where it has told why not.

    diff has 1 for a difference, and 2 where it has told why not.
    """
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
    return TROUBLE if chosen.command == "diff" else 1


def _run(chosen: argparse.Namespace, rest: list[str]) -> int:
    if chosen.command == "report":
        return commands.report(chosen.study, chosen.cores, rest)
    if chosen.command == "fetch":
        return commands.fetch_exports(chosen.study)
    if chosen.command == "draft":
        asked = (chosen.export, chosen.study, chosen.wave, chosen.questionnaire, chosen.reader, chosen.to, chosen.new)
        return commands.draft(*asked)
    if chosen.command == "diff":
        return commands.diff(chosen.old, chosen.new, chosen.study, chosen.to, chosen.cores, chosen.builds)
    if chosen.command == "redraw":
        return commands.redraw(chosen.rows, chosen.to)
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
    draft = known.add_parser("draft", help="draft the config of a wave, or of a new study, from its export")
    draft.add_argument("export", type=Path, help="the file that the survey tool gave")
    draft.add_argument("--study", required=True, help="the study's id; a new one is begun")
    draft.add_argument("--wave", required=True, help="the wave's id")
    draft.add_argument("--questionnaire", type=Path, help="the survey tool's own file of questions, beside the export")
    draft.add_argument("--reader", help="its format (default: proposed from the file)")
    draft.add_argument("--to", type=Path, help="write into this folder, not into config/studies/<study>")
    draft.add_argument(
        "--new",
        action="store_true",
        help="draft columns that ask no known item as new ones, also where the study's questionnaires leave others out",
    )
    known.add_parser("check", help="tell everything that is wrong in config/ and the exports")
    known.add_parser("synthetic", help="draw the synthetic exports anew")
    redraw = known.add_parser("redraw", help="draw figures again, from the csv of each and the json beside it alone")
    redraw.add_argument("rows", nargs="+", type=Path, metavar="csv", help="results/<study>/figures/<figure>.csv")
    redraw.add_argument("--to", type=Path, help="write into this folder, not beside the csv")
    known.add_parser("floor", help="time the same library calls in one plain process")
    known.add_parser("coverage", help="measure how often intervals hold the truth, from simulated surveys")
    known.add_parser("review", help="put results, code and config into a bundle for a reviewer: results/review/")
    diff = known.add_parser("diff", help="tell which numbers changed between two runs or commits, and why")
    diff.add_argument("old", help="a folder with results, or a commit")
    diff.add_argument("new", help="another")
    diff.add_argument("--study", action="append", default=[], help="only this study; may be given again")
    diff.add_argument("--to", type=Path, help="write all of it to this file too, .csv or .html")
    diff.add_argument("--cores", default="all", help="how many jobs at a time where a commit is built")
    diff.add_argument("--builds", type=Path, help="keep the builds of commits in this folder, outside the project")
    known.add_parser("notebooks", help="open the notebooks in JupyterLab")
    known.add_parser("clean", help="remove results and derived data; data/raw stays")
    return parser


_EXTRA = "Words after -- go to Snakemake, for instance: python -m stemcareers report -- --dry-run"

if __name__ == "__main__":
    sys.exit(main())
