"""What an edit makes run again: all that depends on it, and nothing else."""

import os
from contextlib import contextmanager

from ipseval.config.load import load_project
from ipseval.report.needs import files_read

LEAST_SQUARES = "workflow/ipseval/impact/least_squares.py"
ECONOMICS = "config/trials/hlt/economics.yaml"
KINDS = "workflow/ipseval/report/exhibits"
# Whatever is done again, the release is, and the manifest.
PAGES = {"build_site": 1, "build_documents": 1}
RELEASED = {"build_release": 1, "write_manifest": 1}


@contextmanager
def edited(project, path: str, old: str, new: str):
    file = project / path
    text, stat = file.read_text(encoding="utf-8"), file.stat()
    project.edit(path, old, new)
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")
        # As it was, the time included: notebooks and settings are inputs.
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def planned(project) -> tuple[dict[str, int], list[str]]:
    jobs, messages = project.planned()
    jobs.pop("all", None)
    return jobs, messages


def test_comments_and_docstrings_rerun_nothing(small_of_module):
    project = small_of_module
    modules = sorted((project / "workflow/ipseval").rglob("*.py"))
    assert len(modules) > 40
    texts = {path: path.read_text(encoding="utf-8") for path in modules}
    try:
        for path, text in texts.items():
            path.write_text(f"{text}\n\n# A remark.\n", encoding="utf-8")
        project.edit(LEAST_SQUARES, '"""Return least-squares', '"""Give the least-squares')
        project.edit(LEAST_SQUARES, '"""Least squares and', '"""Weighted least squares and')
        with edited(project, ECONOMICS, "draws: 10000", "draws: 10000 # enough"):
            assert planned(project) == ({}, [])
    finally:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")


def least_squares(config, name: str) -> bool:
    """Whether a family or tests use an estimator that is least squares inside."""
    used = config.models.only(name).estimators_used
    return bool(set(used) & {"ols", "lin", "iv", "imputation"})


def test_an_edited_estimator_reruns_estimates_and_what_follows(small_of_module):
    project = small_of_module
    trials = load_project(project.folder, {"run": "small"}).trials
    # Chapters that show an estimate, or a return that is made from one.
    chapters = [
        (trial, chapter)
        for trial, config in trials.items()
        for chapter in config.exhibits.chapters
        if any(
            f.startswith("economics/")
            or (f.startswith("impact/") and least_squares(config, f[7:-4]))
            for f in files_read(config.exhibits, chapter)
        )
    ]
    assert {("hlt", "impact"), ("hlt", "economics"), ("nsw", "impact")} <= set(chapters)
    assert not {("hlt", "recruits"), ("nsw", "linkage")} & set(chapters)

    # Families with a model of least squares, and the covariances of impacts that are one's.
    families = [
        set(config.models.only(name).estimators_used) & {"ols", "lin", "iv", "imputation"}
        for config in trials.values()
        for name in config.models.names
    ]
    assert not all(families)
    with edited(project, LEAST_SQUARES, "else n / (n - k))", "else n / (n - k + 0))"):
        jobs, messages = planned(project)
    assert jobs == {
        "estimate_impact": sum(map(bool, families)),
        "estimate_joint": len(trials),
        "simulate_economics": len(trials),
        **{f"make_exhibits_{trial}_{chapter}": 1 for trial, chapter in chapters},
        "execute_chapter": len(chapters),
        "gather_facts": len(trials),
        "compile_concordance": 1,
        **PAGES,
        **RELEASED,
    }
    assert {line for line in messages if line.startswith("Executing")} == {
        f"Executing chapter {chapter} of {trial}" for trial, chapter in chapters
    }


def test_an_edited_estimator_reruns_only_the_families_that_use_it(small_of_module):
    project = small_of_module
    trials = load_project(project.folder, {"run": "small"}).trials
    families = {
        f"Estimating {name} of {trial}"
        for trial, config in trials.items()
        for name, family in config.models.families.items()
        if any(model.estimator == "lin" for model in family.models.values())
    }
    lin = "workflow/ipseval/impact/estimators/lin.py"
    with edited(project, lin, "interacted=True", "interacted=bool(1)"):
        _, messages = planned(project)
    assert {line for line in messages if line.startswith("Estimating ")} == families


def test_a_text_that_is_only_printed_reruns_no_estimate(small_of_module):
    project = small_of_module
    models = "config/trials/hlt/models.yaml"
    with edited(project, models, "Difference in means, HC1", "Unadjusted difference, HC1"):
        _, messages = planned(project)
    assert not [line for line in messages if line.startswith("Estimating ")]


def test_a_refusal_and_an_estimator_that_nobody_uses_rerun_nothing(small_of_module):
    project = small_of_module
    estimators = "workflow/ipseval/impact/estimators"
    unused = project / f"{estimators}/unused.py"
    unused.write_text('"""Declared, and in no models.yaml."""\n', encoding="utf-8")
    try:
        with edited(project, f"{estimators}/lee.py", "it compares trimmed", "means are trimmed"):
            assert planned(project) == ({}, [])
    finally:
        unused.unlink()


