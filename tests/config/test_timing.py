"""What the declarations tell of when a result is measured, and in which tables."""

from helpers import trial_config

from ipseval.config.timing import measured_after, tables_behind


def test_what_follows_from_treatment_is_measured_after_it():
    config = trial_config("hlt")
    after = measured_after(config)
    assert after["met_specialist"] == "it is the treatment received"
    assert "who answered" in after["responded_12m"]
    assert after["earnings_total_12m"] == "it counts until month 12"
    made_from = {name for name, spec in config.outcomes.derived.items() if spec.made_from}
    inherited = {name for name in made_from if after.get(name, "").startswith("it is made from")}
    assert inherited, "what is made from a late result is late"
    assert not {"age", "female", "work_history", "earnings_prior_12m"} & after.keys()


def test_tables_are_those_of_all_that_a_result_is_made_from():
    config = trial_config("hlt")
    assert tables_behind(config, "eq5d5l_12m") == {"survey_12_month"}
    assert {"survey_4_month", "survey_12_month"} <= tables_behind(config, "qaly_12m")
    assert tables_behind(config, "earnings_total_12m") == set(), "those of a source are no tables"
    assert tables_behind(config, "trial_group") == set()
