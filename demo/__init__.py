"""Riverbend School: a small LMS that really signs. It shares no code with the tool, so that no misreading is shared."""
