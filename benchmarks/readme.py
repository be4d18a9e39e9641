"""Make the pictures of README.md and its count of reproduced figures, from a finished run.

Pictures need Chromium (Debian: apt-get install chromium); they are taken of the real page.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
# What is taken: a name, what follows the address of the page, and the size of the window.
SHOTS = {
    "findings": ("", (1280, 1150)),
    "published-beside-regenerated": ("?published&only=hlt-table-2.1", (1000, 810)),
}
# All pictures together (bytes).
MOST = 200_000
STATUSES = {
    "agrees": "agree",
    "by_construction": "by construction",
    "close": "close",
    "impossible": "contradict others",
    "differs": "differ",
    "not_reached": "not reached",
    "not_produced": "lost or not produced",
}
PUBLISHED = {
    "hlt": "HLT, final report",
    "blog": "HLT, blog",
    "isrctn": "HLT, registration",
    "news": "HLT, news item",
    "trailblazers": "Trailblazers",
}
BEGIN, END = "<!-- counted: begin -->", "<!-- counted: end -->"


def main(run: str = "twin") -> None:
    """Write the pictures and the count of a run."""
    results = ROOT / "results" / run
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(with_count(text, count(results / "concordance.csv")), encoding="utf-8")
    take(results / "report" / "index.html")


def count(concordance: Path) -> str:
    """Return a table of published figures by source and status."""
    with concordance.open(encoding="utf-8", newline="") as lines:
        pairs = [(row["exhibit"].partition(":")[0], row["status"]) for row in csv.DictReader(lines)]
    counts = Counter(pairs)
    heads = ["source", "figures", *STATUSES.values()]
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for source in dict.fromkeys(source for source, _ in pairs):
        numbers = [counts[source, status] for status in STATUSES]
        name = PUBLISHED.get(source, source)
        rows.append([name, *(f"{number:,}" for number in (sum(numbers), *numbers))])
    totals = [sum(counts[pair] for pair in counts if pair[1] == status) for status in STATUSES]
    rows.append(["all", *(f"{number:,}" for number in (len(pairs), *totals))])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def with_count(text: str, table: str) -> str:
    """Return the README with a table between its marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}"


def take(page: Path) -> None:
    """Take the pictures of a page. Exits where Chromium is missing or they are too large."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing; on Debian: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, (address, (width, height)) in SHOTS.items():
            raw = Path(folder) / f"{name}.png"
            command = [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--screenshot={raw}", f"--window-size={width},{height}"),
                *("--virtual-time-budget=20000", f"{page.as_uri()}{address}"),
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=180)
            picture = Image.open(raw).convert("RGB")
            picture = picture.quantize(32, dither=Image.Dither.NONE)
            picture.save(PICTURES / f"{name}.png", optimize=True)
    size = sum(path.stat().st_size for path in PICTURES.glob("*.png"))
    if size > MOST:
        sys.exit(f"the pictures have {size:,} bytes, more than {MOST:,}")


if __name__ == "__main__":
    main(*re.findall(r"[\w-]+", " ".join(sys.argv[1:])))
