"""The control side's routes for what an accountant does in the books by hand."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sandbox.kontur.accountant import Accountant
from sandbox.kontur.answers import ApiError, not_found
from sandbox.kontur.dependencies import Books
from sandbox.kontur.documents import Kind, checked, unknown_counterparty
from sandbox.kontur.exact_json import ExactJSONRoute
from sandbox.kontur.kopecks import kopecks
from sandbox.kontur.ledger import Money
from sandbox.kontur.rules import check_counterparty
from sandbox.kontur.schemas import (
    Amount,
    CounterpartyIn,
    Day,
    DocumentIn,
    Inn,
    ItemIn,
    Kpp,
    MoneyIn,
    Name,
    Number,
    PaymentMethod,
    Price,
)

router = APIRouter(route_class=ExactJSONRoute)


async def _accountant(books: Books) -> Accountant:
    return Accountant(books)


Hand = Annotated[Accountant, Depends(_accountant)]


class _Edit(BaseModel):
    """Only what is sent is changed."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    def columns(self) -> dict[str, Any]:
        """As the tables hold it; without the lines."""
        sent = self.model_dump(exclude_unset=True, exclude={"items"})
        renamed = {"total_amount": "total_kopecks", "amount": "amount_kopecks", "payment_method": "method"}
        return {
            renamed.get(name, name): kopecks(value) if name in {"total_amount", "amount"} else value
            for name, value in sent.items()
        }


class Copy(_Edit):
    date: Day = ""
    number: Number = ""


class DocumentEdit(Copy):
    """Nothing makes the total follow the lines: what a person leaves wrong is wrong."""

    counterparty_id: str = ""
    comment: str = ""
    total_amount: Price | None = None
    items: list[ItemIn] | None = None


class MoneyEdit(_Edit):
    date: Day = ""
    amount: Amount | None = None
    payment_method: PaymentMethod | None = None


class CounterpartyEdit(_Edit):
    name: Name = ""
    inn: Inn | None = None
    kpp: Kpp | None = None


class Merge(BaseModel):
    model_config = ConfigDict(extra="forbid")

    into: str


@router.post("/accounts/{account}/documents/{kind}")
async def type_document(books: Books, account: str, kind: Kind, new: DocumentIn) -> dict[str, str]:
    return {"id": books.add_document(account, kind, checked(books, account, new), None)}


@router.patch("/documents/{document_id}")
async def edit_document(hand: Hand, document_id: str, edit: DocumentEdit) -> dict[str, str]:
    account = hand.account_of(document_id)
    if account is None:
        raise not_found()
    if edit.counterparty_id and not hand.books.has_counterparty(account, edit.counterparty_id):
        raise unknown_counterparty()
    hand.edit("documents", document_id, edit.columns())
    if edit.items is not None:
        hand.replace_items(document_id, edit.items)
    return {"id": document_id}


@router.post("/documents/{document_id}/copy")
async def copy_document(hand: Hand, document_id: str, changes: Copy) -> dict[str, str]:
    copied = hand.copy(document_id, changes.columns())
    if copied is None:
        raise not_found()
    return {"id": copied}


@router.delete("/documents/{document_id}")
async def remove_document(hand: Hand, document_id: str) -> dict[str, int]:
    return {"removed": int(hand.remove_document(document_id))}


@router.post("/documents/{document_id}/{table}")
async def type_money(hand: Hand, document_id: str, table: Money, new: MoneyIn) -> dict[str, str]:
    if hand.account_of(document_id) is None:
        raise not_found()
    return {"id": hand.books.add_money(table, document_id, new, None)}


@router.post("/accounts/{account}/counterparties")
async def type_counterparty(books: Books, account: str, new: CounterpartyIn) -> dict[str, str]:
    check_counterparty(new)
    return {"id": books.add_counterparty(account, new, None)}


@router.patch("/counterparties/{counterparty_id}")
async def edit_counterparty(hand: Hand, counterparty_id: str, edit: CounterpartyEdit) -> dict[str, str]:
    if not hand.edit("counterparties", counterparty_id, edit.columns()):
        raise not_found()
    return {"id": counterparty_id}


@router.delete("/counterparties/{counterparty_id}")
async def remove_counterparty(hand: Hand, counterparty_id: str) -> dict[str, int]:
    return {"removed": int(hand.remove_counterparty(counterparty_id))}


@router.post("/counterparties/{counterparty_id}/merge")
async def merge_counterparty(hand: Hand, counterparty_id: str, merge: Merge) -> dict[str, int]:
    moved = hand.merge(counterparty_id, merge.into)
    if moved is None:
        raise ApiError(422, "not_two", "Only two counterparties of one account can be merged.")
    return {"moved": moved}


@router.delete("/accounts/{account}/books")
async def empty_account(hand: Hand, account: str) -> dict[str, int]:
    """How many rows went, by table."""
    return hand.empty(account)


# Last: what stands before it in the path is one of two words only here.
@router.patch("/{table}/{money_id}")
async def edit_money(hand: Hand, table: Money, money_id: str, edit: MoneyEdit) -> dict[str, str]:
    if not hand.edit(table, money_id, edit.columns()):
        raise not_found()
    return {"id": money_id}


@router.delete("/{table}/{money_id}")
async def remove_money(hand: Hand, table: Money, money_id: str) -> dict[str, int]:
    return {"removed": int(hand.remove_money(table, money_id))}
