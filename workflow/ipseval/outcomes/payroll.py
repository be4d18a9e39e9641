"""Income tax and National Insurance on PAYE pay, whole arrays at a time.

Conventions: a tax year begins on 6 April, a tax month on the 6th of a month. Income tax is assessed
on all pay of a tax year, National Insurance on all pay of a tax month, and payments bear what is
due by their amounts. Pay is all that is known of a person: other income, tax codes, pension
contributions, age and how pay is split between jobs are not.
"""

from __future__ import annotations

from ..calendar import add_months
from ..config.paye import IncomeTax, NationalInsurance, Paye, TaxYear
from ..lazy import np
from .linked import Employments
from .spells import DAY

MONTHS_A_YEAR = 12
# Months from January 1970 to April 1970, where counting tax months begins.
APRIL = 3


def charge_in_window(
    charge: str, work: Employments, day: np.ndarray, begin: np.ndarray, stop: np.ndarray, paye: Paye
) -> np.ndarray:
    """Return the charge on payments dated in [begin, stop) for each person (n, float), GBP.

    `charge` is income_tax, employee_ni or employer_ni; `day` is that of randomisation; `day`,
    `begin` and `stop` are datetime64[D], one a person. Raises InputError if a payment of a window
    falls in a tax year without rules.
    """
    months = (work.paid_on - 5 * DAY).astype("datetime64[M]").astype(np.int64) - APRIL
    inside = (work.paid_on >= begin[work.person]) & (work.paid_on < stop[work.person])
    pence = np.round(work.amount * 100)
    # One of each a payment, of which a million people have twenty million.
    year, month = (part.astype(np.int16) for part in np.divmod(months, MONTHS_A_YEAR))
    shape = (len(day), 1 if charge == "income_tax" else MONTHS_A_YEAR)
    total = np.zeros(len(day))
    for one in np.unique(year[inside]):
        in_year = year == one
        person, counts = work.person[in_year], inside[in_year]
        place = person * shape[1] + month[in_year] % shape[1]
        whole = _summed(place, pence[in_year], shape)
        counted = _summed(place[counts], pence[in_year][counts], shape)
        part = _part_of_year(one, work, day, person, month[in_year])[:, None]
        due = _due(charge, whole, part, paye.of(int(one) + 1970))
        total += (due * np.divide(counted, whole, out=np.zeros(shape), where=whole > 0)).sum(axis=1)
    return np.round(total, 2)


def income_tax(pay: np.ndarray, rules: IncomeTax, part: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the income tax on the pay of a tax year, or of its first part; same shape, GBP.

    `part` is a share of the year: allowance and bands are as large a share of those of the year,
    as in PAYE's cumulative tables. The personal allowance falls by 1 for every 2 above the taper's
    threshold (Income Tax Act 2007, section 35).
    """
    a_year = pay / part
    lost = np.maximum(a_year - rules.allowance_tapered_above, 0) / 2
    taxable = a_year - np.maximum(rules.personal_allowance - lost, 0)
    limits = [0, rules.basic_rate_limit, rules.higher_rate_limit]
    rates = [rules.basic_rate, rules.higher_rate, rules.additional_rate]
    return part * _in_bands(taxable, limits, rates)


def employee_ni(pay: np.ndarray, rules: NationalInsurance) -> np.ndarray:
    """Return the employee's National Insurance on the pay of months; same shape, GBP."""
    limits = [rules.primary_threshold, rules.upper_earnings_limit]
    return _in_bands(pay, limits, [rules.employee_rate, rules.employee_rate_above_limit])


def employer_ni(pay: np.ndarray, rules: NationalInsurance) -> np.ndarray:
    """Return the employer's National Insurance on the pay of months; same shape, GBP."""
    return _in_bands(pay, [rules.secondary_threshold], [rules.employer_rate])


def _in_bands(amount: np.ndarray, limits: list[float], rates: list[float]) -> np.ndarray:
    """Return what is due on amounts: each rate holds from its limit up to the next."""
    steps = np.diff([0, *rates])
    return sum(s * np.maximum(amount - limit, 0) for limit, s in zip(limits, steps, strict=True))


def _summed(place: np.ndarray, pence: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return pay in GBP by person and period, from the place of each payment in that table."""
    return np.bincount(place, weights=pence, minlength=shape[0] * shape[1]).reshape(shape) / 100


def _due(charge: str, pay: np.ndarray, part: np.ndarray, rules: TaxYear) -> np.ndarray:
    """Return what is due on pay (people x periods of the charge)."""
    match charge:
        case "income_tax":
            return income_tax(pay, rules.income_tax, part)
        case "employee_ni":
            return employee_ni(pay, rules.national_insurance)
        case "employer_ni":
            return employer_ni(pay, rules.national_insurance)
        case _:
            raise ValueError(f"no rules of the charge '{charge}'")


def _part_of_year(
    year: int, work: Employments, day: np.ndarray, person: np.ndarray, month: np.ndarray
) -> np.ndarray:
    """Return the share of a tax year that pay is known for, one a person.

    1 if payments are known to the end of the year. If not, the tax months up to that of the last
    payment over 12: for these PAYE has given allowances when it is made.
    """
    if work.payments_to_month is None:
        return np.ones(len(day))
    ended = np.datetime64(f"{int(year) + 1971}-04-06", "D")
    paid = np.zeros((len(day), MONTHS_A_YEAR), dtype=bool)
    paid[person, month] = True
    part = 1 - np.argmax(paid[:, ::-1], axis=1) / MONTHS_A_YEAR
    return np.where(add_months(day, work.payments_to_month) >= ended, 1.0, part)
