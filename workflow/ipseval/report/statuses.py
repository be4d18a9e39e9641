"""What becomes of a published figure in the concordance, in the order in which it is counted."""

STATUSES = [
    "agrees",
    "by_construction",
    "close",
    "differs",
    "impossible",
    "not_reached",
    "not_produced",
]
