"""Linkage: people to records of administrative sources. The last stage with identifiers."""


rule link_records:
    """Link people to each declared source, pass by pass, and measure the quality of it."""
    input:
        tables=lambda wildcards: tables(wildcards.trial, *linked_tables(wildcards.trial)),
        truth=lambda wildcards: truth_of(wildcards.trial),
        done=["<records>/check_extracts.{trial}.json", "<records>/build_extracts.{trial}.json"],
    output:
        **results_made_by("link_records"),
        record="<records>/link_records.{trial}.json",
    log:
        "<logs>/link_records.{trial}.log",
    benchmark:
        "<benchmarks>/link_records.{trial}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(600, 90),
    params:
        config=lambda wildcards: section(wildcards.trial, "trial", "placeholders"),
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        person_key=lambda wildcards: person_key_of(wildcards.trial),
        code=code_of("link_records", "ipseval.linkage.probabilistic"),
    message:
        "Linking the people of {wildcards.trial}"
    script:
        "../scripts/link_records.py"
