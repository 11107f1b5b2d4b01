"""What each task of the daily DAG does; the DAG itself only wires them."""
