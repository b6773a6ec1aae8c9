"""What is to be learned and shown: targets, success criteria, rubric, options, dates."""
