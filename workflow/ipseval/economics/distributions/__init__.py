"""Kinds of uncertainty about a declared number, each in a module of its own."""
