"""Extracts: typed, validated Parquet, one file a table. Holds identifiers."""

# Which tables exist is up to the trial, so each trial has a rule of its own.
for _trial in TRIALS:
    _source = PROJECT.run.extracts[_trial]

    rule:
        """Build the extracts of one trial: synthetic, from a package, or from the user's files."""
        name:
            f"build_extracts_{_trial}"
        input:
            **extract_inputs(_trial),
        output:
            *[update(path) for path in [*tables(_trial), *truth_of(_trial)]],
            repairs=update(f"<results>/{_trial}/{path_of('repairs')}"),
            record=f"<records>/build_extracts.{_trial}.json",
        log:
            f"<logs>/build_extracts.{_trial}.log",
        benchmark:
            f"<benchmarks>/build_extracts.{_trial}.tsv"
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=memory_of_extracts(_trial),
        params:
            trial=_trial,
            source=_source.model_dump(mode="json"),
            synthetic=is_synthetic(_trial),
            confidential=is_confidential(_trial),
            run={
                "seed": PROJECT.run.seed,
                "effect": PROJECT.run.effect,
                "scale": PROJECT.run.scale_of(_trial),
            },
            config=tables_declared(_trial),
            code=code_of("build_extracts", *maker_modules(_trial), *cross_rule_modules(_trial)),
        message:
            f"Building the extracts of {_trial}"
        script:
            "../scripts/build_extracts.py"


rule check_extracts:
    """Validate every table on disk against its declaration, and audit the allocation list."""
    input:
        **results("repairs"),
        tables=lambda wildcards: tables(wildcards.trial),
        done=lambda wildcards: f"{RESULTS}/records/build_extracts.{wildcards.trial}.json",
    output:
        **results_made_by("check_extracts"),
        record="<records>/check_extracts.{trial}.json",
    log:
        "<logs>/check_extracts.{trial}.log",
    benchmark:
        "<benchmarks>/check_extracts.{trial}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(500, 10),
    params:
        config=lambda wildcards: tables_declared(wildcards.trial),
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of("check_extracts", *cross_rule_modules(wildcards.trial)),
    message:
        "Checking the extracts of {wildcards.trial}"
    script:
        "../scripts/check_extracts.py"
