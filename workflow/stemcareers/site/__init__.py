"""The report a reader opens: `layout` frames a page, `pages` makes all pages that are not notebooks."""
