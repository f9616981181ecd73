"""A Run to files and to the terminal. run.json is the source; every other report is made from the same data.

Entry points: write.write_reports(run, directory, formats) and terminal.render(run, ...). The renderers take a
view.View, which only view.view() makes: so no text of a device gets into a report unless it was cleaned before.
"""
