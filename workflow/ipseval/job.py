"""What every script of the workflow does around its one call: log, fail clearly, leave a record."""

import os
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError


@contextmanager
def job(snakemake):
    """Run the body of a Snakemake script.

    Messages go to the log of the rule. An InputError ends the job with its message alone, on
    screen and in the log; any other exception keeps its traceback, but where people are real
    (params.synthetic is False) not its message, which may quote a record. On success a record
    of the job is written to its output named `record`, the sign that it has been done.
    """
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


def _record(snakemake) -> None:
    record = snakemake.output.get("record")
    if not record:
        return
    from .provenance import record_job

    # Hashing the Parquet of a million people takes a second; it is what makes an audit possible.
    record_job(
        record,
        rule=snakemake.rule,
        wildcards=dict(snakemake.wildcards),
        inputs=[path for path in snakemake.input if os.path.isfile(path)],
        outputs=[path for path in snakemake.output if path != record],
        params=dict(snakemake.params.items()),
        log=snakemake.log[0],
        # A script is not told its benchmark file; the rules name it as they name the log.
        benchmark=snakemake.log[0].replace("/logs/", "/benchmarks/").replace(".log", ".tsv"),
        results=snakemake.config["results"],
    )
