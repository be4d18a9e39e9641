"""Report: exhibits, executed chapters, concordance and the site."""

# Which exhibits exist is up to the chapter, so each chapter has a rule of its own.
for _trial, _chapter in CHAPTERS:

    rule:
        """Make the exhibits of one chapter, each with its tidy CSV and a card that describes it."""
        name:
            f"make_exhibits_{_trial}_{_chapter}"
        input:
            results=[f"<results>/{_trial}/{f}" for f in chapter_reads(_trial, _chapter)],
            done=records_of(_trial, chapter_reads(_trial, _chapter)),
        output:
            *[exhibit_output(_trial, _chapter, f) for f in chapter_writes(_trial, _chapter)],
            record=f"<records>/make_exhibits.{_trial}.{_chapter}.json",
        log:
            f"<logs>/make_exhibits.{_trial}.{_chapter}.log",
        benchmark:
            f"<benchmarks>/make_exhibits.{_trial}.{_chapter}.tsv"
        group:
            _trial
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=memory(700, 32),
        params:
            trial=_trial,
            config=chapter_config(_trial, _chapter),
            png=PROJECT.main.png,
            synthetic=is_synthetic(_trial),
            confidential=is_confidential(_trial),
            code=code_of("make_exhibits", *modules_of(PROJECT.trials[_trial].exhibits, _chapter)),
        message:
            f"Making the exhibits of {_trial}, chapter {_chapter}"
        script:
            "../scripts/make_exhibits.py"


rule execute_chapter:
    """Execute a chapter's notebook on the results of the run, and turn it into a page."""
    input:
        notebook=lambda wildcards: notebook_of(wildcards.trial, wildcards.chapter),
        exhibits=lambda wildcards: [
            f"{RESULTS}/{wildcards.trial}/report/exhibits/{f}"
            for f in chapter_writes(wildcards.trial, wildcards.chapter)
        ],
        done=lambda wildcards: [
            f"{RESULTS}/records/make_exhibits.{wildcards.trial}.{wildcards.chapter}.json",
            *records_of(wildcards.trial, chapter_reads(wildcards.trial, wildcards.chapter)),
        ],
        results=lambda wildcards: [
            f"{RESULTS}/{wildcards.trial}/{f}"
            for f in chapter_reads(wildcards.trial, wildcards.chapter)
        ],
    output:
        notebook=update("<results>/{trial}/report/chapters/{chapter}.ipynb"),
        page=update("<results>/{trial}/report/chapters/{chapter}.html"),
        record="<records>/execute_chapter.{trial}.{chapter}.json",
    log:
        "<logs>/execute_chapter.{trial}.{chapter}.log",
    benchmark:
        "<benchmarks>/execute_chapter.{trial}.{chapter}.tsv"
    group:
        "{trial}"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(700, 32),
    params:
        run=RUN,
        config=lambda wildcards: chapter_config(wildcards.trial, wildcards.chapter),
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of(
            "execute_chapter",
            "ipseval.report.chapter",
            *modules_of(PROJECT.trials[wildcards.trial].exhibits, wildcards.chapter),
        ),
    message:
        "Executing chapter {wildcards.chapter} of {wildcards.trial}"
    script:
        "../scripts/execute_chapter.py"


rule compile_concordance:
    """Hold every regenerated cell against the published one, and prove what cannot be right."""
    input:
        published=PUBLISHED,
        claims="config/published/text-claims.csv",
        verdicts="config/published/verdicts.csv",
        audit="config/published/audit.csv",
        conflicts="config/published/conflicts.csv",
        exhibits=lambda wildcards: list(regenerated()),
        done=[
            f"<records>/make_exhibits.{trial}.{chapter}.json"
            for trial, chapter in CHAPTERS
            if regenerated_by(trial, chapter)
        ],
    output:
        table=report(
            update("<results>/concordance.csv"),
            caption="../report/concordance.rst",
            category="Report",
            labels={"form": "concordance"},
        ),
        summary=update("<results>/concordance_summary.csv"),
        conflicts=update("<results>/conflicts.csv"),
        record="<records>/compile_concordance.json",
    log:
        "<logs>/compile_concordance.log",
    benchmark:
        "<benchmarks>/compile_concordance.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        regenerated=list(regenerated().values()),
        restated=restated(),
        sources=SOURCES,
        solved=solved_cells(),
        searched=searched_exhibits(),
        confidential=any(map(is_confidential, TRIALS)),
        code=code_of("compile_concordance"),
    message:
        "Comparing with the published numbers"
    script:
        "../scripts/compile_concordance.py"


