"""Links people.parquet to register.parquet of a folder by source.json, for linkage_damage.py.

`python link_once.py FOLDER LOWEST` writes links.parquet and scored.parquet, the pairs of the
probabilistic pass from a probability on, and prints wall and processor seconds. It runs under the
package of earlier commits too, so it asks little of it.
"""

import inspect
import json
import sys
import time
from pathlib import Path

import pandas as pd

from ipseval.config.trial import Source
from ipseval.linkage.passes import link_source
from ipseval.provenance import ROOT

FOLDER, LOWEST = Path(sys.argv[1]), float(sys.argv[2])

people, register = (pd.read_parquet(FOLDER / f"{x}.parquet") for x in ("people", "register"))
declared = json.loads((FOLDER / "source.json").read_text())
arguments = {}
if "placeholders" in inspect.signature(link_source).parameters:
    from ipseval.config.placeholders import FILE, Placeholders
    from ipseval.config.read import read_section

    arguments["placeholders"] = read_section(ROOT / FILE, Placeholders)
source = Source.model_validate(declared)
started, busy = time.perf_counter(), time.process_time()
linked = link_source(people, {"register": register}, source, "register", True, **arguments)
seconds, cpu = time.perf_counter() - started, time.process_time() - busy
pairs = linked.pairs
scored = pairs[
    (pairs["method"] == f"probabilistic_{LOWEST:g}") & (pairs["pass"] == "probabilistic")
]
owners = linked.owners[["entity", "record_id"]]
linked.links.to_parquet(FOLDER / "links.parquet")
scored.merge(owners, on="entity").to_parquet(FOLDER / "scored.parquet")
print(json.dumps({"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2)}))
