"""What shop and ledger share of MySQL and MariaDB: connecting, errors by what to do next, texts that a table holds."""
