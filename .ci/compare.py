"""Compare two results folders byte for byte: python .ci/compare.py FIRST SECOND."""

import hashlib
import sys
from pathlib import Path

# What tells of the day and the machine, and is no result.
APART = ("logs", "benchmarks")


def checksums(folder: Path) -> dict[str, str]:
    """Return relative path -> SHA-256 of every output in a results folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    named = ((path.relative_to(folder), path) for path in files)
    return {
        name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in named
        if name.parts[0] not in APART
    }


if __name__ == "__main__":
    first, second = (checksums(Path(argument)) for argument in sys.argv[1:3])
    differing = sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))
    print(f"{len(first)} outputs, {len(differing)} differ", *differing, sep="\n  ")
    sys.exit(bool(differing) or not first)
