"""The whole report as one PDF: `content` gathers what pages say, `pdf` has typst set it after `report.typ`.

What is set are values, never markup: no label of a study can become an instruction of the typesetter.
"""
