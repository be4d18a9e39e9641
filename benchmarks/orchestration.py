"""The price of the orchestration: the DAG beside the same functions in one process."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from common import save, timed

from ipseval.catalogue import made_by, path_of
from ipseval.config.declared import TrialConfig
from ipseval.config.load import load_project
from ipseval.economics.impacts import read_impacts
from ipseval.economics.results import appraisal_results
from ipseval.extracts.allocation_audit import audit_table
from ipseval.extracts.build import Context, build_tables
from ipseval.extracts.tables import summary
from ipseval.files import write_csv, write_frame, write_json
from ipseval.impact.declared import estimate_declared
from ipseval.impact.influence import joint_covariance
from ipseval.linkage.link import link_trial
from ipseval.linkage.secret import read_secret
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT
from ipseval.report.concordance import concordance, read_published
from ipseval.report.data import Data
from ipseval.report.labels import declared_labels, economics_labels
from ipseval.report.make import make_exhibit
from ipseval.report.needs import config_slice
from ipseval.report.notebook import execute_chapter, to_html
from ipseval.report.statuses import summarise
from ipseval.streams import Streams


def run_stages(name: str, config: TrialConfig, project, folder: Path) -> dict[str, pd.DataFrame]:
    """Run all stages of one trial in this process; returns the regenerated exhibits."""
    run, source = project.run, project.run.extracts[name]
    context = Context(
        trial=config.trial,
        folder=ROOT / "config" / "trials" / name,
        published=ROOT / "config" / "published",
        seed=run.seed,
        effect=run.effect,
        scale=run.scale_of(name),
        say=lambda text: None,
    )
    tables = build_tables(name, source, config.extracts, context)
    repairs = tables.pop("repairs")
    synthetic = source.source == "synthetic"
    secret = read_secret(None, name)
    linked = link_trial(
        tables,
        config.trial,
        secret,
        synthetic,
        tables.get("truth"),
        placeholders=config.placeholders,
    )
    made = derive_outcomes(
        config.trial,
        config.outcomes,
        tables,
        linked["links"],
        linked["linkable"],
        paye=config.paye,
    )
    results = {
        path_of("checks"): summary(tables, config.extracts, repairs),
        path_of("repairs"): repairs,
        path_of("people"): made.people,
        path_of("weights"): made.weights,
        path_of("samples"): made.samples,
        **{path_of(key): linked[key] for key in made_by("link_records") if key != "match_models"},
        **{path_of("extracts", key): table for key, table in tables.items()},
    }
    write_json(folder / path_of("match_models"), linked["match_models"])
    by_linkage = derive_by_linkage(
        config.trial,
        config.outcomes,
        tables,
        linked["links"],
        linked["links_by_method"],
        made.people,
        config.paye,
    )
    for key in config.models.names:
        results[path_of("impact", key)] = estimate_declared(
            name, key, config.estimates_of(key), run.seed, made.people, made.months, by_linkage
        )
    results |= _appraised(name, config, run.seed, made.people, tables, results)
    results[path_of("allocation_audit")] = audit_table(tables.get("allocation"), config.trial, str)
    for path, frame in results.items():
        write_frame(folder / path, frame)
    labels = declared_labels(config) | economics_labels(config)
    data = Data(folder, config, synthetic, labels)
    exhibits = folder / "report" / "exhibits"
    made = {
        spec.published: make_exhibit(key, spec, data, exhibits)
        for key, spec in config.exhibits.exhibits.items()
    }
    return {published: cells for published, cells in made.items() if published}


def _appraised(name: str, config: TrialConfig, seed: int, people, tables, results) -> dict:
    """Return the results of economics by file."""
    economics = config.economics
    wanted = config.appraised_impacts()
    joint = joint_covariance(
        config.models, config.trial.groups, wanted["impacts"], wanted["appraised"], people
    )
    families = [results[path_of("impact", family)] for family in economics.families]
    impacts = read_impacts(economics, pd.concat(families, ignore_index=True), joint)
    spec = economics.cost.ledger
    found, draws = appraisal_results(
        economics,
        config.trial.groups,
        people,
        tables[spec.table] if spec else None,
        impacts,
        Streams(seed, name),
        economics.draws,
    )
    return {path_of(key): table for key, table in found.items()} | {path_of("draws"): draws}


def main() -> None:
    """Time both, and write their ratio."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "ipseval.cli", "report", "--cores", "2"]
        with timed(figures, "dag_seconds"):
            subprocess.run(
                [*command, "--results", f"{scratch}/dag"], check=True, capture_output=True
            )
        with timed(figures, "dag_again_seconds"):
            subprocess.run(
                [*command, "--results", f"{scratch}/dag"], check=True, capture_output=True
            )
        project = load_project(ROOT)
        with timed(figures, "one_process_seconds"):
            base, produced = Path(scratch, "one", project.main.run), {}
            for name, config in project.trials.items():
                produced |= run_stages(name, config, project, base / name)
                for key, chapter in config.exhibits.chapters.items():
                    notebook = ROOT / "notebooks" / f"{chapter.notebook}.ipynb"
                    parameters = {"run": project.main.run, "trial": name}
                    declared = {
                        "name": key,
                        "synthetic": project.run.extracts[name].source == "synthetic",
                        "config": config_slice(config, key),
                        "results": str(base.parent),
                    }
                    draft = base / "draft.ipynb"
                    to_html(execute_chapter(notebook, parameters, declared, draft, ROOT))
            published = sorted(str(p) for p in (ROOT / "config" / "published").glob("*/*.csv"))
            write_csv(base / "c.csv", summarise(concordance(read_published(published), produced)))
    figures["dag_over_one_process"] = round(
        figures["dag_seconds"] / figures["one_process_seconds"], 2
    )
    print(f"the DAG takes {figures['dag_over_one_process']} times as long as one process")
    save("orchestration", figures)


if __name__ == "__main__":
    main()
