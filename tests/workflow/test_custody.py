"""What a job reads is what its maker left: an edit in between reaches no table."""

import os
import re

EFFECTS = "results/small/nsw/impact/earnings.csv"
RECORD = "results/small/records/estimate_impact.nsw.earnings.json"


def exhibit_of(project) -> str:
    """An exhibit of nsw whose job reads the estimates of earnings."""
    done = project.python(
        "-c",
        "from ipseval.config.load import load_project\n"
        "from ipseval.report.needs import files_read, files_written\n"
        "spec = load_project(__import__('pathlib').Path('.'), {'run': 'small'}).trials['nsw']\n"
        "chapter = next(c for c in spec.exhibits.chapters\n"
        "    if 'impact/earnings.csv' in files_read(spec.exhibits, c))\n"
        "print(files_written(spec.exhibits, chapter)[0])\n",
    )
    assert done.returncode == 0, done.stdout
    return f"results/small/nsw/report/exhibits/{done.stdout.split()[-1]}"


def edit_a_number(path) -> None:
    text = path.read_text(encoding="utf-8")
    digit = re.search(r"(?<=\.)[1-8](?=\d)", text)
    path.write_text(text[: digit.start()] + "9" + text[digit.end() :], encoding="utf-8")


def test_an_edited_estimate_is_refused_by_who_reads_it_and_found_by_audit(small):
    exhibit = exhibit_of(small)
    edit_a_number(small / EFFECTS)
    done = small.snakemake(exhibit)
    assert done.returncode != 0
    assert "stopped: the file is not what its job left" in done.stdout
    assert f"file: {EFFECTS}" in done.stdout
    assert "to do: run `make report`, which makes it again" in done.stdout
    assert "Traceback" not in done.stdout


def test_an_audit_holds_what_a_job_read_against_what_its_maker_left(small):
    """As an earlier version left it: the table printed the edit, and all matched the disk."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from ipseval.files import read_sealed, write_sealed, sha256\n"
        "path, effects = Path('results/small/manifest.json'), sys.argv[1]\n"
        "manifest = read_sealed(path)\n"
        "for entry in [*manifest['outputs'].values(), *manifest['jobs'].values()]:\n"
        "    if effects in entry['inputs']:\n"
        "        entry['inputs'][effects] = sha256(effects)\n"
        "write_sealed(path, manifest)\n"
    )
    exhibit = exhibit_of(small)
    assert small.ipseval("audit", exhibit).returncode == 0
    edit_a_number(small / EFFECTS)
    assert small.python("-c", code, EFFECTS).returncode == 0
    done = small.ipseval("audit", exhibit)
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if f"reads {EFFECTS}" in line)
    assert "NOT what estimate_impact left when this job read it" in line
    assert "CHANGED since the manifest" in line


def test_a_damaged_file_is_made_again_also_where_it_alone_is_asked_for(small):
    before = (small / EFFECTS).read_bytes()
    edit_a_number(small / EFFECTS)
    done = small.ipseval("report", "--run", "small", "--cores", "2", EFFECTS)
    assert done.returncode == 0, done.stdout
    assert (small / EFFECTS).read_bytes() == before
    assert (small / RECORD).exists()


def test_what_is_damaged_is_found_and_made_again(small):
    run = small / "results/small"
    before = small.checksums()
    exhibit = small / exhibit_of(small)
    links = run / "nsw/linkage/links.parquet"
    for path in (links, run / "nsw/outcomes/weights.csv", run / "concordance.csv"):
        stat = path.stat()
        content = bytearray(b"" if path == links else path.read_bytes())
        content[-1:] = b"" if path == links else bytes([content[-1] ^ 1])
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    exhibit.unlink()
    done = small.ipseval("verify", "small")
    assert done.returncode == 1
    found = re.findall(r"^(\w+) +(results\S+): ", done.stdout, re.MULTILINE)
    assert sorted(state for state, _ in found) == ["changed", "changed", "changed", "missing"]
    assert exhibit.name in dict(found)["missing"]
    done = small.ipseval("report", "--run", "small", "--cores", "2")
    assert done.returncode == 0, done.stdout
    assert "results/small/nsw/linkage/links.parquet is changed" in done.stdout
    assert "4 jobs are done again." in done.stdout
    assert small.checksums() == before
    done = small.ipseval("verify", "small")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^[\d,]+ files of small: all are as their jobs left", done.stdout, re.M)


def test_a_source_edited_under_its_old_time_has_its_job_done_again(small):
    path = "notebooks/03-impact.ipynb"
    stat = (small / path).stat()
    small.edit(path, "chapter.begin()", "chapter.begin( )")
    os.utime(small / path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    done = small.ipseval("verify", "small")
    assert done.returncode == 1
    assert f"changed  {path}: it is not what execute_chapter." in done.stdout
    done = small.ipseval("report", "--run", "small", "--dry-run")
    assert f"{path} is changed" in done.stdout
    assert "would be done again, which the plan below does not show" in done.stdout
    assert len(list((small / "results/small/records").glob("execute_chapter.*"))) > 3
