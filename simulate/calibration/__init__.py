"""Whether stated distributions say what people do next: walks through human dialogues, scored."""
