"""Travel from a table service: what it answers, and everything it can get wrong."""

import dataclasses
import ssl
import time

import numpy as np
import pytest

from geoalloc import hexes, travel
from geoalloc.errors import DataError
from geoalloc.travel import Patience, TableServer, TravelError, _http
from tests.travel import stand_in

QUICK = Patience(timeout_s=0.4, tries=3, backoff_s=0.01, most_bytes=100_000)


@pytest.fixture(scope="module")
def grid(town):
    return hexes.cover(town.outline, 7)


@pytest.fixture(scope="module")
def running():
    with stand_in.serving() as server:
        yield server


@pytest.fixture
def server(running):
    running.asked.clear()
    running.faults.clear()
    running.always = None
    return running


@pytest.fixture
def service(server):
    return TableServer(url=server.url, setting_off_min=1.5, patience=QUICK)


@pytest.fixture
def lattice(grid):
    return travel.Lattice(
        urban=np.zeros(len(grid), dtype=bool),
        open_steps=np.ones((len(grid), 6), dtype=bool),
        speeds=travel.Speeds(
            urban_kmh=30, rural_kmh=60, detour=1.3, setting_off_min=1.5
        ),
    )


def expected(grid, origins, reach_min):
    """The stand-in's own minutes, pair by pair; 0 beyond the reach and within a hex."""
    found = np.zeros((len(origins), len(grid)))
    places = list(zip(grid.longitude.round(6), grid.latitude.round(6), strict=True))
    for row, origin in enumerate(origins):
        for h in range(len(grid)):
            minutes = stand_in.seconds(places[origin], places[h]) / 60 + 1.5
            if h != origin and minutes <= reach_min:
                found[row, h] = minutes
    return found


def test_minutes_are_the_servers_and_setting_off(service, grid):
    origins = np.array([3, 20, 11])
    found = service.journeys(grid, origins, reach_min=30)
    dense = found.travel_min.toarray()
    own = dense[np.arange(3), origins]
    dense[np.arange(3), origins] = 0
    np.testing.assert_allclose(dense, expected(grid, origins, 30), rtol=1e-5)
    assert ((own > 1.5) & (own < 8)).all()
    assert found.travel_min.dtype == np.float32
    assert found.notes == ()
    assert found.source == f"table server {service.url}"


@pytest.mark.parametrize("most", [2, 3, 7, 40])
def test_tables_are_asked_for_in_parts_within_the_servers_limit(
    service, server, grid, most
):
    origins = np.array([3, 20, 11, 5])
    whole = service.minutes(grid, origins, reach_min=20)
    server.asked.clear()
    small = dataclasses.replace(service, most_coordinates=most)
    parts = small.minutes(grid, origins, reach_min=20)
    assert abs(whole - parts).nnz == 0
    assert len(server.asked) > 1
    for path in server.asked:
        assert path.startswith("/table/v1/driving/")
        assert path.count(",") <= most


def test_hexes_that_no_unit_could_reach_are_not_asked_for(service, server, grid):
    crawling = dataclasses.replace(service, fastest_kmh=5.0)
    crawling.minutes(grid, np.array([3]), reach_min=20)
    asked = sum(path.count(",") for path in server.asked)
    assert asked < len(grid) / 3


def test_an_hour_stretches_driving_and_not_setting_off(service, grid):
    factors = tuple(1.5 if hour == 8 else 1.0 for hour in range(24))
    rush = dataclasses.replace(service, time_factor=factors)
    calm = rush.minutes(grid, np.array([7]), reach_min=25.5, hour=2)
    busy = rush.minutes(grid, np.array([7]), reach_min=37.5, hour=8)
    np.testing.assert_array_equal(calm.indices, busy.indices)
    np.testing.assert_allclose(busy.data - 1.5, 1.5 * (calm.data - 1.5), rtol=1e-5)


def test_a_duration_of_null_is_out_of_reach(service, server, grid):
    def nothing(handler):
        answer = stand_in.table(handler.path)
        answer["durations"] = [[None for _ in row] for row in answer["durations"]]
        handler.answer(200, answer)

    server.always = nothing
    found = service.minutes(grid, np.array([7]), reach_min=25).tocoo()
    assert found.col.tolist() == [7]


def test_a_path_in_front_and_another_profile_are_kept(service, server, grid):
    behind = dataclasses.replace(service, url=server.url + "/osrm/", profile="van")
    behind.minutes(grid, np.array([3]), reach_min=10)
    assert server.asked[0].startswith("/osrm/table/v1/van/")


