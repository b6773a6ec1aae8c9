"""What a person is told, and how: the history in sentences, news in the tool, mail."""
