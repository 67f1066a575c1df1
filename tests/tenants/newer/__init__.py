"""Parley as a coming release may have it: chat with three migrations more."""
