"""Where the documentation explains what a message says."""

SITE = "https://sknoisy.github.io/sknoisy"
# At the end of errors that the page explains: meaning, check and change.
SEE_ERRORS = f"See {SITE}/errors.html."
SEE_WARNINGS = f"See {SITE}/warnings.html."
