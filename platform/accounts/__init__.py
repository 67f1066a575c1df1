"""People's accounts: signing in and up, second factors, sessions, and the pages of all that, on every host."""
