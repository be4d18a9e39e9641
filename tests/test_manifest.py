"""The manifest says of every file how it was made, and holds long parameters once a job."""

import json

from ipseval.files import sha256, write_sealed
from ipseval.release.manifest import manifest, read_manifest


def record(rule: str, outputs: dict) -> dict:
    job = {"rule": rule, "wildcards": {}, "inputs": {"a.csv": "1"}, "outputs": outputs}
    params = {"trial": "hlt", "config": {"long": "declaration"}}
    return job | {"params": params, "code": "c", "log": "l", "benchmark": "b"}


def test_an_entry_is_read_back_with_all_that_is_known_of_its_job(tmp_path):
    outputs = {"results/x.csv": "2", "results/x.html": "3"}
    write_sealed(tmp_path / "make_exhibits.hlt.impact.json", record("make_exhibits", outputs))
    write_sealed(tmp_path / "build_site.json", record("build_site", {"results/index.html": "4"}))
    made = manifest([str(path) for path in tmp_path.glob("*.json")], "small", 7)
    site = tmp_path / "build_site.json"
    assert made["jobs"]["build_site"]["record"] == sha256(site), "records can be held against it"
    assert json.dumps(made).count("declaration") == 2, "once a job"
    brief = made["outputs"]["results/x.html"]
    assert brief["sha256"] == "3"
    assert {"rule", "inputs", "params", "code", "seed"} <= set(brief)
    assert brief["params"]["trial"] == "hlt"
    assert brief["params"]["config"].startswith("sha256:")
    write_sealed(tmp_path / "manifest.json", made)
    read = read_manifest(tmp_path / "manifest.json")
    assert set(read["outputs"]) == {*outputs, "results/index.html"}
    entry = read["outputs"]["results/x.html"]
    assert entry["sha256"] == "3"
    assert entry["job"] == "make_exhibits.hlt.impact"
    assert (entry["rule"], entry["seed"], entry["inputs"]) == ("make_exhibits", 7, {"a.csv": "1"})
    assert entry["params"] == {"trial": "hlt", "config": {"long": "declaration"}}
    assert (entry["code"], entry["log"], entry["benchmark"]) == ("c", "l", "b")
