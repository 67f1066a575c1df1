class CannotRun(Exception):
    """Why not to start or not to go on; its message is what the person at the terminal reads."""
