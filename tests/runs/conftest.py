import pytest

from geoalloc import pipeline, runs


@pytest.fixture(scope="session")
def run_folder(toy_run, tmp_path_factory):
    target = tmp_path_factory.mktemp("releases") / "toy"
    return runs.write(toy_run, target, pipeline.products(toy_run))


@pytest.fixture(scope="session")
def released(run_folder):
    """The folder of each profile."""
    return {
        profile: pipeline.release(
            run_folder, pipeline.ReleaseRequest(profile=profile)
        ).folder
        for profile in runs.PROFILES
    }
