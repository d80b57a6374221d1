"""`make up`: everything the panel consists of, under one command with one log and one Ctrl-C."""
