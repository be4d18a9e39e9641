"""The small run from end to end: complete, recorded, private and honest about what is synthetic."""

import json
import re
import string
import tempfile
import zipfile
from itertools import chain, pairwise
from pathlib import Path

import pandas as pd
import pytest
import yaml
from helpers import trial_config
from sources import in_folder

from ipseval.config.load import load_project
from ipseval.config.read import section_files
from ipseval.release.manifest import read_manifest
from ipseval.release.scan import told_by_pdf
from ipseval.report.cells import read_cells
from ipseval.report.needs import files_read

# Everything else is text, and is read as such.
PARQUET, PICTURES = ".parquet", ".png"
# Records are the manifest before it is put together; logs and benchmarks are of the day.
NO_OUTPUTS = {"logs", "benchmarks", "records"}


@pytest.fixture(scope="module")
def run(reference) -> Path:
    return reference / "results/small"


@pytest.fixture(scope="module")
def manifest(run) -> dict:
    return read_manifest(run / "manifest.json")


@pytest.fixture(scope="module")
def sources(reference) -> dict[str, str]:
    """Trial -> where its people come from: synthetic or package."""
    text = (reference / "config/runs/small.yaml").read_text(encoding="utf-8")
    return {trial: spec["source"] for trial, spec in yaml.safe_load(text)["extracts"].items()}


@pytest.fixture(scope="module")
def declared(reference, sources) -> dict[str, dict]:
    """Trial -> its tables, as extracts.yaml declares them."""
    folder = reference / "config/trials"
    return {
        trial: {
            name: table
            for file in section_files(folder / trial / "extracts.yaml")
            for name, table in yaml.safe_load(file.read_text("utf-8")).get("tables", {}).items()
        }
        for trial in sources
    }


@pytest.fixture(scope="module")
def without_files(sources, reference) -> set[str]:
    """Rules that read a package instead of files, or draw what is declared and nothing else."""
    drawn = {
        f"make_exhibits_{trial}_{chapter}"
        for trial, config in load_project(reference.folder, {"run": "small"}).trials.items()
        for chapter in config.exhibits.chapters
        if not files_read(config.exhibits, chapter)
    }
    packaged = {f"build_extracts_{trial}" for trial, kind in sources.items() if kind == "package"}
    return drawn | packaged


def files(folder: Path, ending: str = "") -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if path.name.endswith(ending)]


def outputs(run: Path) -> list[Path]:
    """The files of a run that the manifest has to list."""
    inside = [path for path in files(run) if path.relative_to(run).parts[0] not in NO_OUTPUTS]
    return [path for path in inside if path.name != "manifest.json"]


def text_of(path: Path) -> str:
    """Return the text of a file, of all that an archive holds, or of what a PDF tells."""
    if path.suffix == ".pdf":
        # All documents are of one day.
        return told_by_pdf(path.read_bytes()).decode("utf-8", "replace").replace("1970-01-01", "")
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            names = [name for name in book.namelist() if not name.startswith("docProps/")]
            return "\n".join(book.read(name).decode("utf-8") for name in names)
    if path.suffix != ".zip":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())


def test_a_second_run_has_nothing_to_do(small):
    done = small.snakemake()
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout


