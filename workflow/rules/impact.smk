"""Impact: one tidy table of estimates a model family."""


rule estimate_impact:
    """Estimate one family of outcomes in all groups and models, or test hypotheses together."""
    input:
        **results("people", "months", "by_linkage"),
        done="<records>/derive_outcomes.{trial}.json",
    output:
        estimates=update(f"<results>/{{trial}}/{path_of('impact', '{family}')}"),
        record="<records>/estimate_impact.{trial}.{family}.json",
    log:
        "<logs>/estimate_impact.{trial}.{family}.log",
    benchmark:
        "<benchmarks>/estimate_impact.{trial}.{family}.tsv"
    # Tests by re-randomisation take longest, and what comes last has a core to itself.
    priority: lambda wildcards: int(is_test(wildcards.trial, wildcards.family))
    group:
        "{trial}"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(900, 15),
    params:
        config=lambda wildcards: family_config(wildcards.trial, wildcards.family),
        seed=PROJECT.run.seed,
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of(
            "estimate_impact",
            *PROJECT.trials[wildcards.trial].estimators_of(wildcards.family),
        ),
    message:
        "Estimating {wildcards.family} of {wildcards.trial}"
    script:
        "../scripts/estimate_impact.py"


rule estimate_joint:
    """Estimate how the impacts that an appraisal takes vary together."""
    input:
        **results("people"),
        done="<records>/derive_outcomes.{trial}.json",
    output:
        **results_made_by("estimate_joint"),
        record="<records>/estimate_joint.{trial}.json",
    log:
        "<logs>/estimate_joint.{trial}.log",
    benchmark:
        "<benchmarks>/estimate_joint.{trial}.tsv"
    group:
        "{trial}"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(700, 42),
    params:
        config=lambda wildcards: Given(PROJECT.trials[wildcards.trial].appraised_impacts()),
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of(
            "estimate_joint", *PROJECT.trials[wildcards.trial].appraised_estimators()
        ),
    message:
        "Estimating how the impacts of {wildcards.trial} vary together"
    script:
        "../scripts/estimate_joint.py"
