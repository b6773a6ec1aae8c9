"""The machinery: knows no model of the house and imports nothing of it."""
