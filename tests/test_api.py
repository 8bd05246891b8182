"""Public names: a change here is a change for users, and gets a changelog line."""

import importlib

import pytest

from geoalloc import errors

NAMES = {
    "allocation": "Aggregation AllocationPlan AllocationProblem CURVES CaseworkPlan "
    "CaseworkProblem CaseworkTerms Changes Committed InvestigationTeam "
    "InvestigationWork Labels LongestTravel MoveParams OBJECTIVES OpenQueue Opening "
    "PATROL_RULES Part "
    "PatrolHotspot PatrolPlan PatrolRequest PatrolRules PatrolTravel "
    "PatrolUnits Prepared Quota ReoptimizedPlan ServiceClass ShiftParams "
    "ShiftPlan ShiftRules SolveStatus SolverParams Supply UnitBreak UnmetCap "
    "Valuation WHOLE_SHIFT aggregate allocate_investigators busy_fractions "
    "candidate_posts casework_of compare_borders compare_breaks "
    "constraint_prices duty_minutes evaluate expected_wait frontier gain "
    "hours_lost on_patrol one_more one_per_cent out_of_reach patrol_faults "
    "patrol_hours patrol_travel plan_patrols plan_shift post_facts reached "
    "reasons reoptimize require_roster solve timetable unit_losses unit_prices "
    "unmet_share value_of_investigators who_covers",
    "allocation.location": "CapacitatedProblem CoverageChoice CoverageProblem "
    "LocationParams MedianChoice MedianProblem SetCoverProblem SiteChoice "
    "capacitated_p_median graph_distance max_coverage min_sites p_median",
    "briefing": "Document LeftOut Priority Task brief",
    "boundaries": "KINDS ROAD_CLASSES Boundaries read read_roads",
    "demand": "ASSUMED_CASEWORK BASES BoostedSurface Calendar Casework Composed "
    "CountSurface DEFAULT Demand DensitySurface Event ExcitedSurface Expected "
    "Explanation FORECASTERS FireFirst Forecast Forecaster Growth History "
    "Horizon InvestigationModel Investigations LastLevel LastSurface Layer "
    "Level LevelModel Lever MeanLevel MixtureSurface Model Need OpenCases "
    "Outlook Response Rhythm RightCare SEVERITY STREAMS SURFACES SeasonalLevel "
    "SourceCalls Special Stability Surface SurfaceModel Triage Uplift coverage "
    "dispersion expect forecaster instants investigations outlook pit_bounds "
    "points_surface population_surface recent recorded_surface rhythm "
    "roads_surface stability",
    "evaluation": "ArrestRule Backtest Borders Calibration CapChoice Change "
    "Disparity DispatchRules Feedback FeedbackParams Honesty Outcome "
    "PatrolPrice PerturbedPlans RankCorrelation RealCalls Rolling "
    "Safety Samples SimulationParams Trials Tuning WaitRule backtest best_caps "
    "calibrate calibrated_plan contrasts cover_price disparity draw_calls draw_real "
    "elbow feedback figures_of ground half_widths honesty "
    "mclp_posts median_posts mexclp_posts monthly_origins origins "
    "paired pareto_front perturbed_plans price_patrols quick_backtest "
    "rank_correlation ratio_of_ratios reference safety shifts_needed simulate "
    "stations_by_demand tuned value_of_borders verified",
    "gazetteer": "grid_reference label named_points places_of references spots",
    "hexes": "RESOLUTIONS Counts HexGrid count count_dataset cover dissolve footprint "
    "from_strings metric_crs parents polygons swapped to_strings",
    "hotspots": "Area Choice Concentration Density Exceedance Found GiStar KERNELS "
    "MoransI Operator Options PERSISTENCE Places Steps Support TIERS "
    "Trial adaptive_bandwidth_m adjusted best_bandwidth "
    "choose_bandwidth collapse concentration density exceedance "
    "false_discovery find generalized_gini gi_star gini groups harm "
    "hot_windows knox lorenz morans_i named peak_hours persistence "
    "ratio recency space_time stepwise support",
    "incidents": "SAMPLE_COLUMNS Asked Gathered Reading Reason Source TableColumns "
    "category_slug gather generate_sample inspect quality read_frame read_police_uk "
    "read_table",
    "maps": "hotspot_map plan_map public_map",
    "pipeline": "BacktestRequest CaseworkRun ComparisonRequest Release ReleaseRequest "
    "ReplanRequest Recorded Replanned Request Sheets SheetsRequest Start StartRequest "
    "backtest_products backtest_request backtest_words casework_words check "
    "check_page check_words compare comparison_products comparison_request "
    "find_hotspots hotspot_defaults hotspot_products "
    "look_ahead needs_time_zone outlook_products outlook_words plan products release "
    "replan replan_words request require_free require_page require_start_folder "
    "run_backtest share_casework start write_casework write_moves write_page "
    "write_record write_sample write_sheets write_start",
    "report": "backtest_page backtest_pdf check_page comparison_page comparison_pdf "
    "outlook_page transparency_files",
    "roster": "OpenCalls Roster read read_queue refuse_personal",
    "scenario": "Origin Resolved Scenario TooMany changed_text differences "
    "json_schema parse read read_all text",
    "scores": "chosen crps deviance hit_rate log_score pai pei rhythm_log_score rri "
    "stability",
    "summary": "comparison defaults hotspots plan quality",
    "travel": "CLASS_KMH Calibration Closure Journeys Lattice Network Patience "
    "RoadGraph RoadSpeeds Speeds TableServer TravelError TravelTimes around "
    "calibrate closure_notes crossable cut_off_note hex_shares minutes "
    "nearest_origin read_closed read_roads unreachable",
    "workers": "Kept Store TlsFiles Workers code_digest hired key require_address "
    "silent time_left",
}


@pytest.mark.parametrize("module", NAMES)
def test_public_names_are_these_and_exist(module):
    found = importlib.import_module(f"geoalloc.{module}")
    assert sorted(found.__all__) == sorted(NAMES[module].split())
    for name in found.__all__:
        assert hasattr(found, name)


def test_every_error_has_its_documented_exit_code():
    codes = {
        "GeoallocError": 1,
        "UsageError": 2,
        "DataError": 3,
        "SchemaError": 3,
        "CrsError": 3,
        "ScenarioError": 3,
        "SolverError": 1,
        "InfeasibleError": 4,
    }
    found = {
        name: value.exit_code
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert found == codes
    assert issubclass(errors.DataError, ValueError)
    assert issubclass(errors.SolverError, RuntimeError)
