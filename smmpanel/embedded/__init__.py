"""Real PostgreSQL and Valkey servers for a machine that has neither.

The programs come from Python wheels; this package finds, starts and stops them. Nothing here
imports Django: it runs before settings can be read.
"""
