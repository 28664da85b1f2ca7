"""Where the documentation explains what a message says."""

SITE = "https://sknoisy.github.io/sknoisy"
# At the end of messages: the page says what each means, how to check, and what to change.
SEE_ERRORS = f"See {SITE}/errors.html."
SEE_WARNINGS = f"See {SITE}/warnings.html."


def without_hint(error: Exception) -> str:
    """The message of an error that another error quotes, which ends with the hint itself.

    Examples
    --------
    >>> without_hint(ValueError(f"y is empty. {SEE_ERRORS}"))
    'y is empty.'
    """
    return str(error).removesuffix(f" {SEE_ERRORS}")
