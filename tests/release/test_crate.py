"""The crate opens in the checkers' own tool, and is a valid Workflow Run Crate.

Both tools live in environments of their own; without a network for them the tests are skipped.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest
from release.test_pack import make_crate

# They fetch the JSON-LD context; offline there is none. What follows from them is not reached.
NEED_THE_CONTEXT = "ro-crate-1.1_3.1,ro-crate-1.1_3.2"


def environment(tmp_path_factory, package: str) -> Path:
    """Return the bin folder of an environment with a package."""
    folder = tmp_path_factory.mktemp("environment")
    uv = Path(sys.executable).with_name("uv")
    for command in (
        [uv, "venv", "-q", "--python", sys.executable, folder / "own"],
        [uv, "pip", "install", "-q", "--python", folder / "own" / "bin" / "python", package],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode:
            pytest.skip(f"{package} cannot be installed here: {done.stderr.strip()[-200:]}")
    return folder / "own" / "bin"


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def test_the_viewer_shows_every_output(tmp_path, tmp_path_factory):
    programs = environment(tmp_path_factory, "sacroviewer==0.2.1")
    make_crate(tmp_path)
    results = tmp_path / "release" / "results.json"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    viewer = subprocess.Popen(
        [programs / "python", "-m", "sacro"],
        env=os.environ | {"PORT": str(port)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        page = None
        for _ in range(120):
            try:
                page = fetch(f"{address}/checker/?{urlencode({'path': results})}")
                break
            except urllib.error.URLError:
                time.sleep(0.5)
        assert page, "the viewer does not answer"
        for uid, output in json.loads(results.read_text())["results"].items():
            assert uid in page
            for file in output["files"]:
                query = {"path": results, "output": uid, "filename": file["name"]}
                assert "50" in fetch(f"{address}/contents/?{urlencode(query)}")
    finally:
        viewer.terminate()
        viewer.wait(timeout=30)


def test_the_crate_is_valid_at_the_required_level(tmp_path, tmp_path_factory):
    programs = environment(tmp_path_factory, "roc-validator")
    make_crate(tmp_path)
    done = subprocess.run(
        [
            programs / "rocrate-validator", "-y", "validate", "--offline", "-l", "required", "-np",
            "-p", "workflow-run-crate-0.5", "-s", NEED_THE_CONTEXT, tmp_path / "release",
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
