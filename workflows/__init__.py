"""Running processes for people: engine, tables, access and one module per noun; knows no web."""
