"""The version of the extension that this client was written for."""

__version__ = "0.1.0"
