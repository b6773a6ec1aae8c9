"""Who is in a course, in the words of the domain, and who may do what."""
