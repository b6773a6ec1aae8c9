"""A student's own way to show the learning, and the talk about it."""
