"""What keeps an embedded server from starting, said in words that a newcomer can act on."""


class CannotStart(Exception):
    """A server or a process could not be started; the message says why and what helps."""
