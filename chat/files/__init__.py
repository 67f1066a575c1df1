"""Files that people hand in: what they are, what is kept of them, where it lies, and the links to it."""
