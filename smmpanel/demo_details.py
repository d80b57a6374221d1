"""Made-up facts of the demonstration's owner: no bank and no street has these."""

BANK = """Account holder: Demonstration Panel
Account number: DEMO 0000 0000 0000
Bank: Demonstration Bank, made up
Currency: US dollars"""

ADDRESS = """1 Example Street
00000 Example Town"""
