"""Impact: one tidy table of estimates a model family."""


rule estimate_impact:
    """Estimate one family of outcomes in all groups and models, or test hypotheses together."""
    input:
        people="<results>/{trial}/outcomes/people.parquet",
        months="<results>/{trial}/outcomes/months.parquet",
        by_linkage="<results>/{trial}/outcomes/by_linkage.parquet",
        done="<records>/derive_outcomes.{trial}.json",
    output:
        estimates=update("<results>/{trial}/impact/{family}.csv"),
        record="<records>/estimate_impact.{trial}.{family}.json",
    log:
        "<logs>/estimate_impact.{trial}.{family}.log",
    benchmark:
        "<benchmarks>/estimate_impact.{trial}.{family}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=4000,
    params:
        config=lambda wildcards: PROJECT.trials[wildcards.trial].estimates_of(wildcards.family),
        seed=PROJECT.run.seed,
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        code=code_of("estimate_impact"),
    message:
        "Estimating {wildcards.family} of {wildcards.trial}"
    script:
        "../scripts/estimate_impact.py"
