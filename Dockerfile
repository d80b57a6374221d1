# One image for web, worker, beat and migrate; docker-compose.yml says which command each runs.
FROM python:3.11-slim AS dependencies
COPY requirements.lock .
RUN python -m venv /opt/panel \
    && /opt/panel/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim
ENV PATH=/opt/panel/bin:$PATH \
    PANEL_VAR=/srv/panel/var \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin panel
COPY --from=dependencies /opt/panel /opt/panel
WORKDIR /srv/panel
COPY . .
# Static files belong to the image. Collecting them asks no server anything, but settings want names.
RUN SECRET_KEY=unused-while-building python manage.py collectstatic --noinput \
    && chmod -R a+rX var/static
USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "smmpanel.wsgi:application"]
