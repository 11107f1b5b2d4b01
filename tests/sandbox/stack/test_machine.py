from MySQLdb.connections import Connection

from sandbox.stack.machine import look


def test_the_machine_and_how_its_database_commits(shop: Connection) -> None:
    told = look(shop).told
    assert told["machine_cores"] >= 1
    assert told["machine_load_average"] >= 0
    assert told["machine_fdatasync_p50_ms"] > 0
    assert "MariaDB" in told["machine_mariadb"]
    assert told["machine_innodb_flush_log_at_trx_commit"] == 2, "as the tests' server is started"
