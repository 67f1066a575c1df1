"""What is in deploy/, tried with the programs it is for."""
