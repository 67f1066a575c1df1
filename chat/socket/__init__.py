"""``/ws/v1``: frames in, commands done, events out."""
