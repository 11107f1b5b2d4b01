"""The same under a real Airflow."""
