"""A synthetic register of people, and recruits of whom most are in it, with damage like the twin's.

No row is anybody's: numbers and postcodes are ones that no live person or place has.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ipseval.config.load import read_section
from ipseval.provenance import ROOT
from ipseval.streams import Streams
from ipseval.twin import identifiers as make
from ipseval.twin.hlt.identifiers import vary_names, vary_postcodes
from ipseval.twin.hlt.settings import HltSettings

FIRST_BIRTH, LAST_BIRTH = np.datetime64("1950-01-01"), np.datetime64("2002-01-01")
# All that a synthetic number may have. A suffix tells nobody apart, so each has the same number
# for one person only: 26 million in all.
PREFIXES = np.array([f"Q{chr(letter)}" for letter in range(ord("A"), ord("Z") + 1)])
IN_REGISTER = 0.75  # share of recruits with a row, about that of the twin (records of HMRC)


def draw_register(size: int, recruits: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (people, register): the recruits as typed, with `truth`, and rows in random order.

    The register has `size` rows, one a person: record_id, nino, first_name, last_name,
    date_of_birth and postcode. `truth` is the recruit's own number where it is in the register.
    """
    settings = read_section(ROOT / "config" / "trials" / "hlt" / "twin.yaml", HltSettings)
    streams = Streams(seed, "register")
    outside = round(recruits * (1 - IN_REGISTER))
    everyone = _draw_people(size + outside, settings, streams)
    # Numbers follow the uniforms and not the rows, so the last rows are any people.
    typed = everyone.iloc[size + outside - recruits :].reset_index(drop=True)
    register = everyone.drop(columns=["sex", "area"]).iloc[:size]
    register = register.assign(record_id=np.arange(size))
    truth = typed["nino"].where(np.arange(recruits) < recruits - outside)
    people = _type_people(typed, settings, streams).assign(truth=truth)
    return people.assign(person_id=[f"p{i:06d}" for i in range(recruits)]), register


def _draw_people(n: int, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return people with true identifiers, every area equally likely."""

    def uniform(name: str) -> np.ndarray:
        return streams.uniform("register", name, n)

    sex = np.where(uniform("sex") < 0.5, "male", "female").astype(object)
    areas = np.array(list(settings.districts), dtype=object)
    area = areas[(uniform("area") * len(areas)).astype(np.int64)]
    outward = np.empty(n, dtype=object)
    for place, districts in settings.districts.items():
        here = area == place
        at = (uniform("district")[here] * len(districts)).astype(np.int64)
        outward[here] = np.array(districts, dtype=object)[at]
    days = (uniform("birth") * (LAST_BIRTH - FIRST_BIRTH).astype(int)).astype(np.int64)
    return pd.DataFrame(
        {
            "nino": pd.array(_numbers(uniform("nino")), dtype="str"),
            "first_name": pd.array(make.draw_first_names(sex, uniform("first")), dtype="str"),
            "last_name": pd.array(make.draw_last_names(uniform("last")), dtype="str"),
            "date_of_birth": FIRST_BIRTH + days,
            "postcode": pd.array(make.draw_postcodes(outward, uniform("postcode")), dtype="str"),
            "sex": sex,
            "area": area,
        }
    )


def _numbers(uniform: np.ndarray) -> np.ndarray:
    """Return distinct numbers of people, also without their suffix, in the order of uniforms."""
    place = np.argsort(np.argsort(uniform))
    serial = place * (len(PREFIXES) * 1_000_000) // len(uniform)
    number = np.char.add(PREFIXES[serial // 1_000_000], np.char.mod("%06d", serial % 1_000_000))
    return np.char.add(number, make.SUFFIXES[serial % 4])


def _type_people(people: pd.DataFrame, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return people with identifiers as typed at a meeting, damaged in the twin's shares."""
    damage, n = settings.identifiers, len(people)
    typed = people["nino"].to_numpy(dtype="U9")
    u, where = streams.uniform("typed", "nino", n), streams.integers("typed", "at", 2, 6, n)
    wrong = u < damage.nino.mistyped
    typed[wrong] = make.transpose_digits(typed[wrong], where[wrong])
    lost = u >= 1 - damage.nino.missing - damage.nino.invalid_format
    born = people["date_of_birth"].to_numpy().astype("datetime64[D]")
    u = streams.uniform("typed", "birth", n)
    born = np.where(u < damage.date_of_birth.day_month_swapped, make.swap_day_and_month(born), born)
    born = np.where(u >= 1 - damage.date_of_birth.mistyped, make.mistype_day(born), born)
    names = (people[name].to_numpy(dtype=object) for name in ("first_name", "last_name", "sex"))
    first, last = vary_names(*names, damage.names, streams, "typed")
    place = (people[name].to_numpy(dtype=object) for name in ("postcode", "area"))
    return pd.DataFrame(
        {
            "nino": pd.Series(typed, dtype="str").mask(lost),
            "first_name": pd.array(first, dtype="str"),
            "last_name": pd.array(last, dtype="str"),
            "date_of_birth": born,
            "postcode": vary_postcodes(*place, damage.postcode, settings, streams, "typed"),
        }
    )


def write_register(folder: Path, size: int, recruits: int, seed: int) -> None:
    """Write people.parquet and register.parquet."""
    for name, frame in zip(
        ("people", "register"), draw_register(size, recruits, seed), strict=True
    ):
        frame.to_parquet(folder / f"{name}.parquet", index=False)
