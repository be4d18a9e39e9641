"""Sentences of chapters: each is computed from the rows that it is about, and from nothing else.

A function takes rows of a result or cells of an exhibit and says who, what, in which direction, by
how much with its unit, interval and n, and whether it is statistically significant at the declared
level. Where nothing was estimated it says nothing.
"""
