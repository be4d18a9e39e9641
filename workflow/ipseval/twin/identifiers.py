"""Identifiers of people who do not exist, which cannot be taken for those of people who do.

Names are the exception: they are common ones, and nobody's alone. Every function takes its
random numbers (uniform in (0, 1), one a person) from the caller.
"""

from collections.abc import Iterable

import numpy as np

# No live National Insurance number begins with Q, and none carries it as second letter.
PREFIXES = [f"Q{letter}" for letter in "QABCEGHJKLMNPRSTWXYZ"]
SUFFIXES = np.array(list("ABCD"))

# The last two letters of a live postcode are none of these (Royal Mail, PAF digest).
UNUSED_LETTERS = np.array(list("CIKMOV"))
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

SHORT_FORMS = {
    **{"Abigail": "Abi", "Alexander": "Alex", "Alexandra": "Alex", "Amanda": "Mandy"},
    **{"Andrew": "Andy", "Anthony": "Tony", "Antony": "Tony", "Barbara": "Babs"},
    **{"Benjamin": "Ben", "Catherine": "Cath", "Charles": "Charlie", "Christine": "Chris"},
    **{"Christopher": "Chris", "Daniel": "Dan", "David": "Dave", "Deborah": "Debbie"},
    **{"Debra": "Debbie", "Edward": "Ted", "Eleanor": "Ellie", "Elizabeth": "Liz"},
    **{"Frederick": "Fred", "Gerald": "Gerry", "Gregory": "Greg", "Jacqueline": "Jackie"},
    **{"James": "Jim", "Jeffrey": "Jeff", "Jennifer": "Jenny", "Jessica": "Jess"},
    **{"Jonathan": "Jon", "Joseph": "Joe", "Joshua": "Josh", "Judith": "Judy"},
    **{"Katherine": "Kate", "Kathryn": "Kath", "Kenneth": "Ken", "Kimberley": "Kim"},
    **{"Lawrence": "Larry", "Leonard": "Len", "Lesley": "Les", "Leslie": "Les"},
    **{"Margaret": "Maggie", "Matthew": "Matt", "Michael": "Mike", "Mohammed": "Mo"},
    **{"Natasha": "Tasha", "Nicholas": "Nick", "Nicola": "Nicky", "Pamela": "Pam"},
    **{"Patricia": "Pat", "Patrick": "Paddy", "Philip": "Phil", "Phillip": "Phil"},
    **{"Rebecca": "Becky", "Richard": "Rick", "Robert": "Bob", "Ronald": "Ron"},
    **{"Samantha": "Sam", "Samuel": "Sam", "Stephanie": "Steph", "Stephen": "Steve"},
    **{"Steven": "Steve", "Stuart": "Stu", "Susan": "Sue", "Suzanne": "Sue"},
    **{"Thomas": "Tom", "Timothy": "Tim", "Valerie": "Val", "Victoria": "Vicky"},
    **{"Vincent": "Vince", "William": "Bill"},
}


