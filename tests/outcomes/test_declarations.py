"""Names in outcomes.yaml that nothing declares stop before a run."""

import shutil

import pytest

from ipseval.config.load import load_project
from ipseval.errors import InputError
from ipseval.provenance import ROOT

MISTAKES = [
    ("  dwp:\n    table: benefit_spells", "  dpw:\n    table: benefit_spells", "'dpw'"),
    ("    table: benefit_spells", "    table: benefits", "unknown name 'benefits'"),
    ("weekly_amount: weekly_amount", "weekly_amount: amount", "unknown name 'amount'"),
    ("out_of_work: [ESA, JSA", "out_of_work: [ESA, JAS", "unknown name 'JAS'; did you mean 'JSA'?"),
    ("paid: [ESA", "paid: [PIP", "unknown name 'PIP'"),
    ("benefits: dwp, first", "benefits: hmrc, first", "unknown name 'hmrc'"),
    (
        "source: dwp\n    from_month: -12",
        "source: hmrc\n    from_month: -12",
        "unknown name 'hmrc'",
    ),
    ("benefits: dwp\n    from_month", "benefits: dvp\n    from_month", "unknown name 'dvp'"),
    ("    source: nhs\n", "    source: nsh\n", "unknown name 'nsh'; did you mean 'nhs'?"),
    ("outpatients: &outpatients", "benefit_spells: &outpatients", "unknown name 'benefit_spells'"),
    ("date: apptdate", "date: appointment_date", "unknown name 'appointment_date'"),
    ("key: [contact_id]", "key: [contactid]", "'contact_id'"),
    ("latest: submitted_on", "latest: submitted", "'submitted_on'"),
    ("events: appointments\n    status", "events: appointment\n    status", "'appointments'"),
    ('status: ["5", "6"]\n    from', 'status: ["5", "1"]\n    from', "unknown name '1'"),
    ('among: ["5", "6", "7", "3"]', 'among: ["5", "7", "3"]', "'6' is not in among"),
    ("stays: hospital\n    count", "stays: hospitals\n    count", "'hospital'"),
    ("count: nights", "count: weeks", "'days' or 'nights'"),
    ("discharged: disdate", "discharged: disdat", "'disdate'"),
    ("of: earnings_total_12m\n", "of: earnings_12m\n", "unknown name 'earnings_12m'"),
    ("of: randomised_on", "of: months_employed", "unknown name 'months_employed'"),  # comes later
    ("labels: [before_pandemic, into_pandemic]", "labels: [before_pandemic]", "one label each"),
    ("quantile: 0.99", "quantile: 99", "less than 1"),
    (
        "from_month: 20\n    to_month: 21",
        "from_month: 21\n    to_month: 20",
        "must be after from_month",
    ),
    ("charge: income_tax", "charge: income", "'income_tax', 'employee_ni' or 'employer_ni'"),
    (
        "source: hmrc\n    from_month: 0\n    to_month: 12\n    label: Income",
        "source: dwp\n    from_month: 0\n    to_month: 12\n    label: Income",
        "unknown name 'dwp'",
    ),
    ("4: eq5d5l_4m,", "4: eq5d_4m,", "'eq5d5l_4m'"),
    ("{0: eq5d5l_baseline, 4:", "{6: eq5d5l_baseline, 4:", "have to ascend"),
    ("stay_count\n    stays: hospital", "stay_count\n    stays: hospitals", "'hospital'"),
    ("where: {issued_4m: [0]}", "where: {issued_5m: [0]}", "unknown name 'issued_5m'"),
    ("{fieldwork_outcome_4m: [refusal]}", "{fieldwork_outcome_4m: [refused]}", "'refusal'"),
    ("missing: [eq5d5l_12m", "missing: [eq5d_12m", "'eq5d5l_12m'"),
    # Columns of linked tables are of their type, and in their order.
    ("start: start_date", "start: pay_frequency", "'pay_frequency' is not a date"),
    ("paid_on: payment_date", "paid_on: taxable_pay", "'taxable_pay' is not a date"),
    ("amount: taxable_pay", "amount: payment_date", "'payment_date' is not a number"),
    ("end: end\n", "end: weekly_amount\n", "'weekly_amount' is not a date"),
    ("weekly_amount: weekly_amount", "weekly_amount: benefit", "'benefit' is not a number"),
    ("date: apptdate", "date: attended", "'attended' is not a date"),
    ("admitted: admidate", "admitted: admimeth", "'admimeth' is not a date"),
    ("start: start\n    end: end", "start: end\n    end: start", "'end' is not before 'start'"),
    ("start: start\n    end: end", "start: end\n    end: end", "'end' is the first day as well"),
    (
        "admitted: admidate\n    discharged: disdate",
        "admitted: disdate\n    discharged: admidate",
        "'disdate' is not before 'admidate'; exchange the two",
    ),
    (
        "discharged: disdate\n    episode_end: epiend",
        "discharged: epiend\n    episode_end: disdate",
        "'disdate' is not before 'epiend'",
    ),
    # A column of people.parquet has one maker.
    (
        "outcomes:\n  employed",
        "outcomes:\n  age: {kind: column, column: age, label: l, unit: years}\n  employed",
        "'age' is made by covariates.age as well",
    ),
    (
        "outcomes:\n  employed",
        "outcomes:\n  sessions_in_month_3: {kind: column, column: age, label: l, unit: years}\n"
        "  employed",
        "'sessions_in_month_3' is made by covariates.sessions_by_month as well",
    ),
    (
        "prefix: reason_,",
        "prefix: barrier_,",
        "is made by covariates.reasons as well",
    ),
    (
        "outcomes:\n  employed",
        "outcomes:\n  in_dwp: {kind: column, column: age, label: l, unit: years}\n  employed",
        "'in_dwp' is made by benefits.dwp as well",
    ),
    # What a derivation is of, and whether it is what the kind needs.
    (
        "from_month: -12\n    to_month: 0",
        "from_month: -12\n    to_month: 6",
        "what happened up to month 6 after randomisation",
    ),
    ("    column: minutes\n", "", "above 15 is asked of no column; name the `column`"),
    ("    column: minutes\n", "    column: purpose\n", "'purpose' is not a number"),
    ("only_where: died", "only_where: age", "'age' has the unit years, and a condition is 0 or 1"),
    ("only_where: died", "only_where: conditions", "unknown name 'conditions'"),
    (
        "column: gender, label: Gender, unit: category",
        "column: gender, multiply_by: 2, label: Gender, unit: category",
        "'gender' is not a number",
    ),
    ("column: happened_on\n", "column: kind\n", "'kind' is not a date"),
    ("column: gender, value: female", "column: age, value: '40'", "kind one_of takes values"),
    ("zero_from: days_to_death", "zero_from: died", "'died' has the unit proportion, and days"),
    ("responded: responded_4m", "responded: age", "'age' has the unit years, and a condition"),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=ascii)
def test_a_wrong_name_stops_before_a_run(tmp_path, old, new, message):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    path = tmp_path / "config" / "trials" / "hlt" / "outcomes.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_project(tmp_path)
    assert message in str(caught.value)
    assert "hlt/outcomes" in str(caught.value)
