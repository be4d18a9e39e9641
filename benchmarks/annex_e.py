"""Search of the Trailblazers' synthetic people by whom Annex E prints; its result is kept as data.

    python benchmarks/annex_e.py [--minutes 30] [--state FILE] [--keep]

Starts from the people that config/trials/trailblazers/twin/calibrated.csv keeps, or from a state of
an earlier search, which it writes every round. With --keep the state replaces the people in the
configuration; `ipseval calibrate trailblazers` starts anew from the settings and would lose it.

People exchange months, arms, sexes, benefits, scores, ages and outcomes by simulated annealing in C
(annex_e.c, compiled here with `cc`), which judges an exchange by influence functions of the present
fits of all logits; the fits are renewed after each call. Misses are weighed in the metric of what
ages and days cannot reach, and these then close what is left: by bounded Gauss-Newton steps over
all cells, and in the end by programmes of the least sum of misses (annex_e_programmes.py), which
take exchanges with them. Numbers of people, controls with an outcome, shares of women by arm and
months without variation never change; means and p-values of the balance tables are cells of the
search.
"""

import argparse
import ctypes
import os
import sys
import tempfile
import time
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

import numpy as np  # noqa: E402
from annex_e_cells import KINDS, MIX, POINTER, Search, pointer  # noqa: E402
from annex_e_programmes import settle  # noqa: E402

from ipseval.config.read import read_section  # noqa: E402
from ipseval.streams import Streams  # noqa: E402
from ipseval.twin.published import Published  # noqa: E402
from ipseval.twin.trailblazers.kept import FILE, keep, kept_for, mark_of  # noqa: E402
from ipseval.twin.trailblazers.models import read_models  # noqa: E402
from ipseval.twin.trailblazers.people import describe, recruit, split_at_medians  # noqa: E402
from ipseval.twin.trailblazers.settings import TrailblazersSettings  # noqa: E402

TRIAL = ROOT / "config/trials/trailblazers"


def begin(state: Path | None) -> tuple[Search, TrailblazersSettings, list, Published]:
    """Return the search at the kept people, or at a state of an earlier one."""
    settings = read_section(TRIAL / "twin.yaml", TrailblazersSettings)
    published = Published(ROOT / "config/published/trailblazers")
    streams = Streams(2016, "trailblazers")
    people = split_at_medians(
        describe(recruit(settings, published, streams, 1, "published"), settings, streams)
    )
    models = read_models(published)
    people = kept_for(TRIAL / FILE, people, mark_of(settings, models, 2016))
    assert people is not None, (
        "nobody is kept for these settings: run `ipseval calibrate trailblazers`"
    )
    search = Search(people, models, published, settings)
    if state is not None and state.exists():
        search.P[:] = np.load(state)["P"]
    assert search.refit()
    return search, settings, models, published


def main() -> None:
    """Search, for so many minutes of the processor."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "annex_e.npz")
    parser.add_argument(
        "--hot", type=float, default=0.4, help="temperature, as a share of the cost a cell"
    )
    parser.add_argument("--cold", type=float, default=0.02, help="the same at the end")
    parser.add_argument(
        "--programmes", type=float, default=20, help="minutes of programmes at the end"
    )
    parser.add_argument("--ridge", type=float, default=10.0)
    parser.add_argument(
        "--keep", action="store_true", help="keep the best state in the configuration"
    )
    options = parser.parse_args()
    search, settings, models, _ = begin(options.state)
    if not options.keep:
        run(search, options)
        settle(search, options.programmes, options.state)
    else:
        keep(TRIAL / FILE, search.moved(), mark_of(settings, models, 2016))


def run(search: Search, options: argparse.Namespace) -> None:
    """Anneal and settle in turns until the time is up or every cell prints."""
    begun, number, ridge = time.process_time(), 0, options.ridge
    seed = int(time.time()) % 100000
    print(
        f"{search.ncell} cells and {len(search.balance)} of balance; outside {search.outside()}",
        flush=True,
    )
    mix = np.cumsum(MIX) / MIX.sum()
    while time.process_time() - begun < options.minutes * 60:
        number += 1
        share = options.hot * (options.cold / options.hot) ** (
            (time.process_time() - begun) / options.minutes / 60
        )
        search.metric(ridge)
        search._order()
        tally = np.zeros((2, KINDS), np.int64)
        total, cost = 0, ctypes.c_double()
        r = (search.v - search.aim(search.inset)) / search.half
        start_cost = now = float(r @ search.M @ r)
        sweeps = 20
        for sweep in range(sweeps):
            w = search.world()
            backup = search.P.copy()
            site = (2, -1, 1, -1, 2)[sweep % 5]
            # In equilibrium the cost is half the temperature for each cell: colder makes it fall.
            a = b = share * now / search.R
            total += search.library.anneal(
                ctypes.byref(w),
                ctypes.c_long(30000),
                ctypes.c_long(15000),
                ctypes.c_double(a),
                ctypes.c_double(b),
                ctypes.c_ulonglong(seed + number * 100 + sweep),
                POINTER(pointer(mix)),
                site,
                POINTER(pointer(search.order)),
                POINTER(pointer(search.start)),
                POINTER(pointer(tally)),
                ctypes.byref(cost),
            )
            linear = now = cost.value
            np.savez(options.state, P=search.P)
            if not search.refit():
                print("    back:", search.lost, flush=True)
                search.P[:] = backup
                assert search.refit()
        r = (search.v - search.aim(search.inset)) / search.half
        now = float(r @ search.M @ r)
        print(
            f"round {number} cost {start_cost:.0f} -> {now:.0f} (linear {linear:.0f})"
            f" accepted {total} outside {search.outside()} plain {(r**2).sum():.0f}"
            f" {time.process_time() - begun:.0f}s",
            flush=True,
        )
        print("   ", search.told(np.argsort(-search.misses())[:5]), flush=True)
        if number % 5 == 1:
            print(
                "    accepted by kind",
                dict(enumerate((100 * tally[1] / np.maximum(tally[0], 1)).round(1))),
                flush=True,
            )
        np.savez(options.state, P=search.P)
        if number % 4 == 0:
            search.smooth(3, ridge, lambda t: print(t, flush=True))
            ridge = max(ridge * 0.8, 1.0)
            print(f"  ridge {ridge:.2g} outside {search.outside()}", flush=True)
            np.savez(options.state, P=search.P)
        if not search.outside():
            break


if __name__ == "__main__":
    main()
