import MySQLdb


def test_the_private_server_answers_and_gives_a_new_database(mariadb_port: int, database: str) -> None:
    connection = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root", database=database)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DATABASE(), @@character_set_database")
        assert cursor.fetchone() == (database, "utf8mb4")
    connection.close()