def test_an_edited_valuation_reruns_one_trials_economics(small_of_module):
    project = small_of_module
    with edited(project, ECONOMICS, "value: 1200", "value: 1201"):
        jobs, messages = planned(project)
    assert jobs == {
        "simulate_economics": 1,
        "make_exhibits_hlt_economics": 1,
        "make_exhibits_hlt_uncertainty": 1,
        "execute_chapter": 2,
        "gather_facts": 1,
        "compile_concordance": 1,
        **PAGES,
        **RELEASED,
    }
    chapters = {f"Executing chapter {name} of hlt" for name in ("economics", "uncertainty")}
    assert {"Appraising hlt", *chapters} <= set(messages)


def test_an_edited_kind_of_exhibit_makes_its_chapters_anew(small_of_module):
    project = small_of_module
    trials = load_project(project.folder, {"run": "small"}).trials
    chapters = [
        (trial, name)
        for trial, config in trials.items()
        for name, chapter in config.exhibits.chapters.items()
        if "tornado" in {config.exhibits.exhibits[one].kind for one in chapter.exhibits}
    ]
    assert {trial for trial, _ in chapters} == {"hlt", "nsw", "trailblazers"}
    # None of them regenerates a published exhibit, so the concordance stands.
    assert not any(
        trials[trial].exhibits.exhibits[one].published
        for trial, chapter in chapters
        for one in trials[trial].exhibits.chapters[chapter].exhibits
    )
    with edited(project, f"{KINDS}/tornado.py", '["swing"] > 0', '["swing"] > 0.0'):
        jobs, _ = planned(project)
    assert jobs == {
        **{f"make_exhibits_{trial}_{chapter}": 1 for trial, chapter in chapters},
        "execute_chapter": len(chapters),
        "gather_facts": len(trials),
        **PAGES,
        **RELEASED,
    }


def test_a_kind_of_exhibit_that_nobody_shows_reruns_nothing(small_of_module):
    project = small_of_module
    text = (project / f"{KINDS}/tornado.py").read_text(encoding="utf-8")
    new = project / f"{KINDS}/hurricane.py"
    new.write_text(text.replace('Literal["tornado"]', 'Literal["hurricane"]'), encoding="utf-8")
    try:
        assert planned(project) == ({}, [])
    finally:
        new.unlink()


def test_an_edited_notebook_reruns_its_chapters(small_of_module):
    project = small_of_module
    with edited(
        project, "notebooks/03-impact.ipynb", "chapter.show_all()", "chapter.show_all() or None"
    ):
        jobs, messages = planned(project)
    chapters = {line for line in messages if line.startswith("Executing")}
    assert chapters == {
        f"Executing chapter impact of {trial}" for trial in ("hlt", "trailblazers", "nsw")
    }
    assert jobs == {"execute_chapter": len(chapters), **PAGES, **RELEASED}


def test_a_release_that_is_controlled_waits_for_no_other_report(small_of_module):
    jobs, _ = small_of_module.planned("results/twin/release/results.json", run="twin")
    assert {"control_disclosure", "compile_concordance", "gather_facts"} <= set(jobs)
    assert not set(PAGES) & set(jobs)


def test_an_edited_template_reaches_the_report(small_of_module):
    templates = "workflow/ipseval/report/templates"
    with (
        edited(small_of_module, f"{templates}/table.html.j2", "Base:", "About:"),
        edited(small_of_module, f"{templates}/site.html.j2", "Skip to", "Jump to"),
        edited(small_of_module, f"{templates}/style.css", "body", "main body"),
    ):
        jobs, _ = planned(small_of_module)
    assert {"make_exhibits_nsw_recruits", "execute_chapter", "build_site"} <= set(jobs)
    chapters = small_of_module.folder.glob("results/small/*/report/chapters/*.ipynb")
    assert jobs["execute_chapter"] == len(list(chapters))


# A job that fails keeps its old outputs on disk. They must not pass for those that it failed to
# make, whatever made it run: else the next run says that there is nothing to be done.


def test_a_job_that_failed_for_its_code_is_done_again(small):
    script = "workflow/scripts/simulate_economics.py"
    small.edit(
        script, "    people = pd.read", "    raise RuntimeError('broken')\n    people = pd.read"
    )
    done = small.snakemake()
    assert done.returncode != 0
    assert "RuntimeError: broken" in done.stdout
    jobs, _ = planned(small)
    assert {"simulate_economics", "build_site", "write_manifest"} <= set(jobs)


def test_a_job_that_failed_for_its_configuration_is_done_again(small):
    small.edit("config/trials/nsw/extracts.yaml", "maximum: 80", "maximum: 20")
    target = "results/small/nsw/extracts/checks.csv"
    done = small.snakemake(target)
    assert done.returncode != 0
    assert "build_extracts_nsw stopped: " in done.stdout
    assert "build_extracts_nsw" in small.planned(target)[0]