def synthetic_ninos(uniform: np.ndarray, prefixes: int | None = None) -> np.ndarray:
    """Return distinct numbers of the form QQ123456A, one for each element of uniform (n).

    The order is that of the uniforms, so that a number says nothing about a person's place in
    a table. Up to 80 million numbers exist; the prefix QQ is used first.
    They are spread over as few prefixes as hold them, or over `prefixes`.
    """
    per_prefix = 4_000_000
    serial = _serials(uniform, (prefixes or -(-len(uniform) // per_prefix)) * per_prefix)
    prefix = np.array(PREFIXES)[serial // per_prefix]
    digits = np.char.zfill((serial % per_prefix // 4).astype("U6"), 6)
    return np.char.add(np.char.add(prefix, digits), SUFFIXES[serial % 4])


def synthetic_nhs_numbers(uniform: np.ndarray, choice: np.ndarray) -> np.ndarray:
    """Return distinct valid numbers in 9000000000-9999999999, one for each element of uniform.

    That range is kept for people who do not exist. The first eight digits differ from person
    to person (up to 10 million people) in the order of the uniforms, `choice` picks the ninth
    among those with a check digit: weights 10 to 2, 11 less the remainder by 11, where 11 is
    written 0 and 10 makes no number.
    """
    stem = 90_000_000 + _serials(uniform, 10_000_000)
    total = sum(stem // 10 ** (7 - place) % 10 * (10 - place) for place in range(8))
    # The check digit would be 10 where total + 2 x ninth leaves 1; 6 is the inverse of 2.
    banned = (1 - total) * 6 % 11
    ninth = np.floor(choice * np.where(banned < 10, 9, 10)).astype(np.int64)
    ninth += ninth >= banned
    check = (11 - (total + 2 * ninth) % 11) % 11
    return (stem * 100 + ninth * 10 + check).astype("U10")


def _serials(uniform: np.ndarray, space: int) -> np.ndarray:
    """Return distinct integers below space, spread over it in the order of uniform."""
    n = len(uniform)
    step = space // max(n, 1)
    serial = np.empty(n, dtype=np.int64)
    order = np.argsort(uniform, kind="stable")
    serial[order] = np.arange(n) * step + (uniform[order] * step).astype(np.int64)
    return serial


def transpose_digits(numbers: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return numbers (n, one width) with the characters at where and where + 1 swapped.

    Where both are the same digit the first is raised by one, so that the number is wrong.
    """
    letters = _letters(numbers)
    row = np.arange(len(letters))
    a, b = letters[row, where].copy(), letters[row, where + 1].copy()
    letters[row, where], letters[row, where + 1] = b, a
    same = a == b
    letters[row[same], where[same]] = _raised(a[same], 1)
    return _joined(letters)


def mistype_digits(numbers: np.ndarray, where: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return numbers (n, one width) with the digit at `where` raised by 1 to 9, beyond 9 from 0."""
    letters = _letters(numbers)
    row = np.arange(len(letters))
    letters[row, where] = _raised(letters[row, where], by)
    return _joined(letters)


def _letters(texts: np.ndarray) -> np.ndarray:
    """Return the characters of texts of one width, n x width."""
    texts = np.ascontiguousarray(texts).astype("U")
    width = texts.dtype.itemsize // np.dtype("U1").itemsize
    return texts.view("U1").reshape(len(texts), width).copy()


def _joined(letters: np.ndarray) -> np.ndarray:
    """Return the texts of characters n x width."""
    return np.ascontiguousarray(letters).view(f"U{letters.shape[1]}").ravel()


def _raised(digits: np.ndarray, by: int | np.ndarray) -> np.ndarray:
    return ((digits.astype(np.int64) + by) % 10).astype("U1")


def draw_first_names(sex: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return first names (n, text) common in Great Britain for sex "male" and "female".

    Source: package faker, en_GB, names of births from 1944 on; each is equally likely here.
    """
    male, female = _name_lists()[:2]
    of_men = male[(uniform * len(male)).astype(np.int64)]
    return np.where(sex == "male", of_men, female[(uniform * len(female)).astype(np.int64)])


def draw_last_names(uniform: np.ndarray) -> np.ndarray:
    """Return last names (n, text) as common as in Great Britain (package faker, en_GB)."""
    _, _, last, weights = _name_lists()
    edges = np.cumsum(weights) / weights.sum()
    return last[np.minimum(np.searchsorted(edges, uniform), len(last) - 1)]


def _name_lists() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return first names of men and of women, last names and their weights."""
    # Imported here because the package takes a tenth of a second, in every job of a workflow.
    from faker.providers.person.en_GB import Provider

    names = [Provider.first_names_male, Provider.first_names_female, list(Provider.last_names)]
    male, female, last = (np.array(list(group), dtype=object) for group in names)
    return male, female, last, np.array(list(Provider.last_names.values()))


def draw_postcodes(outward: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return postcodes (n, text) of real districts with an inward part that no live one has."""
    at = (uniform * 10 * len(UNUSED_LETTERS) * len(LETTERS)).astype(np.int64)
    at, last = np.divmod(at, len(LETTERS))
    digit, first = np.divmod(at, len(UNUSED_LETTERS))
    every = [f"{d}{a}{b}" for d in range(10) for a in UNUSED_LETTERS for b in LETTERS]
    inward = np.array([f" {text}" for text in every], dtype=object)
    return outward + inward[(digit * len(UNUSED_LETTERS) + first) * len(LETTERS) + last]


def swap_day_and_month(dates: np.ndarray) -> np.ndarray:
    """Return dates (datetime64[D]) with day and month swapped, where the day can be a month."""
    dates = dates.astype("datetime64[D]")
    year, month = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64)
    number = (month - year.astype("datetime64[M]")).astype(np.int64)
    swapped = (year.astype("datetime64[M]") + day).astype("datetime64[D]") + number
    return np.where(day < 12, swapped, dates)


def mistype_day(dates: np.ndarray) -> np.ndarray:
    """Return dates (datetime64[D]) ten days on in the same month, or ten back after the 18th."""
    dates = dates.astype("datetime64[D]")
    day = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    return dates + np.where(day <= 18, 10, -10)


def misspell(names: Iterable[str], uniform: np.ndarray) -> list[str]:
    """Return names with two letters swapped or one left out, after the first letter.

    A loop over names: for the few that are misspelt.
    """
    wrong = []
    for name, u in zip(names, uniform, strict=True):
        place, rest = divmod(u * (len(name) - 1), 1)
        place = 1 + int(place)
        pair = name[place : place + 2]
        swapped = name[:place] + pair[::-1] + name[place + 2 :]
        left_out = name[:place] + name[place + 1 :]
        wrong.append(swapped if rest < 0.5 and swapped != name else left_out)
    return wrong


def untidy(names: Iterable[str], uniform: np.ndarray) -> list[str]:
    """Return names in capitals, in small letters, or with spaces for signs and one at the end.

    A loop over names: for the few that are untidy.
    """
    spaces = str.maketrans("-'", "  ")
    pairs = zip(names, uniform, strict=True)
    return [
        name.upper() if u < 0.4 else name.lower() if u < 0.7 else name.translate(spaces) + " "
        for name, u in pairs
    ]
