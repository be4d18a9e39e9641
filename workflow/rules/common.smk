"""Configuration, checked before anything runs, and what the rules share."""

import csv
import os
import sys
from functools import cache
from pathlib import Path

ROOT = Path(workflow.basedir)
PACKAGES = str(ROOT / "workflow")
sys.path.insert(0, PACKAGES)

from snakemake.exceptions import WorkflowError

from ipseval import lock
from ipseval.catalogue import files_of, made_by, path_of, record_of
from ipseval.config.base import facts
from ipseval.config.kept import keep
from ipseval.config.load import load_project
from ipseval.config.read import section_files
from ipseval.economics.behind import solved_from
from ipseval.errors import InputError, counted
from ipseval.files import remove_private_folders
from ipseval.given import Given
from ipseval.job import remove_partial
from ipseval.kinds import CROSS_RULES, DERIVATIONS, DISTRIBUTIONS, FORMATS
from ipseval.linkage.secret import fingerprint
from ipseval.provenance import code_hash
from ipseval.report.needs import (
    config_slice,
    families_told,
    files_read,
    files_written,
    modules_of,
    read_by_page,
    site_slice,
)
from ipseval.snakemake_limits import (
    dated_in_the_future,
    environment_of_jobs,
    fork_scripts,
    mend_snakemake,
    plain,
)


configfile: "config/config.yaml"


if workflow.is_main_process:
    fork_scripts(sys.executable)
mend_snakemake()

try:
    PROJECT = load_project(ROOT, dict(config))
except InputError as error:
    raise WorkflowError(f"The configuration cannot be used.\n{error}") from None
try:
    # Before any job: Snakemake would name some missing files, and no table.
    PROJECT.run.require_files(PROJECT.trials, Path.cwd())
except InputError as error:
    raise WorkflowError(f"Files of the run are missing.\n{error}") from None

os.environ.update(environment_of_jobs(PROJECT.run))

RUN = PROJECT.main.run
TRIALS = list(PROJECT.trials)
config["results"] = PROJECT.main.results
RESULTS = f"{plain(PROJECT.main.results)}/{RUN}"
# For those who prefer conda (--software-deployment-method conda); exported from the one lock.
# Snakemake fills in what stands in braces.
ENVIRONMENT = str(ROOT / "envs" / "ipseval.yaml").replace("{", "{{").replace("}", "}}")


pathvars:
    results=RESULTS,
    logs=f"{RESULTS}/logs",
    benchmarks=f"{RESULTS}/benchmarks",
    records=f"{RESULTS}/records",


# What jobs that were killed had begun to write.
remove_partial(Path(RESULTS))
remove_private_folders()


# Of two runs into one folder of results each would spoil what the other makes. The lock is our
# own, because that of Snakemake is for a whole checkout, and stays when a run is killed.
LOCK = []


onstart:
    if lock.HELD not in os.environ:
        try:
            LOCK.append(lock.take(Path(PROJECT.main.results), RUN)[0])
        except InputError as error:
            raise WorkflowError(str(error)) from None


onsuccess:
    for descriptor in LOCK:
        lock.give_back(descriptor)


onerror:
    for descriptor in LOCK:
        lock.give_back(descriptor)


wildcard_constraints:
    trial="|".join(TRIALS),
    family="[^/]+",


# Snakemake asks for the params of a job again and again; nothing changes while it runs.
@cache
def code_of(rule_name, *modules):
    """Return the hash of a rule's script and of the modules that it imports, some by name."""
    return code_hash(ROOT / "workflow" / "scripts" / f"{rule_name}.py", modules)


@cache
def section(trial, *names):
    """Return declarations of a trial as plain data, so that a change in them reruns the rule.

    One that the trial does not have is left out, and so are texts that only people read.
    """

    def make():
        declared = {name: getattr(PROJECT.trials[trial], name) for name in names}
        return Given({name: facts(spec) for name, spec in declared.items() if spec})

    return keep(ROOT, trial, f"section {names}", make)


def tables_declared(trial):
    """Return the declarations that the tables of a trial are read and checked by.

    What a column means is printed where a value in a user's file is refused.
    """
    whole = PROJECT.trials[trial].extracts.model_dump(mode="json")
    from_files = PROJECT.run.extracts[trial].reads_files
    return Given(section(trial, "trial", "extracts") | ({"extracts": whole} if from_files else {}))


def results(*names):
    """Return results of the catalogue, of the trial of the job, as inputs by name."""
    return {name: f"<results>/{{trial}}/{path_of(name)}" for name in names}


def results_made_by(rule_name):
    """Return all that a rule makes for the trial of the job, as outputs by name."""
    return {
        name: update(f"<results>/{{trial}}/{path}") for name, path in made_by(rule_name).items()
    }


