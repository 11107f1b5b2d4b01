"""What does not answer: for a person at once if nobody is there, worth another try if it broke half-way."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
from collections.abc import Callable, Iterator

import MySQLdb
import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from kontur_hook.errors import KonturTransientError
from MySQLdb.connections import Connection

from include import settings
from include.bitrix.checks import check_shop
from include.bitrix.errors import BitrixTransientError
from include.bitrix.problems import ShopProblem
from include.bitrix.snapshot import ShopDatabase
from include.books.accounts import AccountTwiceError
from include.books.ledger_check import GoLiveMissingError
from include.facts import said, several
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerConfigurationError, LedgerTransientError, in_words
from include.ledger.migrate import migrate
from include.ledger.reading import reading
from include.ledger.rights import missing_rights
from include.steps import preflight as step
from include.steps.attention import again
from include.steps.extract import extract
from include.steps.load import load
from include.steps.preflight import PreflightError, preflight
from include.steps.reconciliation.preflight import preflight as reconciliation_preflight
from include.steps.retrying import KonturRetryPolicy
from include.steps.run_request import RunRequest
from include.steps.transform import transform
from include.window import Window
from proof.environment import ROOT
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case

DAY = dt.date(2026, 3, 17)

pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


def failure() -> Exception:
    """What preflight fails with."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each test looks at the class
        preflight(settings.load(), Window(DAY, DAY))
    return caught.value


def action(error: Exception) -> RetryAction:
    """What Airflow is told after the first of four tries."""
    return KonturRetryPolicy().evaluate(error, 1, 3).action


