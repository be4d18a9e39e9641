"""Tables that stay in their files are checked as those that are held in memory."""

CHECKED = ["checks.csv", "allocation_audit.csv"]


def test_the_check_does_not_ask_how_large_a_trial_is(small):
    held = small.checksums()
    small.edit("workflow/ipseval/extracts/on_disk.py", "HELD = 1 << 27", "HELD = 0")
    targets = [f"results/small/{trial}/extracts/{CHECKED[0]}" for trial in ("hlt", "trailblazers")]
    for target in targets:
        (small / target).unlink()
    done = small.snakemake(*targets, "--forcerun", "check_extracts", "--rerun-triggers", "mtime")
    assert done.returncode == 0, done.stdout
    found = small.checksums()
    for trial in ("hlt", "trailblazers"):
        for name in CHECKED:
            path = f"{trial}/extracts/{name}"
            assert found[path] == held[path]
