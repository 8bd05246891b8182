"""Turn recorded incidents into a defensible allocation of units for a shift."""

__version__ = "0.1.0"
