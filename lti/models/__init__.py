"""The tables of this room, in 1EdTech's words: what LTI tells us and what we owe it.

A row is told who and when: it reads no request, no clock, no network, and commits nothing. Only this room writes them;
what others may read of them is named in lti/__init__.py.
"""
