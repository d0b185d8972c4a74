"""The same functions with Optuna (apt-get install python3-optuna), in the same format of results. Only for comparison; nothing that users need.

python3 peer.py FILE [seeds] [trials]: adds the runs that FILE does not have yet.
"""
import math
import os
import random
import sys
import time
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
MARKS = (50, 100, 200)
WEIGHTS = (1.0, 1.2, 3.0, 3.2)
A3 = ((3, 10, 30), (0.1, 10, 35), (3, 10, 30), (0.1, 10, 35))
P3 = ((0.3689, 0.1170, 0.2673), (0.4699, 0.4387, 0.7470), (0.1091, 0.8732, 0.5547), (0.0381, 0.5743, 0.8828))
A6 = ((10, 3, 17, 3.5, 1.7, 8), (0.05, 10, 17, 0.1, 8, 14), (3, 3.5, 1.7, 10, 17, 8), (17, 8, 0.05, 10, 0.1, 14))
P6 = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def hartmann(a, p, x):
    return -sum(w * math.exp(-sum(aj * (v - pj) ** 2 for aj, pj, v in zip(ai, pi, x))) for w, ai, pi in zip(WEIGHTS, a, p))


def branin(x, y):
    curve = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return curve * curve + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def ackley(x):
    n = len(x)
    return -20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in x) / n)) - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / n) + 20 + math.e


