"""A card gateway that moves no money, for tests and for trying the product out.

It speaks the part of Stripe's API that the wallet uses, so that the official SDK talks to it
unchanged, keeps its state in one SQLite file, and tells what happens by signed webhooks. What the
wallet does not use is refused, never half done.

`process.FakeStripe` runs it in a test. The control door that stands behind it takes JSON at
`/control/<name>` with the secret key in `X-Control-Key`; the methods of `remote.Remote` name every
act and option. GET reads deliveries, requests and objects/<kind>.
"""
