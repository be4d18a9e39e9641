"""Outcomes before they are drawn: the share of each state that a person may end in."""

import numpy as np
import pandas as pd


class Shares:
    """Probabilities of states, which keep outcomes that go together consistent.

    states (s x o, 0/1), share (n x s, 0 where not allowed), members (n): positions of people.
    """

    def __init__(
        self, names: list[str], states: np.ndarray, members: np.ndarray, share: np.ndarray
    ):
        self.names, self.states, self.members = names, states.astype(float), members
        self.share = share / share.sum(axis=1, keepdims=True)
        self._pairs = np.einsum("so,sk->sok", self.states, self.states).reshape(len(states), -1)

    def mean(self) -> np.ndarray:
        """Return expected outcomes (n x o), exactly 0 or 1 where only one value is allowed."""
        return np.round(self.share @ self.states, 12)

    def covariance(self) -> np.ndarray:
        """Return the covariance of the outcomes of each person (n x o x o)."""
        mean = self.share @ self.states
        o = mean.shape[1]
        return (self.share @ self._pairs).reshape(-1, o, o) - mean[:, :, None] * mean[:, None, :]

    def tilt(self, odds: np.ndarray) -> "Shares":
        """Return shares with the log odds of each outcome changed (n x o)."""
        power = odds @ self.states.T
        share = self.share * np.exp(power - power.max(axis=1, keepdims=True))
        return Shares(self.names, self.states, self.members, share)

    def part(self, names: list[str]) -> "Shares":
        """Return the shares of some of the outcomes."""
        columns = [self.names.index(name) for name in names]
        states, which = np.unique(self.states[:, columns], axis=0, return_inverse=True)
        share = np.zeros((len(self.share), len(states)))
        for state, into in enumerate(which.ravel()):
            share[:, into] += self.share[:, state]
        return Shares(names, states, self.members, share)

    def drawn(self, people: pd.DataFrame, outcomes: np.ndarray) -> pd.DataFrame:
        """Return people (a frame) with outcomes of the members (n x o), NaN for others."""
        columns = {}
        for column, name in enumerate(self.names):
            columns[name] = np.full(len(people), np.nan)
            columns[name][self.members] = outcomes[:, column]
        return people.assign(**columns)
