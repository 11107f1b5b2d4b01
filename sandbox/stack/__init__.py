"""All parts of the package on one machine: MariaDB with a demo shop, Kontur's sandbox, Airflow."""
