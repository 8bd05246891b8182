"""How few hexes hold most of the incidents: Lorenz curve and Gini coefficients."""

from dataclasses import dataclass

import numpy as np

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError

_LEAST_TOLD = 0.001
_SHARE_SAID = 0.5  # the sentence says where half of the incidents stand


@dataclass(frozen=True, kw_only=True)
class Concentration:
    """How incidents concentrate on hexes, the densest hexes first.

    Attributes
    ----------
    area_share, incident_share : (n + 1,)
        Lorenz curve: share of the area that the densest 0, 1, ... n hexes take, and
        share of the incidents that they hold. Hexes of one density stand in order
        of position.
    gini
        Gini coefficient: 0 where every hex is as dense, near 1 where one holds all;
        nan without incidents.
    generalized_gini
        Gini coefficient against the most even spread that so few incidents allow:
        0 where no hex holds two while another holds none. By number of hexes, not by
        area; nan of what are not whole numbers. Equal to ``gini`` of the counts where
        incidents outnumber hexes.
    n_incidents
        Sum of the counts.
    """

    area_share: FloatArray
    incident_share: FloatArray
    gini: float
    generalized_gini: float
    n_incidents: float

    def hexes_holding(self, share: float) -> int:
        """Count the fewest of the densest hexes that hold a share of the incidents."""
        _require_share(share)
        # Shares are sums of fractions: a rounding error must not cost a hex.
        return int(np.searchsorted(self.incident_share, share - 1e-12))

    def area_holding(self, share: float) -> float:
        """Share of the area taken by the fewest hexes that hold ``share`` of all.

        It is nan without incidents.

        Raises
        ------
        DataError
            If the share is not from 0 to 1.
        """
        n_hexes = self.hexes_holding(share)
        return float(self.area_share[n_hexes] if self.n_incidents else np.nan)

    def incidents_within(self, share: float) -> float:
        """Share of the incidents in the densest hexes that fit in an area share.

        Raises
        ------
        DataError
            If the share is not from 0 to 1.
        """
        _require_share(share)
        n_hexes = np.searchsorted(self.area_share, share + 1e-12, side="right") - 1
        return float(self.incident_share[n_hexes])

    @property
    def sentence(self) -> str:
        """Say where half of the incidents stand."""
        if not self.n_incidents:
            return "No incident was counted."
        n_hexes, n = self.hexes_holding(_SHARE_SAID), self.area_share.size - 1
        share = self.area_holding(_SHARE_SAID)
        told = f"{share:.1%}" if share >= _LEAST_TOLD else f"under {_LEAST_TOLD:.1%}"
        return (
            f"Half of the incidents stand in {told} of the area ({n_hexes:,} of {n:,} "
            "hexes)."
        )


def concentration(
    count: FloatArray | IndexArray, area_km2: FloatArray | None = None
) -> Concentration:
    """Measure how few of the hexes hold most of the incidents.

    Parameters
    ----------
    count : (n,)
        Incidents in each hex.
    area_km2 : (n,)
        Land of each hex; without it every hex counts the same. A hex without land
        comes first if it holds incidents.

    Raises
    ------
    DataError
        If the arrays differ in length, hold what is negative or not finite, or there
        is no area.

    References
    ----------
    Lorenz, M. O. (1905), Publications of the American Statistical Association 9,
    209-219.
    Weisburd, D. (2015), Criminology 53, 133-157 (the law of crime concentration).
    Bernasco, W. and Steenbeek, W. (2017), Journal of Quantitative Criminology 33,
    451-467 (``generalized_gini``).
    """
    area_share, incident_share = lorenz(count, area_km2)
    return Concentration(
        area_share=area_share,
        incident_share=incident_share,
        gini=_gini(area_share, incident_share),
        generalized_gini=generalized_gini(count) if _whole(count) else np.nan,
        n_incidents=float(np.sum(count)),
    )


def lorenz(
    count: FloatArray | IndexArray, area_km2: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Draw the Lorenz curve, the densest hexes first.

    Arguments and errors are those of ``concentration``.

    Returns
    -------
    area_share, incident_share : (n + 1,)
        From 0 to 1; the incidents' shares are nan where there is none.
    """
    count = np.asarray(count, dtype=np.float64)
    area = np.ones(count.shape) if area_km2 is None else np.asarray(area_km2)
    if count.ndim != 1 or count.shape != area.shape or not count.size:
        raise DataError(
            f"count and area_km2 must be one number each per hex, got the shapes "
            f"{count.shape} and {area.shape}"
        )
    schemas.require_measure(count, "count")
    schemas.require_measure(area, "area_km2")
    if not area.any():
        raise DataError("area_km2 is 0 at every hex: a share of it has no meaning")
    with np.errstate(divide="ignore", invalid="ignore"):
        per_km2 = np.where(count > 0, count / area, 0.0)
    order = np.argsort(-per_km2, kind="stable")
    return _shares(area[order]), _shares(count[order])


def gini(count: FloatArray | IndexArray, area_km2: FloatArray | None = None) -> float:
    """Gini coefficient of incidents over hexes; see ``concentration``."""
    return _gini(*lorenz(count, area_km2))


def generalized_gini(count: FloatArray | IndexArray) -> float:
    """Gini coefficient against the most even spread that so few incidents allow.

    Of c incidents on n < c hexes it is the Gini coefficient. Of fewer incidents
    than hexes the most even spread has one in each of c hexes, where this is 0; it
    is 1 - 1 / c where one hex holds all.

    Parameters
    ----------
    count : (n,)
        Incidents in each hex.

    Returns
    -------
    gini
        nan without incidents.

    Raises
    ------
    DataError
        If the counts are not one whole number of 0 or more for each hex.

    References
    ----------
    Bernasco, W. and Steenbeek, W. (2017), Journal of Quantitative Criminology 33,
    451-467.
    """
    lorenz(count)  # which checks them
    if not _whole(count):
        raise DataError("count holds what is no whole number: count, do not weigh")
    share = _shares(np.sort(np.asarray(count, dtype=np.float64))[::-1])
    n_hexes, n_incidents = share.size - 1, float(np.sum(count))
    if not n_incidents:
        return float("nan")
    # With y the shares in ascending order, sum of i y_i is this sum of the curve.
    ranked = share[1:].sum()
    most = min(n_incidents, n_hexes)
    spread = (2.0 * ranked - n_hexes - 1.0) / most
    return float(spread - max(n_hexes / n_incidents, 1.0) + 1.0)


def _whole(count: FloatArray | IndexArray) -> bool:
    return bool((np.floor(count) == count).all())


def _shares(values: FloatArray) -> FloatArray:
    total = np.concatenate([[0.0], np.cumsum(values)])
    if not total[-1]:
        return np.full(total.size, np.nan)
    return np.asarray(total / total[-1])


def _gini(area_share: FloatArray, incident_share: FloatArray) -> float:
    """Twice the area between the curve and the line of equality."""
    return float(2.0 * np.trapezoid(incident_share, area_share) - 1.0)


def _require_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise DataError(f"a share must be from 0 to 1, got {share}")
