"""The product's settings for the tests and every process that they start, with passwords that cost next to nothing."""

from config.settings import *  # noqa: F403
from config.settings import PASSWORD_HASHERS as PRODUCTS

PASSWORD_HASHERS = ["tests.support.hashing.QuickArgon2", *PRODUCTS[1:]]
