"""``python -m sandbox.kontur --port 8900 --ledger books.sqlite``; ``--help`` says the rest."""

from __future__ import annotations

import argparse
import pathlib

import pydantic
import uvicorn

from sandbox.kontur.access import Gate
from sandbox.kontur.app import create_app
from sandbox.kontur.faults.wire import TransportInScope
from sandbox.kontur.options import Options


def _pair(text: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not (left and equals and right):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return left, right


def _account(text: str) -> tuple[str, str | None]:
    return _pair(text) if "=" in text else (text, None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.kontur", description="A stand-in for Kontur.Accounting.")
    parser.add_argument("--ledger", type=pathlib.Path, required=True, help="SQLite file of the books; made if missing")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument(
        "--account", action="append", type=_account, metavar="ID[=KEY]", help="repeatable (default: demo)"
    )
    parser.add_argument("--api-key", default="demo-key", help="key of accounts that have none of their own")
    parser.add_argument(
        "--reader", action="append", default=[], type=_pair, metavar="ID=KEY", help="a further key that may only read"
    )
    parser.add_argument(
        "--option", action="append", default=[], type=_pair, metavar="NAME=VALUE", help=", ".join(Options.model_fields)
    )
    parser.add_argument(
        "--certificate", type=pathlib.Path, help="PEM file of a certificate chain and its key: serve https"
    )
    return parser


def main() -> None:
    parser = _parser()
    arguments = parser.parse_args()
    try:
        options = Options.model_validate(dict(arguments.option))
    except pydantic.ValidationError as error:
        parser.error(str(error))
    accounts = {account: key or arguments.api_key for account, key in arguments.account or [("demo", None)]}
    gate = Gate(accounts, dict(arguments.reader))
    arguments.ledger.parent.mkdir(parents=True, exist_ok=True)
    uvicorn.run(
        create_app(arguments.ledger, gate, options),
        host=arguments.host,
        port=arguments.port,
        ssl_certfile=arguments.certificate,
        http=TransportInScope,
        lifespan="off",
        ws="none",
        log_level="warning",
        # Longer than any client keeps an idle connection: in calm weather no POST meets a closing one.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