def test_command_line_works_from_any_folder(small, tmp_path):
    done = small.ipseval("report", "--run", "small", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout
    summary = small.ipseval("concordance", "--run", "small", cwd=tmp_path)
    assert summary.returncode == 0, summary.stdout
    assert "Published cells reproduced, by exhibit" in summary.stdout
    assert [path.name for path in tmp_path.iterdir()] == [small.folder.name], "it left something"


def test_manifest_lists_every_output_with_its_checksum(run, manifest, reference):
    listed = {path.removeprefix("results/small/") for path in manifest["outputs"]}
    # What is in the release is listed there, so that the list goes with it.
    sums = (run / "release/checksums.txt").read_text(encoding="utf-8").splitlines()
    released = {f"release/{line.split('  ', 1)[1]}" for line in sums}
    assert "release/checksums.txt" in listed
    assert listed | released == {path.relative_to(run).as_posix() for path in outputs(run)}

    found = reference.checksums()
    assert {
        path: entry["sha256"]
        for path, entry in manifest["outputs"].items()
        if found[path.removeprefix("results/small/")] != entry["sha256"]
    } == {}


def test_records_agree_with_the_manifest_and_the_disk(run, manifest, reference, without_files):
    found = reference.checksums()
    records = [json.loads(path.read_text("utf-8")) for path in files(run / "records")]
    assert len(records) > 20
    for record in records:
        assert record["outputs"], f"{record['rule']} records no output"
        assert record["inputs"] or record["rule"] in without_files
        for path, checksum in record["outputs"].items():
            assert manifest["outputs"][path]["sha256"] == checksum
            assert found[path.removeprefix("results/small/")] == checksum
        for path, checksum in record["inputs"].items():
            if path.startswith("results/"):
                # What a job read is what another one wrote, and is still there.
                assert manifest["outputs"][path]["sha256"] == checksum
            else:
                assert (reference / path).is_file(), f"{record['rule']} read {path}"
        for path in (record["log"], record["benchmark"]):
            assert (reference / path).is_file()


def test_every_result_goes_back_to_declared_sources(manifest, without_files):
    """Following inputs from any output ends in the configuration or a package, never nowhere."""
    entries = manifest["outputs"]
    read = set(chain.from_iterable(entry["inputs"] for entry in entries.values()))
    sources = {path for path in read if path not in entries}
    assert {Path(path).parts[0] for path in sources} == {"config", "docs", "notebooks"}
    without = {entry["rule"] for entry in entries.values() if not entry["inputs"]}
    assert without == without_files


def test_every_declared_exhibit_is_made(run, reference, declared):
    for trial in declared:
        paths = section_files(reference / f"config/trials/{trial}/exhibits.yaml")
        specs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
        chapters = next(spec["chapters"] for spec in specs if "chapters" in spec)
        wanted = set(chain.from_iterable(c["exhibits"] for c in chapters.values()))
        folder = run / trial / "report" / "exhibits"
        assert {path.stem for path in files(folder, ".csv")} == wanted
        for name in wanted:
            cells = pd.read_csv(folder / f"{name}.csv")
            assert len(cells) > 0, f"{trial}: {name} is empty"
            endings = {path.suffix for path in folder.iterdir() if path.stem == name}
            assert endings in ({".csv", ".json", ".html"}, {".csv", ".json", ".svg"})


def test_no_path_of_the_machine_in_any_output(run, reference):
    """Records and results name files relative to the project, so that they can be shared."""
    top = "|".join(re.escape(path.name) for path in Path("/").iterdir())
    absolute = re.compile(rf"(?<![\w./:<-])/(?:{top})/[\w.-]")
    known = {tempfile.gettempdir(), str(reference.folder), str(Path.home())} - {"/"}
    for path in outputs(run) + files(run / "records") + [run / "manifest.json"]:
        if path.suffix not in (PARQUET, PICTURES):
            text = text_of(path)
            assert not (found := absolute.search(text)), f"{path.name}: {found[0]}"
            assert not [place for place in known if place in text], path.name


def test_exhibits_say_whether_people_are_synthetic(run, sources):
    assert sources["hlt"] == "synthetic"
    assert sources["nsw"] == "package"
    seen = {"synthetic": 0, "real": 0, "declared": 0}
    for trial, source in sources.items():
        kind = "synthetic" if source == "synthetic" else "real"
        for path in files(run / trial / "report" / "exhibits", ".csv"):
            # Drawings of the design show declared facts and no people.
            kinds = set(pd.read_csv(path)["data"])
            assert kinds in ({kind}, {"declared"}), f"{trial}: {path.name}"
            card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            assert card["synthetic"] == (kinds == {"synthetic"}), f"{trial}: {path.stem}"
            for shown in (path.with_suffix(".html"), path.with_suffix(".svg")):
                if shown.exists():
                    says = "synthetic data" in shown.read_text(encoding="utf-8").casefold()
                    assert says == (kinds == {"synthetic"}), f"{trial}: {shown.name}"
            seen[kinds.pop()] += 1
    assert seen["synthetic"] > 10
    assert seen["real"] > 5


def test_pages_say_whether_people_are_synthetic(run, sources):
    for trial, source in sources.items():
        pages = files(run / trial / "report" / "chapters", ".html")
        assert len(pages) >= 4
        for path in pages:
            text = path.read_text(encoding="utf-8")
            says = "none of these people exists" in text
            assert says == (source == "synthetic"), f"{trial}: {path.name}"
    page = (run / "report/index.html").read_text(encoding="utf-8")
    assert "None of these people exists" in page
    # The trial with real people is not in the banner that names the synthetic ones.
    banner = re.search(r'<p class="banner">(.*?)</p>', page, re.DOTALL)[1]
    assert "Health-led" in banner
    assert "Supported Work" not in banner


def secrets(run: Path, declared: dict[str, dict]) -> set[str]:
    """Every text identifier of the extracts that holds a digit; names are words like others."""
    found = set()
    for trial, tables in declared.items():
        for table, spec in tables.items():
            named = [
                name
                for name, column in spec["columns"].items()
                if column.get("sensitivity") == "identifier" and column["type"] == "string"
            ]
            frame = pd.read_parquet(run / trial / "extracts" / f"{table}.parquet", columns=named)
            found.update(chain.from_iterable(frame[name].dropna() for name in named))
    for path in run.glob("*/extracts/truth.parquet"):
        # The numbers that people really have, also where they typed another one.
        frame = pd.read_parquet(path)
        found.update(chain.from_iterable(frame[name].dropna() for name in frame))
    return {value for value in found if re.search(r"\d", value)}


# Every letter as one, and every digit, so that what is built alike becomes the same text.
KINDS = str.maketrans(
    string.ascii_letters + string.digits, "A" * len(string.ascii_letters) + "0" * 10
)


def shapes(values: set[str]) -> list[str]:
    """How the values are built: a letter as A, a digit as 0, anything else as itself."""
    return sorted({value.translate(KINDS) for value in values})


# Of so many digits one or the other ten are an NHS number by chance.
FRACTION = re.compile(r"(?<=\d)\.\d{8,}")


def built_alike(text: str, forms: list[str]) -> set[str]:
    """Return whatever in a text, anywhere and overlapping, is built like one of the forms.

    Forms of digits alone are not looked for behind a decimal point.
    """
    without, found = FRACTION.sub(".", text), set()
    texts = {True: (without, without.translate(KINDS)), False: (text, text.translate(KINDS))}
    for form in forms:
        looked_in, kinds = texts[not form.strip("0")]
        at = kinds.find(form)
        while at >= 0:
            found.add(looked_in[at : at + len(form)])
            at = kinds.find(form, at + 1)
    return found


def test_values_are_found_anywhere_and_overlapping():
    forms = shapes({"AB123456C", "R0000001", "12-A"})
    assert forms == ["00-A", "A0000000", "AA000000A"]
    assert built_alike("xxAB123456C,\nQ00000012-B12-c", forms) == {
        "AB123456C",
        "Q0000001",
        "12-B",
        "12-c",
    }
    digits = built_alike("n=9000000742,p=0.9000000743", ["0000000000"])
    assert digits == {"9000000742"}


def test_no_identifier_leaves_extracts_and_linkage(run, declared):
    values = secrets(run, declared)
    assert len(values) > 4000
    assert {"R0000001", "NSW0001"} <= values
    forms = shapes(values)
    assert 1 <= len(forms) < 40
    searched = 0
    for path in files(run):
        if {"extracts", "linkage"} & set(path.relative_to(run).parts):
            continue
        if path.suffix == PARQUET:
            frame = pd.read_parquet(path)
            columns = frame.select_dtypes(["object", "str", "category"])
            texts = {name: columns[name].dropna().astype("str").unique() for name in columns}
            texts["names"] = list(frame.columns)
        elif path.suffix != PICTURES:
            texts = {"text": [text_of(path)]}
        else:
            continue
        for name, pieces in texts.items():
            # No value goes over two pieces, since none holds the end of a line.
            alike = built_alike("\n".join(pieces), forms)
            # The row number is enough to find it; the value is not shown.
            assert not alike & values, f"{path.relative_to(run)}: identifiers in {name}"
        searched += 1
    assert searched > 100


def test_what_linkage_shows_holds_no_identifier(run, declared):
    """Counts and models have none; tables of links have keys of records and nothing else."""
    values = secrets(run, declared)
    forms = shapes(values)
    for trial in declared:
        folder = run / trial / "linkage"
        for name in (
            "quality.csv",
            "passes.csv",
            "methods.csv",
            "models.json",
            "identifiers.csv",
            "quarantine.csv",
            "review.csv",
            "calibration.csv",
        ):
            text = (folder / name).read_text(encoding="utf-8")
            alike = built_alike(text, forms)
            assert not alike & values, f"{trial}: identifiers in {name}"
        for name in ("links", "linkable", "methods"):
            frame = pd.read_parquet(folder / f"{name}.parquet").drop(
                columns="record_id", errors="ignore"
            )
            for column in frame:
                assert not values & set(frame[column].astype("str")), f"{trial}: {name}.{column}"


def words(text: str) -> list[str]:
    """The words of a text in small letters; a double name is two."""
    return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold())


