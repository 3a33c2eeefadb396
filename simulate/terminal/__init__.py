"""What is shown on a terminal: foreign text made safe, and the console that shows it."""
