"""`snakemake --report` gathers what a run made: the page, documents, exhibits and concordance."""

import zipfile


def test_the_report_of_snakemake_holds_what_the_run_made(small, tmp_path):
    archive = tmp_path / "report.zip"
    done = small.snakemake("--report", str(archive))
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(archive) as report:
        names = {name.rsplit("/", 1)[-1] for name in report.namelist()}
        texts = "".join(
            report.read(name).decode("utf-8") for name in report.namelist() if name.endswith(".js")
        )
    folder = small.folder / "results" / "small"
    exhibits = {path.name for path in folder.glob("*/report/exhibits/*.svg")}
    exhibits |= {path.name for path in folder.glob("*/report/exhibits/*.html")}
    assert len(exhibits) > 150
    documents = {"index.html", "report.pdf", "tables.xlsx", "concordance.csv"}
    assert (exhibits | documents) - names == set()
    # Captions say what each is, and which rule made it.
    assert "Every published cell beside what was regenerated" in texts
    assert "make_exhibits_hlt_impact" in texts
