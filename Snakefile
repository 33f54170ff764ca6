include: "workflow/Snakefile"


localrules:
    report,


rule report:
    """The report, by default: Snakemake takes no default from an included file."""
    default_target: True
    input:
        rules.all.input,
