"""Outcomes: one row a person and one row a person-month, pseudonymised."""


rule derive_outcomes:
    """Derive covariates, outcomes and person-months from linked records."""
    input:
        **results("links", "linkable", "links_by_method"),
        tables=lambda wildcards: tables(wildcards.trial, *outcome_tables(wildcards.trial)),
        done=["<records>/link_records.{trial}.json", "<records>/build_extracts.{trial}.json"],
    output:
        **results_made_by("derive_outcomes"),
        record="<records>/derive_outcomes.{trial}.json",
    log:
        "<logs>/derive_outcomes.{trial}.log",
    benchmark:
        "<benchmarks>/derive_outcomes.{trial}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(550, 12),
    params:
        config=lambda wildcards: section(wildcards.trial, "trial", "outcomes", "paye"),
        identifiers=lambda wildcards: PROJECT.trials[wildcards.trial].extracts.identifiers,
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of("derive_outcomes", *derivation_modules(wildcards.trial)),
    message:
        "Deriving the outcomes of {wildcards.trial}"
    script:
        "../scripts/derive_outcomes.py"
