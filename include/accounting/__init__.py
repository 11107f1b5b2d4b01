"""Pure bookkeeping: order -> plan -> payload. No I/O, no clock, no Airflow, no database."""
