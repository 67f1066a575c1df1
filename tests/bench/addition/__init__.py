"""A tenant app with one migration, for every tenant to be brought along by."""