def test_no_person_is_named_outside_the_extracts(run):
    """No first name stands beside the last name of the same person; each alone is a word."""
    named = set()
    for table in ("recruits", "employments"):
        frame = pd.read_parquet(run / f"hlt/extracts/{table}.parquet")
        for first, last in zip(frame["first_name"], frame["last_name"], strict=True):
            first, last = words(first), words(last)
            if len("".join(first + last)) >= 5:
                named |= {(first[-1], last[0]), (last[-1], first[0])}
    assert len(named) > 1500
    searched = 0
    for path in files(run):
        if path.suffix not in (PARQUET, PICTURES):
            text = words(text_of(path))
            assert not named & set(pairwise(text)), path.relative_to(run)
            searched += 1
    assert searched > 100


def test_no_name_leaves_the_extracts(run):
    recruits = pd.read_parquet(run / "hlt/extracts/recruits.parquet")
    names = set(recruits["first_name"]) | set(recruits["last_name"])
    assert len(names) > 300
    for path in files(run):
        if path.suffix == PARQUET and "extracts" not in path.relative_to(run).parts:
            frame = pd.read_parquet(path)
            for name in frame.select_dtypes(["object", "str", "category"]):
                alike = names & set(frame[name].dropna().astype("str"))
                assert not alike, f"{path.relative_to(run)}: names in {name}"


