"""Stage: outcomes."""