@pytest.mark.parametrize(
    "fault",
    [429, 500, 502, 503, 504, stand_in.drop, stand_in.cut_off, stand_in.hang],
    ids=lambda fault: getattr(fault, "__name__", str(fault)),
)
def test_what_may_pass_is_tried_again(service, server, grid, fault):
    server.faults[:] = [fault, fault]
    found = service.minutes(grid, np.array([3]), reach_min=10)
    assert found.nnz > 1
    assert len(server.asked) == 3


def test_a_server_that_keeps_failing_is_given_up(service, server, grid):
    server.always = 503
    message = r"gave no answer \(attempts: 3; status 503\); start it"
    with pytest.raises(TravelError, match=message) as refused:
        service.minutes(grid, np.array([3]), reach_min=10)
    assert len(server.asked) == 3
    assert isinstance(refused.value, DataError)
    assert refused.value.exit_code == 3


def test_a_server_that_is_down_is_said_so(grid):
    with stand_in.serving() as gone:
        url = gone.url
    down = TableServer(url=url, patience=QUICK)
    with pytest.raises(TravelError, match=r"no answer \(attempts: 3; Connection"):
        down.minutes(grid, np.array([3]), reach_min=10)


def test_pauses_double(service, server, grid, monkeypatch):
    paused = []
    monkeypatch.setattr("geoalloc.travel._http.time.sleep", paused.append)
    patient = dataclasses.replace(
        service, patience=dataclasses.replace(QUICK, tries=4, backoff_s=0.5)
    )
    server.always = 429
    with pytest.raises(TravelError, match="status 429"):
        patient.minutes(grid, np.array([3]), reach_min=10)
    assert paused == [0.5, 1.0, 2.0]


def test_an_answer_that_drips_is_cut_off_in_time(service, server, grid):
    server.always = stand_in.drip
    once = dataclasses.replace(service, patience=dataclasses.replace(QUICK, tries=1))
    began = time.monotonic()
    with pytest.raises(TravelError, match="TimeoutError: the answer took too long"):
        once.minutes(grid, np.array([3]), reach_min=10)
    assert time.monotonic() - began < 1.5


def spoilt(change):
    def answer(handler):
        table = stand_in.table(handler.path)
        change(table["durations"])
        handler.answer(200, table)

    return answer


def value(new):
    def change(rows):
        rows[0][0] = new

    return spoilt(change)


