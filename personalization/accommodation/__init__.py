"""What changes for one student in a course, and who may know it: the adjustment, never the diagnosis."""
