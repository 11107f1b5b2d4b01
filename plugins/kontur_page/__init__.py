"""The page inside Airflow: what waits for a person, and what can be done about it."""
