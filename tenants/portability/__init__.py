"""A tenant as one file: taken out of one server, brought into another, or into the same under another slug."""
