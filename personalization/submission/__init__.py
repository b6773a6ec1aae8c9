"""What a student hands in: drafts, evidence, receipts."""
