"""Release: for now the manifest of everything that a run made."""


rule write_manifest:
    """List every output of the run with its checksum, rule, inputs, parameters and code."""
    input:
        records=[f"<records>/{name}.json" for name in record_names()],
        site="<results>/report/index.html",
    output:
        manifest=update("<results>/manifest.json"),
    log:
        "<logs>/write_manifest.log",
    benchmark:
        "<benchmarks>/write_manifest.tsv"
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
