"""Economics: Monte Carlo draws of costs and benefits, and their summary."""


rule simulate_economics:
    """Appraise every case and group: costs, benefits, returns and their uncertainty."""
    input:
        **results("people", "covariance"),
        impact=lambda wildcards: appraised(wildcards.trial),
        done=lambda wildcards: records_of(
            wildcards.trial,
            [
                path_of("people"),
                path_of("covariance"),
                *appraised_names(wildcards.trial),
                *ledger_names(wildcards.trial),
            ],
        ),
        ledger=lambda wildcards: ledger_of(wildcards.trial),
    output:
        **results_made_by("simulate_economics"),
        record="<records>/simulate_economics.{trial}.json",
    log:
        "<logs>/simulate_economics.{trial}.log",
    benchmark:
        "<benchmarks>/simulate_economics.{trial}.tsv"
    group:
        "{trial}"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(700, 32),
    params:
        economics=lambda wildcards: Given(facts(PROJECT.trials[wildcards.trial].economics)),
        groups=lambda wildcards: Given(facts(PROJECT.trials[wildcards.trial].trial)["groups"]),
        seed=PROJECT.run.seed,
        draws=lambda wildcards: PROJECT.run.draws or PROJECT.trials[wildcards.trial].economics.draws,
        synthetic=lambda wildcards: is_synthetic(wildcards.trial),
        confidential=lambda wildcards: is_confidential(wildcards.trial),
        code=lambda wildcards: code_of("simulate_economics", *distribution_modules(wildcards.trial)),
    message:
        "Appraising {wildcards.trial}"
    script:
        "../scripts/simulate_economics.py"