@pytest.fixture
def lost_line() -> Iterator[str]:
    """Address of a server that takes a connection and ends it without a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                taken.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/budget/v1"
        server.shutdown(socket.SHUT_RDWR)


def point_kontur_to(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    connection = {"conn_type": "kontur", "host": host, "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))


def test_all_well() -> None:
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []


def test_kontur_that_ends_the_connection_is_tried_again(monkeypatch: pytest.MonkeyPatch, lost_line: str) -> None:
    point_kontur_to(monkeypatch, lost_line)
    error = failure()
    assert isinstance(error, KonturTransientError)
    assert error.status is None
    assert action(error) is not RetryAction.FAIL


def test_kontur_that_is_too_slow_is_tried_again(monkeypatch: pytest.MonkeyPatch, kontur: Sandbox) -> None:
    connection = {"conn_type": "kontur", "host": kontur.base_url, "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps({**connection, "extra": {"timeout_s": 1}}))
    kontur.set_options(latency_ms=3000)
    error = failure()
    assert isinstance(error, KonturTransientError)
    assert "did not come within 1 s" in str(error)
    assert action(error) is not RetryAction.FAIL


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("http://127.0.0.1:1/budget/v1", "refuses the connection"),
        ("https://no-such-host.invalid/budget/v1", "not found in DNS"),
    ],
)
def test_kontur_that_is_not_there_is_for_a_person(monkeypatch: pytest.MonkeyPatch, host: str, words: str) -> None:
    point_kontur_to(monkeypatch, host)
    error = failure()
    assert isinstance(error, PreflightError)
    assert words in str(error)
    assert action(error) is RetryAction.FAIL


def _raising(code: int) -> Callable[[LedgerDatabase], None]:
    def fail(_: LedgerDatabase) -> None:
        with in_words("kontur_sync_mysql"):
            raise MySQLdb.OperationalError(code, "as the server says")

    return fail


@pytest.mark.parametrize("code", [2006, 2013, 1053, 1927, 1205, 1213, 1040])
def test_a_ledger_that_is_lost_or_busy_is_tried_again(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(step, "migrate", _raising(code))
    error = failure()
    assert isinstance(error, LedgerTransientError)
    assert error.said is not None
    assert dict(error.said.facts)["answer"] == "as the server says"
    assert action(error) is not RetryAction.FAIL


@pytest.mark.parametrize("code", [2002, 2003, 2005])
def test_a_ledger_that_is_not_there_is_for_a_person(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(step, "migrate", _raising(code))
    assert action(failure()) is RetryAction.FAIL


def test_a_shop_that_is_lost_half_way_is_tried_again(monkeypatch: pytest.MonkeyPatch, shop: Connection) -> None:
    def cut(shop_db: ShopDatabase, rules: settings.Settings) -> list[ShopProblem]:
        with shop.cursor() as cursor:
            cursor.execute(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()"
            )
            for (victim,) in cursor.fetchall():
                cursor.execute(f"KILL {victim}")
        return check_shop(shop_db, rules)

    monkeypatch.setattr(step, "check_shop", cut)
    error = failure()
    assert isinstance(error, BitrixTransientError)
    assert action(error) is not RetryAction.FAIL


def tables(ledger: LedgerDatabase) -> list[str]:
    with ledger.open() as session:
        return [name for (name,) in session.rows("SHOW TABLES")]


def test_without_a_first_day_nothing_is_posted_or_recorded(
    monkeypatch: pytest.MonkeyPatch, shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    monkeypatch.delenv("KONTUR_SETTINGS")
    error = failure()
    assert isinstance(error, PreflightError)
    assert error.args == (said("preflight_error", problem=said("go_live_missing"), code="go_live_missing"),)
    assert action(error) is RetryAction.FAIL
    for step_of_a_run in (
        lambda: transform([order.order_id], settings.load(), "run-1"),
        lambda: load([order.order_id], settings.load(), "run-1"),
        lambda: again([order.order_id], settings.load(), "run-1"),
    ):
        with pytest.raises(GoLiveMissingError):
            step_of_a_run()
    assert action(GoLiveMissingError()) is RetryAction.FAIL
    assert tables(ledger_database) == []
    assert kontur.books.documents() == []


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(("go_live", "warned"), [("2026-03-18", True), ("2026-03-17", False)])
def test_a_run_of_days_before_the_first_is_told_that_it_posts_nothing(
    monkeypatch: pytest.MonkeyPatch, go_live: str, *, warned: bool, dry_run: bool
) -> None:
    """Of a past week a dry run would be empty, and look as if nothing was found."""
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", go_live)
    checked = preflight(settings.load(), Window(DAY, DAY), dry_run=dry_run)
    assert ("days_before_go_live" in checked.warnings) is warned


@pytest.mark.parametrize("dry_run", [True, False])
def test_settings_that_no_order_can_be_planned_by_are_said_beside_all_else(
    monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    """Also where no order is there to stumble over them."""
    monkeypatch.setenv("KONTUR__ACCOUNTING__NUMBER", "ИМ-")
    monkeypatch.setenv("KONTUR__SHOP__SHIPPED_STATUSES", "[]")
    monkeypatch.setenv("KONTUR__SHOP__SHIPPED_BY", "status")
    with pytest.raises(PreflightError) as caught:
        preflight(settings.load(), Window(DAY, DAY), dry_run=dry_run)
    problem = said("template_same_number", key="accounting.number", template="ИМ-")
    assert caught.value.args == (
        said("preflight_error", problem=problem, code="template_same_number"),
        said("preflight_error", problem=said("no_status_ships"), code="no_status_ships"),
    )


def test_the_shops_own_rule_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__ACCOUNTING__CUSTOMIZE", "nowhere:rule")
    error = failure()
    assert isinstance(error, PreflightError)
    assert "(customize_missing)" in str(error)
    assert action(error) is RetryAction.FAIL


def test_two_connections_to_one_account_are_refused(monkeypatch: pytest.MonkeyPatch, kontur: Sandbox) -> None:
    """Each would hold the other's documents for its own: shop and books would never agree."""
    again = {"conn_type": "kontur", "host": f"{kontur.base_url}/", "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_TWO", json.dumps(again))
    monkeypatch.setenv("KONTUR__SHOP__COMPANIES", '{"1": "kontur_default", "2": "kontur_two"}')
    twice = said("account_twice", account="demo", connections=several("kontur_default", "kontur_two"))
    error = failure()
    assert error.args == (twice,)
    assert action(error) is RetryAction.FAIL
    with pytest.raises(AccountTwiceError):
        preflight(settings.load(), Window(DAY, DAY), dry_run=True)
    with pytest.raises(AccountTwiceError):
        reconciliation_preflight(settings.load())


