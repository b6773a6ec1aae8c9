"""What waits, and who is where: reads all below."""
