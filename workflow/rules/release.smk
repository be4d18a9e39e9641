"""Release: what may leave, its proof and its record; and the manifest of everything."""


rule control_disclosure:
    """Decide what of a trial may leave under the policy of the run, make it, and attack it."""
    input:
        exhibits=lambda wildcards: [
            f"{RESULTS}/{wildcards.trial}/{f}" for f in exhibit_files(wildcards.trial)
        ],
        results=lambda wildcards: [
            f"{RESULTS}/{wildcards.trial}/{f}" for f in counted_from(wildcards.trial)
        ],
        done=lambda wildcards: [
            *records_of(wildcards.trial, counted_from(wildcards.trial)),
            *[
                f"{RESULTS}/records/make_exhibits.{wildcards.trial}.{chapter}.json"
                for chapter in PROJECT.trials[wildcards.trial].exhibits.chapters
            ],
        ],
        notebooks=lambda wildcards: [
            notebook_of(wildcards.trial, chapter)
            for chapter in PROJECT.trials[wildcards.trial].exhibits.chapters
        ],
        ledger=ledger_of_run(),
    output:
        cells=update("<results>/{trial}/release/cells.csv"),
        counts=update("<results>/{trial}/release/counts.csv"),
        summary=update("<results>/{trial}/release/summary.json"),
        pattern=update("<results>/{trial}/release/pattern.json"),
        released=update("<results>/{trial}/release/released.zip"),
        record="<records>/control_disclosure.{trial}.json",
    log:
        "<logs>/control_disclosure.{trial}.log",
    benchmark:
        "<benchmarks>/control_disclosure.{trial}.tsv"
    group:
        "{trial}"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        run=RUN,
        policy=facts(PROJECT.policy),
        cuts=PROJECT.disclosure.cuts,
        organisations=lambda wildcards: PROJECT.disclosure.organisations.get(wildcards.trial, []),
        config=lambda wildcards: whole_config(wildcards.trial),
        chapters=lambda wildcards: {
            chapter: chapter_config(wildcards.trial, chapter)
            for chapter in PROJECT.trials[wildcards.trial].exhibits.chapters
        },
        page=lambda wildcards: page_config(wildcards.trial),
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of(
            "control_disclosure",
            "ipseval.report.chapter",
            *exhibit_kind_modules(wildcards.trial),
        ),
    message:
        "Controlling disclosure of {wildcards.trial}"
    script:
        "../scripts/control_disclosure.py"


rule build_release:
    """Gather what leaves of all trials, look through it, and pack it as a crate."""
    input:
        decided=[
            f"<results>/{trial}/release/{name}"
            for trial in TRIALS
            for name in ("cells.csv", "counts.csv", "summary.json", "released.zip")
            if CONTROLLED
        ],
        exhibits=[
            f"<results>/{trial}/{f}"
            for trial in TRIALS
            for f in exhibit_files(trial)
            if not CONTROLLED
        ],
        people=[f"<results>/{trial}/{path_of('people')}" for trial in TRIALS],
        # A release that is controlled has a report of its own.
        report=[
            f"<results>/report/{name}"
            for name in ("index.html", "report.pdf", "tables.xlsx")
            if not CONTROLLED
        ],
        summary="<results>/concordance_summary.csv",
        concordance="<results>/concordance.csv",
        conflicts="<results>/conflicts.csv",
        logs=LOGS,
        records=[
            f"<records>/{name}.json"
            for name in record_names()
            if not (CONTROLLED and name in ("build_site", "build_documents"))
        ],
        controls=[
            f"<records>/{name}.json" for name in release_record_names() if name != "build_release"
        ],
    output:
        results=update("<results>/release/results.json"),
        crate=update("<results>/release/ro-crate-metadata.json"),
        checksums=update("<results>/release/checksums.txt"),
        note=update("<results>/release/release.md"),
        record="<records>/build_release.json",
    log:
        "<logs>/build_release.log",
    benchmark:
        "<benchmarks>/build_release.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        run_name=RUN,
        # Not inputs: a remark in them changes no result, and makes nothing anew.
        config_files=released_config(),
        seed=PROJECT.run.seed,
        run=PROJECT.run.model_dump(mode="json", include={"description", "effect", "scale"}),
        policy_name=PROJECT.run.policy,
        policy=PROJECT.policy.model_dump(mode="json"),
        exceptions=[one.model_dump(mode="json") for one in PROJECT.disclosure.exceptions],
        trials={trial: PROJECT.trials[trial].trial.model_dump(mode="json") for trial in TRIALS},
        synthetic={trial: is_synthetic(trial) for trial in TRIALS},
        confidential=any(map(is_confidential, TRIALS)),
        chapters={
            trial: {
                name: {"title": one.title, "exhibits": one.exhibits}
                for name, one in PROJECT.trials[trial].exhibits.chapters.items()
            }
            for trial in TRIALS
        },
        published={trial: PROJECT.trials[trial].exhibits.published for trial in TRIALS},
        regenerated=[
            (published, trial, Path(file).stem)
            for trial, chapter in CHAPTERS
            for file, published in regenerated_by(trial, chapter).items()
        ],
        code=code_of("build_release"),
    message:
        "Building the release"
    script:
        "../scripts/build_release.py"


rule write_manifest:
    """List every output of the run with its checksum, rule, inputs, parameters and code."""
    input:
        records=[f"<records>/{name}.json" for name in [*record_names(), *release_record_names()]],
        site="<results>/report/index.html",
    output:
        manifest=update("<results>/manifest.json"),
    log:
        "<logs>/write_manifest.log",
    benchmark:
        "<benchmarks>/write_manifest.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
    params:
        run=RUN,
        seed=PROJECT.run.seed,
        confidential=any(map(is_confidential, TRIALS)),
        code=code_of("write_manifest"),
    message:
        "Writing the manifest"
    script:
        "../scripts/write_manifest.py"
