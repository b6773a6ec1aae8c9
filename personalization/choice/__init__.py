"""One student's line in an activity: the option they are on, and their own dates."""
