"""Stripe: its hosted page for top-ups, its present state of payments, refunds by its API.

`gateway` is what the registry offers, `client` the only place that talks to the API.
"""
