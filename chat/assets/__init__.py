"""The scripts, styles and pictures that browsers load: made small, held in memory, served under one version."""
