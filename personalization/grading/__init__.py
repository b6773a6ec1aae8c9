"""Marks by one rubric, released by the teacher, handed to the gradebook."""
