"""Who the buyer is in Kontur, played in a calm world: known, found, created once, gone, merged."""

from __future__ import annotations

import datetime as dt

import pytest
from kontur_hook.contract import CounterpartyType
from kontur_hook.errors import KonturConfigurationError

from include.accounting.operations import Counterparty
from include.ledger.operation import State
from include.posting.core import Result
from proof.simulation.shop import company
from proof.simulation.weather import SETTLE_S
from tests.proof.simulation.scenes import Scenes
from tests.proof.simulation.stage import INN, KPP, OTHER_KPP, RETAIL, Stage, order

SCENES = Scenes()
scene = SCENES.add


@scene
def a_shops_rule_names_nobody() -> None:
    stage = Stage()
    named = Counterparty(inn=None, kpp=None, name="GmbH", type=CounterpartyType.LEGAL_ENTITY, id="nobody")
    stage.plan(order(1, named))
    stage.post(1)
    assert stage.told("sale:1") == (State.REJECTED, "counterparty_gone")


@scene
def the_settings_name_nobody() -> None:
    stage = Stage()
    stage.use("accounting", retail_counterparty_id="nobody")
    stage.plan(order(1, RETAIL))
    with pytest.raises(KonturConfigurationError, match="retail_counterparty_id"):
        stage.post(1)
    assert stage.told("sale:1") == (State.PLANNED, "counterparty_gone")


@scene
def retail_is_created_once_and_found_by_its_name() -> None:
    stage = Stage()
    stage.plan(order(1, RETAIL), order(2, RETAIL))
    assert stage.post(1, 2).results == {Result.DONE: 2}
    assert len([entry for entry in stage.kontur.entries if entry.kind == "counterparty"]) == 1


@scene
def retail_cannot_be_searched_for() -> None:
    stage = Stage(search_counterparties_by_name=False)
    stage.plan(order(1, RETAIL))
    stage.post(1)
    assert stage.told("sale:1") == (State.REJECTED, "counterparty_rejected")


@scene
def several_records_fit() -> None:
    stage = Stage()
    stage.record(company(INN))
    stage.record(company(INN))
    stage.plan(order(1))
    stage.post(1)
    assert stage.told("sale:1") == (State.REJECTED, "counterparty_ambiguous")


@scene
def a_record_lacks_its_kpp() -> None:
    stage = Stage()
    stage.record(company(INN))
    stage.plan(order(1, company(INN, KPP)))
    stage.post(1)
    assert stage.told("sale:1") == (State.DONE, "kpp_missing_in_kontur")


@scene
def a_branch_is_created_beside_one_that_is_not_shown_yet() -> None:
    stage = Stage()
    stage.plan(order(1, company(INN, KPP)))
    stage.post(1)
    stage.kontur.entries[0].shown_at = stage.database.now + SETTLE_S
    stage.plan(order(2, company(INN, OTHER_KPP)), order(3, company(INN, "770601001")))
    assert stage.post(2).results == {Result.DONE: 1}
    stage.post(3)
    assert stage.told("sale:3") == (State.DONE, "kpp_changed"), "the head office's record, though no list shows it"


@scene
def a_record_was_merged_into_another() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.post(1)
    stage.kontur.entries[0].gone = True
    other = stage.record(company(INN))
    stage.plan(order(2))
    assert stage.post(2).results == {Result.DONE: 1}
    assert [getattr(e.record, "counterparty_id", None) for e in stage.kontur.entries if e.marker == (2, None)] == [
        other.id
    ]


@scene
def a_record_is_gone_and_created_anew() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.post(1)
    stage.kontur.entries[0].gone = True
    stage.plan(order(2))
    assert stage.post(2).results == {Result.DONE: 1}
    keys = [key for key in stage.database.rows if key.startswith("counterparty:")]
    assert keys == [f"counterparty:kontur:{INN}/", f"counterparty:kontur:{INN}/#2"]


@scene
def a_record_is_listed_and_refused() -> None:
    stage = Stage()
    stage.record(company(INN)).refused = True
    stage.plan(order(1))
    stage.post(1)
    assert stage.told("sale:1") == (State.REJECTED, "counterparty_gone")


@scene
def the_record_in_its_place_is_refused_as_well() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.post(1)
    stage.kontur.entries[0].gone = True
    stage.record(company(INN)).refused = True
    stage.plan(order(2))
    stage.post(2)
    assert stage.told("sale:2") == (State.REJECTED, "counterparty_gone")


@scene
def a_creation_is_for_a_person_or_was_refused() -> None:
    for state in (State.REVIEW, State.REJECTED):
        stage = Stage()
        stage.creation(company(INN), state, message="look there")
        stage.plan(order(1))
        stage.post(1)
        assert stage.told("sale:1") == (State.REJECTED, "counterparty_rejected")
        assert stage.kontur.log == []


@scene
def a_creation_is_never_confirmed() -> None:
    stage = Stage()
    since = stage.database.clock() - dt.timedelta(hours=25)
    sent = {"payload": '{"name":"x","inn":"7700000000","type":"LegalEntity"}', "uncertain": True}
    stage.creation(company(INN), State.UNKNOWN, unknown_since=since, **sent)
    stage.plan(order(1))
    assert stage.post(1).results == {Result.WAITING: 1}
    assert stage.told("sale:1") == (State.PLANNED, "counterparty_unknown")


@scene
def what_a_creation_became_is_ambiguous() -> None:
    stage = Stage()
    stage.record(company(INN, KPP))
    stage.record(company(INN, OTHER_KPP))
    since = stage.database.clock() - dt.timedelta(hours=1)
    sent = {"payload": '{"name":"x","inn":"7700000000","type":"LegalEntity"}', "uncertain": True}
    key = stage.creation(company(INN), State.UNKNOWN, unknown_since=since, **sent)
    stage.plan(order(1))
    stage.post(1)
    assert stage.told(key) == (State.REVIEW, "mismatch")
