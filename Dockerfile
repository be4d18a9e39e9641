# The report in a container:
#   docker build --tag ipseval .
#   docker run --name report ipseval
#   docker cp report:/home/ipseval/project/results .
FROM python:3.11.15-slim-trixie

RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home ipseval \
    && install --directory --owner ipseval /home/ipseval/project
USER ipseval
WORKDIR /home/ipseval/project
ENV PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1

# The environment comes before the code, so that an edit does not install it anew.
COPY --chown=ipseval LICENSE Makefile README.md pyproject.toml requirements.lock ./
RUN make .venv/.ready
COPY --chown=ipseval . .

CMD ["make", "report"]
