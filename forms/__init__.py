"""Form definitions and the expressions in them; knows no database and no web."""
