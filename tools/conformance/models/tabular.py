"""Pipelines and linear models of scikit-learn, with strings and holes in their columns."""

import numpy as np
from models.build import Entry
from models.trees import OPSETS, data
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn import compose, ensemble, impute, linear_model, naive_bayes, neural_network, pipeline, preprocessing, svm

CITIES = np.array(["Aarhus", "Bergen", "Cork", "Delft"])


def table(rows, seed, holes=0.1):
    """Four floats with holes, a city, a small count; and two classes."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, 4)).astype(np.float32)
    city, count = random.integers(0, 4, rows), random.integers(0, 5, rows)
    y = (x[:, 0] + 0.5 * city - 0.3 * count + random.standard_normal(rows) > 0).astype(np.int64)
    x[random.random(x.shape) < holes] = np.nan
    return x, CITIES[city][:, None], count[:, None].astype(np.int64), y


def mixed(last, scale, encode):
    """Columns of three types through a ColumnTransformer."""
    x, city, count, y = table(500, 95)
    frame = np.concatenate([x.astype(object), city.astype(object), count.astype(object)], axis=1)
    numbers = pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), scale)
    columns = [("numbers", numbers, [0, 1, 2, 3]), ("city", encode, [4]), ("count", preprocessing.OneHotEncoder(handle_unknown="ignore"), [5])]
    model = pipeline.make_pipeline(compose.ColumnTransformer(columns), last).fit(frame, y)
    types = [(f"x{i}", FloatTensorType([None, 1])) for i in range(4)] + [("city", StringTensorType([None, 1])), ("count", Int64TensorType([None, 1]))]
    onnx = to_onnx(model, initial_types=types, options={"zipmap": False}, target_opset=OPSETS)
    return onnx


def mixed_feeds():
    out = []
    for rows in (1, 5):
        x, city, count, _ = table(rows, 96)
        out.append({f"x{i}": x[:, i : i + 1] for i in range(4)} | {"city": city.astype(object), "count": count})
    return out


def floats(model, batches=(1, 6), zipmap=False, classifier=True, holes=False, y=None, classes=2):
    x, two, score = data(600, 97, classes=classes, features=6)
    if holes:
        x[::3, 1] = np.nan
    model.fit(x, two if y is None else y(two, score))
    options = {"zipmap": zipmap} if classifier else None
    onnx = to_onnx(model, initial_types=[("x", FloatTensorType([None, 6]))], options=options, target_opset=OPSETS)
    random = np.random.default_rng(98)
    feeds = [{"x": random.standard_normal((b, 6)).astype(np.float32)} for b in batches]
    if holes:
        feeds[-1]["x"][0, 1] = np.nan
    return onnx, feeds


def entries():
    make = pipeline.make_pipeline
    logistic = lambda: linear_model.LogisticRegression(max_iter=300)
    one_hot = lambda: preprocessing.OneHotEncoder(handle_unknown="ignore")
    ordinal = preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    forest = ensemble.RandomForestClassifier(n_estimators=6, max_depth=4, random_state=0)
    yield Entry("mixed-logistic", mixed(logistic(), preprocessing.StandardScaler(), one_hot()), mixed_feeds(), small=True)
    yield Entry("mixed-forest", mixed(forest, preprocessing.MinMaxScaler(), one_hot()), mixed_feeds())
    yield Entry("mixed-ordinal", mixed(forest, preprocessing.RobustScaler(), ordinal), mixed_feeds())

    words = lambda two, _: np.array(["no", "yes", "perhaps"])[two]
    score = lambda _, score: score
    network = {"hidden_layer_sizes": (8, 4), "max_iter": 50, "random_state": 0}
    cases = {
        "logistic": floats(logistic()),
        "logistic-multi": floats(logistic(), classes=3),
        "logistic-words": floats(logistic(), classes=3, y=words),
        "logistic-scaled": floats(make(preprocessing.StandardScaler(), logistic())),
        "logistic-maxabs": floats(make(preprocessing.MaxAbsScaler(), logistic())),
        "logistic-poly": floats(make(preprocessing.PolynomialFeatures(2), logistic())),
        "logistic-norm": floats(make(preprocessing.Normalizer(), logistic())),
        "logistic-bins": floats(make(preprocessing.KBinsDiscretizer(4, encode="onehot-dense", quantile_method="linear"), logistic())),
        "logistic-binary": floats(make(preprocessing.Binarizer(threshold=0.2), logistic())),
        "imputed": floats(make(impute.SimpleImputer(), preprocessing.StandardScaler(), logistic()), holes=True),
        "linear": floats(linear_model.LinearRegression(), classifier=False, y=score),
        "ridge-scaled": floats(make(preprocessing.StandardScaler(), linear_model.Ridge()), classifier=False, y=score),
        "sgd": floats(linear_model.SGDClassifier(loss="log_loss", random_state=0)),
        "bayes": floats(naive_bayes.GaussianNB()),
        "network": floats(neural_network.MLPClassifier(**network), classes=3),
        "network-regressor": floats(neural_network.MLPRegressor(**network), classifier=False, y=score),
        "svm": floats(svm.SVC(random_state=0)),
        "svm-linear": floats(svm.LinearSVC(random_state=0), classifier=False),
        "voting": floats(ensemble.VotingClassifier([("a", logistic()), ("b", forest)], voting="soft", flatten_transform=False)),
        "scaler": floats(preprocessing.StandardScaler(), classifier=False),
        "logistic-zipmap": floats(logistic(), zipmap=True),
    }
    for name, (model, feeds) in cases.items():
        yield Entry(name, model, feeds, small=name in ("logistic-multi", "logistic-words", "imputed", "linear", "ridge-scaled", "network"))
