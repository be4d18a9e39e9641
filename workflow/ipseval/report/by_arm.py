"""People by arm, for exhibits of trials with any number of arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import np
from .cells import source_of

if TYPE_CHECKING:
    from ..config.declared import TrialConfig
    from .data import Data

OVERALL = "overall"


def codes_of(config: TrialConfig) -> dict[str, int]:
    """Return arm -> its code in results, in printed order."""
    role = config.trial.person.arm
    return {arm: role.names.index(arm) for arm in role.printed_order}


def arms_of(data: Data, sample: str | None = None) -> dict[str, tuple[int | None, np.ndarray]]:
    """Return column -> (code, people, bool) of each arm, and of all of them last.

    `sample`: of a sample of outcomes.yaml alone.
    """
    arm = data.people["arm"].to_numpy()
    inside = np.ones(len(arm), dtype=bool)
    if sample:
        inside = data.people[f"sample_{sample}"].to_numpy(dtype=bool)
    found: dict[str, tuple[int | None, np.ndarray]] = {
        name: (code, inside & (arm == code)) for name, code in codes_of(data.config).items()
    }
    return found | {OVERALL: (None, inside)}


def source_by_arm(code: int | None, column: str | None = None, **more: object) -> str:
    """Return the source of a cell about the people of an arm, or of all."""
    return source_of("people", arm=code, column=column, **more)
