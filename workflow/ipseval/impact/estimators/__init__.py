"""Estimators of the effect of treatment, each in a module of its own (see kinds.py)."""
