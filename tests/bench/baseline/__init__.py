"""The baseline: a chat as the tutorial of Channels ends, with messages stored as most go on to do."""
