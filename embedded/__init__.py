"""Real PostgreSQL, NATS and Temporal from wheels, on loopback: for development, tests and rehearsals."""
