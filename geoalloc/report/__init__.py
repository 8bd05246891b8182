"""Self-contained reports: backtests, the quality of data, and what lies ahead."""

__all__: list[str] = []