def test_no_date_of_birth_leaves_the_extracts(run, reference):
    born = set()
    for path in files(run / "hlt/extracts", PARQUET):
        frame = pd.read_parquet(path)
        born |= set(frame["date_of_birth"].dropna()) if "date_of_birth" in frame else set()
    assert len(born) > 700
    written = {day.date().isoformat() for day in born}
    config = files(reference / "config/trials")
    declared = " ".join(path.read_text(encoding="utf-8") for path in config)
    for path in files(run):
        if "extracts" in path.relative_to(run).parts:
            continue
        if path.suffix == PARQUET:
            frame = pd.read_parquet(path)
            for name in frame.select_dtypes("datetime"):
                assert not born & set(frame[name]), f"{path.relative_to(run)}: {name}"
        elif path.suffix != PICTURES:
            dates = set(re.findall(r"\d{4}-\d\d-\d\d", text_of(path)))
            # Bounds that extracts.yaml declares are nobody's.
            lost = {day for day in dates & written if day not in declared}
            assert not lost, f"{path.relative_to(run)}: {len(lost)} dates of birth"


def test_links_have_the_columns_that_outcomes_rely_on(run, declared):
    for trial in declared:
        links = pd.read_parquet(run / trial / "linkage/links.parquet")
        assert list(links.columns) == ["person_id", "source", "record_id", "pass", "score"]
        own = links[links["source"] == "people"]
        assert own["person_id"].is_unique
        assert own["record_id"].is_unique
        assert own["person_id"].str.fullmatch("[0-9a-f]{16}").all()
        assert set(links["person_id"]) == set(own["person_id"])
        people = pd.read_parquet(run / trial / "outcomes/people.parquet")
        assert set(people["person_id"]) == set(own["person_id"])
        linkable = pd.read_parquet(run / trial / "linkage/linkable.parquet")
        assert list(linkable.columns) == [
            *("person_id", "source", "linkable", "linked", "reason", "unlinked")
        ]
    hlt = pd.read_parquet(run / "hlt/linkage/links.parquet")
    records = hlt[hlt["source"] == "hmrc"]
    employments = pd.read_parquet(run / "hlt/extracts/employments.parquet")
    assert set(records["record_id"]) <= set(employments["employment_id"])
    assert records["record_id"].is_unique, "an employment belongs to one person"
    assert len(records) > 500


def test_every_cell_says_where_it_comes_from(run, sources):
    checked = set()
    for trial in sources:
        declared = trial_config(trial).exhibits.exhibits
        reader = in_folder(run / trial)
        for name, spec in declared.items():
            cells = read_cells(run / trial / "report" / "exhibits" / f"{name}.csv")
            for source in cells["source"].unique():
                for file, rows in reader.rows(source).items():
                    known = {*spec.files_read, f"config: exhibits.{name}"}
                    # Settings that the text states are read wherever the configuration has them.
                    is_setting = spec.kind == "text_settings" and file.startswith("config: ")
                    assert file in known or is_setting, (name, source)
                    assert rows > 0, (name, source)
            checked.add(spec.kind)
    assert len(checked) > 35
