"""Build script of sknoisy: reads the version from the package without importing it."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
URL = "https://github.com/sknoisy/sknoisy"
SITE = "https://sknoisy.github.io/sknoisy"


def read_version() -> str:
    source = (ROOT / "sknoisy" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', source, flags=re.MULTILINE)
    if match is None:
        raise RuntimeError('sknoisy/__init__.py must hold a line like __version__ = "0.1.0".')
    return match.group(1)


def read_readme() -> str:
    """README.md with absolute links, for an index of packages holds no other file."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    images = re.sub(r"!\[([^]]*)\]\((?!https?:)", rf"![\1]({URL}/raw/main/", text)
    return re.sub(r"\]\((?!https?:|#)", f"]({URL}/blob/main/", images)


PLOT = ["matplotlib>=3.8"]
DATA = ["pillow>=10", "pooch>=1.8"]
SAVE = ["mlflow-skinny>=3.17", "onnx>=1.23", "onnxruntime>=1.23", "onnxscript>=0.7", "skops>=0.16"]
SCALE_OUT = ["accelerate>=1.15", "datasets>=5.2", "distributed>=2026.8"]
TEST = [
    *DATA,
    *PLOT,
    *SAVE,
    *SCALE_OUT,
    "cleanlab>=2.9",
    "hypothesis>=6.100",
    "mypy>=1.14",
    "pandas>=2.1",
    "polars>=1.0",
    "pytest>=8.0",
    "pytest-cov>=6.0",
    "pytest-xdist>=3.5",
    "rich>=15.0",
    "ruff>=0.9",
]
DOCS = [
    *PLOT,
    *DATA,
    "markdownify>=1.1",
    "myst-parser>=4.0",
    "numpydoc>=1.8",
    "pandas>=2.1",
    "pydata-sphinx-theme>=0.16",
    "sphinx>=8.1",
    "sphinx-copybutton>=0.5",
    "sphinx-design>=0.6",
    "sphinx-gallery>=0.18",
]
RELEASE = ["build>=1.2", "check-wheel-contents>=0.6", "pyroma>=4.2", "twine>=6.0"]
DEV = [*TEST, *RELEASE, "pre-commit>=4.0"]

setup(
    name="sknoisy",
    version=read_version(),
    description="scikit-learn estimators that learn from noisy labels with PyTorch networks",
    long_description=read_readme(),
    long_description_content_type="text/markdown",
    author="sknoisy developers",
    url=URL,
    project_urls={
        "Documentation": SITE,
        "Changelog": f"{URL}/blob/main/CHANGELOG.md",
        "Issues": f"{URL}/issues",
    },
    license_expression="BSD-3-Clause",
    license_files=["LICENSE"],
    keywords="label noise, noisy labels, loss correction, scikit-learn, PyTorch, skorch",
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    packages=find_packages(include=["sknoisy", "sknoisy.*"]),
    package_data={"sknoisy": ["py.typed"]},
    python_requires=">=3.10",
    install_requires=[
        "filelock>=3.12",
        "joblib>=1.3",
        "numpy>=1.24",
        "scikit-learn>=1.6",
        "scipy>=1.10",
        "skorch>=1.1",
        "torch>=2.6",
        "tqdm>=4.60",
        "typing_extensions>=4.8",
    ],
    extras_require={
        "data": DATA,
        "dev": DEV,
        "docs": DOCS,
        "plot": PLOT,
        "release": RELEASE,
        "test": TEST,
    },
)
