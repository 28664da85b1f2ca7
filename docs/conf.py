"""Settings of the site: python -m sphinx -W --keep-going docs docs/_build/html."""

import os
import sys
import warnings
from pathlib import Path

# The networks of the gallery are small: more threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))

import api_pages  # noqa: E402
import links  # noqa: E402
import llms  # noqa: E402

import sknoisy  # noqa: E402
from sknoisy._hints import SITE  # noqa: E402

project = "sknoisy"
author = "sknoisy developers"
copyright = "sknoisy developers, BSD-3-Clause"
version = release = sknoisy.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/**/*.ipynb", "gallery/**/*.py", "gallery/**/*.zip"]
suppress_warnings = ["config.cache"]

# %% References: names of sknoisy must resolve; other projects' would need the network.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(sklearn|torch|skorch|numpy|scipy|pandas|joblib|mapie)\..*")]
default_role = "literal"
# Quotes as in code, which readers copy.
smartquotes = False

# %% Docstrings
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = False
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# %% Markdown
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# %% Gallery, from what most people meet to special data
GALLERY_ORDER = (
    "forward_against_cross_entropy",
    "boosting_and_forests",
    "trusted_labels",
    "noise_or_overlap",
    "transition_matrix_intervals",
    "audit",
    "finding_wrong_labels",
    "scoring_with_noisy_labels",
    "pipeline_search_save",
    "patients",
    "sites",
    "several_annotators",
    "language_model_labels",
    "soft_labels",
    "positive_unlabelled",
    "text",
    "images_own_network",
    "frozen_features",
)


def place_in_gallery(file_name: str) -> int:
    """The place of an example; one that is not in the order is an error."""
    return GALLERY_ORDER.index(file_name.removeprefix("plot_").removesuffix(".py"))


sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(^|/)(?!plot_)[^/]*\.py$",
    "abort_on_example_error": True,
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("sknoisy",),
    "reference_url": {"sknoisy": None},
    "download_all_examples": False,
    "show_memory": False,
    "within_subsection_order": place_in_gallery,
    # An estimator that ends a block would be shown as HTML for notebooks.
    "capture_repr": (),
    # Running times depend on the machine and its load.
    "write_computation_times": False,
    "min_reported_time": float("inf"),
    "show_signature": False,
    "remove_config_comments": True,
}
# Under threads of a build, matplotlib has no window to show.
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

# %% HTML: nothing is loaded from the network, so that the files work without a server.
html_baseurl = SITE
html_theme = "pydata_sphinx_theme"
html_title = f"sknoisy {version}"
html_theme_options = {
    "logo": {"text": f"sknoisy {version}"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "github_url": "https://github.com/sknoisy/sknoisy",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"installation": [], "getting_started": [], "index": []}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = True
html_show_sourcelink = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def skip_members(app, what, name, member, skip, options):
    """Leave out members that are not of sknoisy, or not for its users."""
    return None if api_pages.is_shown(name, member) else True


def setup(app):
    app.connect("builder-inited", lambda app: api_pages.write_pages(HERE / "api"))
    app.connect("autodoc-skip-member", skip_members)
    app.connect("build-finished", llms.write)
    app.connect("build-finished", links.check)
