"""The history of the database's schema; run at every start, up to `bridge.store.database.SCHEMA`."""
