"""Synthetic people: quotas from published margins, records and calibration."""
