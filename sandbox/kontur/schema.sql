-- The books of the stand-in. Money is whole kopecks; quantities are text; times are seconds since the epoch, UTC.
CREATE TABLE IF NOT EXISTS counterparties (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL,
    name       TEXT NOT NULL,
    inn        TEXT,
    kpp        TEXT,
    type       TEXT NOT NULL,
    created_at REAL NOT NULL,
    idempotency_key TEXT
);
CREATE INDEX IF NOT EXISTS counterparties_by_inn ON counterparties (account, inn);
CREATE INDEX IF NOT EXISTS counterparties_by_name ON counterparties (account, name);

CREATE TABLE IF NOT EXISTS documents (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    account         TEXT NOT NULL,
    kind            TEXT NOT NULL,   -- saleinvoices | acts
    number          TEXT NOT NULL,
    date            TEXT NOT NULL,
    counterparty_id TEXT NOT NULL,
    total_kopecks   INTEGER NOT NULL,
    comment         TEXT NOT NULL,
    created_at      REAL NOT NULL,
    idempotency_key TEXT
);
CREATE INDEX IF NOT EXISTS documents_by_date ON documents (account, kind, date);
CREATE INDEX IF NOT EXISTS documents_by_number ON documents (account, kind, number, date);

CREATE TABLE IF NOT EXISTS items (
    document_id   TEXT NOT NULL,
    line          INTEGER NOT NULL,
    name          TEXT NOT NULL,
    quantity      TEXT NOT NULL,
    price_kopecks INTEGER NOT NULL,
    vat_rate      TEXT NOT NULL,
    unit          TEXT NOT NULL,
    PRIMARY KEY (document_id, line)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS payments (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    document_id     TEXT NOT NULL,
    date            TEXT NOT NULL,
    amount_kopecks  INTEGER NOT NULL,
    method          TEXT NOT NULL,
    created_at      REAL NOT NULL,
    idempotency_key TEXT
);
CREATE INDEX IF NOT EXISTS payments_by_document ON payments (document_id);

CREATE TABLE IF NOT EXISTS refunds (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    document_id     TEXT NOT NULL,
    date            TEXT NOT NULL,
    amount_kopecks  INTEGER NOT NULL,
    method          TEXT NOT NULL,
    created_at      REAL NOT NULL,
    idempotency_key TEXT
);
CREATE INDEX IF NOT EXISTS refunds_by_document ON refunds (document_id);

-- Every request of the contract, written when it arrives. No status: none, or not a whole one, was answered.
CREATE TABLE IF NOT EXISTS requests (
    seq             INTEGER PRIMARY KEY,
    at              REAL NOT NULL,
    method          TEXT NOT NULL,
    path            TEXT NOT NULL,
    template        TEXT NOT NULL,
    account         TEXT,
    idempotency_key TEXT,
    trace_id        TEXT NOT NULL,
    status          INTEGER,
    fault           TEXT             -- the fault that fired on it
);
CREATE INDEX IF NOT EXISTS requests_by_fault ON requests (fault) WHERE fault IS NOT NULL;
