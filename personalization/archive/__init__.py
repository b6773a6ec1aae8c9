"""What is kept of people and courses: downloads, exports, erasing, retention, and the log of who did what."""
