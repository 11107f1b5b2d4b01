"""Where links lead: within the page, into Airflow, to the shop's admin, to Kontur."""

from __future__ import annotations

import dataclasses
import urllib.parse

from include.books.accounts import accounts
from include.ledger.operation import OperationRow
from include.settings import Settings
from kontur_page.address import PREFIX


@dataclasses.dataclass(frozen=True, slots=True)
class Links:
    """By where Airflow is mounted."""

    root: str
    """Of the page, which may lie under a prefix of Airflow's."""

    def page(self, path: str, **query: str | int | None) -> str:
        """A screen of ours."""
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.root}{path}" + (f"?{urllib.parse.urlencode(given)}" if given else "")

    def airflow(self, path: str) -> str:
        """A page of Airflow's."""
        return self.root.removesuffix(PREFIX) + path

    def run(self, dag_id: str, run_id: str) -> str:
        """A run, as Airflow shows it."""
        return self.airflow(f"/dags/{dag_id}/runs/{urllib.parse.quote(run_id, safe='')}")

    def shop(self, settings: Settings, order_id: int) -> str | None:
        """An order in the shop's admin; ``None``: nobody said where that is."""
        if settings.shop.admin_url is None:
            return None
        return f"{settings.shop.admin_url.rstrip('/')}/sale_order_view.php?ID={order_id}"

    def kontur(self, settings: Settings, row: OperationRow) -> str | None:
        """A document in Kontur; ``None``: it is none, or nobody said where people see it."""
        template = settings.contract.web_url
        if template is None or not row.doc_id or row.parent_key is not None:
            return None
        if row.connection not in settings.shop.connections:
            return None
        account = accounts(settings)[row.connection].hook.connection_settings.account
        for name, value in {"{account}": account, "{kind}": row.kind, "{id}": row.doc_id}.items():
            template = template.replace(name, urllib.parse.quote(value, safe=""))
        return template
