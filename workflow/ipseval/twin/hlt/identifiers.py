"""Who people are, and what of it was typed at the meeting.

`people` holds what is true and what administrative records say; the table `recruits` holds
what was typed, under the same names.
"""

import numpy as np
import pandas as pd

from ...calendar import add_months
from ...streams import Streams
from .. import identifiers as make
from .settings import HltSettings
from .settings.people import BirthDamage, NameDamage, NhsNumberDamage, PostcodeDamage, SexDamage


def give_identifiers(people: pd.DataFrame, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return people with true identifiers, and the National Insurance number that was typed.

    True: true_nino, true_nhs_number, sex ("male", "female"), first_name, last_name, postcode
    and date_of_birth, which twins share. Typed: nino; `usable` says whether it could be a
    number, `found` whether it is the person's.
    """
    n = len(people)
    twin = _twins(people, settings.twins, streams)
    male = streams.uniform("recruits", "sex", n) < 0.5
    drawn = np.where(male, "male", "female")
    gender = people["gender"].astype(object).to_numpy()
    sex = np.where(np.isin(gender, ["male", "female"]), gender, drawn).astype(object)
    u = streams.uniform("recruits", "first_name", n)
    first = make.draw_first_names(sex, u)
    alike = (twin != np.arange(n)) & (first == first[twin])
    # Half the list further on, because twins are not given the same name.
    first[alike] = make.draw_first_names(sex[alike], (u[alike] + 0.5) % 1)
    true = make.synthetic_ninos(streams.uniform("recruits", "nino", n))
    numbers = (streams.uniform("recruits", name, n) for name in ("nhs_number", "nhs_ninth"))
    return people.assign(
        date_of_birth=people["date_of_birth"].to_numpy()[twin],
        sex=sex,
        first_name=first,
        last_name=_last_names(settings.double_barrelled, streams, n)[twin],
        postcode=_postcodes(people["area"].to_numpy(), settings, "postcode", streams)[twin],
        true_nhs_number=pd.array(make.synthetic_nhs_numbers(*numbers), dtype="str"),
        true_nino=true,
        **_typed_nino(true, settings, streams),
    )


def _twins(people: pd.DataFrame, share: float, streams: Streams) -> np.ndarray:
    """Return for each person the position of the elder twin, or the person's own.

    Twins are two people of one area and age whose ages stay right with one date of birth.
    """
    n = len(people)
    age, area = people["age"].to_numpy(), people["area"].to_numpy()
    order = np.lexsort((streams.uniform("recruits", "twin", n), age, area))
    elder, younger = order[: n // 2 * 2 : 2], order[1::2]
    day = people["day"].to_numpy().astype("datetime64[D]")[younger]
    born = people["date_of_birth"].to_numpy().astype("datetime64[D]")[elder]
    years = age[younger]
    fits = (area[elder] == area[younger]) & (age[elder] == years)
    fits &= (add_months(born, 12 * years) <= day) & (day < add_months(born, 12 * (years + 1)))
    elder, younger = elder[fits], younger[fits]
    rank = np.argsort(streams.uniform("recruits", "twins", n)[elder], kind="stable")
    pairs = rank[: round(share * n / 2)]
    twin = np.arange(n)
    twin[younger[pairs]] = elder[pairs]
    return twin


def _last_names(double_barrelled: float, streams: Streams, n: int) -> np.ndarray:
    """Return last names (n), a share of them of two names."""
    last = make.draw_last_names(streams.uniform("recruits", "last_name", n))
    double = streams.chance("recruits", "double", double_barrelled, n)
    second = make.draw_last_names(streams.uniform("recruits", "second_name", n)[double])
    last[double] = last[double] + "-" + second
    return last


def _postcodes(
    area: np.ndarray, settings: HltSettings, name: str, streams: Streams, table: str = "recruits"
) -> np.ndarray:
    """Return a postcode in each area, every district of the area equally likely."""
    u = streams.uniform(table, f"{name}_district", len(area))
    outward = np.empty(len(area), dtype=object)
    for place, districts in settings.districts.items():
        here = area == place
        outward[here] = np.array(districts, dtype=object)[(u[here] * len(districts)).astype(int)]
    return make.draw_postcodes(outward, streams.uniform(table, name, len(area)))


def _typed_nino(true: np.ndarray, settings: HltSettings, streams: Streams) -> dict:
    """Return nino as typed, usable and found.

    A malformed one lacks its last digit; a mistyped one is nobody's.
    """
    n, damage = len(true), settings.identifiers.nino
    typed = true.astype(object)
    u = streams.uniform("recruits", "damage", n)
    where = streams.integers("recruits", "swap", 2, 6, n)
    swapped = u < damage.mistyped
    mistake = make.transpose_digits(true[swapped], where[swapped])
    # Of a million numbers some would be another person's, whose records would become this one's.
    nobodys = ~pd.Series(mistake).isin(true).to_numpy()
    swapped[swapped] = nobodys
    typed[swapped] = mistake[nobodys]
    malformed = (u >= damage.mistyped) & (u < damage.mistyped + damage.invalid_format)
    typed[malformed] = [number[:7] + number[8] for number in true[malformed]]
    missing = u >= 1 - damage.missing
    typed[missing] = None
    return {
        "nino": pd.array(typed, dtype="str"),
        "usable": ~(malformed | missing),
        "found": ~(malformed | missing | swapped),
    }


def type_identifiers(people: pd.DataFrame, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return people with identifiers as typed at the meeting instead of the true ones."""
    damage = settings.identifiers
    first, last = vary_names(
        people["first_name"].to_numpy(),
        people["last_name"].to_numpy(),
        people["sex"].to_numpy(),
        damage.names,
        streams,
        "recruits",
    )
    area, postcode = people["area"].to_numpy(), people["postcode"].to_numpy()
    return people.assign(
        nhs_number=_typed_nhs_number(people["true_nhs_number"], damage.nhs_number, streams),
        date_of_birth=_typed_birth(people["date_of_birth"], damage.date_of_birth, streams),
        sex=_typed_sex(people["sex"].to_numpy(), damage.sex, streams),
        first_name=first,
        last_name=last,
        postcode=vary_postcodes(postcode, area, damage.postcode, settings, streams, "recruits"),
    )


def _typed_nhs_number(
    true: pd.Series, damage: NhsNumberDamage, streams: Streams
) -> pd.api.extensions.ExtensionArray:
    """Return NHS numbers as typed, missing for most."""
    n = len(true)
    typed = true.astype(object).to_numpy(copy=True)
    u = streams.uniform("recruits", "nhs_damage", n)
    swapped = u < damage.transposed
    wrong = (u >= damage.transposed) & (u < damage.transposed + damage.mistyped)
    where = streams.integers("recruits", "nhs_place", 1, 8, n)
    by = streams.integers("recruits", "nhs_digit", 1, 9, n)
    typed[swapped] = make.transpose_digits(typed[swapped], where[swapped])
    typed[wrong] = make.mistype_digits(typed[wrong], where[wrong], by[wrong])
    typed[u >= 1 - damage.missing] = None
    return pd.array(typed, dtype="str")


def _typed_birth(true: pd.Series, damage: BirthDamage, streams: Streams) -> np.ndarray:
    """Return dates of birth as typed, datetime64[D]."""
    born = true.to_numpy().astype("datetime64[D]")
    u = streams.uniform("recruits", "birth_damage", len(born))
    swapped = u < damage.day_month_swapped
    wrong = u >= 1 - damage.mistyped
    born = np.where(swapped, make.swap_day_and_month(born), born)
    return np.where(wrong, make.mistype_day(born), born)


def _typed_sex(
    true: np.ndarray, damage: SexDamage, streams: Streams
) -> pd.api.extensions.ExtensionArray:
    """Return sex as entered: male, female, not_known or missing."""
    u = streams.uniform("recruits", "sex_damage", len(true))
    edges = np.cumsum([damage.missing, damage.not_known, damage.wrong])
    other = np.where(true == "male", "female", "male")
    # Later conditions are asked only where earlier ones fail.
    entered = [np.array(None), np.array("not_known"), other]
    return pd.array(np.select([u < edge for edge in edges], entered, true), dtype="str")


def vary_names(
    first: np.ndarray,
    last: np.ndarray,
    sex: np.ndarray,
    damage: NameDamage,
    streams: Streams,
    table: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (first, last) names as another record has them; streams are those of `table`."""
    n = len(first)
    first, last = first.astype(object), last.astype(object)

    def happens(what: str, share: float) -> np.ndarray:
        return np.flatnonzero(streams.chance(table, f"name_{what}", share, n))

    who = happens("short", damage.short_form)
    first[who] = [make.SHORT_FORMS.get(name, name) for name in first[who]]
    who = happens("married", damage.married)
    who = who[sex[who] == "female"]
    last[who] = make.draw_last_names(streams.uniform(table, "name_new", n)[who])
    who = happens("one", damage.one_of_two)
    last[who] = [name.split("-")[0] for name in last[who]]
    for part, names in (("first", first), ("last", last)):
        who = happens(f"misspelt_{part}", damage.misspelt)
        names[who] = make.misspell(names[who], streams.uniform(table, f"letter_{part}", n)[who])
        who = happens(f"untidy_{part}", damage.untidy)
        names[who] = make.untidy(names[who], streams.uniform(table, f"style_{part}", n)[who])
    return first, last


def vary_postcodes(
    postcode: np.ndarray,
    area: np.ndarray,
    damage: PostcodeDamage,
    settings: HltSettings,
    streams: Streams,
    table: str,
) -> pd.api.extensions.ExtensionArray:
    """Return postcodes as another record has them; who moved did so within the area."""
    n = len(postcode)
    u = streams.uniform(table, "postcode_damage", n)
    moved = streams.chance(table, "moved", damage.moved, n)
    other = _postcodes(area, settings, "postcode_other", streams, table)
    recorded = np.where(moved, other, postcode)
    tight = np.flatnonzero(u < damage.no_space)
    recorded[tight] = [text.replace(" ", "") for text in recorded[tight]]
    recorded[u >= 1 - damage.missing] = None
    return pd.array(recorded, dtype="str")
