"""What every page, log and manifest of a run on real people says of itself."""

NOTICE = (
    "Real people: nothing of this run may leave the place that holds the data except through "
    "release, and there only what a checker has decided on."
)

FOR_THE_CHECKER = (
    "Open `results.json` in the SACRO viewer. Each output names its file, the policy it was held "
    "against and the cells that are withheld. Decide on each in `decisions.csv` beside this "
    "folder; `ipseval release` packs what is decided and nothing else."
)
