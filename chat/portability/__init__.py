"""What the conversation's tables and files need to be taken elsewhere: see ``tenants.portability``."""