def tables(trial, *names):
    """Return the Parquet files of the named tables of the extracts, or of all of them."""
    names = names or PROJECT.trials[trial].extracts.tables
    return [f"{RESULTS}/{trial}/{path_of('extracts', name)}" for name in names]


def truth_of(trial):
    """Return the file of the true identifiers of synthetic people, for a trial that links them."""
    known = is_synthetic(trial) and PROJECT.trials[trial].trial.sources
    return tables(trial, "truth") if known else []


def person_table(trial):
    return PROJECT.trials[trial].trial.person.table


def is_synthetic(trial):
    return PROJECT.run.extracts[trial].source == "synthetic"


def is_confidential(trial):
    """Return whether people are real and not published: nothing may leave but through release."""
    return PROJECT.run.extracts[trial].source == "files"


# Outputs are update(...): Snakemake neither deletes them before a job nor loses them when it fails,
# but puts the old ones back, as if they were new. The record of a job is a plain output. It goes
# when the job starts and comes when it has succeeded. rule all asks for all of them, and every rule
# for those of the jobs whose results it reads: without them those jobs are done again. A job holds
# what it reads against them, and refuses what its maker has not left so.


def records_of(trial, files):
    """Return the records of the jobs that make files of a trial, named relative to it."""
    return [
        f"{RESULTS}/records/{name}.json" for name in sorted({record_of(f, trial) for f in files})
    ]


# extracts


def extract_inputs(trial):
    """Return the files that the extracts of a trial are made from, by name."""
    source = PROJECT.run.extracts[trial]
    if source.reads_files:
        return {name: [plain(path) for path in source.paths(name)] for name in source.tables}
    if source.source == "synthetic":
        folder = Path("config/trials", trial)
        kept = sorted(folder.glob("twin/*.csv"))
        # A maker need not have settings; one that misses them says so.
        settings = [path for path in section_files(folder / "twin.yaml") if path.is_file()]
        return {
            "settings": [str(path) for path in [*settings, *kept]],
            "published": sorted(str(p) for p in Path("config/published", trial).glob("*.csv")),
        }
    return {}


def maker_modules(trial):
    """Return the modules that build_extracts imports by name, which its hash has to follow."""
    source = PROJECT.run.extracts[trial]
    formats = {file.format for name in source.tables for file in source.files(name)}
    return (*([source.module] if source.module else []), *map(FORMATS.module, sorted(formats)))


def cross_rule_modules(trial):
    """Return the modules of the kinds of rules across tables that a trial declares."""
    return [CROSS_RULES.module(kind) for kind in PROJECT.trials[trial].extracts.rule_kinds]


# linkage and outcomes


def linked_tables(trial):
    sources = PROJECT.trials[trial].trial.sources.values()
    linked = [table for source in sources for table in source.tables]
    return dict.fromkeys([person_table(trial), *linked])


def outcome_tables(trial):
    return dict.fromkeys([person_table(trial), *PROJECT.trials[trial].outcomes.tables])


def derivation_modules(trial):
    """Return the modules of the kinds of derivation that a trial uses."""
    return [DERIVATIONS.module(kind) for kind in PROJECT.trials[trial].outcomes.kinds]


def memory(base, a_megabyte):
    """Return what a job asks for (MB): `base`, and so many MB for each MB of its input.

    Measured with synthetic people at scale 1, 10 and 100, and a quarter more.
    """
    return lambda wildcards, input: int(base + a_megabyte * input.size_mb)


def memory_of_extracts(trial):
    """Return what building extracts asks for (MB): people are made whole, files read in parts."""
    synthetic = is_synthetic(trial)
    return int(500 + 100 * PROJECT.run.scale_of(trial)) if synthetic else 3000


def person_key_of(trial):
    """Return a salted fingerprint of the secret for person_id; None where people need none.

    A new secret has to rerun linkage, so it is a parameter; records leave it out. The path of its
    file may be none: jobs find it in the environment. A secret that is no good stops the run.
    """
    if PROJECT.run.extracts[trial].source != "files":
        return None
    if not PROJECT.run.person_key_file and not PROJECT.trials[trial].trial.sources:
        # Nothing is linked, so no secret is asked for; people.parquet is for their owner alone.
        return None
    if not PROJECT.run.person_key_file:
        raise WorkflowError(f"run '{RUN}' links real files: set person_key_file in its run file")
    os.environ.update({"IPSEVAL_PERSON_KEY_FILE": PROJECT.run.person_key_file})
    try:
        return fingerprint(PROJECT.run.person_key_file, Path(".snakemake", "ipseval-salt"))
    except InputError as error:
        raise WorkflowError(f"run '{RUN}' cannot make pseudonyms.\n{error}") from None


