"""``/operators/api/v1``: what operators do, for their programs."""
