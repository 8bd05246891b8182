"""Kernels of the classical location models, a module each."""
