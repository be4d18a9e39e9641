"""Builders of exhibits: one function a kind, from results to tidy cells, and to a picture."""
