"""What every script of the workflow does around its one call: log, fail clearly, leave a record."""

import os
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError


def remove_partial(results: Path) -> None:
    """Remove files that killed jobs had begun to write; those of living processes stay."""
    for path in results.rglob(".*.partial"):
        if not os.path.exists(f"/proc/{path.name.split('.')[-2]}"):
            path.unlink(missing_ok=True)


@contextmanager
def job(snakemake):
    """Run the body of a Snakemake script.

    Messages go to the log of the rule. An InputError ends the job with its message alone, on
    screen and in the log; any other exception keeps its traceback, but where people are real
    (params.synthetic is False) not its message, which may quote a record. On success a record
    of the job is written to its output named `record`. What a job with params.identifiers
    writes about real people is for the owner alone (0600 in a folder 0700).
    """
    if snakemake.params.get("identifiers") and snakemake.params.get("synthetic") is False:
        _keep_private(snakemake)
    log_path = Path(snakemake.log[0])
    log_path.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log_path.open("w", encoding="utf-8") as log:

        def say(text: str) -> None:
            print(text, file=log, flush=True)

        say(f"rule {snakemake.rule} {dict(snakemake.wildcards)}")
        try:
            yield say
            _record(snakemake)
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


def _keep_private(snakemake) -> None:
    """Let nobody but the owner read what the job writes, nor look into its folders."""
    os.umask(0o077)
    for path in snakemake.output:
        if path != snakemake.output.get("record"):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).parent.chmod(0o700)


def _record(snakemake) -> None:
    record = snakemake.output.get("record")
    if not record:
        return
    from .provenance import record_job

    # Records of other jobs are asked for so that these are done, and are no source.
    records, log = Path(record).parent, Path(snakemake.log[0])
    # Hashing the Parquet of a million people takes a second; it is what makes an audit possible.
    record_job(
        record,
        rule=snakemake.rule,
        wildcards=dict(snakemake.wildcards),
        inputs=[p for p in snakemake.input if os.path.isfile(p) and Path(p).parent != records],
        outputs=[path for path in snakemake.output if path != record],
        params=dict(snakemake.params.items()),
        log=str(log),
        # A script is not told its benchmark file; the rules name it as they name the log.
        benchmark=str(log.parents[1] / "benchmarks" / log.with_suffix(".tsv").name),
        results=snakemake.config["results"],
    )
