"""What every script of the workflow does around its one call: log, fail clearly, leave a record."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .catalogue import is_private
from .custody import refuse_changed, stamps, take_over
from .errors import InputError
from .provenance import record_job
from .release.notice import NOTICE

if TYPE_CHECKING:
    from snakemake.script import Snakemake


def remove_partial(results: Path) -> None:
    """Remove files that killed jobs had begun to write; those of living processes stay."""
    for path in results.rglob(".*.partial"):
        if not os.path.exists(f"/proc/{path.name.split('.')[-2]}"):
            path.unlink(missing_ok=True)


@contextmanager
def job(snakemake: Snakemake) -> Iterator[Callable[[str], None]]:
    """Run the body of a Snakemake script.

    Messages go to the log of the rule. An InputError ends the job with its message alone, on
    screen and in the log; any other exception keeps its traceback, but where people are real
    (params.synthetic is False) not its message, which may quote a record. On success a record
    of the job is written to its output named `record`. What a job writes about real persons, as
    the catalogue of results says, is for the owner alone (0600 in a folder 0700).
    """
    if snakemake.params.get("synthetic") is False:
        _keep_private(snakemake)
    log_path = Path(snakemake.log[0])
    log_path.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log_path.open("w", encoding="utf-8") as log:

        def say(text: str) -> None:
            print(text, file=log, flush=True)

        say(f"rule {snakemake.rule} {dict(snakemake.wildcards)}")
        if snakemake.params.get("confidential"):
            say(NOTICE)
        try:
            records = _records_given(snakemake)
            read = [p for p in snakemake.input if p not in records and os.path.isfile(p)]
            before = stamps(read)
            inputs = take_over(read, records, snakemake.config["results"], snakemake.config["run"])
            yield say
            refuse_changed(before)
            _record(snakemake, inputs)
        except InputError as error:
            message = f"{snakemake.rule} stopped: {error}"
            say(message)
            print(message, file=sys.stderr, flush=True)
            sys.exit(1)
        except Exception as error:
            if snakemake.params.get("synthetic") is not False:
                say(traceback.format_exc())
                raise
            stack = "".join(traceback.format_tb(error.__traceback__))
            message = f"{stack}{type(error).__name__} (message withheld: it may quote a record)"
            say(message)
            print(message, file=sys.stderr, flush=True)
            sys.exit(1)
        say(f"finished in {time.monotonic() - started:.2f} s")


def _keep_private(snakemake: Snakemake) -> None:
    """Let nobody but the owner read what the job writes of persons, nor look into its folders."""
    run = _run_folder(snakemake)
    files = [Path(path) for path in snakemake.output if Path(path).parent != run / "records"]
    private = [file for file in files if is_private("/".join(file.relative_to(run).parts[1:]))]
    if private:
        os.umask(0o077)
    for file in private:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.parent.chmod(0o700)


def _records_given(snakemake: Snakemake) -> list[str]:
    """Return the records among the inputs: those of the jobs that made the others."""
    folder = _run_folder(snakemake) / "records"
    return [path for path in snakemake.input if Path(path).parent == folder]


def _run_folder(snakemake: Snakemake) -> Path:
    """Return the folder of the run as the rules name it, which may be through a link."""
    return Path(snakemake.log[0]).parents[1]


def _record(snakemake: Snakemake, inputs: dict[str, str]) -> None:
    record = snakemake.output.get("record")
    if not record:
        return
    log = Path(snakemake.log[0])
    # Hashing the Parquet of a million people takes a second; it is what makes an audit possible.
    record_job(
        record,
        rule=snakemake.rule,
        wildcards=dict(snakemake.wildcards),
        inputs=inputs,
        outputs=[path for path in snakemake.output if path != record],
        params=dict(snakemake.params.items()),
        log=str(log),
        # A script is not told its benchmark file; the rules name it as they name the log.
        benchmark=str(log.parents[1] / "benchmarks" / log.with_suffix(".tsv").name),
        results=snakemake.config["results"],
    )
