"""What a plan is worth: simulation is the judge."""

from geoalloc.evaluation.simulation import Outcome, SimulationParams, simulate

__all__ = ["Outcome", "SimulationParams", "simulate"]
