"""Files: whole, on the disk before they count, and harmless in a spreadsheet."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ipseval.files import (
    PRIVATE,
    neutral,
    plain,
    private_folder,
    read_csv,
    remove_private_folders,
    write_csv,
    write_text,
)

FORMULAS = [
    "=1+1",
    "@SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    '-1+HYPERLINK("http://x")',
    "-A1",
    "-1*B2",
    "- a label",
    "+ aged 50",
    "\t=1",
    "\r=1",
]
NUMBERS = [
    "-0.5",
    "-£233",
    "-£2,331 (-£3,667 to -£1,046)",
    "-0.2159 to 0.2163",
    "-1.426**",
    "-1.102+",
    "+",
    "-",
    "-12.0ppt",
    "-1.748 + [0.631] +",
    "-1.898 ^{**}",
    "+5",
    "-2ppt in hlt Table 2.1",
]


def test_formulas_are_neutralised_and_printed_numbers_are_not():
    assert [text for text in FORMULAS if neutral(text) == text] == []
    assert [text for text in NUMBERS if neutral(text) != text] == []
    assert [text for text in FORMULAS + NUMBERS if plain(neutral(text)) != text] == []


def test_only_texts_of_a_table_change_and_they_are_read_back(tmp_path):
    frame = pd.DataFrame(
        {
            "row": pd.Series(["=1+1", "plain", "-£233"], dtype="category"),
            "value": [-0.5, -1.0, 2.0],
            "n": pd.array([1, None, -3], dtype="Int64"),
            "mixed": ["@x", -4, None],
        }
    )
    write_csv(tmp_path / "x.csv", frame)
    text = (tmp_path / "x.csv").read_text(encoding="utf-8")
    assert text == "row,value,n,mixed\n'=1+1,-0.5,1,'@x\nplain,-1.0,,-4\n-£233,2.0,-3,\n"
    assert list(read_csv(tmp_path / "x.csv")["row"]) == ["=1+1", "plain", "-£233"]


@pytest.mark.parametrize("order", [["file", "replace", "folder"]])
def test_content_is_on_the_disk_before_its_name_is(tmp_path, monkeypatch, order):
    done = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        done.append("replace")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    write_text(tmp_path / "x.txt", "x")
    assert done == order


def test_a_private_folder_goes_with_its_process_and_that_of_a_killed_one_with_the_next(tmp_path):
    code = (
        "import os, stat\n"
        "from ipseval.files import private_folder\n"
        "folder = private_folder()\n"
        "assert stat.S_IMODE(folder.stat().st_mode) == 0o700\n"
        "(folder / 'spilt').write_text('identifiers')\n"
        "if os.fork() == 0:\n"
        "    raise SystemExit\n"
        "os.wait()\n"
        "assert (folder / 'spilt').exists(), 'a child took it'\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
    killed = subprocess.run(
        [sys.executable, "-c", code + "os.kill(os.getpid(), 9)"], env=environment, check=False
    )
    assert killed.returncode == -9
    assert len(list(tmp_path.glob(f"{PRIVATE}*"))) == 1
    (tmp_path / f"{PRIVATE}{os.getpid()}-living").mkdir()
    sweep = "from ipseval.files import remove_private_folders as remove; remove()"
    subprocess.run([sys.executable, "-c", sweep], env=environment, check=True)
    assert [path.name for path in tmp_path.iterdir()] == [f"{PRIVATE}{os.getpid()}-living"]


def test_the_database_of_linkage_spills_into_the_private_folder(monkeypatch):
    import duckdb

    from ipseval.linkage import probabilistic

    class Connected(Exception):
        """What the database was told."""

    def connect(config: dict) -> None:
        raise Connected(config["temp_directory"])

    monkeypatch.setattr(duckdb, "connect", connect)
    with pytest.raises(Connected) as told:
        probabilistic._linker([], None, {}, 1)
    assert str(told.value) == str(private_folder())
    remove_private_folders()
    assert private_folder().is_dir(), "this process is alive"
