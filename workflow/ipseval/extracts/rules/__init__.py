"""Kinds of rules across tables, one module a kind."""