# impact and economics


@cache
def family_config(trial, family):
    """Return the declarations that the estimates of a family depend on, as plain data."""
    return keep(
        ROOT, trial, f"family {family}", lambda: Given(PROJECT.trials[trial].estimates_of(family))
    )


def is_test(trial, family):
    """Return whether a family holds hypotheses that are tested together."""
    return family in PROJECT.trials[trial].models.tests


def appraised(trial):
    """Return the impact files that the appraisal of a trial takes its benefits from."""
    return [f"{RESULTS}/{trial}/{name}" for name in appraised_names(trial)]


def appraised_names(trial):
    return [path_of("impact", family) for family in PROJECT.trials[trial].economics.families]


def distribution_modules(trial):
    """Return the modules of the kinds of distributions that the appraisal of a trial declares."""
    declared = PROJECT.trials[trial].economics.quantities.values()
    return sorted({DISTRIBUTIONS.module(one.distribution.kind) for one in declared})


def ledger_of(trial):
    """Return the file of the costs that the providers booked; none where costs are declared."""
    return [f"{RESULTS}/{trial}/{name}" for name in ledger_names(trial)]


def ledger_names(trial):
    ledger = PROJECT.trials[trial].economics.cost.ledger
    return [path_of("extracts", ledger.table)] if ledger else []


# report

CHAPTERS = [(trial, c) for trial in TRIALS for c in PROJECT.trials[trial].exhibits.chapters]
# What is published about the trials of the run, and about no other.
SOURCES = sorted({one for trial in TRIALS for one in PROJECT.trials[trial].exhibits.published})
PUBLISHED = [
    str(path) for one in SOURCES for path in sorted(Path("config/published", one).glob("*.csv"))
]


@cache
def chapter_config(trial, chapter):
    """Return the declarations that a chapter depends on, as plain data."""
    return keep(
        ROOT,
        trial,
        f"chapter {chapter}",
        lambda: Given(config_slice(PROJECT.trials[trial], chapter)),
    )


def page_config(trial):
    """Return the declarations that the page of the report depends on, as plain data."""
    return keep(ROOT, trial, "page", lambda: site_slice(PROJECT.trials[trial]))


# The glossary, the logs of assumptions and the published sources, which the page has in its appendix.
LOGS = [
    str(path.relative_to(ROOT))
    for name in ("glossary", "assumptions*", "published-sources")
    for path in sorted(ROOT.glob(f"docs/reference/{name}.md"))
]


def chapter_reads(trial, chapter):
    """Return the results that a chapter is made from; one without exhibits may be about any."""
    declared = PROJECT.trials[trial]
    if declared.exhibits.chapters[chapter].exhibits:
        return files_read(declared.exhibits, chapter)
    return [file for file in read_by_page(declared) if not file.startswith("extracts/")]


def chapter_writes(trial, chapter):
    return files_written(PROJECT.trials[trial].exhibits, chapter, PROJECT.main.png)


def exhibit_output(trial, chapter, name):
    """Return a file of an exhibit as output; what people look at stands in `snakemake --report`."""
    file = update(f"<results>/{trial}/report/exhibits/{name}")
    exhibit, _, ending = name.rpartition(".")
    if ending not in ("html", "svg"):
        return file
    declared = PROJECT.trials[trial]
    spec = declared.exhibits.exhibits[exhibit]
    return report(
        file,
        caption="../report/exhibit.rst",
        category=declared.trial.name,
        subcategory=declared.exhibits.chapters[chapter].title,
        labels={"exhibit": exhibit, "title": spec.title},
    )


def warn_of_future_files():
    """Say which source files are dated in the future: large ones look changed in every run."""
    sources = [
        file for trial in TRIALS for files in extract_inputs(trial).values() for file in files
    ]
    sources += [*PUBLISHED, *(notebook_of(trial, chapter) for trial, chapter in CHAPTERS)]
    late = dated_in_the_future(sources)
    if late and workflow.is_main_process:
        logger.warning(
            f"{counted(len(late), 'source file is', 'source files are')} dated in the future, such "
            f"as {late[0]}. Until that time what depends on them may be made anew in every run; "
            "`touch` gives them the time of today."
        )


def notebook_of(trial, chapter):
    return f"notebooks/{PROJECT.trials[trial].exhibits.chapters[chapter].notebook}.ipynb"


def regenerated_by(trial, chapter):
    """Return CSV of an exhibit of a chapter -> the published exhibit that it regenerates."""
    declared = PROJECT.trials[trial].exhibits
    return {
        f"{RESULTS}/{trial}/report/exhibits/{name}.csv": declared.exhibits[name].published
        for name in declared.chapters[chapter].exhibits
        if declared.exhibits[name].published
    }


