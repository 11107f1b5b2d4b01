"""What the commands of the stack say when they cannot go on."""


class StackError(Exception):
    """A part is missing or does not do what it should; ``str()`` says which, and what to do."""
