"""Kinds of files and databases that extracts are read from; `format` or the ending names one.

Readers of open microdata, which come in packages, are in the folder `readers` beside this one.
"""