def test_a_dry_run_needs_no_first_day_and_makes_no_tables(
    monkeypatch: pytest.MonkeyPatch, shop: Connection, ledger_database: LedgerDatabase
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    monkeypatch.delenv("KONTUR_SETTINGS")
    assert "go_live_missing" in preflight(settings.load(), Window(DAY, DAY), dry_run=True).warnings
    (batch,) = extract(settings.load(), Window(DAY, DAY), RunRequest("run")).batches
    assert batch["order_ids"] == [order.order_id]
    dry = transform([order.order_id], settings.load(), "dry", dry_run=True)["dry_run"]
    (account,) = dry["accounts"].values()
    assert (account["documents"], account["payments"], dry["problems"]) == (1, 1, [])
    assert tables(ledger_database) == []


def test_a_dry_run_knows_what_the_module_before_us_posted(shop: Connection, ledger_database: LedgerDatabase) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    with ledger_database.open() as session:
        session.execute(
            "CREATE TABLE local_kontur_bukh_sync (ORDER_ID INT PRIMARY KEY, KB_DOC_ID VARCHAR(100),"
            " SYNCED_AT DATETIME, STATUS ENUM('pending', 'synced', 'error') DEFAULT 'pending', ERROR_MSG TEXT)"
        )
        session.execute(
            "INSERT INTO local_kontur_bukh_sync (ORDER_ID, KB_DOC_ID, STATUS) VALUES (%s, 'doc-7', 'synced')",
            [order.order_id],
        )
    preflight(settings.load(), Window(DAY, DAY), dry_run=True)
    dry = transform([order.order_id], settings.load(), "dry", dry_run=True)["dry_run"]
    (account,) = dry["accounts"].values()
    assert (account["documents"], account["payments"]) == (0, 1)
    assert tables(ledger_database) == ["local_kontur_bukh_sync"]


def test_a_dry_run_leaves_tables_of_an_older_version_alone_and_says_so(ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    with ledger_database.open() as session:
        session.execute("UPDATE local_kontur_bukh_version SET version_num = '0001'")
        with pytest.raises(PreflightError) as caught:
            preflight(settings.load(), Window(DAY, DAY), dry_run=True)
        assert caught.value.said == said("ledger_of_other_version")
        assert session.rows("SELECT version_num FROM local_kontur_bukh_version") == [("0001",)]


def test_the_database_itself_refuses_what_a_dry_run_would_write(ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    with reading(ledger_database) as session, pytest.raises(LedgerConfigurationError, match="READ ONLY"):
        session.execute("DELETE FROM local_kontur_bukh_order")


@pytest.fixture
def as_user(
    ledger_database: LedgerDatabase, mariadb_port: int, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Connects the ledger as a user with these rights on its database and no others."""
    user = f"u_{ledger_database.name[-10:]}"
    with shop.cursor() as cursor:

        def connect(rights: str) -> None:
            cursor.execute(f"DROP USER IF EXISTS {user}@'127.0.0.1'")
            cursor.execute(f"CREATE USER {user}@'127.0.0.1'")
            cursor.execute(f"GRANT {rights} ON {ledger_database.name}.* TO {user}@'127.0.0.1'")
            connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": user}
            monkeypatch.setenv(
                "AIRFLOW_CONN_KONTUR_SYNC_MYSQL", json.dumps({**connection, "schema": ledger_database.name})
            )

        yield connect
        cursor.execute(f"DROP USER IF EXISTS {user}@'127.0.0.1'")


ALL_RIGHTS = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"]


@pytest.mark.parametrize("missing", ALL_RIGHTS)
def test_a_right_that_the_ledgers_user_lacks_is_said_before_any_table_is_made(
    as_user: Callable[[str], None], ledger_database: LedgerDatabase, missing: str
) -> None:
    as_user(", ".join(right for right in ALL_RIGHTS if right != missing))
    error = failure()
    assert isinstance(error, PreflightError)
    user = f"'u_{ledger_database.name[-10:]}'@'127.0.0.1'"
    assert f"GRANT {missing} ON `{ledger_database.name}`.* TO {user};" in str(error)
    assert tables(ledger_database) == []


@pytest.mark.parametrize("missing", ["SELECT", "INSERT", "UPDATE", "DELETE"])
def test_a_right_that_was_taken_away_is_said_with_its_tables(
    as_user: Callable[[str], None], ledger_database: LedgerDatabase, missing: str
) -> None:
    migrate(ledger_database)
    as_user(", ".join(right for right in ALL_RIGHTS[:4] if right != missing))
    error = failure()
    assert isinstance(error, PreflightError)
    assert f"GRANT {missing} ON" in str(error)
    assert "local_kontur_bukh_sync" in str(error)


def test_the_rights_of_the_readme_are_enough(as_user: Callable[[str], None]) -> None:
    as_user(", ".join(ALL_RIGHTS))
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []


def test_a_dry_run_says_what_rights_are_missing_and_goes_on(
    as_user: Callable[[str], None], ledger_database: LedgerDatabase
) -> None:
    as_user("SELECT")
    assert "ledger_right_missing" in preflight(settings.load(), Window(DAY, DAY), dry_run=True).warnings
    assert tables(ledger_database) == []


def test_only_one_place_posts_and_it_asks_for_the_first_day() -> None:
    callers = [path.name for path in (ROOT / "include").rglob("*.py") if "post_batch(" in path.read_text("utf-8")]
    assert sorted(callers) == ["batch.py", "load.py"]


def test_rights_to_change_tables_are_asked_for_only_when_they_are_to_be_changed(
    as_user: Callable[[str], None], ledger_database: LedgerDatabase
) -> None:
    migrate(ledger_database)
    as_user(", ".join(ALL_RIGHTS[:4]))
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []


def test_trying_the_rights_changes_nothing(ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    with ledger_database.open() as session:
        session.execute("INSERT INTO local_kontur_bukh_sync (ORDER_ID, STATUS) VALUES (7, 'synced')")
        before = tables(ledger_database)
        assert missing_rights(ledger_database) == []
        assert session.rows("SELECT ORDER_ID, STATUS FROM local_kontur_bukh_sync") == [(7, "synced")]
        assert tables(ledger_database) == before
