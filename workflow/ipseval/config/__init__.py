"""Typed configuration: what may be declared, and how it is read and checked."""

from .load import Project, load_project, load_trial

__all__ = ["Project", "load_project", "load_trial"]
