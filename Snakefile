"""From a trial's extracts to every table and figure of its report."""


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/extracts.smk"
include: "workflow/rules/linkage.smk"
include: "workflow/rules/outcomes.smk"
include: "workflow/rules/impact.smk"
include: "workflow/rules/economics.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/release.smk"


rule all:
    """The report of the run, its concordance with the published cells and its manifest."""
    default_target: True
    input:
        "<results>/report/index.html",
        "<results>/report/report.pdf",
        "<results>/report/tables.xlsx",
        "<results>/concordance.csv",
        "<results>/manifest.json",
        # Asked for by name: a file between two others that is missing makes nothing rerun.
        [f"<records>/{name}.json" for name in [*record_names(), *release_record_names()]],
        "<results>/release/results.json",
