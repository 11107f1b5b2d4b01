# What all parts run on: Airflow's own image with the packages of the lock. The code itself is mounted (docker-compose.yaml).
FROM apache/airflow:3.3.2-python3.11 AS airflow
COPY requirements.txt constraints.txt /tmp/requirements/
# mysqlclient stays as the image has it: it is there already, built against the image's client library, and the image
# has no compiler to build the lock's version.
RUN grep -v '^mysqlclient==' /tmp/requirements/constraints.txt > /tmp/constraints.txt \
    && pip install --no-cache-dir -r /tmp/requirements/requirements.txt -c /tmp/constraints.txt \
    && rm /tmp/constraints.txt
# Airflow learns of the connection type «Kontur» from an installed distribution only; the mounted plugins/ come first on
# the path, so the code that runs is theirs.
RUN mkdir --parents /tmp/package/plugins
COPY --chown=50000:0 pyproject.toml README.md LICENSE /tmp/package/
COPY --chown=50000:0 plugins/kontur_hook /tmp/package/plugins/kontur_hook
RUN pip install --no-cache-dir --no-deps /tmp/package
# A new volume gets the owner of the folder that it is mounted on: Airflow's user has to write workbooks there.
RUN mkdir /opt/airflow/reports

# The demo profile: made-up names for the shop, and a place for the sandbox's books that Airflow's user may write to.
FROM airflow AS demo
COPY requirements-dev.txt /tmp/requirements/
RUN grep '^faker==' /tmp/requirements/requirements-dev.txt > /tmp/demo.txt \
    && pip install --no-cache-dir -r /tmp/demo.txt -c /tmp/requirements/constraints.txt \
    && rm /tmp/demo.txt \
    && mkdir /opt/airflow/books
