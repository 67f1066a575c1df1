"""What every part of Parley may use and what knows none of them."""
