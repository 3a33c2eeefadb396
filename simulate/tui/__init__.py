"""The terminal UI: it reads run files and never writes them.

`queries`, `filters`, `safe_text`, `transcript` and `headless` know no terminal: the command line
shares them, so that what the terminal UI shows can be had without it. `app`, `screens` and
`widgets` know Textual and are imported only when a screen is opened.
"""
