"""The command line: `ipseval VERB`. Each verb is one thing a researcher or reviewer does."""

import argparse
import sys
from pathlib import Path

from .errors import InputError
from .provenance import ROOT

EXAMPLES = """examples:
  ipseval report                      run the whole DAG of the default run
  ipseval report --run null           the same people with no effect of treatment
  ipseval check real                  what a run would read and refuse, before it is started
  ipseval audit results/twin/hlt/report/exhibits/table-2.1.csv
  ipseval audit estimate_impact       every output of one rule
  ipseval concordance --status differs
  ipseval allocation list.csv --block-sizes 4 6
  ipseval calibrate TRIAL             search for synthetic people anew, and keep them
  ipseval docs                        regenerate reference pages and schemas
"""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="ipseval",
        description="Reproducible evaluation of randomised trials.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_report(verbs)
    _add_check(verbs)
    _add_audit(verbs)
    _add_concordance(verbs)
    _add_allocation(verbs)
    _add_calibrate(verbs)
    verb = verbs.add_parser("docs", help="regenerate reference pages and schemas")
    verb.set_defaults(run_verb=_docs)
    options, rest = parser.parse_known_args(argv)
    if rest and options.verb != "report":
        parser.error(f"unrecognised arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return options.run_verb(options)
    except InputError as error:
        print(f"ipseval {options.verb}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0


def _example(verbs, name: str, help_text: str, example: str):
    return verbs.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_report(verbs) -> None:
    verb = _example(
        verbs,
        "report",
        "run the whole DAG and say where the report is",
        "ipseval report --run null",
    )
    verb.add_argument("--run", help="a file in config/runs (default: that of config.yaml)")
    verb.add_argument("--cores", default="all", help="cores to use (default: all)")
    verb.add_argument("--results", help="folder that receives the results")
    verb.set_defaults(run_verb=_report)


def _report(options) -> int:
    from .workflow_run import run_workflow

    return run_workflow(options.run, options.cores, options.results, options.rest)


def _add_check(verbs) -> None:
    verb = _example(
        verbs,
        "check",
        "what a run would read and refuse, before it is started",
        "ipseval check real",
    )
    verb.add_argument("run", nargs="?", help="a file in config/runs (default: that of config.yaml)")
    verb.add_argument(
        "--full", action="store_true", help="read all rows, also of files above a million"
    )
    verb.set_defaults(run_verb=_check)


def _check(options: argparse.Namespace) -> int:
    from .check_run import check_run

    def progress(name: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{name}", end="", file=sys.stderr, flush=True)

    text, good = check_run(ROOT, options.run, options.full, progress)
    print(text)
    return 0 if good else 1


def _add_audit(verbs) -> None:
    verb = _example(
        verbs,
        "audit",
        "where a result comes from, and whether it still matches the manifest",
        "ipseval audit results/twin/hlt/report/exhibits/table-2.1.csv",
    )
    verb.add_argument("target", help="a file under results/, or the name of a rule")
    verb.add_argument("--run", help="the run, where the target is a rule")
    verb.add_argument("--full", action="store_true", help="all parameters of the job")
    verb.add_argument("--results", help="folder of the results")
    verb.set_defaults(run_verb=_audit)


def _audit(options) -> int:
    from .audit import audit

    text, matches = audit(options.target, options.run, options.results, options.full)
    print(text)
    return 0 if matches else 1


def _add_concordance(verbs) -> None:
    verb = _example(
        verbs,
        "concordance",
        "how many published cells the run reproduces, by exhibit",
        "ipseval concordance --status differs",
    )
    verb.add_argument("--run", help="the run (default: that of config.yaml)")
    verb.add_argument("--results", help="folder of the results")
    verb.add_argument("--status", help="list the cells of one status instead")
    verb.set_defaults(run_verb=_concordance)


def _concordance(options) -> int:
    from .workflow_run import concordance_text

    print(concordance_text(options.run, options.results, options.status))
    return 0


def _add_allocation(verbs) -> None:
    verb = _example(
        verbs,
        "allocation",
        "audit an allocation list: balance of blocks, predictability",
        "ipseval allocation list.csv --block-sizes 4 6",
    )
    verb.add_argument("list", type=Path, help="CSV with stratum, sequence, arm (1 or 0)")
    verb.add_argument("--block-sizes", type=int, nargs="+", help="sizes that the design drew from")
    verb.set_defaults(run_verb=_allocation)


def _allocation(options) -> int:
    import pandas as pd

    from .extracts.allocation_audit import audit_allocation
    from .extracts.randomiser import Design

    if not options.list.exists():
        raise InputError("file is missing", file=options.list)
    planned = None
    if options.block_sizes:
        planned = Design(strata=("stratum",), block_sizes=tuple(options.block_sizes))
    found = audit_allocation(pd.read_csv(options.list, dtype={"stratum": "str"}), planned)
    print(found.balance.to_string(), found.predictability.round(4).to_string(), sep="\n\n")
    print("\n".join(["", *(found.problems or ["No problem found."])]))
    return 1 if found.problems else 0


def _add_calibrate(verbs) -> None:
    verb = _example(
        verbs,
        "calibrate",
        "search for the synthetic people of a trial anew, and keep them in its configuration",
        "ipseval calibrate TRIAL",
    )
    verb.add_argument("trial", help="a folder in config/trials")
    verb.set_defaults(run_verb=_calibrate)


def _calibrate(options) -> int:
    import os

    # Sums in another order would lead the search elsewhere.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    from .config.load import load_project
    from .extracts.build import PUBLISHED, Context, keep_calibration

    project = load_project(ROOT)
    if options.trial not in project.trials:
        raise InputError(f"unknown trial '{options.trial}'", expected=", ".join(project.trials))
    context = Context(
        trial=project.trials[options.trial].trial,
        folder=ROOT / "config/trials" / options.trial,
        published=ROOT / PUBLISHED,
        seed=project.run.seed,
        effect="published",
        scale=1,
    )
    source = project.run.extracts[options.trial]
    print(f"Kept in {keep_calibration(options.trial, source, context).relative_to(ROOT)}")
    return 0


def _docs(options) -> int:
    from .reference import write_reference

    for path in write_reference(ROOT):
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
