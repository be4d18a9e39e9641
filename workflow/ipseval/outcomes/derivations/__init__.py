"""Kinds of derivation: one module each, named like the kind."""
