"""The only room that imports pylti1p3 2.0.0: its chain of checks, with the gaps closed, on our own tables.

Each override says which fault it closes; the tests hold every one.
"""
