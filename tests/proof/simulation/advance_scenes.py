"""An advance of the closed period whose document another program posted, played in a calm world."""

from __future__ import annotations

import dataclasses
import datetime as dt

from kontur_hook.contract import Contract
from kontur_hook.errors import KonturTransientError
from kontur_hook.records import DocumentSummary, MoneyEntry
from msgspec import structs

from include.accounting.operations import Payment as PaymentOperation
from include.accounting.payload import body, from_json, to_json
from include.ledger.operation import Kind, State
from include.posting.core import Result
from include.settings import ClosedAdvances
from proof.simulation.shop import CONNECTION, DAY, company
from tests.proof.simulation.scenes import Scenes
from tests.proof.simulation.stage import INN, Stage, order

SCENES = Scenes()
scene = SCENES.add
BLIND = Contract(read_documents=False)
_A_DAY = dt.timedelta(days=1)


def _advance(advances: ClosedAdvances, *, shipped: dt.date = DAY, closed: dt.date = DAY - _A_DAY) -> Stage:
    """Paid two days before ``DAY``; Kontur has the document of ``shipped``, and not the money."""
    stage = Stage()
    stage.use("accounting", closed_until=closed, closed_advances=advances)
    sold, paid = order(1, payments=1), DAY - 2 * _A_DAY
    there = stage.document(sold, stage.record(company(INN)))
    assert isinstance(there.record, DocumentSummary)
    there.record = dataclasses.replace(there.record, date=shipped)
    stage.plan(sold, state=State.DONE, doc_id=there.id, plan=None, document_date=None)
    payment = from_json(stage.row("payment:10").plan or "")
    assert isinstance(payment, PaymentOperation)
    asked = dataclasses.replace(payment, date=paid, closed_until=closed)
    stage.change("payment:10", plan=to_json(asked), document_date=paid)
    return stage


def _money(stage: Stage) -> list[dt.date]:
    return [e.record.date for e in stage.kontur.entries if isinstance(e.record, MoneyEntry)]


@scene
def an_advance_is_offset_by_hand() -> None:
    stage = _advance(ClosedAdvances.NOTE)
    assert stage.post(1).results == {Result.CLOSED_ADVANCE: 1}
    assert stage.told("payment:10") == (State.SKIPPED, "advance_of_closed_period")
    assert (stage.row("payment:10").document_date, _money(stage)) == (DAY - 2 * _A_DAY, [])


@scene
def an_advance_that_went_back_is_offset_by_hand() -> None:
    stage = _advance(ClosedAdvances.NOTE)
    back = structs.replace(stage.row("payment:10"), key="refund:10", kind=Kind.REFUND, document_date=DAY)
    stage.database.rows[back.key] = back
    stage.post(1)
    assert (stage.told("refund:10"), stage.kontur.log) == ((State.SKIPPED, None), [])


@scene
def an_advance_has_the_day_of_its_document() -> None:
    stage = _advance(ClosedAdvances.SHIPMENT_DAY)
    assert stage.post(1).results == {Result.DONE: 1}
    assert stage.told("payment:10") == (State.DONE, "advance_on_shipment_day")
    assert (stage.row("payment:10").document_date, _money(stage)) == (DAY, [DAY])


@scene
def an_advance_whose_documents_day_is_closed_as_well() -> None:
    stage = _advance(ClosedAdvances.SHIPMENT_DAY, closed=DAY)
    stage.post(1)
    assert (stage.told("payment:10"), _money(stage)) == ((State.REJECTED, "closed_period"), [])


@scene
def a_payment_that_came_after_its_document_is_no_advance() -> None:
    stage = _advance(ClosedAdvances.NOTE, shipped=DAY - 3 * _A_DAY)
    stage.post(1)
    assert (stage.told("payment:10"), _money(stage)) == ((State.REJECTED, "closed_period"), [])


@scene
def an_advance_whose_document_cannot_be_read() -> None:
    stage = _advance(ClosedAdvances.NOTE)
    stage.kontur.next_errors = [KonturTransientError("busy")]
    assert stage.post(1).results == {Result.NOT_APPLIED: 1, Result.CLOSED_ADVANCE: 1}
    stage = _advance(ClosedAdvances.NOTE)
    stage.accounts = {CONNECTION: dataclasses.replace(stage.accounts[CONNECTION], contract=BLIND)}
    stage.post(1)
    assert stage.told("payment:10") == (State.REJECTED, "closed_period")


@scene
def an_advance_stands_there_already() -> None:
    for day in (DAY - 2 * _A_DAY, DAY):
        stage = _advance(ClosedAdvances.SHIPMENT_DAY)
        paid = dataclasses.replace(from_json(stage.row("payment:10").plan or ""), date=day)
        stage.kontur.enter(Kind.PAYMENT, stage.row("sale:1").doc_id, body(paid, counterparty_id=None))
        assert stage.post(1).results == {Result.DONE: 1}
        assert _money(stage) == [day]


@scene
def an_advance_is_planned_anew_meanwhile() -> None:
    stage = _advance(ClosedAdvances.NOTE)
    start = stage.start(1)
    start.begin()
    start.until("plan")
    start.until("read")
    stage.change("payment:10", plan="another", epoch=7)
    assert start.finish().results == {Result.LOST: 1}
    assert _money(stage) == []