def rosenbrock(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def levy(x):
    w = [1 + (v - 1) / 4 for v in x]
    middle = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    return math.sin(math.pi * w[0]) ** 2 + middle + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def rastrigin(x):
    return sum(v * v - 10 * math.cos(2 * math.pi * v) + 10 for v in x)


def styblinski(x):
    return sum(v**4 - 16 * v * v + 5 * v for v in x) / 2


def griewank(x):
    product = 1.0
    for i, v in enumerate(x):
        product *= math.cos(v / math.sqrt(i + 1))
    return sum(v * v for v in x) / 4000 - product + 1


def box(dimensions, low, high, function):
    return lambda t: function([t.suggest_float(f"x{i}", low, high) for i in range(dimensions)])


def log_mixed(t):
    rate, layers = t.suggest_float("rate", 1e-5, 1, log=True), t.suggest_int("layers", 1, 8)
    width = t.suggest_int("width", 8, 1024, log=True)
    activation = {"relu": 0.03, "gelu": 0.0, "tanh": 0.1, "silu": 0.01}[t.suggest_categorical("activation", ["relu", "gelu", "tanh", "silu"])]
    dropout = t.suggest_float("dropout", 0, 0.9)
    distance = math.log10(rate) + 2.5 + 0.15 * (layers - 4)
    return 0.05 + 0.02 * distance**2 + 0.003 * (layers - 5) ** 2 + 0.01 * math.log2(width / 256) ** 2 + activation + 0.2 * (dropout - 0.2) ** 2


def conditional(t):
    optimizer = t.suggest_categorical("optimizer", ["sgd", "adam", "lion"])
    if optimizer == "sgd":
        rate, momentum = t.suggest_float("sgdRate", 1e-3, 10, log=True), t.suggest_float("momentum", 0, 0.99)
        value = 0.1 + 0.05 * (math.log10(rate / (1 - momentum)) - 0.5) ** 2 + 0.1 * (momentum - 0.9) ** 2
    elif optimizer == "adam":
        rate, beta = t.suggest_float("adamRate", 1e-5, 1e-1, log=True), t.suggest_float("beta", 0.8, 0.999)
        value = 0.12 + 0.04 * (math.log10(rate) + 3) ** 2 + 2 * (beta - 0.9) ** 2
    else:
        value = 0.13 + 0.03 * (math.log10(t.suggest_float("lionRate", 1e-6, 1e-2, log=True)) + 4) ** 2
    return value + 0.01 * (math.log10(t.suggest_float("decay", 1e-6, 1e-1, log=True)) + 4) ** 2


def cliff(t):
    rate, momentum = t.suggest_float("rate", 1e-4, 10, log=True), t.suggest_float("momentum", 0, 0.99)
    decay = t.suggest_float("decay", 1e-6, 1e-1, log=True)
    effective = math.log10(rate / (1 - momentum))
    if effective > 0.5:
        return 0.9
    return 0.04 + 0.02 * (effective - 0.4) ** 2 + 0.02 * (momentum - 0.8) ** 2 + 0.004 * (math.log10(decay) + 3.5) ** 2


def constrained(t):
    x, y = t.suggest_float("x0", 0, 1), t.suggest_float("x1", 0, 1)
    first = 1.5 - x - 2 * y - 0.5 * math.sin(2 * math.pi * (x * x - 2 * y))
    t.set_user_attr("constraint", max(first, x * x + y * y - 1.5))
    return x + y


def discrete(t):
    a, b, c = t.suggest_int("a", 0, 20), t.suggest_int("b", 0, 20), t.suggest_int("c", 0, 20)
    flag, choice = t.suggest_categorical("d", [False, True]), "pqrst".index(t.suggest_categorical("e", list("pqrst")))
    return 0.01 * (a - 13) ** 2 + 0.01 * (b - a + 6) ** 2 + 0.005 * (c - 2) ** 2 + (0 if flag else 0.3) + (0 if choice == 2 else 0.1 + 0.02 * choice)


def noisy(t):
    clean = hartmann(A6, P6, [t.suggest_float(f"x{i}", 0, 1) for i in range(6)])
    t.set_user_attr("clean", clean)
    return clean + 0.1 * random.Random(t.study.user_attrs["seed"] * 10_000 + t.number).gauss(0, 1)


def tabulated(name):
    """A training of which every configuration was run once; a column of levels is a whole number, "-" where it does not exist for the choices before it."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "Tables", name + ".tsv")) as source:
        rows = {tuple(line.split("\t")[0].split(",")): line.split()[-1] for line in source}
    rows = {key: 0.9 if error == "-" else float(error) for key, error in rows.items()}
    columns = len(next(iter(rows)))
    choices = [i for i in range(columns) if any(key[i][0].isalpha() for key in rows)]
    levels = {}
    for key in rows:
        for i in range(columns):
            levels.setdefault((i, tuple(key[j] for j in choices if j < i)), set()).add(key[i])

    def objective(t):
        chosen = []
        for i in range(columns):
            known = levels[i, tuple(chosen[j] for j in choices if j < i)]
            if known == {"-"}:
                chosen.append("-")
            elif i in choices:
                chosen.append(t.suggest_categorical(f"p{i}", sorted(known)))
            else:
                chosen.append(str(t.suggest_int(f"p{i}", 0, len(known) - 1)))
        return rows[tuple(chosen)]

    return objective, min(rows.values())


FUNCTIONS = {
    "branin": (lambda t: branin(t.suggest_float("x0", -5, 10), t.suggest_float("x1", 0, 15)), 0.39788735772973816),
    "hartmann3": (box(3, 0, 1, lambda x: hartmann(A3, P3, x)), -3.86277978214808),
    "hartmann6": (box(6, 0, 1, lambda x: hartmann(A6, P6, x)), -3.32236801141551),
    "ackley5": (box(5, -15, 32.768, ackley), 0),
    "ackley10": (box(10, -20, 32.768, ackley), 0),
    "rosenbrock4": (box(4, -5, 10, rosenbrock), 0),
    "levy4": (box(4, -10, 10, levy), 0),
    "rastrigin4": (box(4, -5.12, 4, rastrigin), 0),
    "styblinski5": (box(5, -5, 5, styblinski), -39.16616570377142 * 5),
    "griewank6": (box(6, -300, 600, griewank), 0),
    "embedded20": (box(20, 0, 1, lambda x: branin(x[3] * 15 - 5, x[11] * 15)), 0.39788735772973816),
    "embedded10": (box(10, 0, 1, lambda x: hartmann(A3, P3, [x[1], x[4], x[8]])), -3.86277978214808),
    "log-mixed": (log_mixed, 0.05),
    "conditional": (conditional, 0.1),
    "cliff": (cliff, 0.04),
    "noisy-hartmann6": (noisy, -3.32236801141551),
    "constrained": (constrained, 0.5997881),
    "discrete": (discrete, 0),
    "fashion-perceptron": tabulated("fashion-perceptron"),
    "fashion-convolutions": tabulated("fashion-convolutions"),
}


def sampler(name, seed, function):
    constraints = {"constraints_func": lambda t: (t.user_attrs["constraint"],)} if function == "constrained" else {}
    if name == "optuna-tpe":
        return optuna.samplers.TPESampler(seed=seed, **constraints)
    if name == "optuna-tpe-multivariate":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, **constraints)
    return optuna.samplers.CmaEsSampler(seed=seed)


def regret(trials, minimum):
    feasible = [t for t in trials if t.user_attrs.get("constraint", 0) <= 0]
    if not feasible:
        return 2.0
    best = min(feasible, key=lambda t: t.value)
    return max(1e-12, best.user_attrs.get("clean", best.value) - minimum)


def main():
    path, seeds, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20, int(sys.argv[3]) if len(sys.argv) > 3 else 200
    known = {tuple(line.split("\t")[:3]) for line in open(path)} if os.path.exists(path) else set()
    for seed in range(seeds):
        for function, (objective, minimum) in FUNCTIONS.items():
            for name in ("optuna-tpe", "optuna-tpe-multivariate", "optuna-cmaes"):
                if (function, name, str(seed)) in known:
                    continue
                started = time.monotonic()
                study = optuna.create_study(sampler=sampler(name, seed, function))
                study.set_user_attr("seed", seed)
                study.optimize(objective, n_trials=count)
                regrets = [repr(regret(study.trials[:mark], minimum)) for mark in MARKS]
                with open(path, "a") as target:
                    target.write("\t".join([function, name, str(seed), *regrets, repr(time.monotonic() - started)]) + "\n")


main()
