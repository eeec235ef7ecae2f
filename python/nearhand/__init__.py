"""nearhand: bundles made, judged and served by the code that serves them in production.

``Bundle`` and ``Engine`` answer as the page and the edge do; ``features`` and ``Windows`` compute what production computes; ``count``, ``train``,
``pack``, ``evaluate``, ``parity`` and ``inspect`` are the commands of the command line. Errors are ``Error`` with a stable ``code``. See
docs/python.md.
"""

from . import baselines
from ._assess import Assessment, Assessor, pack_assess
from ._bundle import Bundle, inspect
from ._counts import Counts, count
from ._engine import Engine
from ._error import Error
from ._evaluate import Eval, evaluate
from ._features import Answer, Windows, features
from ._model import Model
from ._nearhand import VERSION as __version__
from ._pack import PackReport, pack
from ._parity import FeatureParity, Parity, feature_parity, parity
from ._run import command
from ._slate import Slate
from ._train import TrainReport, train

__all__ = [
    "Answer",
    "Assessment",
    "Assessor",
    "Bundle",
    "Counts",
    "Engine",
    "Error",
    "Eval",
    "FeatureParity",
    "Model",
    "PackReport",
    "Parity",
    "Slate",
    "TrainReport",
    "Windows",
    "__version__",
    "baselines",
    "command",
    "count",
    "evaluate",
    "feature_parity",
    "features",
    "inspect",
    "pack",
    "pack_assess",
    "parity",
    "train",
]
