"""How Sphinx makes the site: MyST-NB reads the notebooks as they are, nothing is loaded from another host."""

project = "crosslens"
extensions = ["myst_nb"]
exclude_patterns = ["**.ipynb_checkpoints"]

# The outputs in the notebook are shown: a site of results that were never seen in Jupyter would be another result.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# A notebook that was left out of this site is named and not linked; provenance has a form for programs beside its table.
suppress_warnings = ["myst.xref_missing", "mystnb.unknown_mime_type"]

html_theme = "sphinx_book_theme"
html_title = "crosslens notebooks"
html_static_path = ["static"]
html_css_files = ["notebooks.css"]
html_copy_source = False
html_show_copyright = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "footer_content_items": [],
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_repository_button": False,
}
