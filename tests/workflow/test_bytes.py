"""The same configuration gives the same bytes, wherever and however fast it runs."""


def test_one_core_and_another_results_folder_give_the_same_bytes(project, request):
    done = project.snakemake(cores=1, results="elsewhere")
    assert done.returncode == 0, done.stdout
    assert not (project / "results").exists(), "something was written outside the results folder"

    # Asked for only now, so that the two runs can go on side by side.
    expected = request.getfixturevalue("reference").checksums()
    found = project.checksums(results="elsewhere")
    assert "manifest.json" in expected
    assert "hlt/report/exhibits/table-2.1.html" in expected
    assert set(found) == set(expected)
    assert {path for path in expected if found[path] != expected[path]} == set()
