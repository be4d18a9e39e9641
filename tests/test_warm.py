"""Jobs that are forks of one process: alone with what they do, and gone with it."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipseval.warm import Warm


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    process = Warm(sys.executable)
    yield process
    process.close()


def script(folder: Path, text: str, rule: str = "some_rule") -> str:
    path = folder / f"tmp1.{rule}.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def run(warm: Warm, folder: Path, text: str, **environment: str) -> int:
    return warm.run(script(folder, text), {**os.environ, **environment}).status


def test_a_job_finds_its_environment_and_leaves_nothing_to_the_next(warm, tmp_path):
    out = tmp_path / "out"
    text = f"""
import os, sys, json
assert not hasattr(json, "mark")
json.mark = 1
assert __name__ == "__main__" and __file__ == sys.argv[0]
open({str(out)!r}, "a").write(os.environ["WORD"] + "\\n")
os.environ["LEFT"] = "behind"
"""
    assert run(warm, tmp_path, text, WORD="one") == 0
    assert run(warm, tmp_path, f"import os\nassert 'LEFT' not in os.environ\n{text}", WORD="b") == 0
    assert out.read_text() == "one\nb\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("import sys\nsys.exit()", 0),
        ("import sys\nsys.exit(3)", 3),
        ("import sys\nsys.exit('words')", 1),
        ("raise ValueError('no')", 1),
        ("this is no Python", 1),
        ("import no_such_module", 1),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
)
def test_the_status_is_that_of_an_interpreter(warm, tmp_path, text, status):
    assert run(warm, tmp_path, text) == status


def test_what_a_job_used_is_its_own(warm, tmp_path):
    used = warm.run(script(tmp_path, "x = bytearray(200_000_000)\nsum(range(3_000_000))"), {})
    idle = warm.run(script(tmp_path, "pass"), {})
    assert used.cpu_seconds > idle.cpu_seconds
    assert used.peak_mb > idle.peak_mb + 150


def test_what_a_rule_imports_is_imported_once(warm, tmp_path):
    text = "import sys\nassert 'ipseval.files' in sys.modules\nimport ipseval.files"
    assert warm.run(script(tmp_path, text, "a_rule_that_imports"), dict(os.environ)).status == 0


def test_a_process_started_early_has_imported_what_runs_end_with(tmp_path):
    early = Warm(sys.executable)
    early.start()
    try:
        text = "import sys\nsys.exit('matplotlib.figure' not in sys.modules)"
        end = time.monotonic() + 60
        while run(early, tmp_path, text) and time.monotonic() < end:
            time.sleep(0.1)
        assert run(early, tmp_path, text) == 0
    finally:
        early.close()


def test_a_process_with_a_folder_works_there_and_apart_from_the_terminal(tmp_path):
    apart = Warm(sys.executable, {**os.environ, "WORD": "early"}, tmp_path)
    text = f"""
import os
assert os.getcwd() == {str(tmp_path)!r}
assert os.getpgrp() not in (os.getpid(), {os.getpgrp()})
assert os.environ.pop("WORD") == "of the job"
"""
    try:
        assert run(apart, tmp_path, text, WORD="of the job") == 0
        told = Path(f"/proc/{apart._process.pid}/environ").read_bytes().split(b"\0")
        assert b"WORD=early" in told, "libraries ask when they are imported"
    finally:
        apart.close()


def test_a_process_without_a_job_ends_when_it_is_not_needed():
    idle = Warm(sys.executable)
    idle.start()
    idle.start()
    process = idle._process
    idle.close()
    assert process.returncode == 0


def test_a_process_forked_has_one_thread(warm, tmp_path):
    imports = "import pandas, pyarrow.parquet, scipy.stats, matplotlib.figure\n"
    text = f"{imports}status = open('/proc/self/status').read()\nassert 'Threads:\\t1\\n' in status"
    assert warm.run(script(tmp_path, text, "threads"), dict(os.environ)).status == 0


def test_jobs_end_with_the_process(tmp_path):
    import threading

    warm, told = Warm(sys.executable), tmp_path / "pid"
    text = f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            warm.run(script(tmp_path, text), dict(os.environ))
        except ConnectionError as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not told.exists() or not told.read_text():
        time.sleep(0.05)
    warm.close()
    waiting.join(10)
    assert len(ended) == 1
    assert not Path("/proc", told.read_text()).exists()