rule gather_facts:
    """Gather what was found in a trial, and what is behind each number that its page carries."""
    input:
        cells=lambda wildcards: [
            f"{RESULTS}/{wildcards.trial}/{f}" for f in exhibit_cells(wildcards.trial)
        ],
        behind=lambda wildcards: [
            f"{RESULTS}/{wildcards.trial}/{f}"
            for f in read_by_page(PROJECT.trials[wildcards.trial])
        ],
        done=lambda wildcards: [
            *records_of(wildcards.trial, traced(wildcards.trial)),
            *[
                f"{RESULTS}/records/make_exhibits.{wildcards.trial}.{chapter}.json"
                for chapter in PROJECT.trials[wildcards.trial].exhibits.chapters
            ],
        ],
    output:
        facts=update("<results>/{trial}/report/facts.json"),
        record="<records>/gather_facts.{trial}.json",
    log:
        "<logs>/gather_facts.{trial}.log",
    benchmark:
        "<benchmarks>/gather_facts.{trial}.tsv"
    # The longest of what the page waits for once exhibits are made.
    priority: 1
    group:
        "{trial}"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(700, 32),
    params:
        run=RUN,
        declared=lambda wildcards: Given(page_config(wildcards.trial)),
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=code_of("gather_facts"),
    message:
        "Gathering what is behind the numbers of {wildcards.trial}"
    script:
        "../scripts/gather_facts.py"


rule build_site:
    """Put all chapters of all trials and the concordance on one page."""
    input:
        pages=[f"<results>/{trial}/report/chapters/{chapter}.html" for trial, chapter in CHAPTERS],
        concordance="<results>/concordance_summary.csv",
        table="<results>/concordance.csv",
        conflicts="<results>/conflicts.csv",
        # What the page holds: cells of exhibits, and what is behind them.
        cells=[f"<results>/{trial}/{f}" for trial in TRIALS for f in exhibit_cells(trial)],
        facts=[f"<results>/{trial}/report/facts.json" for trial in TRIALS],
        logs=LOGS,
        done=[
            f"<records>/{name}.json"
            for name in record_names()
            if name not in ("build_site", "build_documents")
        ],
    output:
        site=report(
            update("<results>/report/index.html"),
            caption="../report/page.rst",
            category="Report",
            labels={"form": "page"},
        ),
        record="<records>/build_site.json",
    log:
        "<logs>/build_site.log",
    benchmark:
        "<benchmarks>/build_site.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        run_name=RUN,
        run=PROJECT.run.model_dump(mode="json", include={"description", "effect", "scale"}),
        trials=Given(
            {trial: PROJECT.trials[trial].trial.model_dump(mode="json") for trial in TRIALS}
        ),
        published={trial: PROJECT.trials[trial].exhibits.published for trial in TRIALS},
        exhibits={trial: [Path(file).stem for file in exhibit_cells(trial)] for trial in TRIALS},
        synthetic={trial: is_synthetic(trial) for trial in TRIALS},
        confidential=any(map(is_confidential, TRIALS)),
        chapters=[
            [trial, chapter, PROJECT.trials[trial].exhibits.chapters[chapter].title]
            for trial, chapter in CHAPTERS
        ],
        code=code_of("build_site"),
    message:
        "Building the report"
    script:
        "../scripts/build_site.py"


rule build_documents:
    """Print the report as a PDF and its tables as a workbook."""
    input:
        notebooks=[
            f"<results>/{trial}/report/chapters/{chapter}.ipynb" for trial, chapter in CHAPTERS
        ],
        exhibits=[f"<results>/{trial}/{f}" for trial in TRIALS for f in exhibit_files(trial)],
        concordance="<results>/concordance_summary.csv",
        done=[
            "<records>/compile_concordance.json",
            *[
                f"<records>/{job}.{trial}.{chapter}.json"
                for job in ("make_exhibits", "execute_chapter")
                for trial, chapter in CHAPTERS
            ],
        ],
    output:
        pdf=report(
            update("<results>/report/report.pdf"),
            caption="../report/pdf.rst",
            category="Report",
            labels={"form": "PDF"},
        ),
        workbook=report(
            update("<results>/report/tables.xlsx"),
            caption="../report/workbook.rst",
            category="Report",
            labels={"form": "workbook"},
        ),
        record="<records>/build_documents.json",
    log:
        "<logs>/build_documents.log",
    benchmark:
        "<benchmarks>/build_documents.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        run_name=RUN,
        run=PROJECT.run.model_dump(mode="json", include={"description", "effect", "scale"}),
        trials=Given(
            {trial: PROJECT.trials[trial].trial.model_dump(mode="json") for trial in TRIALS}
        ),
        synthetic={trial: is_synthetic(trial) for trial in TRIALS},
        confidential=any(map(is_confidential, TRIALS)),
        chapters=[[trial, chapter, chapter_config(trial, chapter)] for trial, chapter in CHAPTERS],
        code=code_of(
            "build_documents",
            *sorted({module for trial in TRIALS for module in exhibit_kind_modules(trial)}),
        ),
    message:
        "Printing the report"
    script:
        "../scripts/build_documents.py"
