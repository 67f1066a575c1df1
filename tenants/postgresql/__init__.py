"""The Django database engine of the ``tenant`` alias."""
