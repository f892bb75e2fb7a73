"""One file a command; the only room that prints, prompts or exits."""
