"""Export requirements.lock to a conda environment file: python envs/export.py [--check]."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCK, TARGET = HERE.parent / "requirements.lock", HERE / "ipseval.yaml"


def conda_environment(lock: str) -> str:
    """Return the conda file with every pin of the lock, installed by pip.

    conda-forge gives Python alone: its builds of the packages are others than those that the
    lock has hashes of, and two solvers would disagree in time.
    """
    pins = re.findall(
        r"^([a-zA-Z0-9._-]+==[^\s;\\]+)(?: *; *([^\\\n]+?))? *\\?$", lock, re.MULTILINE
    )
    lines = [f"      - {pin}{f' ; {marker.strip()}' if marker else ''}" for pin, marker in pins]
    return "\n".join(
        [
            "# Exported from requirements.lock by `make envs`; do not edit.",
            "name: ipseval",
            "channels: [conda-forge]",
            "dependencies:",
            "  - python=3.11",
            "  - pip",
            "  - pip:",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    text = conda_environment(LOCK.read_text(encoding="utf-8"))
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != text and "envs/ is stale: make envs")
    TARGET.write_text(text, encoding="utf-8")