NONSENSE = {
    "html": ("<html>hello</html>", "answered with status 200 and no JSON"),
    "nothing": ("", "answered with status 200 and no JSON"),
    "list": ("[1, 2]", "answered with a list instead of a table"),
    "null": ("null", "answered with a NoneType instead of a table"),
    "deep": ("[" * 50_000, "answered with status 200 and no JSON"),
    "no code": ({"durations": [[1]]}, "refused a table with status 200"),
    "no table": ({"code": "Ok"}, r"did not send durations of 1 by \d+"),
    "not rows": ({"code": "Ok", "durations": 5}, "did not send durations"),
    "too big": (
        {"code": "TooBig", "message": "Too many coordinates"},
        "refused a table with status 200 .'Too many coordinates'.",
    ),
    "bad status": (400, r"refused a table with status 400 \('no'\)"),
    "not found": (404, "refused a table with status 404"),
    "row missing": (spoilt(lambda rows: rows.pop()), "did not send durations"),
    "row short": (spoilt(lambda rows: rows[0].pop()), "did not send durations"),
    "negative": (value(-1.0), "sent a duration of '-1.0', which is no number of sec"),
    "nan": (value(float("nan")), r"no JSON \(it holds NaN\)"),
    "infinite": (value(float("inf")), r"no JSON \(it holds Infinity\)"),
    "huge": (value(1e300), "sent a duration of '1e\\+300'"),
    "text": (value("5"), "sent a duration of '5'"),
    "truth": (value(True), "sent a duration of 'True'"),
    "elsewhere": (stand_in.redirect, "answered with status 302 and no JSON"),
    "endless": (stand_in.endless, "sent more than 100,000 bytes"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_by_name_and_not_asked_for_again(
    service, server, grid, name
):
    server.always, message = NONSENSE[name]
    with pytest.raises(TravelError, match=message) as refused:
        service.minutes(grid, np.array([3]), reach_min=10)
    assert len(server.asked) == 1
    assert server.url in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_failure_midway_takes_the_whole_table_from_the_fallback(
    service, server, grid, lattice
):
    origins = np.array([3, 20, 11, 5])
    small = dataclasses.replace(service, most_coordinates=10, fallback=lattice)
    server.faults[:] = [None, None, "<html>"]
    found = small.journeys(grid, origins, reach_min=20)
    instead = lattice.minutes(grid, origins, reach_min=20)
    assert abs(found.travel_min - instead).nnz == 0
    assert found.source == "hex lattice"
    (note,) = found.notes
    assert note.startswith(
        f"All travel minutes are those of the hex lattice: travel server {server.url} "
        "answered with status 200 and no JSON"
    )
    assert len(server.asked) == 3


def test_a_fallback_is_not_used_while_the_server_answers(
    service, server, grid, lattice
):
    careful = dataclasses.replace(service, fallback=lattice)
    server.faults[:] = [503]
    found = careful.journeys(grid, np.array([3]), reach_min=10)
    assert found.source.startswith("table server")
    assert found.notes == ()


@pytest.mark.parametrize(
    "url",
    ["http://routes.example.org", "http://192.0.2.7:5000", "http://127.0.0.1.nip.io"],
)
def test_a_remote_server_without_tls_is_refused(url):
    with pytest.raises(DataError, match="without TLS, so that places would cross"):
        TableServer(url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://routes.example.org",
        "http://localhost:5000",
        "http://127.0.0.1:5000",
        "http://[::1]:5000",
        "http://127.9.9.9",
    ],
)
def test_tls_or_this_machine_are_accepted(url):
    assert TableServer(url=url).url == url


def test_a_server_without_tls_behind_an_https_address_is_no_server(server, grid):
    secure = TableServer(url=server.url.replace("http:", "https:"), patience=QUICK)
    with pytest.raises(TravelError, match=r"no answer \(attempts: 3; SSL"):
        secure.minutes(grid, np.array([3]), reach_min=10)
    assert server.asked == []


def test_a_certificate_that_is_not_trusted_is_not_tried_again(grid, monkeypatch):
    attempts = []

    def refused(*_):
        attempts.append(1)
        raise ssl.SSLCertVerificationError("self-signed certificate")

    monkeypatch.setattr("http.client.HTTPSConnection.connect", refused)
    secure = TableServer(url="https://routes.example.org", patience=QUICK)
    with pytest.raises(TravelError, match=r"attempts: 1; .*self-signed"):
        secure.minutes(grid, np.array([3]), reach_min=10)
    assert attempts == [1]


def test_certificates_are_checked(monkeypatch):
    made = {}

    def connection(host, port, **more):
        made.update(more)

    monkeypatch.setattr("http.client.HTTPSConnection", connection)
    _http.Server("https://routes.example.org", QUICK)._open()
    assert made["context"].verify_mode == ssl.CERT_REQUIRED
    assert made["context"].check_hostname


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "routes.example.org"}, "is no address; give one such as"),
        ({"url": "ftp://127.0.0.1"}, "is no address"),
        ({"url": "http://127.0.0.1:port"}, "is no address"),
        ({"url": "http://[::1"}, "is no address"),
        ({"url": "https://a:b@example.org"}, "with a password, query or fragment"),
        ({"url": "https://example.org/?x=1"}, "with a password, query or fragment"),
        ({"profile": "a/b"}, "profile must be letters, digits, - and _"),
        ({"most_coordinates": 1}, "most_coordinates must be at least 2"),
        ({"fastest_kmh": 0}, "fastest_kmh must be above 0"),
        ({"setting_off_min": -1}, "setting_off_min must be at least 0"),
        ({"time_factor": (1.0,)}, "time_factor has 1 values"),
    ],
)
def test_a_service_that_cannot_be_asked_is_refused(change, message):
    with pytest.raises(DataError, match=message) as refused:
        TableServer(**{"url": "http://127.0.0.1", **change})
    assert ":b@" not in str(refused.value)


@pytest.mark.parametrize("name", ["timeout_s", "tries", "backoff_s", "most_bytes"])
def test_patience_out_of_range_is_refused(name):
    with pytest.raises(DataError, match=f"{name} must be at least"):
        Patience(**{name: -1})


def test_no_origins_ask_nothing(service, server, grid):
    none = service.minutes(grid, np.empty(0, dtype=np.int64), reach_min=5)
    assert none.shape == (0, len(grid))
    assert server.asked == []
