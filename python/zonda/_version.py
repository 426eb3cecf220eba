"""The version of the package, which is that of Zonda."""

__version__ = "0.1.0"
