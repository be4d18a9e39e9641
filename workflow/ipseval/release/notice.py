"""What every page, log and manifest of a run on real people says of itself."""

NOTICE = (
    "Real people: nothing of this run may leave the place that holds the data except through "
    "release, and there is no release yet."
)