def regenerated():
    """Return CSV of an exhibit -> the published exhibit that it regenerates."""
    return {file: to for one in CHAPTERS for file, to in regenerated_by(*one).items()}


def restated():
    """Return, for each file of regenerated(), whether it is declared from the printed cells."""
    found = {
        file: PROJECT.trials[trial].exhibits.exhibits[Path(file).stem].restated
        for trial, chapter in CHAPTERS
        for file in regenerated_by(trial, chapter)
    }
    return list(found.values())


def solved_cells():
    """Return the printed cells that declared numbers were solved from, with the names of these."""
    return solved_from(PROJECT.trials[trial].economics for trial in TRIALS)


def searched_exhibits():
    """Return the published exhibits, or rows of them, that synthetic people were searched to print.

    Each is (exhibit, row, search); an empty row stands for all of the exhibit.
    """
    with open("config/published/searched.csv", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["trial"] in TRIALS]
    found = PROJECT.run.effect == "published"
    return [
        (row["exhibit"], row["row"], row["search"])
        for row in rows
        if found
        and PROJECT.run.extracts[row["trial"]].source == "synthetic"
        and PROJECT.run.scale_of(row["trial"]) == 1
    ]


def record_names():
    """Return the names of the records that the jobs of a run leave."""
    names = [
        record_of(file, trial)
        for trial in TRIALS
        for file in files_of(
            PROJECT.trials[trial].models.names, PROJECT.trials[trial].economics is not None
        )
    ]
    for rule_name in ("make_exhibits", "execute_chapter"):
        names += [f"{rule_name}.{trial}.{chapter}" for trial, chapter in CHAPTERS]
    names += [f"gather_facts.{trial}" for trial in TRIALS]
    return [*dict.fromkeys(names), "compile_concordance", "build_site", "build_documents"]


# release

CONTROLLED = PROJECT.policy.control


def release_record_names():
    """Return the names of the records that the jobs of the release leave."""
    controls = [f"control_disclosure.{trial}" for trial in TRIALS] if CONTROLLED else []
    return [*controls, "build_release"]


def exhibit_files(trial):
    """Return the files of all exhibits of a trial, relative to its results."""
    declared = PROJECT.trials[trial].exhibits
    files = [f for chapter in declared.chapters for f in files_written(declared, chapter)]
    return [f"report/exhibits/{name}" for name in dict.fromkeys(files)]


def exhibit_cells(trial):
    """Return the files of the cells of all exhibits of a trial, relative to its results."""
    return [file for file in exhibit_files(trial) if file.endswith(".csv")]


def traced(trial):
    """Return the results of a trial that its exhibits and its part of the page are made from."""
    chapters = PROJECT.trials[trial].exhibits.chapters
    read = {file for chapter in chapters for file in chapter_reads(trial, chapter)}
    return sorted(read | set(read_by_page(PROJECT.trials[trial])))


def counted_from(trial):
    """Return the results, relative to the trial, that disclosure control counts people in."""
    chapters = PROJECT.trials[trial].exhibits.chapters
    read = {file for chapter in chapters for file in chapter_reads(trial, chapter)}
    config = PROJECT.trials[trial]
    # Besides exhibits, what prose tells of.
    names = ["people", "months", "by_linkage", "quality", "methods", "weights"]
    names += ["summary", "information", "convergence"] if config.economics else []
    told = families_told(config, config.exhibits.chapters)
    return sorted(read | {path_of(name) for name in names} | {path_of("impact", f) for f in told})


def exhibit_kind_modules(trial):
    """Return the modules of the kinds of exhibits of a trial."""
    declared = PROJECT.trials[trial].exhibits
    return sorted(
        {module for chapter in declared.chapters for module in modules_of(declared, chapter)}
    )


def whole_config(trial):
    """Return all declarations of a trial as plain data, without texts that only people read."""
    names = ("trial", "extracts", "outcomes", "models", "economics", "exhibits")
    return section(trial, *names)


def released_config():
    """Return the files of the configuration, the lock and the workflow that a release holds."""
    files = ["config/config.yaml", f"config/runs/{RUN}.yaml", "config/disclosure.yaml"]
    for trial in TRIALS:
        folder = Path("config/trials", trial)
        files += sorted(map(str, folder.rglob("*.yaml")))
    files += ["requirements.lock", "Snakefile", "LICENSE"]
    return [file for file in files if (ROOT / file).exists()]


def ledger_of_run():
    """Return the ledger of earlier releases of the run, if there was one."""
    # Beside the run and not in it: no job makes it.
    ledger = Path(f"{RESULTS}-ledger.json")
    return [str(ledger)] if ledger.exists() else []


warn_of_future_files()
